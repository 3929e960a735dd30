"""An invoice as a whole: its figures, its two sides, and the sentences that the law wants on it.

Sources: code général des impôts, annexe II, article 242 nonies A (what an invoice says); code de
commerce, articles L441-9, L441-10 and D441-5 (penalties for late payment, 40 € for recovery).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.core.buyer import Party, party_of
from terminal.core.credits import DEPOSIT
from terminal.core.events import InvoiceIssued
from terminal.core.invoicing import CREDIT_NOTE
from terminal.core.numbering import grouped
from terminal.core.state import Line, Sale
from terminal.invoices.figures import InvoiceFigures, by_kind, figures
from terminal.words import Words

FRANCE = "FR"
PENALTIES, RECOVERY, DISCOUNT = "PMD", "PMT", "AAB"
"""Subject codes of notes (UNTDID 4451) by which French platforms know these sentences."""
RECOVERY_MINOR = 4000
"""Flat sum that a business owes when it pays late, in cents (code de commerce, D441-5)."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence at the foot; ``code`` says to machines what it is about, empty when nothing."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice or credit note, ready to be written."""

    event: InvoiceIssued
    sale: Sale
    issued_at_ms: int
    timezone: str
    words: Words
    figures: InvoiceFigures
    seller: Party
    buyer: Party
    copy: int = 0
    """0 for the invoice itself; others are marked and counted."""

    @property
    def is_credit_note(self) -> bool:
        return self.event.kind == CREDIT_NOTE

    @property
    def details(self) -> Mapping[str, str]:
        """What the shop said of itself beside its name and address."""
        return self.event.seller

    def say(self, key: str, **values: Any) -> str:
        """Return a sentence of the invoice's language."""
        return self.words.text(f"invoice.{key}", **values)

    @property
    def is_prepayment(self) -> bool:
        """Tell whether nothing but deposits was paid: the goods are invoiced later."""
        kinds = {one.line.kind for one in self.figures.lines}
        return kinds == {DEPOSIT} and not self.is_credit_note

    @property
    def title(self) -> str:
        kind = "_credit" if self.is_credit_note else "_deposit" if self.is_prepayment else ""
        return self.say(f"title{kind}")

    def date(self, at_ms: int) -> str:
        return self.words.format_date(at_ms, self.timezone)

    @property
    def receipt(self) -> str:
        """The receipt that this is the invoice of."""
        number = grouped(self.event.receipt_number)
        return self.say("receipt", number=number, date=self.date(self.sale.completed_at_ms))

    def label(self, line: Line) -> str:
        """Return what a line is called; what is no article says what it is."""
        if line.kind == "article":
            return line.label or line.code
        return f"{self.words.text(f'receipt.{line.kind}')} {line.label}"

    @property
    def paid(self) -> str:
        """That it is paid, and how."""
        means = by_kind(self.figures)
        names = ", ".join(self.words.text(f"receipt.{kind}") for kind in means)
        key = "refunded" if self.is_credit_note else "paid"
        return self.say(key, date=self.date(self.sale.completed_at_ms), means=names)

    @property
    def exemption(self) -> str:
        """Why lines without VAT have none."""
        multi = self.say("multi_purpose")
        kinds = {line.line.kind for line in self.figures.lines if not line.line.vat_rate_bp}
        reasons = []
        if kinds - {"voucher_multi"}:
            reasons.append(self.details.get("exemption") or self.say("exemption"))
        if "voucher_multi" in kinds:
            reasons.append(multi)
        return " ".join(reasons)

    def notes(self) -> tuple[Note, ...]:
        """Return the sentences at the foot, the shop's own last."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[Note]:
        details = self.details
        yield Note(self.receipt)
        if self.event.corrects:
            date = self.words.format_day(self.event.corrects_date)
            yield Note(self.say("corrects", number=self.event.corrects, date=date))
        yield Note(self.say(f"operation.{details.get('operation', 'goods')}"))
        if details.get("vat_on_debits"):
            yield Note(self.say("vat_on_debits"))
        if self.exemption:
            yield Note(self.exemption)
        if self.buyer.is_business and self.seller.country == FRANCE:
            yield Note(details.get("late_penalty") or self.say("late_penalty"), PENALTIES)
            recovery = self.words.format_money(RECOVERY_MINOR, "EUR")
            yield Note(self.say("recovery", amount=recovery), RECOVERY)
            yield Note(details.get("early_discount") or self.say("early_discount"), DISCOUNT)
        for line in filter(None, details.get("notes", "").split("\n")):
            yield Note(line)


def invoice_of(
    event: InvoiceIssued,
    sale: Sale,
    issued_at_ms: int,
    words: Words,
    *,
    timezone: str,
    copy: int = 0,
) -> Invoice:
    """Return an invoice from its event and the sale that it is about."""
    return Invoice(
        event=event,
        sale=sale,
        issued_at_ms=issued_at_ms,
        timezone=timezone,
        words=words,
        figures=figures(sale, event),
        seller=party_of(event.seller),
        buyer=party_of(event.buyer),
        copy=copy,
    )
