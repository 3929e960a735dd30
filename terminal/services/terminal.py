"""The terminal as screens and consoles see it: one state, one verb.

``submit`` takes any request, gives it to the service that knows it, and answers only when all that
the answer says is on disk.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

from drivers.base import Health
from terminal.core.closing import READING, close, closure
from terminal.core.commands import (
    AddItem,
    CancelSale,
    ClosePeriod,
    Command,
    ParkSale,
    RejectSignOn,
    Reprint,
    Resolve,
    SetPrice,
    SignOff,
    SignOn,
    TenderCash,
    TenderCheque,
    VoidLine,
)
from terminal.core.errors import Refused
from terminal.core.state import Operator, PrintJob, Sale, TerminalState
from terminal.core.till import locked_for_ms
from terminal.devices.hub import Hub
from terminal.journal.errors import JournalError
from terminal.services import requests as ask
from terminal.services.adoption import Adoption
from terminal.services.answer import Answer, Told, good_news
from terminal.services.bus import Bus
from terminal.services.checkout import Checkout
from terminal.services.drawer_watch import DrawerWatch
from terminal.services.labels import Labels, print_label
from terminal.services.operators import Operators
from terminal.services.payments import Payments
from terminal.services.printing import Spooler
from terminal.services.session import Decision, Session
from terminal.services.slips import Slips
from terminal.services.tray import Tray
from terminal.services.voucher import is_voucher
from terminal.services.weighing import Weighing
from terminal.services.writer import Writer
from terminal.store.shelf import Shelf
from terminal.store.store import CardTotals, Closure

log = logging.getLogger(__name__)

MAX_LISTED = 50
"""Rows of any list: more is a question for a search."""

ENQUIRE_FIRST = (TenderCash, TenderCheque, VoidLine, CancelSale, ParkSale, SetPrice, AddItem)
"""Flows that ask the payment terminal about an unknown payment before they go on (rule R7)."""


class Terminal:
    """One till or kiosk."""

    def __init__(
        self,
        *,
        session: Session,
        bus: Bus,
        writer: Writer,
        shelf: Shelf,
        checkout: Checkout,
        operators: Operators,
        payments: Payments,
        spooler: Spooler,
        hub: Hub,
        slips: Slips,
        drawer_watch: DrawerWatch,
        weighing: Weighing,
        adoption: Adoption,
        labels: Labels,
    ) -> None:
        self.session = session
        self.bus = bus
        self.shelf = shelf
        self.payments = payments
        self.spooler = spooler
        self.hub = hub
        self.drawer_watch = drawer_watch
        self._writer = writer
        self._checkout = checkout
        self._operators = operators
        self._slips = slips
        self.weighing = weighing
        self.adoption = adoption
        self._labels = labels
        self._tray = Tray(session, hub.rfid, checkout)
        self.recovering = True

    @property
    def state(self) -> TerminalState:
        """The present state; everything in it is on disk."""
        return self.session.state

    async def submit(self, request: ask.Request) -> Answer:
        """Carry out a request, or say why not."""
        if self.recovering:
            return Answer(refused=Refused("recovery_running"))
        try:
            match request:
                case ask.FindWeighed() | ask.WatchScale() | ask.ZeroScale():
                    return await self._with_scale(request)
                case ask.ListDevices() | ask.DeclineOffer() | ask.CheckHealth():
                    return await self._with_devices(request)
                case _ if isinstance(request, ask.Question):
                    return await self._answer(request)
                case ask.Scan() if is_voucher(request.code):
                    return await self._find_by_slip(request.code)
            decided = await self._decide(request)
        except JournalError as error:
            log.error("cannot read the store: %s", error)  # noqa: TRY400 - the words say it
            return Answer(refused=Refused("storage_failed"))
        if isinstance(decided, Refused):
            return Answer(refused=decided)
        return Answer(decided, found=good_news(decided))

    async def _find_by_slip(self, code: str) -> Answer:
        decided, where = await self._slips.find(code)
        if isinstance(decided, Refused):
            return Answer(refused=decided)
        return Answer(decided, found={"told": Told(f"told.slip_{where}")})

    async def _with_scale(self, question: ask.OfScale) -> Answer:
        match question:
            case ask.ZeroScale():
                return Answer(refused=await self.weighing.zero())
            case ask.WatchScale(""):
                self.weighing.watch(None)
                return Answer()
        found = self._checkout.weigh(ask.Weigh(question.code))
        if isinstance(found, Refused):
            return Answer(refused=found)
        if isinstance(question, ask.WatchScale):
            self.weighing.watch(found.article)
        return Answer(found={"weighing": found.article})

    async def _with_devices(self, question: ask.OfDevices) -> Answer:
        match question:
            case ask.ListDevices():
                return Answer(found={"devices": self.adoption.page})
            case ask.DeclineOffer():
                return Answer(refused=self.adoption.decline(question.address))
        report = await self.adoption.test(question.role)
        if isinstance(report, Refused):
            return Answer(refused=report)
        told = Told(f"told.self_test_{'passed' if report.passed else 'failed'}")
        return Answer(found={"told": told, "test": report})

    async def _weigh(self, request: ask.Weigh, by: Operator | None) -> Decision:
        command = self._checkout.weigh(request)
        if isinstance(command, Refused) or command.weighed is not None:
            return await self._sell(command, by)
        taken = await self.weighing.take(command.article, request.shown_g)
        if isinstance(taken, Refused):
            return taken
        command = replace(command, weight_g=taken.weight_g, weighed=taken.weighed)
        decided = await self._sell(command, by)
        if not isinstance(decided, Refused):
            self.weighing.sold(taken)
        return decided

    async def _answer(self, question: ask.Listing) -> Answer:
        match question:
            case ask.Search():
                return self._search(question)
            case ask.ListParked():
                parked = tuple(self.state.parked.values())[:MAX_LISTED]
                return Answer(found={"parked": parked})
            case ask.ListClosures():
                wanted = max(1, min(question.limit, MAX_LISTED))
                closures = await self._writer.ask(lambda store: store.closures(wanted))
                return Answer(found={"closures": closures})
            case ask.ListReceipts():
                limit = max(1, min(question.limit, MAX_LISTED))
                rows = await self._writer.ask(lambda store: store.receipts(limit))
                return Answer(found={"receipts": rows})
            case ask.SteerDevice():
                return await self._steer(question)
            case ask.PrintLabel():
                return await self._print_label(question)
            case ask.ReadTray():
                read = await self._tray.read()
                return _found("tray", read)

    async def _decide(self, request: ask.Deed, by: Operator | None = None) -> Decision:
        match request:
            case ask.Scan() if is_voucher(request.code):
                return (await self._slips.find(request.code, by))[0]
            case ask.Scan():
                return await self._sell(self._checkout.scan(request), by)
            case ask.Weigh():
                return await self._weigh(request, by)
            case ask.TakeBack():
                return await self._sell(self._checkout.take_back(request), by)
            case ask.SignOnWithPin():
                return await self._sign_on(request)
            case ask.Authorised():
                return await self._with_authority(request)
            case ask.Pay():
                return await self._pay(request)
            case ask.Adopt() | ask.LearnDrawer():
                return await self._fit_out(request, by)
            case ask.PrintAgain() | ask.PrintSlipAgain() | ask.SettlePaper():
                return await self._on_paper(request, by)
            case ask.AddTray():
                if self.payments.has_unknown:
                    await self.payments.enquire()
                return await self._tray.add(request.inventory, by)
        return await self._with_poi(request, by)

    async def _fit_out(self, request: ask.Adopt | ask.LearnDrawer, by: Operator | None) -> Decision:
        if isinstance(request, ask.LearnDrawer):
            return await self.drawer_watch.learn(by)
        return await self.adoption.adopt(request.role, request.address, by)

    async def _on_paper(
        self, request: ask.PrintAgain | ask.PrintSlipAgain | ask.SettlePaper, by: Operator | None
    ) -> Decision:
        match request:
            case ask.PrintAgain():
                return await self._print_again(request.receipt_number, by)
            case ask.PrintSlipAgain():
                return await self._slips.print_again(by)
            case ask.SettlePaper():
                return await self.spooler.settle(request.job_id, came_out=request.came_out)

    async def _with_poi(self, request: ask.OfCards | Command, by: Operator | None) -> Decision:
        """Carry out what asks the payment terminal first; the core decides all the rest."""
        match request:
            case ask.DropTender():
                return await self.payments.drop(request.tender, by)
            case ask.EnquirePayment():
                return await self.payments.enquire()
            case ask.AnswerManual():
                return await self.payments.answer(request.outcome, request.approval_code, by)
            case ask.Reconcile():
                return await self.payments.reconcile(self._card_totals, by)
            case Resolve():
                return await self.payments.resolve(request, by)
            case ClosePeriod():
                return await self._close(request, by)
        return await self._carry_out(request, by)

    async def _close(self, command: ClosePeriod, by: Operator | None) -> Decision:
        """Close a period behind a comparison with the payment terminal's totals (rule R11).

        A terminal that cannot be asked, or a payment in doubt, stands in no closure's way.
        """
        asked = self.state if by is None else replace(self.state, operator=by)
        refused = close(asked, command, self.session.policy, self.session.moment())
        if isinstance(refused, Refused):
            return refused
        compared: Decision = ()
        if not self.state.attempts and self.hub.poi.status.health is not Health.ABSENT:
            compared = await self.payments.reconcile(self._card_totals, by)
        closed = await self.session.carry_out(command, by)
        if isinstance(closed, Refused) or isinstance(compared, Refused):
            return closed
        return compared + closed

    async def _carry_out(self, command: Command, by: Operator | None = None) -> Decision:
        if isinstance(command, ENQUIRE_FIRST) and self.payments.has_unknown:
            await self.payments.enquire()
        return await self.session.carry_out(command, by)

    async def _sell(self, command: AddItem | Refused, by: Operator | None) -> Decision:
        return command if isinstance(command, Refused) else await self._carry_out(command, by)

    async def _pay(self, request: ask.Pay) -> Decision:
        match request.tender:
            case "cash":
                return await self._carry_out(TenderCash(request.amount_minor))
            case "cheque":
                return await self._carry_out(TenderCheque(request.amount_minor, request.number))
            case "card":
                if self.payments.has_unknown:
                    await self.payments.enquire()
                return await self.payments.pay(request.amount_minor, wait=request.wait)
            case "cash_machine":
                if self.payments.has_unknown:
                    await self.payments.enquire()
                return await self.payments.take_cash(request.amount_minor, wait=request.wait)
        return Refused("unknown_tender_kind", {"tender": request.tender[:20]})

    async def _sign_on(self, request: ask.SignOnWithPin) -> Decision:
        operator = await self._recognised(request.operator_id, request.pin)
        if isinstance(operator, Refused):
            return operator
        return await self.session.carry_out(
            SignOn(operator.operator_id, operator.name, operator.role)
        )

    async def _with_authority(self, request: ask.Authorised) -> Decision:
        """Carry out what somebody beside the operator allows (both names are recorded)."""
        if isinstance(request.request, ask.Authorised | ask.SignOnWithPin | SignOn | SignOff):
            return Refused("bad_request")
        if self.state.operator is None and self.session.policy.role != "kiosk":
            return Refused("not_signed_on")
        operator = await self._recognised(request.operator_id, request.pin)
        if isinstance(operator, Refused):
            return operator
        return await self._decide(request.request, operator)

    async def _recognised(self, operator_id: str, pin: str) -> Operator | Refused:
        """Return the operator whose PIN this is; wrong tries are counted, and lock."""
        wait_ms = locked_for_ms(self.state, operator_id, self.session.moment())
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
        rejected = await self.session.carry_out(RejectSignOn(operator_id))
        return rejected if isinstance(rejected, Refused) else Refused("wrong_pin")

    async def _card_totals(self, terminal_id: str, after_sequence: int) -> CardTotals:
        return await self._writer.ask(lambda store: store.card_totals(terminal_id, after_sequence))

    async def _print_again(self, receipt_number: str, by: Operator | None) -> Decision:
        sale, copies = await self._writer.ask(
            lambda store: (store.sale(receipt_number), store.copies(receipt_number))
        )
        if sale is None:
            return Refused("no_such_receipt", {"receipt_number": receipt_number[:24]})
        return await self.session.carry_out(
            Reprint(receipt_number, sale.sale_id, copies, sale.language), by
        )

    async def sale_document(self, sale_id: str) -> Sale | None:
        """Return a sale for printing: the one on screen, a parked one, or a completed one."""
        state = self.state
        if state.sale is not None and state.sale.sale_id == sale_id:
            return state.sale
        if sale_id in state.parked:
            return state.parked[sale_id]
        return await self._writer.ask(lambda store: store.sale_by_id(sale_id))

    async def closure_document(self, job: PrintJob) -> Closure | None:
        """Return the closure that a report is about; for a reading, what is open now."""
        if job.kind == READING:
            day = self.session.moment()
            event = closure(self.state, "day", day.business_date, (), "")
            return Closure(day.at_ms, event)
        number = int(job.receipt_number)
        return await self._writer.ask(lambda store: store.closure(job.sale_id, number))

    def _search(self, request: ask.Search) -> Answer:
        text = request.text.strip()
        if not text:
            return Answer(refused=Refused("empty_search"))
        limit = max(1, min(request.limit, MAX_LISTED))
        found = self.shelf.search(text, limit)
        return Answer(found={"articles": found})

    async def _print_label(self, request: ask.PrintLabel) -> Answer:
        """Print a label; which changes nothing in the books."""
        if self.state.operator is None:
            return Answer(refused=Refused("not_signed_on"))
        article = self._checkout.article(request.code)
        if isinstance(article, Refused):
            return Answer(refused=article)
        at_ms = self.session.moment().at_ms
        label = self._labels.of(article, request.weight_g, at_ms)
        if isinstance(label, Refused):
            return Answer(refused=label)
        return _found("label", await print_label(self.hub.label, label, request.copies))

    async def _steer(self, request: ask.SteerDevice) -> Answer:
        result = await self.hub.steer(request.device, request.action, dict(request.parameters))
        if isinstance(result, Refused):
            return Answer(refused=result)
        self.payments.wake()
        return Answer(found={"device": result})


def _found(name: str, what: Any) -> Answer:
    """Return what answers a question, or why nothing does."""
    if isinstance(what, Refused):
        return Answer(refused=what)
    return Answer(found={name: what})
