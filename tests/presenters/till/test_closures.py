"""The screen of the books and its dialogs: count first, then see, then close (CLO-01 to CLO-03)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.core.commands import ClosePeriod, MoveCash, OpenDrawer, PrintReading
from terminal.presenters.till import actions, closing_forms, closures
from terminal.services.requests import ExtractClosure, ListClosures, PrintClosureAgain
from terminal.words import Words


def figures(view) -> dict[str, str]:
    return {
        fact.label: fact.value.replace("\u202f", " ").replace("\xa0", " ") for fact in view.facts
    }


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def test_the_day_so_far_and_what_is_closed(show):
    view = show(closures.present, "closures")
    assert plain(view.total.amount) == "1 283,40 €"
    assert figures(view)["Carte"] == "841,90 €"
    assert view.list_note == "2 clôtures attendent leur remise"
    assert [row.label for row in view.rows][:2] == [
        "Journée 2021-09-07 · n° 212",
        "Journée 2021-09-06 · n° 211",
    ]


def test_what_the_drawer_should_hold_is_not_said_before_it_is_counted(show):
    said = show(closures.present, "closures"), show(closing_forms.count, "closures-count")
    assert "541,50" not in plain(repr(said))
    assert "541,50" in plain(repr(show(closing_forms.close, "closures-close")))


def test_a_shop_that_hands_nothing_over_hears_nothing_of_it(show, worlds):
    world = worlds["closures-one"]
    quiet = replace(world.surroundings, extracts=False)
    view = closing_forms.closure(world.state, world.desk, quiet, Words("fr", strict=True))
    assert [choice.label for choice in view.choices] == ["Imprimer un duplicata"]
    assert view.text == ""


def test_cash_goes_in_with_a_kind_an_amount_and_a_reason(show, worlds):
    view = show(closing_forms.cash, "closures-cash")
    assert not view.confirm.enabled
    desk = view.chips[0].intent.apply(worlds["closures-cash"].desk)
    desk = view.choices[1].intent.apply(desk)
    view = show(closing_forms.cash, "closures-cash", entry=desk.entry, memory=desk.memory)
    chip = view.chips[0].intent.apply(desk)
    view = show(closing_forms.cash, "closures-cash", entry=chip.entry, memory=chip.memory)
    assert view.confirm.intent.steps[0] == MoveCash("drop", 15_000, "Début de service")


def test_only_tenders_that_came_in_are_counted_and_the_drawer_always(show, worlds):
    labels = [field.label for field in show(closing_forms.count, "closures-count").fields]
    assert labels == ["Espèces", "Chèque", "Carte"]
    world = worlds["closures-empty"]
    view = closing_forms.count(world.state, world.desk, world.surroundings, Words("fr"))
    assert [field.label for field in view.fields] == ["Espèces"]
    assert isinstance(view.choices[0].intent, OpenDrawer)


def test_the_count_leads_to_the_comparison_and_keeps_what_was_typed(show, worlds):
    view = show(closing_forms.count, "closures-count")
    desk = view.confirm.intent.apply(worlds["closures-count"].desk)
    assert desk.overlay == closing_forms.CLOSE
    view = show(
        closing_forms.close, "closures-count", overlay=desk.overlay, entry=desk.entry,
        memory=desk.memory,
    )  # fmt: skip
    assert plain(view.rows[0].amount) == "−2,00 €"
    assert not view.confirm.enabled


def test_a_count_that_is_right_closes_at_once(show):
    view = show(closing_forms.close, "closures-close")
    assert view.fields == ()
    counted = (("cash", 54_150), ("cheque", 5000), ("card", 84_190))
    assert view.confirm.intent.steps[0] == ClosePeriod("day", counted, "")


def test_a_difference_wants_words(show):
    assert not show(closing_forms.close, "closures-close-differs").confirm.enabled
    view = show(closing_forms.close, "closures-close-explained")
    command = view.confirm.intent.steps[0]
    assert command.explanation == "Erreur de rendu"
    assert dict(command.counted)["cash"] == 53_950


@pytest.mark.parametrize(("n", "scope"), list(enumerate(("day", "month", "year"))))
def test_the_period_is_chosen_before_it_closes(show, worlds, n, scope):
    view = show(closing_forms.close, "closures-close")
    desk = view.choices[n].intent.apply(worlds["closures-close"].desk)
    view = show(closing_forms.close, "closures-close", memory=desk.memory)
    assert view.confirm.intent.steps[0].scope == scope
    assert view.confirm.label == view.choices[n].label


def test_nothing_counted_is_said_and_closes_too(show):
    view = show(closing_forms.close, "closures-close-uncounted")
    assert (view.rows, view.empty) == ((), "Rien n'a été compté.")
    assert view.confirm.intent.steps[0] == ClosePeriod("day", (), "")


def test_one_closure_is_printed_again_or_handed_over_again(show):
    view = show(closing_forms.closure, "closures-one")
    asked = [choice.intent.steps[0] for choice in view.choices]
    assert asked == [PrintClosureAgain("day", 212), ExtractClosure("day", 212)]
    assert "Écart" in view.rows[5].detail
    assert "Erreur de rendu" in view.rows[5].detail


def test_the_screen_opens_from_the_ticket_tab_with_a_fresh_list(worlds):
    world = worlds["closures"]
    words = Words("fr")
    action = next(
        one for one in actions.ticket_actions(world.state, words, "EUR") if one.icon == "wallet"
        and one.label == "Clôtures"
    )  # fmt: skip
    assert action.intent.steps[0] == ListClosures()
    assert action.intent.steps[1].apply(world.desk).panel == "closures"


def test_a_reading_refreshes_nothing_but_paper(show):
    steps = show(closures.present, "closures").actions[1].intent.steps
    assert steps[0] == PrintReading()
