"""Who stands at the till: PINs asked off the loop, wrong tries counted."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from terminal.core.commands import RejectSignOn
from terminal.core.errors import Refused
from terminal.core.state import Operator
from terminal.core.till import locked_for_ms
from terminal.services.operators import MAX_PIN_LENGTH, MIN_PIN_LENGTH, Operators, pin_refusal
from terminal.services.session import Session

log = logging.getLogger(__name__)


class Recognition:
    """Tells operators by number and PIN."""

    def __init__(self, session: Session, operators: Operators, folder: Path) -> None:
        """``folder`` is where the operators' file lies."""
        self._session = session
        self._operators = operators
        self._folder = folder

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

    async def own_pin(self, operator: Operator, pin: str, new_pin: str) -> Refused | None:
        """Settle whether an operator who was recognised has a PIN of their own, or choose it.

        A PIN that came with the settings was seen by others: it opens nothing but the choice of
        another.  While a sale waits it does, for nothing may stand between a shopper and the till;
        so does a disk that does not take the new one.
        """
        if new_pin:
            return await self._choose(operator, pin, new_pin)
        record = self._operators.find(operator.operator_id)
        waits = self._session.state.sale is not None or bool(self._session.state.attempts)
        if record is None or not record.first_pin or waits:
            return None
        return Refused("new_pin_required")

    async def _choose(self, operator: Operator, pin: str, new_pin: str) -> Refused | None:
        code = pin_refusal(new_pin, pin)
        if code:
            limits: dict[str, str | int] = {"least": MIN_PIN_LENGTH, "most": MAX_PIN_LENGTH}
            return Refused(code, limits if code == "pin_length" else {})
        loop = asyncio.get_running_loop()
        changed = await loop.run_in_executor(
            None, self._operators.with_pin, operator.operator_id, new_pin
        )
        try:
            await loop.run_in_executor(None, changed.save, self._folder)
        except OSError as error:
            log.warning("a new PIN was not kept: %s", error)
            return None
        self._operators = changed
        return None
