"""Checks a journal's signed records: signatures, chains, contents, and that none is missing.

It trusts nothing that it can compute: the content of a receipt is made again from the sale, the
perpetual totals from the receipts, what a technical event says from the event that stands before
it.  What a chain alone cannot show is that its newest records were cut off; what an event owes the
law (``fiscal.owed``), and the head record (``fiscal.auditors``), show that.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from terminal.core.events import (
    ArchiveCopied,
    ArchiveMade,
    Event,
    InvoiceIssued,
    JournalPurged,
    PeriodClosed,
    RecordSigned,
    SaleCompleted,
    SigningKeyAdopted,
)
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.fiscal import content
from terminal.fiscal.base import Finding
from terminal.fiscal.chain import FIRST, FOLLOWS, FORMAT, content_hash, take_apart
from terminal.fiscal.owed import PRACTICE, TECHNICAL, Debts
from terminal.fiscal.signing import (
    SIGNATURE_CHARACTERS,
    KeyUnusable,
    Verifier,
    extract,
)
from terminal.journal.records import Record, canonical_json

CLOSURES = ("GTJ", "GTM", "GTA")
_DOCUMENT = {
    "TIK": ("receipt_number",), "GTT": ("receipt_number",), "FAC": ("invoice_number",),
    "DUP": ("invoice_number", "receipt_number"), "ARC": ("period", "last_seq"),
    "GTJ": ("period",), "GTM": ("period",), "GTA": ("period",), TECHNICAL: ("number",),
}  # fmt: skip
"""The part of a content that a record is filed under, by chain: the first that it has."""
_NOTHING: dict[str, Any] = {}


def agrees(said: Any, found: Any) -> bool:
    """Tell whether what was signed is what is found now.

    A later version may know more of a sale than was signed; what was signed must all be there.
    """
    if isinstance(said, dict):
        return isinstance(found, dict) and all(
            key in found and agrees(value, found[key]) for key, value in said.items()
        )
    if isinstance(said, list):
        return isinstance(found, list) and len(said) == len(found) and all(map(agrees, said, found))
    return type(said) is type(found) and bool(said == found)


class ChainAuditor:
    """Reads a journal from its first event to its last; a journal without signatures passes."""

    def __init__(self) -> None:
        self._keys: dict[str, Verifier] = {}
        self._debts = Debts()
        self._about: Event | None = None
        """The last event that is no signed record: what the records behind it are about."""
        self._begun = False

    def take(
        self, before: TerminalState, event: Event, after: TerminalState, record: Record
    ) -> Iterator[Finding]:
        """Look at the next event, the states around it, and its record in the journal."""
        if not self._begun:
            yield from self._begin(before)
        if isinstance(event, RecordSigned):
            moment = Moment(record.at_ms, record.business_date)
            yield from self._check(before, event, after, moment)
            return
        yield from self._unsigned()
        self._about = event
        if isinstance(event, SigningKeyAdopted):
            yield from self._adopt(event.key_id, event.public_key)
        self._debts.incur(before, event, after)

    def _begin(self, state: TerminalState) -> Iterator[Finding]:
        """Take the keys that a purge left in the place of older records."""
        self._begun = True
        for key_id, key in state.signing_keys.items():
            yield from self._adopt(key_id, key.public_key)

    def finish(self) -> Iterator[Finding]:
        """Say what is missing at the end."""
        yield from self._unsigned()

    def _unsigned(self) -> Iterator[Finding]:
        for missing in self._debts.unpaid():
            yield Finding("missing", missing)

    def _adopt(self, key_id: str, public_key: str) -> Iterator[Finding]:
        try:
            verifier = Verifier(base64.b64decode(public_key))
        except (KeyUnusable, ValueError) as error:
            yield Finding("key", f"key {key_id}: {error}")
            return
        if verifier.key_id != key_id:
            yield Finding("key", f"key {key_id} is really {verifier.key_id}")
        self._keys[key_id] = verifier

    def _check(
        self, before: TerminalState, record: RecordSigned, after: TerminalState, moment: Moment
    ) -> Iterator[Finding]:
        name = f"{record.chain} {record.sequence} ({record.document})"
        verifier = self._keys.get(record.key_id)
        if verifier is None:
            yield Finding("key", f"{name}: key {record.key_id} was never adopted")
        elif not verifier.verifies(record.canonical, record.signature):
            yield Finding("signature", f"{name}: the signature is not that of the record")
        yield from self._check_text(before, record, name)
        said = _said(record)
        if said is _NOTHING:
            yield Finding("content", f"{name}: the content cannot be read")
            return
        yield from self._check_place(record, said, moment, name)
        about = self._about if self._debts.pay(record.chain) else None
        if about is None and record.chain != TECHNICAL:
            yield Finding("missing", f"{name}: signed without what it is about")
        practised = about if record.chain == PRACTICE else None
        if record.chain == "TIK" or isinstance(practised, SaleCompleted):
            receipt = about if isinstance(about, SaleCompleted) else None
            yield from self._check_receipt(record, said, receipt, after, name)
        if record.chain == "GTT":
            yield from self._check_totals(said, after, name)
        if record.chain in CLOSURES or isinstance(practised, PeriodClosed):
            closure = about if isinstance(about, PeriodClosed) else None
            yield from self._check_closure(said, closure, name)
        if record.chain == "ARC" and isinstance(about, ArchiveMade | ArchiveCopied | JournalPurged):
            found = content.of_archives(about, said.get("at_ms", 0)) | _day(said)
            if not agrees(said, found):
                yield Finding("content", f"{name}: the archive in the books is another")
        if record.chain == "FAC":
            invoice = about if isinstance(about, InvoiceIssued) else None
            yield from self._check_invoice(said, invoice, name)

    def _check_text(
        self, before: TerminalState, record: RecordSigned, name: str
    ) -> Iterator[Finding]:
        signed = take_apart(record.canonical)
        if signed is None or signed.format != FORMAT or signed.chain != record.chain:
            yield Finding("signature", f"{name}: the signed text is not one of this chain")
            return
        head = before.chains.get(record.chain)
        expected = (FOLLOWS, head.signature) if head else (FIRST, "")
        if (signed.flag, signed.previous) != expected:
            yield Finding("chain", f"{name}: does not follow the record before it")
        if signed.content_hash != content_hash(record.content):
            yield Finding("content", f"{name}: the content is not what was signed")
        if signed.key_id != record.key_id:
            yield Finding("key", f"{name}: signed for key {signed.key_id}")

    def _check_place(
        self, record: RecordSigned, said: dict[str, Any], moment: Moment, name: str
    ) -> Iterator[Finding]:
        """A record stands behind what it is about, at the time, and under the name, it was signed.

        What an older version did not sign is not asked for.
        """
        if said.get("at_ms", moment.at_ms) != moment.at_ms:
            yield Finding("time", f"{name}: signed at {said['at_ms']}, recorded at {moment.at_ms}")
        if record.chain != "TIK" and (
            said.get("business_date", moment.business_date) != moment.business_date
        ):
            yield Finding("time", f"{name}: signed for the day {said['business_date']}")
        named = (said[part] for part in _DOCUMENT.get(record.chain, ()) if part in said)
        document = next(named, record.document)
        if str(document) != record.document:
            yield Finding("content", f"{name}: is of {document}")
        if "event" in said and (
            self._about is None or not agrees(said["event"], content.of_event(self._about))
        ):
            yield Finding("content", f"{name}: the event in the books is another")

    def _check_receipt(
        self,
        record: RecordSigned,
        said: dict[str, Any],
        receipt: SaleCompleted | None,
        after: TerminalState,
        name: str,
    ) -> Iterator[Finding]:
        if receipt is None or receipt.receipt_number != record.document:
            yield Finding("missing", f"{name}: signed without its receipt")
            return
        if len(record.signature) != SIGNATURE_CHARACTERS or (
            receipt.token != extract(record.signature)
        ):
            yield Finding("signature", f"{name}: the printed code {receipt.token} is another's")
        if after.sale is None or not _is(record.content, said, content.of_sale(after.sale)):
            yield Finding("content", f"{name}: the sale in the books is another")

    def _check_closure(
        self, said: dict[str, Any], closure: PeriodClosed | None, name: str
    ) -> Iterator[Finding]:
        if closure is None:
            yield Finding("missing", f"{name}: signed without its closure")
        elif not agrees(said, content.of_closure(closure, said.get("at_ms", 0)) | _day(said)):
            yield Finding("content", f"{name}: the closure in the books is another")

    def _check_invoice(
        self, said: dict[str, Any], invoice: InvoiceIssued | None, name: str
    ) -> Iterator[Finding]:
        if invoice is None:
            yield Finding("missing", f"{name}: signed without its invoice")
        elif not agrees(said, content.of_invoice(invoice, said.get("at_ms", 0)) | _day(said)):
            yield Finding("content", f"{name}: the invoice in the books is another")

    def _check_totals(
        self, said: dict[str, Any], after: TerminalState, name: str
    ) -> Iterator[Finding]:
        books, sale = after.books, after.sale
        if (said.get("perpetual_minor"), said.get("perpetual_absolute_minor")) != (
            books.perpetual_minor,
            books.perpetual_absolute_minor,
        ):
            yield Finding("perpetual", f"{name}: the receipts come to {books.perpetual_minor}")
        if sale is None or said.get("receipt_number") != sale.receipt_number:
            yield Finding("missing", f"{name}: signed without its receipt")


def _is(text: str, said: dict[str, Any], found: dict[str, Any]) -> bool:
    """Tell whether a signed content is what is found; most are, to the letter."""
    return canonical_json(found) == text or agrees(said, found)


def _said(record: RecordSigned) -> dict[str, Any]:
    try:
        said = json.loads(record.content)
    except (ValueError, TypeError, RecursionError):
        return _NOTHING
    return said if isinstance(said, dict) else _NOTHING


def _day(said: dict[str, Any]) -> dict[str, Any]:
    """Return the trading day that was signed: it is compared with the record's by itself."""
    return {"business_date": said["business_date"]} if "business_date" in said else {}
