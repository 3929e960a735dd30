"""Who stands at the till: PINs asked off the loop, wrong tries counted."""

from __future__ import annotations

import asyncio

from terminal.core.commands import RejectSignOn
from terminal.core.errors import Refused
from terminal.core.state import Operator
from terminal.core.till import locked_for_ms
from terminal.services.operators import Operators
from terminal.services.session import Session


class Recognition:
    """Tells operators by number and PIN."""

    def __init__(self, session: Session, operators: Operators) -> None:
        self._session = session
        self._operators = operators

    async def recognise(self, operator_id: str, pin: str) -> Operator | Refused:
        """Return the operator whose PIN this is; wrong tries are counted, and lock."""
        wait_ms = locked_for_ms(self._session.state, operator_id, self._session.moment())
        if wait_ms > 0:
            return Refused("operator_locked", {"seconds": -(-wait_ms // 1000)})
        record = self._operators.find(operator_id)
        if record is None:
            return Refused("wrong_pin")
        right = await asyncio.get_running_loop().run_in_executor(
            None, self._operators.verify, operator_id, pin
        )
        if right:
            return Operator(record.operator_id, record.name, record.role)
        rejected = await self._session.carry_out(RejectSignOn(operator_id))
        return rejected if isinstance(rejected, Refused) else Refused("wrong_pin")
