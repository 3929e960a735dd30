"""Questions: requests that change nothing in the books, and are answered at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from terminal.core.errors import Refused
from terminal.core.state import TerminalState
from terminal.devices.hub import Hub
from terminal.services import requests as ask
from terminal.services.adoption import Adoption
from terminal.services.answer import Answer, Told
from terminal.services.archiving import Archiving
from terminal.services.checkout import Checkout
from terminal.services.commissioning.requests import Commissioned
from terminal.services.commissioning.service import Commissioning
from terminal.services.labels import Labels, print_label
from terminal.services.payments import Payments
from terminal.services.returns import Returns
from terminal.services.session import Session
from terminal.services.tray import Tray
from terminal.services.weighing import Weighing
from terminal.services.writer import Writer
from terminal.store.invoices import invoices
from terminal.store.shelf import Shelf

MAX_LISTED = 50
"""Rows of any list: more is a question for a search."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers what screens and consoles ask."""

    session: Session
    writer: Writer
    shelf: Shelf
    checkout: Checkout
    payments: Payments
    hub: Hub
    weighing: Weighing
    adoption: Adoption
    labels: Labels
    tray: Tray
    archiving: Archiving
    returns: Returns
    commissioning: Commissioning

    @property
    def _state(self) -> TerminalState:
        return self.session.state

    async def answer(self, question: ask.Question) -> Answer:
        """Return what is asked for, or why not."""
        match question:
            case ask.FindWeighed() | ask.WatchScale() | ask.ZeroScale():
                return await self._with_scale(question)
            case ask.ListDevices() | ask.DeclineOffer() | ask.CheckHealth():
                return await self._with_devices(question)
            case _ if isinstance(question, Commissioned):
                return await self.commissioning.carry_out(question)
        return await self._answer(question)

    async def _with_scale(self, question: ask.OfScale) -> Answer:
        match question:
            case ask.ZeroScale():
                return Answer(refused=await self.weighing.zero())
            case ask.WatchScale(""):
                self.weighing.watch(None)
                return Answer()
        found = self.checkout.weigh(ask.Weigh(question.code))
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

    async def _answer(self, question: ask.Listing) -> Answer:
        match question:
            case ask.Search():
                return self._search(question)
            case ask.ListParked():
                parked = tuple(self._state.parked.values())[:MAX_LISTED]
                return Answer(found={"parked": parked})
            case ask.ListClosures():
                wanted = max(1, min(question.limit, MAX_LISTED))
                closures = await self.writer.ask(lambda store: store.closures(wanted))
                return Answer(found={"closures": closures})
            case ask.ListArchives():
                limit = min(question.limit, MAX_LISTED)
                return Answer(found=await self.archiving.list(limit))
            case ask.ListReceipts():
                limit = max(1, min(question.limit, MAX_LISTED))
                rows = await self.writer.ask(lambda store: store.receipts(limit))
                return Answer(found={"receipts": rows})
            case ask.ListInvoices():
                wanted = max(1, min(question.limit, MAX_LISTED))
                issued = await self.writer.ask(lambda store: invoices(store, wanted))
                return Answer(found={"invoices": issued})
            case ask.SteerDevice():
                return await self._steer(question)
            case ask.PrintLabel():
                return await self._print_label(question)
            case ask.ReadTray():
                read = await self.tray.read()
                return _found("tray", read)
            case ask.OpenReceipt():
                return await self.open_receipt(question)

    async def open_receipt(self, request: ask.OpenReceipt) -> Answer:
        """Show what can come back of a receipt, and the code that it was shown by."""
        offer = await self.returns.open(request)
        if isinstance(offer, Refused):
            return Answer(refused=offer)
        return Answer(found={"receipt": self.returns.shown(offer), "receipt_code": request.code})

    def _search(self, request: ask.Search) -> Answer:
        text = request.text.strip()
        if not text:
            return Answer(refused=Refused("empty_search"))
        limit = max(1, min(request.limit, MAX_LISTED))
        found = self.shelf.search(text, limit)
        return Answer(found={"articles": found})

    async def _print_label(self, request: ask.PrintLabel) -> Answer:
        """Print a label; which changes nothing in the books."""
        if self._state.operator is None:
            return Answer(refused=Refused("not_signed_on"))
        article = self.checkout.article(request.code)
        if isinstance(article, Refused):
            return Answer(refused=article)
        at_ms = self.session.moment().at_ms
        label = self.labels.of(article, request.weight_g, at_ms)
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
