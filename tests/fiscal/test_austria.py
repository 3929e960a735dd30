"""What an Austrian till signs, and what it does without its signature device."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.core import commands as c
from terminal.core import events as e
from terminal.core.errors import Refused
from terminal.core.state import TerminalState
from terminal.fiscal import austria, austria_paper, rksv
from terminal.fiscal.austria import AustriaRegime
from terminal.fiscal.signing import PemSigner, make_key
from tests.fiscal.austrian_day import (
    BREAD,
    MILK,
    PLANT,
    REGISTER,
    SECRET,
    SHIRT,
    STAMP,
    AustrianStory,
    Device,
    audit,
    code_of,
    kinds,
    read,
    receipts,
    told_with,
    turnover_of,
)
from tests.store.story import Story

# --- what is signed -------------------------------------------------------------------------------


def test_the_first_thing_signed_is_a_start_receipt_tied_to_the_till(story):
    assert kinds(story) == ["start"]
    code = code_of(receipts(story)[0])
    assert (code.till, code.is_zero) == ("KASSE-1", True)
    assert code.link == rksv.link_to("KASSE-1")
    assert turnover_of(receipts(story)[0]) == 0


def test_each_rate_stands_in_its_place_and_the_turnover_grows(story, device, tmp_path):
    story.sell(SHIRT, BREAD, PLANT, STAMP, MILK)
    story.sell(SHIRT)
    _, first, second = receipts(story)
    assert code_of(first).sums == (2400, 330, 565, 100, 149)
    assert "_24,00_3,30_5,65_1,00_1,49_" in first.canonical
    assert (turnover_of(first), turnover_of(second)) == (3544, 5944)
    assert code_of(second).link == rksv.link_to(first.signature)
    assert code_of(second).key == f"U:ATU12345678-{device.key_id}"
    assert read(story, tmp_path).turnover * 100 == 5944
    assert audit(story) == []


def test_the_receipt_carries_its_own_number_time_and_code(story):
    story.sell(SHIRT)
    batch, moment = next(
        (b, m) for b, m in story.batches if any(isinstance(x, e.SaleCompleted) for x in b)
    )
    sale = next(x for x in batch if isinstance(x, e.SaleCompleted))
    record = batch[batch.index(sale) + 1]
    assert record.document == sale.receipt_number
    assert code_of(record).time == rksv.local_iso(moment.at_ms, REGISTER.timezone)
    assert sale.fiscal_code == rksv.qr_text(record.signature)


def test_goods_taken_back_are_a_cancellation_and_lower_the_turnover(story, tmp_path):
    story.sell(SHIRT, BREAD)
    story.sell(BREAD, back=True)
    story.sell(STAMP)
    _, _, back, after = receipts(story)
    assert kinds(story)[2] == "cancellation"
    assert code_of(back).turnover == b"STO"
    assert code_of(back).sums == (0, -330, 0, 0, 0)
    assert turnover_of(after) == 2400 + 100
    reader = read(story, tmp_path)
    assert reader.cancellations == [back.document]
    assert audit(story) == []


def test_a_scan_signs_nothing(story, device):
    before = device.asked
    story.do(c.AddItem(SHIRT.code, SHIRT))
    assert device.asked == before


def test_a_month_ends_with_a_zero_receipt_and_december_with_that_of_the_year(story, tmp_path):
    story.sell(SHIRT)
    story.do(c.ClosePeriod("month"))
    assert kinds(story)[-1] == "month"
    story.sell(BREAD)
    story.do(c.ClosePeriod("year"))
    assert kinds(story) == ["start", "sale", "month", "sale", "year"]
    zero = receipts(story)[-1]
    assert (code_of(zero).is_zero, turnover_of(zero)) == (True, 2730)
    assert len(read(story, tmp_path).zeros) == 3
    assert audit(story) == []


def test_a_day_ends_without_one(story):
    story.sell(SHIRT)
    story.do(c.ClosePeriod("day"))
    assert kinds(story) == ["start", "sale"]


@pytest.mark.parametrize("kind", austria.BY_HAND)
def test_a_zero_receipt_on_request_joins_the_chain(story, tmp_path, kind):
    story.sell(SHIRT)
    moment = story.moment()
    story.take(story.regime.zero_receipt(story.state, kind, moment), moment)
    assert kinds(story)[-1] == kind
    assert read(story, tmp_path).turnover * 100 == 2400
    assert audit(story) == []


def test_no_zero_receipt_before_the_start_receipt(device):
    regime = AustriaRegime(SECRET, device, REGISTER)
    refused = regime.zero_receipt(TerminalState(), "control", Story().moment())
    assert refused == Refused("bad_request")


def test_another_key_signs_from_there_on_in_the_same_chain(story, tmp_path):
    story.sell(SHIRT)
    make_key(tmp_path / "other.pem")
    other = PemSigner.read(tmp_path / "other.pem")
    story.regime = AustriaRegime(SECRET, other, REGISTER)
    story.sell(BREAD)
    assert code_of(receipts(story)[-1]).key.endswith(other.key_id)
    assert read(story, tmp_path).turnover * 100 == 2730
    assert audit(story) == []


# --- a device that fails --------------------------------------------------------------------------


def test_selling_goes_on_without_the_device_and_says_so(story, device, tmp_path):
    device.works = False
    story.sell(SHIRT)
    story.sell(BREAD)
    record = receipts(story)[-1]
    assert rksv.is_unsigned(record.signature)
    assert [notice.kind for notice in story.state.notices] == ["signature_device_failed"]
    assert read(story, tmp_path).unsigned == [r.document for r in receipts(story)[1:]]
    assert audit(story) == []


def test_a_collective_receipt_comes_first_when_the_device_is_back(story, device, tmp_path):
    device.works = False
    story.sell(SHIRT)
    device.works = True
    story.sell(BREAD)
    story.sell(STAMP)
    assert kinds(story) == ["start", "sale", "collective", "sale", "sale"]
    collective = receipts(story)[2]
    assert code_of(collective).is_zero
    assert not rksv.is_unsigned(collective.signature)
    assert turnover_of(collective) == 2400
    assert read(story, tmp_path).turnover * 100 == 2830
    assert audit(story) == []


def test_a_device_that_fails_is_asked_once_in_a_transaction(story, device):
    device.works = False
    story.sell(SHIRT)
    before = device.asked
    story.sell(BREAD)
    assert device.asked == before + 1


def test_without_a_start_receipt_nothing_is_sold_and_everything_else_goes_on(device):
    device.works = False
    story = told_with(device)
    assert receipts(story) == []
    opened = e.SaleOpened("3001-000001", 1, "EUR", "1", "Resi", "de")
    refused = story.regime.seal(story.state, (opened,), story.moment())
    assert refused == Refused("signature_failed")
    device.works = True
    story.sell(SHIRT)
    assert kinds(story) == ["start", "sale"]


def test_books_with_other_sales_are_not_taken_over(device):
    """The law's turnover begins at nothing with the start receipt."""
    story = AustrianStory()
    story.regime = AustriaRegime(SECRET, device, REGISTER)
    story.state = replace(story.state, last_receipt_sequence=7)
    story.record((e.TerminalStarted("0.2.0", "till", True),))
    assert receipts(story) == []
    opened = e.SaleOpened("3001-000001", 1, "EUR", "1", "Resi", "de")
    assert story.regime.seal(story.state, (opened,), story.moment()) == Refused("books_not_new")


# --- paper ----------------------------------------------------------------------------------------


def test_the_paper_names_the_till_and_says_when_the_device_failed(story, device):
    device.works = False
    story.do(c.AddItem(SHIRT.code, SHIRT))
    story.do(c.TenderCash(2400))
    printed = austria_paper.blocks(story.state.sale)
    said = [getattr(block, "text", "") for block in printed]
    assert "Sicherheitseinrichtung ausgefallen" in said
    assert "Kassen-ID KASSE-1" in said
    assert printed[-1].data == story.state.sale.fiscal_code


@pytest.mark.parametrize("code", ["", "#pYyV"])
def test_a_receipt_of_another_law_gets_nothing(story, code):
    story.do(c.AddItem(SHIRT.code, SHIRT))
    assert austria_paper.blocks(replace(story.state.sale, fiscal_code=code)) == ()


# --- any day --------------------------------------------------------------------------------------

STEP = st.one_of(
    st.tuples(st.just("sell"), st.lists(st.sampled_from([SHIRT, BREAD, PLANT, MILK]), min_size=1)),
    st.tuples(st.just("back"), st.sampled_from([SHIRT, STAMP])),
    st.tuples(st.just("device"), st.booleans()),
    st.tuples(st.just("close"), st.sampled_from(["day", "month", "year"])),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=8))
def test_whatever_the_day_brings_both_readers_agree(signer, tmp_path, steps):
    """Sales, cancellations, outages, closures in any order: chain, sums and signatures hold."""
    device = Device(signer)
    story = told_with(device)
    for what, how in steps:
        match what:
            case "sell":
                story.sell(*how)
            case "back":
                story.sell(how, back=True)
            case "device":
                device.works = how
            case "close" if story.state.books.day.count:
                story.do(c.ClosePeriod(how))
    assert audit(story) == []
    assert read(story, tmp_path).turnover * 100 == story.state.books.perpetual_minor
