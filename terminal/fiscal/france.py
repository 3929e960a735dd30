"""France: signed records and chains, with the rules of NF525 as the yardstick (no claim of it).

Source: CGI 286 I 3 bis; BOI-TVA-DECLA-30-10-30 (inalterable, secured, conserving, archiving); the
signed items as published NF525 implementations agree on them.  A chain per kind of record per till:

    TIK  receipts            GTT  totals after each receipt      DUP  duplicates
    GTJ, GTM, GTA  closures of day, month and year               JET  technical events
    ARC  archives            ECO  training                       FAC  invoices and credit notes
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from terminal.core.books import VatRow
from terminal.core.errors import Refused
from terminal.core.events import (
    ArchiveCopied,
    ArchiveMade,
    Event,
    InvoiceCopied,
    InvoiceIssued,
    JournalPurged,
    PaymentIntended,
    PeriodClosed,
    PrintJobQueued,
    RecordSigned,
    SaleCompleted,
)
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.fiscal import clock_rule, content, jet
from terminal.fiscal.chain import Chains, adoption, breakdown, local_time
from terminal.fiscal.plain import PlainRegime
from terminal.fiscal.signing import KeyUnusable, Signer, extract

log = logging.getLogger(__name__)

TICKET, TOTALS, DUPLICATE, TECHNICAL, ARCHIVE = "TIK", "GTT", "DUP", "JET", "ARC"
TRAINING = "ECO"
"""See ``fiscal.practice``: a journal of its own."""
CLOSURES: Mapping[str, str] = MappingProxyType({"day": "GTJ", "month": "GTM", "year": "GTA"})
RECEIPT_TYPE = "TICKET"
SALE, REFUND = "VENTE", "REMBOURSEMENT"
MADE, COPIED, PURGED = "ARCHIVE", "COPIE", "PURGE"
INVOICES, INVOICE_TYPE, CREDIT_TYPE = "FAC", "FACTURE", "AVOIR"


class FranceRegime:
    """Signs what a French till has to sign, in the transaction of what it signs."""

    name = "france"
    trains = True

    def __init__(self, key: bytes, signer: Signer, *, till: str, timezone: str) -> None:
        """``key`` proves slips, ``signer`` holds the fiscal key; ``till`` names it in records."""
        self._plain = PlainRegime(key)
        self.signer = signer
        self._till = till
        self._timezone = ZoneInfo(timezone)

    def proof(self, text: str) -> str:
        """Return a code that shows that a text came from this terminal."""
        return self._plain.proof(text)

    def seal(
        self, state: TerminalState, events: tuple[Event, ...], moment: Moment
    ) -> tuple[Event, ...] | Refused:
        """Return the events with their signed records.

        Refused when the key cannot be used, before a payment is begun too; and, for documents,
        while the clock is too far behind (``fiscal.clock_rule``).
        """
        if not any(type(event) in _CONCERNED for event in events):
            return events
        refused = clock_rule.refusal(state, events, moment)
        if refused is not None:
            return refused
        sealing = _Sealing(self.signer, self._till, self._timezone, state, moment)
        try:
            if any(isinstance(event, PaymentIntended) for event in events):
                self.signer.ready()
            for event in events:
                sealing.take(event)
        except KeyUnusable as error:
            log.error("nothing can be signed: %s", error)  # noqa: TRY400 - the words say it
            return Refused(error.code)
        return tuple(sealing.events)


class _Sealing:
    """One transaction: its events so far, the state after them, and the chains' new heads."""

    def __init__(
        self,
        signer: Signer,
        till: str,
        timezone: ZoneInfo,
        state: TerminalState,
        moment: Moment,
    ) -> None:
        self.events: list[Event] = []
        self.state = state
        self.moment = moment
        self._signer = signer
        self._till = till
        self._when = local_time(moment.at_ms, timezone)
        self._chains = Chains(state.chains, signer, till)

    def take(self, event: Event) -> None:
        """Add an event, and the records that it asks for behind it."""
        sealer = _SEALERS.get(type(event))
        entries = jet.entries(event, self.state)
        if (sealer or entries) and self.state.signing_key != self._signer.key_id:
            self._adopt()
        if sealer is not None:
            sealer(self, event)
        else:
            self.put(event)
        for entry in entries:
            self.technical(entry, about=event)

    def put(self, event: Event) -> None:
        """Add an event as it is."""
        self.state = evolve(self.state, event, self.moment)
        self.events.append(event)

    def sign(
        self, chain: str, document: str, items: tuple[str | int, ...], what: Mapping[str, Any]
    ) -> RecordSigned:
        """Add the next record of a chain."""
        day = {"business_date": self.moment.business_date}
        record = self._chains.sign(chain, document, items, {**day, **what})
        self.put(record)
        return record

    def technical(self, entry: jet.Entry, about: Event | None = None) -> None:
        """Add a record to the journal of technical events, with the whole event it is about."""
        number = self._chains.next_number(TECHNICAL)
        self.sign(
            TECHNICAL,
            str(number),
            (number, entry.code, entry.info, self._when, entry.operator, self._till),
            {
                "number": number,
                "code": entry.code,
                "info": entry.info,
                "at_ms": self.moment.at_ms,
                "operator_id": entry.operator,
                "till": self._till,
                **({} if about is None else {"event": content.of_event(about)}),
            },
        )

    def completed(self, event: SaleCompleted) -> None:
        """Sign a receipt and the totals after it; the receipt's code is read off its signature."""
        sale = evolve(self.state, event, self.moment).sale
        if sale is None:
            raise AssertionError("a sale that completes is on the screen")
        rates = breakdown(sale.vat)
        kind = REFUND if sale.total_minor < 0 else SALE
        record = self._chains.sign(
            TICKET,
            sale.receipt_number,
            (rates, sale.total_minor, self._when, sale.receipt_number, kind),
            content.of_sale(sale),
        )
        self.put(replace(event, token=extract(record.signature)))
        self.put(record)
        books = self.state.books
        self.sign(
            TOTALS,
            sale.receipt_number,
            (rates, sale.total_minor, books.perpetual_minor, self._when, sale.receipt_number),
            {
                "receipt_number": sale.receipt_number,
                "at_ms": self.moment.at_ms,
                "vat": [
                    [row.rate_bp, row.net_minor, row.vat_minor, row.gross_minor] for row in sale.vat
                ],
                "total_minor": sale.total_minor,
                "perpetual_minor": books.perpetual_minor,
                "perpetual_absolute_minor": books.perpetual_absolute_minor,
            },
        )
        for entry in jet.of_completed(sale):
            self.technical(entry)

    def queued(self, event: PrintJobQueued) -> None:
        """Sign a duplicate when one is printed (RCP-17)."""
        self.put(event)
        if event.kind == "duplicate":
            self._duplicate(RECEIPT_TYPE, event.receipt_number, event)

    def invoiced(self, event: InvoiceIssued) -> None:
        """Sign an invoice: it says again what a receipt said, and raises no total."""
        self.put(event)
        rows = tuple(VatRow(*row) for row in event.vat)
        kind = CREDIT_TYPE if event.kind == "credit_note" else INVOICE_TYPE
        number, receipt = event.invoice_number, event.receipt_number
        self.sign(
            INVOICES,
            number,
            (breakdown(rows), event.total_minor, self._when, number, kind, receipt),
            content.of_invoice(event, self.moment.at_ms),
        )

    def invoice_copied(self, event: InvoiceCopied) -> None:
        """Sign a copy of an invoice among the duplicates."""
        self.put(event)
        self._duplicate(INVOICE_TYPE, event.invoice_number, event)

    def _duplicate(self, kind: str, document: str, event: PrintJobQueued | InvoiceCopied) -> None:
        copy, receipt_number = event.copy, event.receipt_number
        operator = self.state.operator.operator_id if self.state.operator else ""
        number = self._chains.next_number(DUPLICATE)
        self.sign(
            DUPLICATE,
            document,
            (number, kind, copy, operator, self._when, document),
            {
                "number": number,
                "type": kind,
                "copy": copy,
                "operator_id": operator,
                "at_ms": self.moment.at_ms,
                "receipt_number": receipt_number,
                **({} if document == receipt_number else {"invoice_number": document}),
                "event": content.of_event(event),
            },
        )

    def closed(self, event: PeriodClosed) -> None:
        """Sign a closure between the technical events of its beginning and its end."""
        what = f"{event.scope} {event.period} {event.number}"
        self.technical(jet.Entry(jet.CLOSING, what, event.operator_id))
        if event.counted:
            counted = " ".join(f"{kind}:{amount}" for kind, amount in event.counted)
            self.technical(jet.Entry(jet.COUNT, counted, event.operator_id))
        self.put(event)
        rows = tuple(VatRow(*row) for row in event.vat)
        self.sign(
            CLOSURES[event.scope],
            event.period,
            (breakdown(rows), event.total_minor, event.perpetual_minor, self._when, event.period),
            content.of_closure(event, self.moment.at_ms),
        )
        code = jet.YEAR_CLOSED if event.scope == "year" else jet.PERIOD_CLOSED
        self.technical(jet.Entry(code, what, event.operator_id))

    def archived(self, event: ArchiveMade) -> None:
        """Sign an archive with its hash."""
        self._of_archives(event, MADE)
        info = f"{event.first_day}/{event.last_day} {event.sha256}"
        self.technical(jet.Entry(_archived(event), info, self._operator), about=event)

    def copied(self, event: ArchiveCopied) -> None:
        """Sign that a copy of an archive was read back from its medium."""
        self._of_archives(event, COPIED)
        medium = f"{event.medium} {event.serial}".strip()
        info = f"copy {event.file} {event.sha256} on {medium}"
        self.technical(jet.Entry(_archived(event), info, self._operator), about=event)

    def purged(self, event: JournalPurged) -> None:
        """Sign what left the journal, and the base that stands in its place."""
        self._of_archives(event, PURGED)
        what = f"{event.first_seq}/{event.last_seq} {event.last_day} {event.base_sha256}"
        self.technical(jet.Entry(jet.PURGED, what, self._operator), about=event)

    def _of_archives(self, event: ArchiveMade | ArchiveCopied | JournalPurged, what: str) -> None:
        self.put(event)
        perpetual = self.state.books.perpetual_minor
        said = content.of_archives(event, self.moment.at_ms)
        document = str(said.get("period", said.get("last_seq")))
        self.sign(ARCHIVE, document, ("", perpetual, self._when, self._till, what), said)

    @property
    def _operator(self) -> str:
        return self.state.operator.operator_id if self.state.operator else ""

    def _adopt(self) -> None:
        """Let the key sign from here on: the first technical event, or a change that is said."""
        first = not self.state.signing_key
        adopted = adoption(self._signer)
        self.put(adopted)
        code = jet.INITIALISED if first else jet.KEY_CHANGED
        entry = jet.Entry(code, f"key {self._signer.key_id} {self._signer.backend}")
        self.technical(entry, about=adopted)


def _archived(event: ArchiveMade | ArchiveCopied) -> int:
    year = event.first_day[5:] == "01-01" and event.last_day[5:] == "12-31"
    return jet.YEAR_ARCHIVED if year else jet.PERIOD_ARCHIVED


_SEALERS: Mapping[type[Event], Callable[[_Sealing, Any], None]] = {
    SaleCompleted: _Sealing.completed,
    PrintJobQueued: _Sealing.queued,
    PeriodClosed: _Sealing.closed,
    ArchiveMade: _Sealing.archived,
    ArchiveCopied: _Sealing.copied,
    JournalPurged: _Sealing.purged,
    InvoiceIssued: _Sealing.invoiced,
    InvoiceCopied: _Sealing.invoice_copied,
}
_CONCERNED = frozenset({*_SEALERS, *jet.TECHNICAL, *clock_rule.BEGINS})
"""Events that the law may have something to say about; all others go through at once."""
