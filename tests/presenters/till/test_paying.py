"""Paying, the doubt, the end, and what went wrong."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.commands import Acknowledge, NextCustomer, TenderCash
from terminal.core.state import Notice, PrintState
from terminal.presenters.surroundings import DeviceStatus
from terminal.presenters.till import (
    banners,
    closures,
    done,
    notices,
    paying,
    sale,
    storage,
    tender,
    tendering,
    unknown,
)
from terminal.presenters.till.heading import heading
from terminal.services.requests import (
    DropTender,
    EnquirePayment,
    Pay,
    PrintAgain,
    PrintSlipAgain,
    Reconcile,
    SettlePaper,
)
from terminal.ui.samples import till
from terminal.words import Words


def test_what_is_due_and_what_comes_back(show):
    view = show(tender.present, "tender-typed")
    assert (view.due, view.typed, view.change) == (
        "239,00\u00a0€", "250,00\u00a0€", "11,00\u00a0€",
    )  # fmt: skip
    assert view.cash.intent.steps[0] == Pay("cash", 25_000)


def test_nothing_typed_means_the_exact_amount(show):
    view = show(tender.present, "tender")
    assert view.change == ""
    assert view.cash.intent.steps[0] == Pay("cash", 23_900)
    assert view.methods[0].intent.steps[0] == Pay("card", 23_900, wait=False)


def test_each_tender_says_what_became_of_it(show):
    rows = show(tender.present, "tender-mixed").tenders
    assert [(r.name, r.status, r.amount) for r in rows] == [
        ("Espèces", "encaissé", "20,00\u00a0€"),
        ("Chèque", "encaissé", "50,00\u00a0€"),
        ("Carte", "encaissé", "100,00\u00a0€"),
        ("Carte", "refusé", "(100,00\u00a0€)"),
    ]
    assert rows[0].remove.intent == DropTender(4)
    assert not rows[3].remove.shown
    assert "4242" in rows[2].detail


def test_a_refused_card_is_said_until_the_next_payment(show):
    assert "refusé" in show(tender.present, "tender-declined").banner.text


def test_no_card_without_a_terminal(show):
    assert not show(tender.present, "poi-gone").methods[0].enabled


def test_money_is_paid_out_when_more_comes_back_than_is_sold(worlds):
    world = worlds["tender"]
    back = till.good(1, till.GOODS[2], quantity=-2, return_reason="Échange")
    state = replace(world.state, sale=replace(till.goods_sale(), lines=(back,), discounts=()))
    view = tender.present(state, world.desk, world.surroundings, Words("fr", strict=True))
    assert view.due == "10,00\u00a0€"
    assert view.cash.intent.steps[0] == Pay("cash", -1000)
    assert not view.methods[1].enabled


def test_a_ticket_of_nothing_is_finished_without_money(worlds):
    world = worlds["tender"]
    gift = till.good(1, till.GOODS[3], unit_price_minor=0, price_reason="Offert")
    state = replace(world.state, sale=replace(till.goods_sale(), lines=(gift,), discounts=()))
    view = tender.present(state, world.desk, world.surroundings, Words("fr", strict=True))
    assert view.cash.intent == TenderCash(0)


@given(due=st.integers(1, 99_999_999))
def test_quick_amounts_cover_what_is_due_and_grow(due):
    amounts = tendering.quick_amounts(due)
    assert amounts[0] == due
    assert len(amounts) <= tendering.QUICK_AMOUNTS
    assert list(amounts) == sorted(set(amounts))


@pytest.mark.parametrize(
    ("kind", "at"), [("", 0), ("connecting", 0), ("insert_card", 1), ("pin", 2), ("online", 3)]
)
def test_progress_marks_the_step_under_way(worlds, kind, at):
    world = worlds["paying"]
    around = replace(world.surroundings, progress=(kind, ""))
    view = paying.present(world.state, world.desk, around, Words("fr", strict=True))
    assert [step.state for step in view.steps].index("now") == at
    assert view.stop.intent == DropTender(1)


def test_after_a_cut_the_payment_is_asked_about_and_cannot_be_stopped(show):
    """REC-07."""
    view = show(paying.present, "paying-recovering")
    assert [step.state for step in view.steps] == ["now"]
    assert not view.stop.shown


def test_a_doubt_names_amount_time_and_reference_and_both_ways_out(show):
    """REC-08, rule R10."""
    view = show(unknown.present, "unknown")
    facts = {fact.label: fact.value for fact in view.facts}
    assert view.amount == "239,00\u00a0€"
    assert facts["Demandé à"] == "10:45:19"
    assert facts["Référence"] == "0000000007"
    assert view.enquire.intent == EnquirePayment()
    assert view.resolve.shown
    assert view.slip.intent == PrintSlipAgain()


def test_the_end_shows_the_change_and_the_number(show):
    """NUM-02: in groups of four."""
    view = show(done.present, "done-change")
    assert (view.amount, view.receipt) == ("11,00\u00a0€", "8200 3001 0000 0045 14")
    assert view.next.intent.steps[0] == NextCustomer()
    assert view.papers[0].intent == PrintAgain(till.RECEIPT)


def test_paper_that_is_not_out_is_not_said_to_be(show):
    assert show(done.present, "done-change").paper == "Ticket imprimé"
    waiting = show(done.present, "paper-out")
    assert (waiting.paper, waiting.paper_tone) == ("Ticket\u00a0: attend du papier", "bad")


def test_an_ambiguous_paper_is_asked_about(show):
    view = show(sale.present, "paper-question")
    assert [action.intent for action in view.banner.actions] == [
        SettlePaper(4, came_out=True), SettlePaper(4, came_out=False),
    ]  # fmt: skip


def test_notices_are_read_one_by_one(show):
    """REC-08: each with amount, time and last known state, acknowledged by itself."""
    banner = show(sale.present, "notice-banner").banner
    assert [action.intent for action in banner.actions][1] == Acknowledge(1)
    rows = show(notices.present, "notices").notices
    assert [row.actions[0].intent for row in rows] == [Acknowledge(n) for n in (1, 2, 3)]
    assert "239,00" in rows[1].text
    assert "10:44" in rows[1].text
    assert "envoyé" in rows[1].text
    assert [row.tone for row in rows] == ["info", "warn", "bad"]


def test_a_notice_comes_before_trouble_with_paper(worlds):
    world = worlds["notice-banner"]
    empty = worlds["paper-out"].surroundings
    words = Words("fr", strict=True)
    assert banners.banner(world.state, empty, words).actions
    assert banners.device_trouble(empty, words).tone == "bad"


@pytest.mark.parametrize("language", ["fr", "en", "nl", "de"])
@pytest.mark.parametrize(
    ("health", "reason", "tone"),
    [
        ("degraded", "cash_nearempty", "warn"),
        ("degraded", "cash_nearfull", "warn"),
        ("degraded", "cash_empty", "warn"),
        ("degraded", "cash_full", "warn"),
        ("blocked", "cash_jam", "bad"),
        ("absent", "unplugged", "bad"),
    ],
)
def test_what_a_cash_machine_needs_is_said_at_the_till(worlds, language, health, reason, tone):
    """Coins running low, full, jammed: in words that say what to do, and a dot of its own."""
    plain = worlds["sale"].surroundings
    words = Words(language, strict=True)
    devices = {**plain.devices, "cash": DeviceStatus(health, (reason,))}
    with_machine = replace(plain, devices=devices)
    said = banners.device_trouble(with_machine, words)
    assert (said.text, said.tone) == (words.text(f"device.{reason}"), tone)
    dots = heading(worlds["sale"].state, with_machine, words).dots
    assert [dot.tone for dot in dots][-1] == tone
    assert banners.device_trouble(plain, words) == banners.Banner()
    assert len(heading(worlds["sale"].state, plain, words).dots) == len(dots) - 1


def test_totals_that_differ_are_told_in_figures(worlds):
    """Rule R11."""
    details = {"ours_minor": 0, "theirs_minor": 4500, "difference_minor": -4500}
    notice = Notice(1, "reconciliation_difference", details, 0)
    text = banners.notice_text(notice, Words("fr", strict=True))
    assert "-45,00" in text.replace("\u2212", "-")
    assert banners.notice_tone(notice) == "bad"


def test_the_terminal_s_totals_are_compared_from_the_screen_of_the_books(show, worlds):
    last = show(closures.present, "closures").actions[-1]
    assert (last.intent, last.enabled) == (Reconcile(), True)
    doubt = worlds["unknown"]
    view = closures.present(doubt.state, doubt.desk, doubt.surroundings, Words("fr", strict=True))
    assert not view.actions[-1].enabled


def test_a_full_disk_says_what_is_safe(show):
    view = show(storage.present, "storage")
    assert "239,00" in view.safe
    assert view.code == "storage_full"


def test_every_waiting_state_of_paper_has_words():
    for state in PrintState:
        assert Words("fr").has(f"print_state.{state.value}")
