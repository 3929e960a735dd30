"""What a French till signs, and that whatever is touched afterwards is found and named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from terminal.core import commands as c
from terminal.core import events as e
from terminal.core.errors import Refused
from terminal.core.evolve import evolve
from terminal.core.state import TerminalState
from terminal.fiscal import jet
from terminal.fiscal.audit import ChainAuditor, agrees
from terminal.fiscal.base import Finding
from terminal.fiscal.chain import take_apart
from terminal.fiscal.france import FranceRegime
from terminal.fiscal.signing import KeyUnusable, PemSigner, extract, make_key
from terminal.journal.records import GENESIS, sealed
from tests.store.story import FLOUR, RADISH, Story

KEY = bytes(range(32))


@pytest.fixture
def signer(tmp_path) -> PemSigner:
    make_key(tmp_path / "key.pem")
    return PemSigner.read(tmp_path / "key.pem")


@pytest.fixture
def regime(signer) -> FranceRegime:
    return FranceRegime(KEY, signer, till="3001", timezone="Europe/Paris")


class SealedStory(Story):
    """A story whose events go through a regime, as the session lets them."""

    def record(self, events) -> None:
        moment = self.moment()
        sealed = self.regime.seal(self.state, tuple(events), moment)
        assert not isinstance(sealed, Refused)
        for event in sealed:
            self.state = evolve(self.state, event, moment)
        self.batches.append((sealed, moment))

    def sell(self, *articles) -> None:
        for article in articles:
            self.do(c.AddItem(article.code, article))
        self.do(c.TenderCash(100_000))
        self.do(c.NextCustomer())


@pytest.fixture
def story(regime) -> SealedStory:
    told = SealedStory()
    told.regime = regime
    told.record((e.TerminalStarted("0.1.0", "till", True),))
    told.do(c.SignOn("1", "Camille", "cashier"))
    return told


def records(story: Story) -> list[e.RecordSigned]:
    return [
        event
        for events, _ in story.batches
        for event in events
        if isinstance(event, e.RecordSigned)
    ]


def audit(story: Story, touch=lambda event: event) -> list[Finding]:
    """Read the story as a verification does, each event as ``touch`` left it."""
    auditor, state, found = ChainAuditor(), TerminalState(), []
    last, seq = GENESIS, 0
    for events, moment in story.batches:
        for event in map(touch, events):
            after = evolve(state, event, moment)
            record = sealed(last, seq + 1, event, moment)
            found += auditor.take(state, event, after, record)
            state, last, seq = after, record.hash, record.seq
    return [*found, *auditor.finish()]


def test_the_first_thing_that_is_signed_says_that_signing_begins(story):
    first = records(story)[0]
    assert (first.chain, first.sequence) == ("JET", 1)
    assert json.loads(first.content)["code"] == jet.INITIALISED


def test_a_receipt_is_signed_with_its_totals_in_one_transaction(story):
    story.sell(FLOUR, RADISH)
    batch = next(b for b, _ in story.batches if any(isinstance(x, e.SaleCompleted) for x in b))
    receipt = next(x for x in batch if isinstance(x, e.SaleCompleted))
    ticket, totals = (x for x in batch if isinstance(x, e.RecordSigned))
    assert (ticket.chain, totals.chain) == ("TIK", "GTT")
    assert ticket.document == totals.document == receipt.receipt_number
    assert receipt.token == extract(ticket.signature)
    signed = take_apart(ticket.canonical)
    assert signed.items[:2] == ("0550:250|2000:1500", "1750")
    assert signed.items[3:] == (receipt.receipt_number, "VENTE")
    assert json.loads(totals.content)["perpetual_minor"] == 1750


def test_each_kind_of_record_has_a_chain_of_its_own_without_gaps(story):
    for _ in range(3):
        story.sell(RADISH)
    by_chain: dict[str, list[e.RecordSigned]] = {}
    for record in records(story):
        by_chain.setdefault(record.chain, []).append(record)
    assert set(by_chain) == {"JET", "TIK", "GTT"}
    for chain in by_chain.values():
        assert [record.sequence for record in chain] == list(range(1, len(chain) + 1))
        previous = ["", *(record.signature for record in chain[:-1])]
        assert [take_apart(record.canonical).previous for record in chain] == previous
    assert audit(story) == []


def test_a_scan_signs_nothing(story):
    before = len(records(story))
    story.do(c.AddItem(FLOUR.code, FLOUR))
    assert len(records(story)) == before


def test_a_duplicate_is_signed_and_counted(story):
    """RCP-17"""
    story.sell(RADISH)
    receipt = records(story)[-1].document
    story.do(c.Reprint(receipt, "3001-000001", 0, "fr"))
    last = records(story)[-1]
    assert (last.chain, last.document) == ("DUP", receipt)
    assert take_apart(last.canonical).items[1:4] == ("TICKET", "1", "1")


def test_an_abandoned_sale_takes_no_number_and_is_in_the_technical_journal(story):
    story.do(c.AddItem(FLOUR.code, FLOUR))
    story.do(c.CancelSale("client parti"))
    entry = json.loads(records(story)[-1].content)
    assert entry["code"] == jet.ABANDONED
    assert story.state.last_receipt_sequence == 0


def test_another_key_is_said_to_sign_from_there_on(story, tmp_path):
    story.sell(RADISH)
    make_key(tmp_path / "other.pem")
    other = PemSigner.read(tmp_path / "other.pem")
    story.regime = FranceRegime(KEY, other, till="3001", timezone="Europe/Paris")
    story.sell(RADISH)
    codes = [json.loads(r.content)["code"] for r in records(story) if r.chain == "JET"]
    assert jet.KEY_CHANGED in codes
    assert audit(story) == []


def test_a_key_that_fails_stops_the_sale_and_nothing_is_written(story, regime, monkeypatch):
    def broken(_text):
        raise KeyUnusable("the secure element does not answer")

    story.do(c.AddItem(FLOUR.code, FLOUR))
    monkeypatch.setattr(regime.signer, "sign", broken)
    events = (e.SaleCancelled(story.state.sale.sale_id, "test", "1"),)
    refused = regime.seal(story.state, events, story.moment())
    assert refused == Refused("signature_failed")


def _swap(value: str) -> str:
    """Return the text with two different neighbours exchanged."""
    place = next(i for i in range(20, len(value) - 1) if value[i] != value[i + 1])
    return value[:place] + value[place + 1] + value[place] + value[place + 2 :]


@pytest.mark.parametrize("chain", ["TIK", "GTT", "JET"])
@pytest.mark.parametrize(
    ("field", "code"),
    [("canonical", "signature"), ("content", "content"), ("signature", "signature")],
)
def test_whatever_is_touched_in_a_record_is_found_there(story, chain, field, code):
    story.sell(FLOUR)
    story.sell(RADISH)
    victim = next(r for r in records(story) if r.chain == chain)

    def touch(event):
        if event != victim:
            return event
        value = getattr(event, field)
        value = value.replace("1", "2", 1) if field == "content" else _swap(value)
        return replace(event, **{field: value})

    found = audit(story, touch)
    assert code in {finding.code for finding in found}
    assert any(f"{chain} {victim.sequence} " in finding.detail for finding in found)


def test_a_price_that_was_changed_in_the_sale_is_found_at_its_receipt(story):
    story.sell(RADISH)

    def touch(event):
        return replace(event, label="Tablier") if isinstance(event, e.LineAdded) else event

    assert [finding.code for finding in audit(story, touch)] == ["content"]


def test_a_receipt_without_its_signature_is_found(story):
    story.sell(RADISH)
    batches = story.batches
    story.batches = [
        (tuple(x for x in events if not isinstance(x, e.RecordSigned) or x.chain != "TIK"), moment)
        for events, moment in batches
    ]
    assert "missing" in {finding.code for finding in audit(story)}


def test_what_a_later_version_adds_to_a_sale_accuses_nobody():
    assert agrees({"a": 1, "lines": [{"n": 1}]}, {"a": 1, "b": 2, "lines": [{"n": 1, "m": 0}]})
    assert not agrees({"a": 1}, {"a": True})
    assert not agrees({"lines": [1]}, {"lines": [1, 2]})
    assert not agrees({"a": 1}, {})
