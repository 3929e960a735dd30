"""What a forger may do to the books, and the finding that names it; docs/fiscal.md lists the same.

Every forgery is made by somebody who recomputes the journal's chain and the derived tables, unless
it says otherwise: see ``forger``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from terminal.core.events import to_payload
from terminal.fiscal.chain import Chains, content_hash
from terminal.fiscal.keys import SIGNING_KEY
from terminal.fiscal.signing import PemSigner
from terminal.journal.records import canonical_json
from tests.fiscal.forger import Forger, Row, other

CHAINS = ("TIK", "GTT", "DUP", "FAC", "GTJ", "GTM", "GTA", "JET", "ARC")
LONG = ("TIK", "GTT", "DUP", "GTJ", "JET")
"""Chains that have several records."""


@dataclass(frozen=True)
class Attack:
    """``forge(forger, chain)`` writes on the rows; ``named`` stands in the detail of a finding."""

    forge: Callable[[Forger, str], object]
    code: str
    """Of the finding that names it, as ``verify`` gives it."""
    chains: tuple[str, ...] = ("",)
    """It is tried on each."""
    strong: bool = True
    resealed: bool = False
    """The head record shows it, and nothing else."""


def _first(forger: Forger, chain: str) -> Row:
    return forger.rows[forger.of("RecordSigned", chain)[0]]


def _renumber(forger: Forger) -> None:
    """Give the records of each chain the numbers that follow one another."""
    counts: dict[str, int] = {}
    for row in forger.rows:
        if row.chain:
            counts[row.chain] = counts.get(row.chain, 0) + 1
            row.payload["sequence"] = counts[row.chain]


def content_edited(forger: Forger, chain: str) -> None:
    row = _first(forger, chain)
    said = row.says()
    name = next(name for name in ("total_minor", "number", "copy", "records") if name in said)
    said[name] = other(said[name])
    row.payload["content"] = canonical_json(said)


def content_and_text_edited(forger: Forger, chain: str) -> None:
    content_edited(forger, chain)
    row = _first(forger, chain)
    parts = row.payload["canonical"].split(",")
    parts[-4] = content_hash(row.payload["content"])
    row.payload["canonical"] = ",".join(parts)


def signature_edited(forger: Forger, chain: str) -> None:
    row = _first(forger, chain)
    row.payload["signature"] = row.payload["signature"][::-1]


def filed_elsewhere(forger: Forger, chain: str) -> None:
    row = _first(forger, chain)
    row.payload["document"] = other(row.payload["document"])


def deleted(forger: Forger, chain: str) -> None:
    del forger.rows[forger.of("RecordSigned", chain)[0]]
    _renumber(forger)


def newest_deleted(forger: Forger, chain: str) -> None:
    del forger.rows[forger.of("RecordSigned", chain)[-1]]


def swapped(forger: Forger, chain: str) -> None:
    a, b = forger.of("RecordSigned", chain)[:2]
    one, two = forger.rows[a], forger.rows[b]
    one.payload, two.payload = two.payload, one.payload
    _renumber(forger)


def inserted(forger: Forger, chain: str) -> None:
    at = forger.of("RecordSigned", chain)[0]
    row = copy.deepcopy(forger.rows[at])
    signer = forger.another_key()
    row.payload["signature"] = signer.sign(row.payload["canonical"])
    forger.rows.insert(at, row)
    _renumber(forger)


def doubled(forger: Forger, chain: str) -> None:
    at = forger.of("RecordSigned", chain)[-1]
    forger.rows.insert(at + 1, copy.deepcopy(forger.rows[at]))
    _renumber(forger)


def borrowed_from_training(forger: Forger, _: str) -> None:
    """A record that this very key signed, of practice."""
    signer = PemSigner.read(forger.data / "keys" / SIGNING_KEY)
    at = forger.of("RecordSigned", "TIK")[0]
    record = Chains({}, signer, "3001").sign("ECO", "1", ("ECOLE",), {"at_ms": 1})
    row = copy.deepcopy(forger.rows[at])
    row.payload = to_payload(record)
    forger.rows.insert(at + 2, row)


def price_lowered(forger: Forger, _: str) -> None:
    """A line, what was to pay, and the receipt: all sums agree again."""
    for row in forger.rows[: forger.of("RecordSigned", "TIK")[0]]:
        if row.type == "LineAdded" and row.payload["unit_price_minor"] == 15_000:
            row.payload["unit_price_minor"] = 6_000
        if row.type in ("TenderingStarted", "SaleCompleted"):
            row.payload["total_minor"] = 6_250
            row.payload["vat"] = [[550, 237, 13, 250], [2000, 5_000, 1_000, 6_000]]
        if row.type == "SaleCompleted":
            row.payload["change_minor"] += 9_000


def _sale_removed(forger: Forger, place: int) -> None:
    """A receipt and all that its sale left in the journal."""
    sale = forger.rows[forger.of("SaleCompleted")[place]].payload["sale_id"]
    begin, last = (
        next(n for n in forger.of(type_) if forger.rows[n].payload["sale_id"] == sale)
        for type_ in ("SaleOpened", "SaleLeft")
    )
    jobs = sum(row.type == "PrintJobQueued" for row in forger.rows[begin:last])
    del forger.rows[begin : last + 1]
    for row in forger.rows[begin:]:
        if row.type.startswith("PrintJob"):
            row.payload["job_id"] -= jobs
    _renumber(forger)


def receipt_removed(forger: Forger, _: str) -> None:
    _sale_removed(forger, 0)


def newest_receipt_removed(forger: Forger, _: str) -> None:
    """The duplicate behind it names the print job that is gone: it goes, too."""
    del forger.rows[forger.of("RecordSigned", "DUP")[-1]]
    at = next(
        n for n in reversed(forger.of("PrintJobQueued"))
        if forger.rows[n].payload["kind"] == "duplicate"
    )  # fmt: skip
    job = forger.rows[at].payload["job_id"]
    forger.rows[:] = [
        row for row in forger.rows
        if not (row.type.startswith("PrintJob") and row.payload["job_id"] == job)
    ]  # fmt: skip
    _sale_removed(forger, -1)


def receipt_invented(forger: Forger, _: str) -> None:
    """The newest sale once more, under the next numbers, without a signature."""
    begin, end = forger.of("SaleOpened")[-1], forger.of("SaleLeft")[-1]
    rows = [copy.deepcopy(r) for r in forger.rows[begin : end + 1] if not r.chain]
    rows = [row for row in rows if not row.type.startswith("PrintJob")]
    sale = rows[0].payload["sale_id"]
    ordinal = rows[0].payload["ordinal"] + 1
    for row in rows:
        if row.payload.get("sale_id") == sale:
            row.payload["sale_id"] = f"{sale[:-6]}{ordinal:06d}"
        if "ordinal" in row.payload:
            row.payload["ordinal"] = ordinal
        if row.type == "SaleCompleted":
            row.payload["receipt_sequence"] += 1
            row.payload["receipt_number"] = other(row.payload["receipt_number"])
    forger.rows[end + 1 : end + 1] = rows


def event_hidden(forger: Forger, _: str) -> None:
    """What a supervisor allowed is taken out; its technical record stays, chained as it is."""
    del forger.rows[forger.of("AuthorityGiven")[0]]


def event_added(forger: Forger, _: str) -> None:
    """Cash that was taken out, explained afterwards."""
    at = forger.of("CashMoved")[0]
    row = copy.deepcopy(forger.rows[at])
    row.payload |= {"kind": "drop", "amount_minor": -5_000}
    forger.rows.insert(at + 2, row)


def closure_changed(forger: Forger, _: str) -> None:
    row = forger.rows[forger.of("PeriodClosed")[0]]
    row.payload["operator_id"] = "9"


def copy_elsewhere(forger: Forger, _: str) -> None:
    """A copy of an archive is said to be on another medium than it was read back from."""
    forger.rows[forger.of("ArchiveCopied")[0]].payload |= {"medium": "coffre", "external": True}


def copy_invented(forger: Forger, _: str) -> None:
    """A copy that a purge may rely on, and that nobody read back."""
    at = forger.of("ArchiveCopied")[0]
    row = copy.deepcopy(forger.rows[at])
    row.payload |= {"medium": "coffre", "serial": "2", "external": True}
    forger.rows.insert(at, row)


def turned_back(forger: Forger, _: str) -> None:
    """The clock of the second half is an hour behind."""
    for row in forger.rows[len(forger.rows) // 2 :]:
        row.at_ms -= 86_400_000 * 3


def shifted(forger: Forger, _: str) -> None:
    """All of it happened an hour earlier."""
    for row in forger.rows:
        row.at_ms -= 3_600_000


def another_day(forger: Forger, _: str) -> None:
    """A transaction is moved to the trading day before, or after."""
    at = forger.of("RecordSigned", "DUP")[-1]
    for row in forger.rows[at:]:
        row.business_date = "2027-01-04"


def tail_cut(forger: Forger, _: str) -> None:
    """The last session, from its start on."""
    del forger.rows[forger.of("TerminalStarted")[-1] :]


def unsigned_edited(forger: Forger, _: str) -> None:
    """Who struck a line out stands in no signed record."""
    forger.rows[forger.of("LineVoided")[0]].payload["operator_id"] = "1"


def stale_chain(forger: Forger, _: str) -> None:
    """A forger who does not recompute the journal's chain."""
    forger.rows[forger.of("LineAdded")[0]].payload["label"] = "Table"


def signed_with_another_key(forger: Forger, _: str) -> None:
    forger.sign_again(forger.another_key())


def key_exchanged_midway(forger: Forger, _: str) -> None:
    """A record of the new key, which nobody adopted."""
    row = _first(forger, "TIK")
    signer = forger.another_key()
    parts = row.payload["canonical"].split(",")
    parts[-3] = signer.key_id
    row.payload |= {
        "canonical": ",".join(parts), "key_id": signer.key_id,
        "signature": signer.sign(",".join(parts)),
    }  # fmt: skip


def unreadable(forger: Forger, chain: str) -> None:
    """Values that no version of the terminal ever wrote."""
    _first(forger, chain).payload["content"] = "[" * 50


ATTACKS: Mapping[str, Attack] = {
    "an event is edited, the journal's chain is left": Attack(stale_chain, "record", strong=False),
    "the content of a signed record is edited": Attack(content_edited, "content", CHAINS),
    "content and signed text of a record are edited": Attack(
        content_and_text_edited, "signature", CHAINS
    ),
    "the signature of a record is edited": Attack(signature_edited, "signature", CHAINS),
    "a signed record is filed under another document": Attack(filed_elsewhere, "content", CHAINS),
    "the content of a signed record is made unreadable": Attack(unreadable, "content", CHAINS),
    "a signed record is deleted, the others renumbered": Attack(deleted, "chain", LONG),
    "the newest record of a chain is deleted": Attack(newest_deleted, "missing", CHAINS),
    "two signed records are swapped": Attack(swapped, "chain", LONG),
    "a forged record is inserted": Attack(inserted, "signature", CHAINS),
    "a signed record is there twice": Attack(doubled, "chain", CHAINS),
    "a record of training is put among the books": Attack(borrowed_from_training, "missing"),
    "a price is lowered, with the sums that follow from it": Attack(price_lowered, "content"),
    "a receipt is removed, with all that it left": Attack(receipt_removed, "record"),
    "the newest receipt is removed, with all that it left": Attack(
        newest_receipt_removed, "head", resealed=True
    ),
    "a receipt is invented": Attack(receipt_invented, "missing"),
    "what a supervisor allowed is taken out": Attack(event_hidden, "content"),
    "an event is put in afterwards": Attack(event_added, "missing"),
    "a closure is edited": Attack(closure_changed, "content"),
    "a copy of an archive is moved to another medium": Attack(copy_elsewhere, "content"),
    "a copy of an archive is invented": Attack(copy_invented, "missing"),
    "the clock goes back within the books": Attack(turned_back, "time"),
    "the whole journal is moved in time": Attack(shifted, "time"),
    "records are moved to another trading day": Attack(another_day, "time"),
    "a record is signed with another key": Attack(key_exchanged_midway, "record"),
    "everything is signed again with another key": Attack(
        signed_with_another_key, "head", resealed=True
    ),
    "the newest records are cut off": Attack(tail_cut, "head", resealed=True),
    "an event that nothing signs is edited": Attack(unsigned_edited, "head", resealed=True),
}

NOT_FOUND = "nothing"
BESIDE: Mapping[str, str] = {
    "a derived table is changed alone": "tables",
    "the state that a start begins with is changed": "snapshot",
    "yesterday's database is put back": "head",
    "yesterday's database is put back, the head record removed": "head",
    "the head record is edited, or signed with another key": "head",
    "everything, the head record too, is signed with another key": "key",
    "database and head record are put back together": NOT_FOUND,
}
"""Attacks that take more than rows of the journal, and what names them."""
