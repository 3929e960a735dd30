"""The terminal as screens and consoles see it: one state, one verb.

``submit`` takes any request, gives it to the service that knows it, and answers only when all that
the answer says is on disk.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from drivers.base import Health
from terminal.core.closing import close
from terminal.core.commands import (
    AddItem,
    CancelSale,
    ClosePeriod,
    Command,
    GrantDiscount,
    ParkSale,
    Resolve,
    SetPrice,
    SignOff,
    SignOn,
    TenderCash,
    TenderCheque,
    VoidLine,
)
from terminal.core.errors import Refused
from terminal.core.law_commands import BeginTraining
from terminal.core.state import Operator, TerminalState
from terminal.devices.hub import Hub
from terminal.journal.errors import JournalError
from terminal.services import requests as ask
from terminal.services.adoption import Adoption
from terminal.services.answer import Answer, Told, good_news
from terminal.services.back_office import BackOffice
from terminal.services.bus import Bus
from terminal.services.checkout import Checkout
from terminal.services.commissioning.requests import OpenCommissioning
from terminal.services.commissioning.service import Commissioning
from terminal.services.credits import Credits
from terminal.services.delivery import Delivery
from terminal.services.drawer_watch import DrawerWatch
from terminal.services.invoicing import Invoicing
from terminal.services.labels import Labels
from terminal.services.payments import Payments
from terminal.services.printing import Spooler
from terminal.services.questions import Questions
from terminal.services.recognition import Recognition
from terminal.services.restart_requests import PostponeRestart, RestartNow
from terminal.services.service_desk import ServiceDesk
from terminal.services.service_requests import (
    ExportDiagnostics,
    OpenService,
    RestartTerminal,
)
from terminal.services.session import Decision, Session
from terminal.services.slips import Slips
from terminal.services.space_watch import SPARED, SpaceWatch
from terminal.services.tray import Tray
from terminal.services.voucher import is_voucher
from terminal.services.weighing import Weighing
from terminal.services.writer import Writer
from terminal.store.shelf import Shelf
from terminal.store.store import CardTotals

log = logging.getLogger(__name__)

ENQUIRE_FIRST = (TenderCash, TenderCheque, VoidLine, CancelSale, ParkSale, SetPrice, AddItem)
"""Flows that ask the payment terminal about an unknown payment before they go on (rule R7)."""

SELLING = (AddItem, ask.Scan, ask.Weigh, ask.TakeBack, ask.ReturnLines, ask.AddTray)
"""What may begin a sale: not before a terminal that must be commissioned is."""
_OF_THE_SHOP = (
    ask.Adopt, ask.LearnDrawer, ask.DeclineOffer, ask.MakeInvoice, OpenCommissioning,
)  # fmt: skip
"""What training must not do: devices are the shop's own, a practice receipt is no document."""


_SPARED = (ask.MakeArchive, ask.MakeInvoice, BeginTraining)
"""What writes files that are no sale: on a disk that gets full they stop first."""


class Terminal:
    """One till or kiosk."""

    space: SpaceWatch | None = None
    """Watches the room on the disk, where somebody does."""

    def __init__(
        self,
        *,
        session: Session,
        bus: Bus,
        writer: Writer,
        shelf: Shelf,
        checkout: Checkout,
        recognition: Recognition,
        back_office: BackOffice,
        payments: Payments,
        spooler: Spooler,
        hub: Hub,
        slips: Slips,
        drawer_watch: DrawerWatch,
        weighing: Weighing,
        adoption: Adoption,
        labels: Labels,
        invoicing: Invoicing,
        delivery: Delivery,
        service: ServiceDesk,
        commissioning: Commissioning,
    ) -> None:
        self.session, self.bus = session, bus
        self.payments, self.spooler = payments, spooler
        self.shelf, self.hub = shelf, hub
        self.drawer_watch = drawer_watch
        self._writer, self._checkout, self._slips = writer, checkout, slips
        self._credits = Credits(session, writer)
        self._recognition = recognition
        self.back_office = back_office
        self.weighing, self.adoption, self.invoicing = weighing, adoption, invoicing
        self.delivery, self.service, self.commissioning = delivery, service, commissioning
        self._tray = Tray(session, hub.rfid, checkout)
        self._questions = Questions(
            session=session,
            writer=writer,
            shelf=shelf,
            checkout=checkout,
            payments=payments,
            hub=hub,
            weighing=weighing,
            adoption=adoption,
            labels=labels,
            tray=self._tray,
            archiving=back_office.archiving,
            returns=delivery.returns,
            commissioning=commissioning,
        )
        self.recovering = True

    @property
    def state(self) -> TerminalState:
        """The present state; everything in it is on disk."""
        return self.session.state

    async def submit(self, request: ask.Request) -> Answer:
        """Carry out a request, or say why not."""
        if self.recovering:
            return Answer(refused=Refused("recovery_running"))
        if self.back_office.restarting.view.closed and not isinstance(request, ask.Question):
            return Answer(refused=Refused("restarting"))
        if self._is_out_of_place(request):
            return Answer(refused=Refused("in_training"))
        if isinstance(request, SELLING) and self.commissioning.refuses_sale:
            return Answer(refused=Refused("not_commissioned"))
        if self.space is not None and self.space.spares and _is_spared(request):
            return Answer(refused=Refused(SPARED))
        try:
            match request:
                case _ if isinstance(request, ask.Question):
                    return await self._questions.answer(request)
                case ask.Scan() if self.commissioning.listens:
                    return self.commissioning.heard(request)
                case ask.Scan() if is_voucher(request.code):
                    return await self._find_by_slip(request.code)
                case ask.Scan() if self.delivery.returns.is_receipt(request.code):
                    return await self._questions.open_receipt(ask.OpenReceipt(request.code))
            decided = await self._decide(request)
        except JournalError as error:
            log.error("cannot read the store: %s", error)  # noqa: TRY400 - the words say it
            return Answer(refused=Refused("storage_failed"))
        if isinstance(decided, Refused):
            return Answer(refused=decided)
        return Answer(decided, found={**good_news(decided), **self.service.found(request)})

    def _is_out_of_place(self, request: ask.Request) -> bool:
        """In training nothing of the shop is changed; and behind its door nothing is sold."""
        if isinstance(request, ask.Authorised):
            return self._is_out_of_place(request.request)
        if self.back_office.schooling.training:
            return isinstance(request, _OF_THE_SHOP)
        return self.state.training and not isinstance(request, ask.Question)

    async def _find_by_slip(self, code: str) -> Answer:
        decided, where = await self._slips.find(code)
        if isinstance(decided, Refused):
            return Answer(refused=decided)
        return Answer(decided, found={"told": Told(f"told.slip_{where}")})

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

    async def _decide(self, request: ask.Deed, by: Operator | None = None) -> Decision:
        match request:
            case ask.Scan() if is_voucher(request.code):
                return (await self._slips.find(request.code, by))[0]
            case ask.Scan():
                return await self._sell(self._checkout.scan(request), by)
            case ask.Weigh():
                return await self._weigh(request, by)
            case ask.TakeBack() | ask.ReturnLines() | ask.MailReceipt():
                return await self._with_receipt(request, by)
            case ask.SignOnWithPin():
                return await self._sign_on(request)
            case ask.Authorised():
                return await self._with_authority(request)
            case ask.Pay():
                return await self._pay(request)
            case _ if isinstance(request, ask.BesideSelling):
                return await self._beside_selling(request, by)
            case _ if isinstance(request, ask.OnPaper):
                return await self._on_paper(request, by)
            case ask.AddTray():
                if self.payments.has_unknown:
                    await self.payments.enquire()
                return await self._tray.add(request.inventory, by)
        return await self._with_records(request, by)

    async def _beside_selling(self, request: ask.BesideSelling, by: Operator | None) -> Decision:
        match request:
            case OpenCommissioning():
                return self.commissioning.begin(by)
            case PostponeRestart() | RestartNow():
                return self.back_office.restarting.decide(request, by)
            case OpenService() | ExportDiagnostics() | RestartTerminal():
                return await self.service.carry_out(request, by)
            case ask.LearnDrawer():
                return await self.drawer_watch.learn(by)
            case ask.Adopt():
                return await self.adoption.adopt(request.role, request.address, by)
            case ask.MakeArchive() | ask.CopyArchive():
                return await self.back_office.archiving.carry_out(request, by)

    async def _with_receipt(
        self, request: ask.TakeBack | ask.ReturnLines | ask.MailReceipt, by: Operator | None
    ) -> Decision:
        match request:
            case ask.ReturnLines():
                return await self.delivery.returns.take_back(request, by)
            case ask.MailReceipt():
                return await self.delivery.post.take(request, by)
        return await self._sell(self._checkout.take_back(request), by)

    async def _on_paper(self, request: ask.OnPaper, by: Operator | None) -> Decision:
        match request:
            case ask.PrintAgain():
                return await self.back_office.documents.print_again(request.receipt_number, by)
            case ask.MakeInvoice():
                return await self.invoicing.make(request, by)
            case ask.PrintForGift():
                return await self.back_office.documents.print_for_gift(request.receipt_number, by)
            case ask.PrintSlipAgain():
                return await self._slips.print_again(by)
            case ask.SettlePaper():
                return await self.spooler.settle(request.job_id, came_out=request.came_out)

    async def _with_records(
        self, request: ask.OfCards | ask.OfBooks | ask.OfCredit | Command, by: Operator | None
    ) -> Decision:
        """Carry out what asks the payment terminal or the books first; the core does the rest."""
        match request:
            case ask.IssueVoucher() | ask.Redeem():
                return await self._credits.carry_out(request, by)
            case ask.DropTender():
                return await self.payments.drop(request.tender, by)
            case ask.EnquirePayment():
                return await self.payments.enquire(anew=True)
            case ask.AnswerManual():
                return await self.payments.answer(request.outcome, request.approval_code, by)
            case ask.Reconcile():
                return await self.payments.reconcile(self._card_totals, by)
            case Resolve():
                return await self.payments.resolve(request, by)
            case ask.PrintClosureAgain():
                return await self.back_office.documents.print_closure_again(
                    request.scope, request.number, by
                )
            case ask.LeaveTraining():
                return await self.back_office.schooling.leave()
            case BeginTraining():
                return await self.back_office.schooling.begin(request, by)
            case ask.ExtractClosure():
                return await self.back_office.extraction.extract(request.scope, request.number, by)
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
        if self.session.stopped_by_clock:
            return Refused("clock_behind")  # before the payment terminal closes its day
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
        if isinstance(command, GrantDiscount):
            command = await self.back_office.documents.coupon_known(command)
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
        operator = await self._recognition.recognise(request.operator_id, request.pin)
        if isinstance(operator, Refused):
            return operator
        refused = await self._recognition.own_pin(operator, request.pin, request.new_pin)
        if refused is not None:
            return refused
        return await self.session.carry_out(
            SignOn(operator.operator_id, operator.name, operator.role)
        )

    async def _with_authority(self, request: ask.Authorised) -> Decision:
        """Carry out what somebody beside the operator allows (both names are recorded)."""
        if isinstance(request.request, ask.Authorised | ask.SignOnWithPin | SignOn | SignOff):
            return Refused("bad_request")
        if self.state.operator is None and self.session.policy.role != "kiosk":
            return Refused("not_signed_on")
        operator = await self._recognition.recognise(request.operator_id, request.pin)
        if isinstance(operator, Refused):
            return operator
        return await self._decide(request.request, operator)

    async def _card_totals(self, terminal_id: str, after_sequence: int) -> CardTotals:
        return await self._writer.ask(lambda store: store.card_totals(terminal_id, after_sequence))


def _is_spared(request: ask.Request) -> bool:
    if isinstance(request, ask.Authorised):
        return _is_spared(request.request)
    return isinstance(request, _SPARED)
