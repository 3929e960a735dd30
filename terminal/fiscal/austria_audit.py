"""Checks the receipts of an Austrian till in a journal: signatures, links, sums, and the turnover.

It trusts nothing that it can compute: sums are made again from the sale, the turnover from all the
sales before.  The signature covers sums, not lines: what a line says is held by the hash chain of
the journal and by the totals of the sale alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from terminal.core.events import Event, PeriodClosed, RecordSigned, SaleCompleted
from terminal.core.state import TerminalState
from terminal.fiscal import rksv
from terminal.fiscal.austria import (
    CANCELLED,
    CHAIN,
    COLLECTIVE,
    MONTH,
    SALE,
    START,
    YEAR,
    Register,
    takes_back,
)
from terminal.fiscal.base import Finding
from terminal.fiscal.signing import Verifier

OF_SALES = (SALE, CANCELLED)
MUST_BE_SIGNED = (START, COLLECTIVE)


class AustriaAuditor:
    """Reads the events behind a start receipt, from the first to the last."""

    def __init__(self, keys: Mapping[str, Verifier], register: Register | None = None) -> None:
        """``keys`` are those adopted so far; with the ``register`` more can be checked."""
        self._keys = keys
        self._register = register
        self._receipt: SaleCompleted | None = None
        self._closure: PeriodClosed | None = None
        """A receipt, and the closure of a month or a year, whose record has not come yet."""
        self._till = ""

    def take(self, before: TerminalState, event: Event, after: TerminalState) -> Iterator[Finding]:
        """Look at the next event and the states around it."""
        if isinstance(event, RecordSigned):
            yield from self._check(before, event, after)
            return
        yield from self._unsigned()
        closes = isinstance(event, PeriodClosed) and event.scope in (MONTH, YEAR)
        if isinstance(event, SaleCompleted) or closes:
            yield from self._without_zero_receipt(event)
        if isinstance(event, SaleCompleted):
            self._receipt = event
        elif isinstance(event, PeriodClosed) and closes:
            self._closure = event

    def finish(self) -> Iterator[Finding]:
        """Say what is missing at the end."""
        yield from self._unsigned()
        yield from self._without_zero_receipt(None)

    def _unsigned(self) -> Iterator[Finding]:
        receipt, self._receipt = self._receipt, None
        if receipt is not None:
            yield Finding("missing", f"receipt {receipt.receipt_number} has no signature")

    def _without_zero_receipt(self, event: Event | None) -> Iterator[Finding]:
        """A month that ends with its year has the zero receipt of the year."""
        closure, self._closure = self._closure, None
        year = isinstance(event, PeriodClosed) and event.scope == YEAR
        if closure is not None and not (year and closure.scope == MONTH):
            yield Finding("missing", f"the {closure.scope} {closure.period} has no zero receipt")

    def _check(
        self, before: TerminalState, record: RecordSigned, after: TerminalState
    ) -> Iterator[Finding]:
        name = f"{record.chain} {record.sequence} ({record.document})"
        try:
            code = rksv.read_code(record.canonical)
            payload = rksv.payload_of(record.signature)
            said: dict[str, Any] = json.loads(record.content)
            kind, turnover = said["kind"], said["turnover_minor"]
        except (ValueError, KeyError, TypeError) as error:
            yield Finding("signature", f"{name}: no receipt of this law ({error})")
            return
        if payload != record.canonical:
            yield Finding("signature", f"{name}: the signed text is another")
        yield from self._check_signature(record, kind, name)
        yield from self._check_place(before, code, record, name)
        yield from _check_outage(before, record, kind, name)
        if list(code.sums) != said["sums_minor"] or code.number != said["number"]:
            yield Finding("content", f"{name}: the content is not what was signed")
        if turnover != after.books.perpetual_minor:
            yield Finding(
                "perpetual", f"{name}: the receipts come to {after.books.perpetual_minor}"
            )
        yield from self._check_turnover(code, kind, turnover, name)
        yield from self._check_kind(record, code, kind, after, name)

    def _check_signature(self, record: RecordSigned, kind: str, name: str) -> Iterator[Finding]:
        if rksv.is_unsigned(record.signature):
            if kind in MUST_BE_SIGNED:
                yield Finding("signature", f"{name}: this receipt has to be signed")
            return
        verifier = self._keys.get(record.key_id)
        text, _, signature = record.signature.rpartition(".")
        if verifier is None:
            yield Finding("key", f"{name}: key {record.key_id} was never adopted")
        elif not verifier.verifies(text, signature):
            yield Finding("signature", f"{name}: the signature is not that of the receipt")

    def _check_place(
        self, before: TerminalState, code: rksv.Code, record: RecordSigned, name: str
    ) -> Iterator[Finding]:
        head = before.chains.get(CHAIN)
        self._till = self._till or code.till
        if code.link != rksv.link_to(head.signature if head else self._till):
            yield Finding("chain", f"{name}: does not follow the receipt before it")
        if code.till != self._till or code.number != record.document:
            yield Finding("content", f"{name}: is signed as {code.till} {code.number}")
        if code.key.rpartition("-")[2] != record.key_id:
            yield Finding("key", f"{name}: signed for key {code.key}")

    def _check_turnover(
        self, code: rksv.Code, kind: str, turnover: int, name: str
    ) -> Iterator[Finding]:
        if (code.turnover == rksv.CANCELLATION) != (kind == CANCELLED):
            yield Finding("content", f"{name}: a {kind} receipt says it is another")
        elif kind != CANCELLED and self._register is not None:
            key = self._register.aes_key
            if rksv.decrypted(code.turnover, code.till, code.number, key) != turnover:
                yield Finding("perpetual", f"{name}: the encrypted turnover is another")

    def _check_kind(
        self,
        record: RecordSigned,
        code: rksv.Code,
        kind: str,
        after: TerminalState,
        name: str,
    ) -> Iterator[Finding]:
        if kind not in OF_SALES:
            if not code.is_zero:
                yield Finding("content", f"{name}: a zero receipt with an amount")
            if self._closure is not None and kind in (MONTH, YEAR):
                self._closure = None
            return
        receipt, self._receipt = self._receipt, None
        sale = after.sale
        if receipt is None or sale is None or receipt.receipt_number != code.number:
            yield Finding("missing", f"{name}: signed without its receipt")
            return
        if receipt.fiscal_code != rksv.qr_text(record.signature):
            yield Finding("signature", f"{name}: the printed code is another's")
        if sum(code.sums) != sale.total_minor or (kind == CANCELLED) != takes_back(sale):
            yield Finding("content", f"{name}: the sale in the books is another")
        if self._register is not None:
            yield from self._check_sums(code, receipt, sale.completed_at_ms, self._register, name)

    def _check_sums(
        self, code: rksv.Code, receipt: SaleCompleted, at_ms: int, register: Register, name: str
    ) -> Iterator[Finding]:
        gross = {rate_bp: row_gross for rate_bp, _, _, row_gross in receipt.vat}
        if rksv.sums_of(gross, register.columns) != code.sums:
            yield Finding("content", f"{name}: the sums by rate are others")
        if rksv.local_iso(at_ms, register.timezone) != code.time:
            yield Finding("content", f"{name}: the time is another")


def _check_outage(
    before: TerminalState, record: RecordSigned, kind: str, name: str
) -> Iterator[Finding]:
    """After an outage the first receipt that is signed again is the collective one."""
    head = before.chains.get(CHAIN)
    was_out = head is not None and rksv.is_unsigned(head.signature)
    if was_out and kind != COLLECTIVE and not rksv.is_unsigned(record.signature):
        yield Finding("missing", f"{name}: no collective receipt ends the outage before it")
