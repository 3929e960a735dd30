"""What a print job is about: the sale or closure as it stands on disk or on the screen."""

from __future__ import annotations

from dataclasses import replace

from terminal.core.closing import READING, closure
from terminal.core.commands import GrantDiscount, PrintGift, Reprint, ReprintClosure
from terminal.core.couponing import bare
from terminal.core.errors import Refused
from terminal.core.numbering import is_numbered_coupon
from terminal.core.state import Operator, PrintJob, Sale
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.redeemed import redeemed_in
from terminal.store.store import Closure


class Documents:
    """Finds what is to be printed, sent or shown again."""

    def __init__(self, session: Session, writer: Writer) -> None:
        self._session = session
        self._writer = writer

    async def print_closure_again(self, scope: str, number: int, by: Operator | None) -> Decision:
        """Ask for a duplicate of a closure's report: marked and counted."""
        copies = await self._writer.ask(lambda store: store.report_copies(scope, number))
        return await self._session.carry_out(ReprintClosure(scope, number, copies), by)

    async def sale(self, sale_id: str) -> Sale | None:
        """Return a sale for printing: the one on screen, a parked one, or a completed one."""
        state = self._session.state
        if state.sale is not None and state.sale.sale_id == sale_id:
            return state.sale
        if sale_id in state.parked:
            return state.parked[sale_id]
        return await self._writer.ask(lambda store: store.sale_by_id(sale_id))

    async def closure(self, job: PrintJob) -> Closure | None:
        """Return the closure that a report is about; for a reading, what is open now."""
        if job.kind == READING:
            day = self._session.moment()
            event = closure(self._session.state, "day", day.business_date, (), "")
            return Closure(day.at_ms, event)
        number = int(job.receipt_number)
        return await self._writer.ask(lambda store: store.closure(job.sale_id, number))

    async def print_for_gift(self, receipt_number: str, by: Operator | None) -> Decision:
        """Ask for a receipt without prices of a completed sale."""
        sale = await self._writer.ask(lambda store: store.sale(receipt_number))
        if sale is None:
            return Refused("no_such_receipt", {"receipt_number": receipt_number[:24]})
        return await self._session.carry_out(PrintGift(receipt_number, sale.sale_id), by)

    async def coupon_known(self, command: GrantDiscount) -> GrantDiscount:
        """Return a discount with what the store knows of its coupon (RCP-11)."""
        coupon = bare(command.coupon)
        if not is_numbered_coupon(coupon):
            return command
        receipt = await self._writer.ask(lambda store: redeemed_in(store, coupon))
        return replace(command, redeemed_in=receipt)

    async def print_again(self, receipt_number: str, by: Operator | None) -> Decision:
        """Ask for a duplicate of a receipt: marked and counted (RCP-17)."""
        sale, copies = await self._writer.ask(
            lambda store: (store.sale(receipt_number), store.copies(receipt_number))
        )
        if sale is None:
            return Refused("no_such_receipt", {"receipt_number": receipt_number[:24]})
        return await self._session.carry_out(
            Reprint(receipt_number, sale.sale_id, copies, sale.language), by
        )
