"""Whatever is changed in the books is found and named, and nothing untouched is accused."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.cli.main import run
from terminal.fiscal.head import HEAD_FILE
from terminal.fiscal.keys import SIGNING_KEY
from terminal.fiscal.signing import PemSigner
from terminal.journal.records import canonical_json
from terminal.store.store import DATABASE_NAME
from tests.fiscal import some_days
from tests.fiscal.attacks import ATTACKS, BESIDE, NOT_FOUND
from tests.fiscal.forger import TABLES, Forger, other

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
FEW = 2


def tried(names: Sequence[str], seed: str) -> Sequence[str]:
    """Return what is tried: a few, by a seed; all of them in the long set."""
    return names if FULL else random.Random(seed).sample(names, min(FEW, len(names)))


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """The shop's books: database, keys and settings, without what a verification does not read."""
    data = some_days.make(tmp_path_factory.mktemp("days"))
    shutil.rmtree(data / "catalogue")
    return data


@pytest.fixture
def books(original, tmp_path) -> Path:
    return shutil.copytree(original, tmp_path / "books")


@pytest.fixture
def verified(capsys):
    """Return what ``reprise verify`` says of a folder."""

    def verify(data: Path, *more: str) -> dict[str, Any]:
        capsys.readouterr()
        code = run(["verify", "--data", str(data), "--json", *more])
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert code == (0 if said["ok"] else 1)
        return said

    return verify


def listed(section: str) -> dict[str, str]:
    """Return the table of a section of docs/fiscal.md: attacks, and the code that names each."""
    page = (Path(__file__).parents[2] / "docs" / "fiscal.md").read_text("utf-8")
    _, _, rest = page.partition(f"## {section}\n")
    text, _, _ = rest.partition("\n## ")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")]
    return {name.strip(): code.strip().strip("`") for name, code in rows[1:]}


def codes(said: dict[str, Any]) -> set[str]:
    return {problem["code"] for problem in said["problems"]}


def test_untouched_books_accuse_nobody(books, verified):
    said = verified(books)
    assert said["problems"] == []
    forger = Forger(books)
    forger.save()
    assert verified(books)["problems"] == [], "the forger's own tools leave no trace"


CASES = [(name, chain) for name, attack in ATTACKS.items() for chain in tried(attack.chains, name)]


@pytest.mark.parametrize(("name", "chain"), CASES)
def test_an_attack_is_found_and_named(books, verified, name, chain):
    attack = ATTACKS[name]
    forger = Forger(books)
    attack.forge(forger, chain)
    forger.save(strong=attack.strong)
    found = [p for p in verified(books)["problems"] if p["code"] == attack.code]
    assert found, (name, chain, verified(books)["problems"])
    if chain:
        assert any(f"{chain} " in p["detail"] or p["detail"].endswith(chain) for p in found), found
    if attack.resealed:
        (books / "keys" / HEAD_FILE).unlink()
        assert codes(verified(books)) == {"head"}, "the head record itself is missed"


def test_the_page_lists_every_attack_and_what_names_it():
    wanted = {name: attack.code for name, attack in ATTACKS.items()} | BESIDE
    assert listed("What is found in the books") == wanted


# --- every field ----------------------------------------------------------------------------------

UNSIGNED = {
    "AgeApproved": {"operator_id"},
    "ClockTrustChanged": {"level", "source", "boot_id", "monotonic_ms", "clock_ms"},
    "DiscountGranted": {"amount_minor"},
    "LineAdded": {"source"},
    "LineVoided": {"operator_id"},
    "NoticeRaised": {"kind", "details"},
    "PaymentApproved": {"aid", "entry_mode", "poi_transaction_id", "slip", "terminal_id"},
    "PaymentIntended": {"amount_minor", "currency", "operation", "terminal_id"},
    "PaymentReversing": {"reason", "reference"},
    "PaymentSending": {"baseline"},
    "PaymentsReconciled": {"difference_minor", "ours_count", "ours_minor", "terminal_id",
                           "theirs_count", "theirs_minor"},
    "PriceOverridden": {"authorised_by"},
    "PrintJobAdvanced": {"attempt", "reason"},
    "SaleOpened": {"language"},
    "TenderRemoved": {"operator_id", "reason"},
    "TenderingStarted": {"total_minor", "vat"},
    "SettingsNoted": {"values"},
}  # fmt: skip
"""Fields that no signed record covers: only the head record shows that one was changed."""
KINDS = (
    "AgeApproved", "ArchiveCopied", "ArchiveMade", "AuthorityGiven", "CashMoved", "ClockConfirmed",
    "ClockSetBack", "ClockTrustChanged", "DiscountGranted", "DrawerOpened", "InvoiceCopied",
    "InvoiceIssued", "LineAdded", "LineVoided",
    "NoticeRaised", "OperatorSignedOff", "OperatorSignedOn", "PaymentApproved", "PaymentIntended",
    "PaymentReversed", "PaymentReversing", "PaymentSending", "PaymentsReconciled", "PeriodClosed",
    "PriceOverridden", "PrintJobAdvanced", "PrintJobQueued", "QuantityChanged", "RecordSigned",
    "SaleCancelled", "SaleCompleted", "SaleLeft", "SaleOpened", "SalespersonNamed",
    "SettingsNoted", "SignOnFailed",
    "SigningKeyAdopted", "TenderBooked", "TenderRemoved", "TenderingStarted", "TerminalStarted",
    "TerminalStopped",
)  # fmt: skip
MENDED = {"tables", "snapshot"}
"""Codes that a forger avoids by a rebuild: they do not count as found."""


def victims(forger: Forger, kind: str) -> list[int]:
    """Return the first record of a type, or of each chain; one that a signature follows, if any."""
    places = [n for n, row in enumerate(forger.rows) if row.type == kind]
    if kind == "RecordSigned":
        return [
            forger.of(kind, chain)[0] for chain in sorted({r.chain for r in forger.rows} - {""})
        ]
    signed = [n for n in places if forger.rows[n + 1 : n + 2] and forger.rows[n + 1].chain]
    return [(signed or places)[0]]


def test_the_shop_knows_every_kind_that_is_tried(original):
    assert {row.type for row in Forger(original).rows} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_every_event_is_watched(books, verified, kind):
    """What is changed in one field of one event shows where that event is signed, or in the head.

    The journal's chain is made to agree.
    """
    database = books / DATABASE_NAME
    sound = database.read_bytes()
    for place in victims(Forger(books), kind):
        for name in tried([*Forger(books).rows[place].payload, "version"], kind):
            forger = Forger(books)
            row = forger.rows[place]
            if name == "version":
                row.version += 1
            else:
                row.payload[name] = other(row.payload[name])
            forger.save(strong=False, sealed=True)
            found = verified(books)["problems"]
            shown = [p for p in found if p["code"] not in {"head", *MENDED}]
            if name in UNSIGNED.get(kind, ()):
                assert shown == [], (kind, name)
                assert "head" in {p["code"] for p in found}, (kind, name)
            else:
                assert shown, (kind, name, row.chain)
                assert shown[0]["seq"] <= signed_by(forger, place), (kind, name, shown[0])
            database.write_bytes(sound)


def signed_by(forger: Forger, place: int) -> int:
    """Return the number of the record at which a change must have shown: a receipt's, or its own.

    An amount may show as late as the totals of the next receipt.
    """
    later = [n for n in forger.of("RecordSigned", "GTT") if n >= place]
    return (later[0] if later else len(forger.rows) - 1) + 1


scalar = st.none() | st.booleans() | st.integers() | st.text("ab\n\0é", max_size=5) | st.just(2**80)
shallow = scalar | st.lists(scalar, max_size=3) | st.dictionaries(st.text(max_size=3), scalar)
odd = shallow | st.lists(shallow, max_size=2)


@settings(
    max_examples=400 if FULL else 10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_values_that_no_terminal_writes_are_named_and_stop_no_verification(books, verified, data):
    forger = Forger(books)
    place = data.draw(st.integers(0, len(forger.rows) - 1))
    row = forger.rows[place]
    name = data.draw(st.sampled_from(sorted(row.payload) or ["x"]))
    was = canonical_json(row.payload)
    row.payload[name] = data.draw(odd)
    sound = (books / DATABASE_NAME).read_bytes()
    forger.save(strong=False, sealed=True)
    said = verified(books)
    assert said["ok"] is (was == canonical_json(row.payload)), said
    (books / DATABASE_NAME).write_bytes(sound)


# --- the database beside its journal --------------------------------------------------------------


CHANGED = {
    "sales": "UPDATE sales SET total_minor = 1 WHERE receipt_sequence = 1",
    "closures": "UPDATE closures SET document = replace(document, '17080', '17081')",
}


@pytest.mark.parametrize("table", TABLES)
def test_derived_tables_that_were_changed_alone_are_named(books, verified, table):
    forger = Forger(books)
    removed = f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})"
    forger.sql(forger.invented_row(table) or CHANGED.get(table, removed))
    found = verified(books)["problems"]
    assert [p["code"] for p in found] == [BESIDE["a derived table is changed alone"]]
    assert table in found[0]["detail"]


def test_a_snapshot_that_is_not_its_own_hash_is_not_believed(books, verified):
    Forger(books).sql("UPDATE snapshot SET state_hash = zeroblob(32)")
    assert verified(books)["ok"], "a start folds the journal then"


def test_a_snapshot_that_was_made_to_agree_with_itself_is_named(books, verified):
    forger = Forger(books)
    forger.forge_snapshot('"perpetual_minor":', '"perpetual_minor":1')
    named = BESIDE["the state that a start begins with is changed"]
    assert codes(verified(books)) == {named}


# --- the whole database ---------------------------------------------------------------------------


def restored(books: Path, *, head: bool) -> Path:
    """Put back the books as they were before the last session, the head record too if ``head``."""
    forger = Forger(books)
    forger.rows = forger.rows[: forger.of("TerminalStarted")[-1]]
    if head:
        forger.write_heads(PemSigner.read(books / "keys" / SIGNING_KEY))
    forger.save()
    return books


def test_yesterdays_database_is_named(books, verified):
    found = verified(restored(books, head=False))["problems"]
    assert {p["code"] for p in found} == {BESIDE["yesterday's database is put back"]}
    assert any("TIK 8 was signed, and is not there" in p["detail"] for p in found)


def test_yesterdays_database_without_any_head_record_is_named(books, verified):
    restored(books, head=False)
    (books / "keys" / HEAD_FILE).unlink()
    (missed,) = verified(books)["problems"]
    named = BESIDE["yesterday's database is put back, the head record removed"]
    assert (missed["code"], "is missing" in missed["detail"]) == (named, True)


def test_a_broken_settings_file_does_not_hide_the_head_record(books, verified):
    restored(books, head=False)
    (books / "reprise.toml").write_text("[fiscal\n", "utf-8")
    assert codes(verified(books)) == {"head"}


def test_what_a_start_put_aside_is_named_for_ever(books, verified):
    """A start on yesterday's database keeps the head record that shows it, and goes on."""
    restored(books, head=False)
    head = books / "keys" / HEAD_FILE
    head.rename(head.with_suffix(".1798970400000.json"))
    Forger(books).write_heads(PemSigner.read(books / "keys" / SIGNING_KEY))
    assert codes(verified(books)) == {"head"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said, forger: {**said, "signed": said["signed"].replace("3001", "3002")},
        lambda said, forger: {**said, "signature": said["signature"][::-1]},
        lambda said, forger: {**said, "signature": forger.another_key().sign(said["signed"])},
        lambda said, forger: {"signed": said["signed"]},
        lambda said, forger: [],
    ],
)
def test_a_head_record_that_was_edited_is_named(books, verified, spoil):
    path = books / "keys" / HEAD_FILE
    said = spoil(json.loads(path.read_text("utf-8")), Forger(books))
    path.write_text(json.dumps(said), "utf-8")
    named = BESIDE["the head record is edited, or signed with another key"]
    assert codes(verified(books)) == {named}


# --- what the books alone cannot show -------------------------------------------------------------


def test_database_and_head_record_put_back_together_agree(books, verified):
    """The boundary: nothing on this machine is newer. A printed closure or an archive is."""
    assert BESIDE["database and head record are put back together"] == NOT_FOUND
    assert verified(restored(books, head=True))["ok"]


def test_books_signed_again_with_their_head_record_show_by_the_fingerprint(books, verified):
    """The boundary: whoever changes everything has books of his own, under a key of his own."""
    ours = verified(books)["keys"]
    forger = Forger(books)
    forger.sign_again(forger.another_key())
    forger.write_heads(forger.another_key())
    forger.save()
    said = verified(books)
    assert said["ok"], said
    assert said["keys"] != ours
    named = BESIDE["everything, the head record too, is signed with another key"]
    assert codes(verified(books, "--key", *ours)) == {named}
    assert verified(books, "--key", *ours, "--key", *said["keys"])["ok"]


def test_the_fingerprint_of_the_till_is_accepted_in_full_and_by_its_beginning(books, verified):
    (key,) = verified(books)["keys"]
    adopted = Forger(books).rows[0].payload
    whole = hashlib.sha256(base64.b64decode(adopted["public_key"])).hexdigest()
    for wanted in (key, whole, whole.upper()):
        assert verified(books, "--key", wanted)["ok"]
    for wanted in (key[:8], "0" * 16, ""):
        assert codes(verified(books, "--key", wanted)) == {"key"}
