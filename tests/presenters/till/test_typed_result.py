"""The dialog in which the cashier types what a stand-alone card terminal says."""

from dataclasses import replace

import pytest

from terminal.core.state import PaymentState
from terminal.presenters.desk import Desk, Press
from terminal.presenters.till import paying, tender, typed_result
from terminal.presenters.till.dialogs import TYPED_RESULT, due_form
from terminal.services.requests import AnswerManual, Pay
from terminal.ui.samples import till
from terminal.words import Words

FRENCH = Words("fr", strict=True)


def result_of(view):
    return view.confirm.intent.steps[0]


def test_an_approval_wants_its_number_as_the_terminal_shows_it(show, worlds):
    view = show(typed_result.typed_result, "paying-typed")
    assert "239,00" in view.title
    assert view.fields[0].value == "A00042"
    assert result_of(view) == AnswerManual("approved", "A00042")
    assert view.confirm.enabled
    assert not show(typed_result.typed_result, "paying-typed-empty").confirm.enabled
    assert not view.cancel.shown, "the card may have been charged: there is no way around"


@pytest.mark.parametrize("outcome", ["declined", "cancelled"])
def test_a_refusal_is_chosen_then_confirmed(worlds, outcome):
    """One wrong touch loses no approval; a number typed before is not sent along."""
    world = worlds["paying-typed"]
    view = typed_result.typed_result(world.state, world.desk, world.surroundings, FRENCH)
    assert [choice.chosen for choice in view.choices] == [True, False, False]
    chosen = next(
        choice.intent
        for choice, name in zip(view.choices, typed_result.OUTCOMES, strict=True)
        if name == outcome
    )
    after = typed_result.typed_result(
        world.state, chosen.apply(world.desk), world.surroundings, FRENCH
    )
    assert result_of(after) == AnswerManual(outcome, "")
    assert after.confirm.enabled


def test_the_dialog_opens_by_itself_and_only_for_a_payment_that_was_sent(worlds):
    world = worlds["paying-typed-empty"]
    assert due_form(world.state, Desk(), world.surroundings) == TYPED_RESULT
    connected = replace(world.surroundings, typed_result=False)
    assert due_form(world.state, Desk(), connected) == ""
    recovering = replace(world.surroundings, recovering=True)
    assert due_form(world.state, Desk(), recovering) == ""
    intended = replace(world.state, attempts={"s1-1": till.attempt(PaymentState.INTENT)})
    assert due_form(intended, Desk(), world.surroundings) == ""
    selling = worlds["sale"]
    assert due_form(selling.state, Desk(overlay=TYPED_RESULT), selling.surroundings) == ""


def test_the_number_is_typed_at_once(worlds):
    """The press that starts the payment makes the number the active field."""
    world = worlds["tender-typed"]
    around = replace(world.surroundings, typed_result=True)
    pay, again = tender.present(world.state, world.desk, around, FRENCH).methods[0].intent.steps
    assert pay == Pay("card", 25_000, wait=False)
    entry = again.apply(world.desk).entry
    for key in "a1b2c3":
        entry = entry.pressed(Press(key).key)
    typing = Desk(entry=entry)
    sent = worlds["paying-typed"]
    view = typed_result.typed_result(sent.state, typing, sent.surroundings, FRENCH)
    assert (view.fields[0].active, view.fields[0].value) == (True, "A1B2C3")


def test_behind_the_dialog_stands_what_to_do_and_no_key_that_stops_nothing(show):
    view = show(paying.present, "paying-typed")
    assert [step.text for step in view.steps] == ["Tapez le montant sur le terminal de paiement"]
    assert not view.stop.shown
