"""Checks a journal's signed records: signatures, chains, contents, and that none is missing.

It trusts nothing that it can compute: the content of a receipt is made again from the sale, the
perpetual totals from the receipts.  What a chain alone cannot show is that its newest records were
cut off.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from terminal.core.events import (
    Event,
    InvoiceIssued,
    PeriodClosed,
    RecordSigned,
    SaleCompleted,
    SigningKeyAdopted,
)
from terminal.core.state import TerminalState
from terminal.fiscal import content
from terminal.fiscal.base import Finding
from terminal.fiscal.chain import FIRST, FOLLOWS, FORMAT, content_hash, take_apart
from terminal.fiscal.head import HeadAuditor
from terminal.fiscal.signing import KeyUnusable, Verifier, extract

CLOSURES = ("GTJ", "GTM", "GTA")


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

    def __init__(self, head_file: Path | None = None) -> None:
        """``head_file`` names the newest records, see ``fiscal.head``; it may be missing."""
        self._head = HeadAuditor(head_file) if head_file is not None else None
        self._keys: dict[str, Verifier] = {}
        self._receipt: SaleCompleted | None = None
        self._closure: PeriodClosed | None = None
        """A receipt, and a closure, whose record has not come yet."""
        self._invoice: InvoiceIssued | None = None

    def take(self, before: TerminalState, event: Event, after: TerminalState) -> Iterator[Finding]:
        """Look at the next event and the states around it."""
        if not isinstance(event, RecordSigned):
            yield from self._unsigned()
        match event:
            case SigningKeyAdopted():
                yield from self._adopt(event)
            case SaleCompleted() if before.signing_key:
                self._receipt = event
            case PeriodClosed() if before.signing_key:
                self._closure = event
            case InvoiceIssued() if before.signing_key:
                self._invoice = event
            case RecordSigned():
                yield from self._check(before, event, after)

    def finish(self) -> Iterator[Finding]:
        """Say what is missing at the end."""
        yield from self._unsigned()
        if self._head is not None:
            yield from self._head.finish(self._keys)

    def _unsigned(self) -> Iterator[Finding]:
        receipt, self._receipt = self._receipt, None
        closure, self._closure = self._closure, None
        invoice, self._invoice = self._invoice, None
        if invoice is not None:
            yield Finding("missing", f"invoice {invoice.invoice_number} has no signature")
        if receipt is not None:
            yield Finding("missing", f"receipt {receipt.receipt_number} has no signature")
        if closure is not None:
            yield Finding("missing", f"closure {closure.scope} {closure.number} has no signature")

    def _adopt(self, event: SigningKeyAdopted) -> Iterator[Finding]:
        try:
            verifier = Verifier(base64.b64decode(event.public_key))
        except (KeyUnusable, ValueError) as error:
            yield Finding("key", f"key {event.key_id}: {error}")
            return
        if verifier.key_id != event.key_id:
            yield Finding("key", f"key {event.key_id} is really {verifier.key_id}")
        self._keys[event.key_id] = verifier

    def _check(
        self, before: TerminalState, record: RecordSigned, after: TerminalState
    ) -> Iterator[Finding]:
        name = f"{record.chain} {record.sequence} ({record.document})"
        if self._head is not None:
            self._head.note(record.chain, record.sequence, record.signature)
        verifier = self._keys.get(record.key_id)
        if verifier is None:
            yield Finding("key", f"{name}: key {record.key_id} was never adopted")
        elif not verifier.verifies(record.canonical, record.signature):
            yield Finding("signature", f"{name}: the signature is not that of the record")
        yield from self._check_text(before, record, name)
        practised = record.chain == "ECO"
        if record.chain == "TIK" or (practised and self._receipt is not None):
            yield from self._check_receipt(record, after, name)
        if record.chain == "GTT":
            yield from self._check_totals(record, after, name)
        if record.chain in CLOSURES or (practised and self._closure is not None):
            yield from self._check_closure(record, name)
        if record.chain == "FAC":
            yield from self._check_invoice(record, name)

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

    def _check_receipt(
        self, record: RecordSigned, after: TerminalState, name: str
    ) -> Iterator[Finding]:
        receipt, self._receipt = self._receipt, None
        if receipt is None or receipt.receipt_number != record.document:
            yield Finding("missing", f"{name}: signed without its receipt")
            return
        if receipt.token != extract(record.signature):
            yield Finding("signature", f"{name}: the printed code {receipt.token} is another's")
        said = json.loads(record.content)
        if after.sale is None or not agrees(said, content.of_sale(after.sale)):
            yield Finding("content", f"{name}: the sale in the books is another")

    def _check_closure(self, record: RecordSigned, name: str) -> Iterator[Finding]:
        event, self._closure = self._closure, None
        if event is None:
            yield Finding("missing", f"{name}: signed without its closure")
            return
        said: dict[str, Any] = json.loads(record.content)
        if not agrees(said, content.of_closure(event, said["at_ms"])):
            yield Finding("content", f"{name}: the closure in the books is another")

    def _check_invoice(self, record: RecordSigned, name: str) -> Iterator[Finding]:
        event, self._invoice = self._invoice, None
        if event is None:
            yield Finding("missing", f"{name}: signed without its invoice")
            return
        said: dict[str, Any] = json.loads(record.content)
        if not agrees(said, content.of_invoice(event, said["at_ms"])):
            yield Finding("content", f"{name}: the invoice in the books is another")

    def _check_totals(
        self, record: RecordSigned, after: TerminalState, name: str
    ) -> Iterator[Finding]:
        said: dict[str, Any] = json.loads(record.content)
        books = after.books
        if (said["perpetual_minor"], said["perpetual_absolute_minor"]) != (
            books.perpetual_minor,
            books.perpetual_absolute_minor,
        ):
            yield Finding("perpetual", f"{name}: the receipts come to {books.perpetual_minor}")
