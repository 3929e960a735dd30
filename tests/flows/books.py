"""What must hold after every cut: approvals are tenders or declared unknowns, papers are marked."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.cli.books import audit_of
from terminal.core.evolve import evolve
from terminal.fiscal.auditors import LawAuditor
from terminal.store.store import Store


@dataclass(frozen=True)
class Books:
    """What the journal says about cards and receipts, read record by record."""

    booked: Mapping[str, int]
    """Reference -> amount of the tender that covers it, negative for a refund."""
    asked: Mapping[str, int]
    """Reference -> amount of every attempt that was ever intended."""
    by_word: Mapping[str, str]
    """References that a supervisor settled: paid or not_paid."""
    open: Mapping[str, str]
    """References whose outcome is not known yet, and their state."""
    receipts: tuple[str, ...]
    events: Tally[str]
    cash: tuple[int, ...] = ()
    """Amounts credited for the cash machine, tender by tender."""


def books(data: Path) -> Books:
    """Read the journal beside a running terminal; the whole store must verify."""
    store = Store.open_read_only(data, evolve=evolve)
    try:
        verdict = store.verify(audit_of(LawAuditor()))
        assert verdict.ok, verdict.problems
        return _read(store)
    finally:
        store.close()


def _read(store: Store) -> Books:
    references: dict[str, str] = {}
    booked: dict[str, int] = {}
    asked: dict[str, int] = {}
    by_word: dict[str, str] = {}
    receipts: list[str] = []
    cash: list[int] = []
    events: Tally[str] = Tally()
    for record in store.journal.read():
        said = json.loads(record.payload_json)
        events[record.type] += 1
        attempt = references.get(said.get("attempt_id", ""), "")
        match record.type:
            case "PaymentIntended":
                references[said["attempt_id"]] = said["reference"]
                asked[said["reference"]] = said["amount_minor"]
            case "TenderBooked" if said["kind"] == "cash_machine":
                cash.append(said["amount_minor"])
            case "TenderBooked" if attempt:
                booked[attempt] = said["amount_minor"]
            case "PaymentReversed":
                booked.pop(attempt, None)
                by_word.pop(attempt, None)
            case "PaymentResolved":
                by_word[attempt] = said["outcome"]
            case "SaleCompleted":
                receipts.append(said["receipt_number"])
    attempts = store.load().attempts.values()
    return Books(
        booked,
        asked,
        by_word,
        {one.reference: one.state.value for one in attempts},
        tuple(receipts),
        events,
        tuple(cash),
    )


def check_money(data: Path, ledger: Iterable[Mapping[str, Any]]) -> Books:
    """Compare the payment terminal's own memory with the books.

    Every charge that stands is covered by exactly one tender, is declared unknown, or was settled
    by a supervisor's word; every card tender is covered by a charge that stands, or by that word.
    """
    ours = books(data)
    entries = list(ledger)
    assert len({entry["ref"] for entry in entries}) == len(entries), "a reference was used twice"
    stands = {
        entry["ref"]: entry["amount_minor"] * (-1 if entry["op"] == "refund" else 1)
        for entry in entries
        if entry["state"] in ("approved", "partial")
    }
    for ref, amount in stands.items():
        known = ref in ours.open or ref in ours.by_word or ours.booked.get(ref) == amount
        assert known, f"{ref}: {amount} was charged, the books say {ours.booked.get(ref)}"
    for ref, amount in ours.booked.items():
        covered = ref in ours.open or ref in ours.by_word or stands.get(ref) == amount
        assert covered, f"{ref}: {amount} is booked, the terminal says {stands.get(ref)}"
    return ours


MARK = "DUPLICATA"


def check_paper(papers: Iterable[str], receipt_number: str) -> tuple[int, int]:
    """Count the whole originals and the marked duplicates of a receipt.

    An original never comes out twice; a receipt number on paper without a mark is the original.
    """
    grouped = " ".join(receipt_number[i : i + 4] for i in range(0, len(receipt_number), 4))
    originals = duplicates = 0
    for paper in papers:
        if grouped not in paper:
            continue
        # One piece may hold a torn original and its duplicate, when the scrap was not cut off.
        marks = paper.count(MARK)
        numbers = paper.count(grouped)
        duplicates += min(marks, numbers)
        originals += max(0, numbers - marks)
    assert originals <= 1, f"{receipt_number} came out {originals} times without a mark"
    return originals, duplicates
