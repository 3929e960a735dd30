"""The interruption slip as a way back: its code finds the sale that it was printed for."""

from __future__ import annotations

from terminal.core.authority import seller
from terminal.core.commands import PrintSlip, RecallSale
from terminal.core.errors import Refused
from terminal.core.state import Operator, TerminalState
from terminal.fiscal.base import Regime
from terminal.services.session import Decision, Session
from terminal.services.voucher import sale_of_voucher
from terminal.services.writer import Writer

HERE = "here"
RECALLED = "recalled"
COMPLETED = "completed"
CANCELLED = "cancelled"


class Slips:
    """Prints slips again, and knows them when they come back."""

    def __init__(self, session: Session, writer: Writer, regime: Regime) -> None:
        self._session = session
        self._writer = writer
        self._regime = regime

    async def print_again(self, by: Operator | None = None) -> Decision:
        """Queue another slip of the sale on the screen."""
        sale = self._session.state.sale
        sale_id = sale.sale_id if sale else ""
        so_far = await self._writer.ask(lambda store: store.slips(sale_id))
        return await self._session.carry_out(PrintSlip(so_far), by)

    async def find(self, code: str, by: Operator | None = None) -> tuple[Decision, str]:
        """Bring the sale of a slip onto the screen; returns also where it was found.

        It is HERE when it is on the screen already, RECALLED when it was parked, and COMPLETED or
        CANCELLED when there is nothing left to go on with: then nothing changes.
        """
        state = self._session.state
        refused = seller(state, self._session.policy) if by is None else None
        sale_id = refused or sale_of_voucher(code, self._regime)
        if isinstance(sale_id, Refused):
            return sale_id, ""
        if _is_on_screen(state, sale_id):
            return (), HERE
        if sale_id in state.parked:
            return await self._session.carry_out(RecallSale(sale_id), by), RECALLED
        ended = await self._writer.ask(lambda store: store.sale_by_id(sale_id))
        if ended is None:
            return Refused("no_such_sale"), ""
        return (), COMPLETED if ended.receipt_number else CANCELLED


def _is_on_screen(state: TerminalState, sale_id: str) -> bool:
    return state.sale is not None and state.sale.sale_id == sale_id
