"""The dialogs: what was typed becomes the right request, and nothing less."""

from dataclasses import replace

import pytest

from terminal.core.commands import (
    AddDeposit,
    CancelSale,
    GrantDiscount,
    OpenDrawer,
    ParkSale,
    RecallSale,
    Resolve,
    SetPrice,
    SetQuantity,
    SetSalesperson,
    SignOff,
)
from terminal.presenters.desk import Chain, Desk, Entry, Press
from terminal.presenters.till import (
    form,
    line_forms,
    lists,
    sign_on,
    staff_forms,
    ticket_forms,
    weigh,
)
from terminal.services.requests import (
    Authorised,
    FindWeighed,
    Pay,
    PrintAgain,
    Scan,
    SignOnWithPin,
    TakeBack,
    Weigh,
)


def first(view) -> object:
    """Return the request that confirming a dialog begins with."""
    assert view.confirm.enabled
    return view.confirm.intent.steps[0]


@pytest.mark.parametrize(
    ("present", "world", "request_"),
    [
        (line_forms.quantity, "form-quantity", SetQuantity(1, 3)),
        (line_forms.price, "form-price", SetPrice(1, 8900, "Prix promis")),
        (
            line_forms.discount,
            "form-discount-reason",
            GrantDiscount(None, None, 500, "Sac déchiré"),
        ),
        (weigh.weigh, "form-weigh", Weigh("4131", 842)),
        (weigh.weigh, "form-weigh-which", FindWeighed("4131")),
        (weigh.weigh, "form-scale-stable", Weigh("4131", shown_g=842)),
        (weigh.weigh, "form-scale-by-hand", Weigh("4131", 842)),
        (weigh.weigh, "form-scale-gone-by-hand", Weigh("4131", 842)),
        (line_forms.take_back, "form-return", TakeBack("3700000030066", 1, 0, "Échange")),
        (ticket_forms.park, "form-park", ParkSale("Dame au manteau rouge")),
        (ticket_forms.salesperson, "form-salesperson", SetSalesperson("14")),
        (ticket_forms.deposit, "form-deposit", AddDeposit("CMD-2021-0914", 5000)),
        (ticket_forms.cheque, "form-cheque", Pay("cheque", 23_900, "0042713")),
        (staff_forms.operator, "form-operator", SignOff()),
    ],
)
def test_confirming_asks_for_what_was_typed(show, present, world, request_):
    assert first(show(present, world)) == request_


@pytest.mark.parametrize(
    ("present", "world"),
    [
        (line_forms.discount, "form-discount"),
        (ticket_forms.cancel_sale, "form-cancel"),
        (ticket_forms.drawer, "form-drawer"),
    ],
)
def test_what_needs_a_reason_cannot_be_confirmed_without_one(show, present, world):
    view = show(present, world)
    assert not view.confirm.enabled


@pytest.mark.parametrize(
    ("present", "world", "kind"),
    [
        (ticket_forms.cancel_sale, "form-cancel", CancelSale),
        (ticket_forms.drawer, "form-drawer", OpenDrawer),
    ],
)
def test_a_ready_reason_is_enough(show, worlds, present, world, kind):
    chip = show(present, world).chips[0]
    desk = chip.intent.apply(worlds[world].desk)
    view = show(present, world, entry=desk.entry, memory=desk.memory)
    assert first(view) == kind(chip.label)


def test_a_percentage_and_a_value_are_different_discounts(show, worlds):
    view = show(line_forms.discount, "form-discount", memory={"line": "1", "reason": "Abîmé"})
    assert first(view) == GrantDiscount(1, 1500, None, "Abîmé")
    value = view.choices[1].intent.apply(worlds["form-discount"].desk)
    assert (value.memory["mode"], value.entry.text) == ("value", "")


def test_a_returned_line_keeps_its_sign(show):
    view = show(line_forms.quantity, "form-quantity", memory={"line": "4"})
    assert first(view) == SetQuantity(4, -3)


def test_going_from_field_to_field_loses_nothing(show, worlds):
    desk = worlds["form-price"].desk
    reason = show(line_forms.price, "form-price").fields[1].press.intent.apply(desk)
    assert (reason.entry.name, reason.entry.text) == ("reason", "Prix promis")
    assert reason.memory["price"] == "8900"
    assert form.typed(reason, "price") == "8900"


def test_the_keys_follow_the_active_field(show):
    assert show(line_forms.price, "form-price").digits
    words = show(line_forms.discount, "form-discount-reason")
    assert not words.digits
    assert words.keyboard[1] == "azertyuiop"


def test_picking_an_article_sells_it_or_weighs_it(show):
    """SAL-07."""
    rows = show(lists.search, "form-search").rows
    piece = next(row for row in rows if row.label == "Gazpacho original")
    kilo = next(row for row in rows if row.label == "Bananes")
    assert piece.press.intent.steps[0] == Scan("5410188031072")
    desk = kilo.press.intent.apply(Desk())
    assert (desk.overlay, desk.weighing.code, desk.entry.name) == ("weigh", "4011", "weight")


def test_weight_unit_price_and_price_are_shown_together(show):
    """Shown to the customer as sold: weight, unit price, price to pay, tare."""
    view = show(weigh.weigh, "form-scale-stable")
    scale = view.scale
    assert (scale.weight, scale.unit_price) == ("0,842\u00a0kg", "2,79\u00a0€/kg")
    assert (scale.price, scale.tare, scale.tone) == ("2,35\u00a0€", "Tare 0,012\u00a0kg", "good")
    assert view.confirm.enabled
    assert not view.digits


@pytest.mark.parametrize("state", ["unstable", "zero", "same_weight", "overweight", "absent"])
def test_what_is_no_stable_weight_cannot_be_taken(show, state):
    """Moving is shown as moving; no figure of a weight or a price stands there."""
    view = show(weigh.weigh, f"form-scale-{state}")
    assert not view.confirm.enabled
    assert not view.scale.held
    shown = view.scale.weight + view.scale.price
    assert not any(digit in shown.replace("0,000", "") for digit in "0123456789")
    assert view.scale.status


def test_a_reading_for_another_article_is_not_shown(show, worlds):
    from terminal.words import Words

    world = worlds["form-scale-stable"]
    other = replace(world.desk, weighing=replace(world.desk.weighing, code="4011"))
    view = weigh.weigh(world.state, other, world.surroundings, Words("fr", strict=True))
    assert not view.confirm.enabled


def test_typing_by_hand_says_that_it_is_marked_and_goes_back_to_the_scale(show):
    view = show(weigh.weigh, "form-scale-by-hand")
    assert "signalé comme tel" in view.text
    desk = view.chips[0].intent.apply(Desk(memory={"by_hand": "1"}))
    assert not desk.memory["by_hand"]
    assert "ne répond pas" in show(weigh.weigh, "form-scale-gone-by-hand").text


def test_parked_sales_and_receipts_can_be_taken(show):
    """REC-12, RCP-17."""
    parked = show(lists.parked, "form-parked")
    assert parked.rows[0].label == "Dame au manteau rouge"
    assert parked.rows[0].press.intent.steps[0] == RecallSale("s9")
    receipts = show(lists.receipts, "form-receipts")
    assert receipts.rows[0].label == "8200 3001 0000 0045 10"
    assert receipts.rows[0].press.intent.steps[0] == PrintAgain("820030010000004510")
    assert show(lists.receipts, "form-parked").empty


def test_a_supervisor_allows_one_step_and_the_operator_stays(show):
    blocked = Resolve(1, "paid", "vu", "ticket 42")
    view = show(staff_forms.override, "unknown-override", blocked=blocked)
    steps = [step for step in view.confirm.intent.steps if not hasattr(step, "fields")]
    assert steps == [Authorised(blocked, "9", "9999")]
    assert not show(staff_forms.override, "unknown-override").confirm.enabled


def test_an_unknown_payment_is_resolved_with_evidence_only(show):
    """Rule R10."""
    assert not show(staff_forms.resolve, "unknown-resolve").confirm.enabled
    memory = {"outcome": "paid", "reason": "Ticket du terminal vu"}
    view = show(staff_forms.resolve, "unknown-resolve", memory=memory)
    assert first(view) == Resolve(1, "paid", "Ticket du terminal vu", "Ticket 000042, 10:45")


# --- signing on -----------------------------------------------------------------------------------


def test_a_number_then_a_pin_sign_on(show):
    desk = Desk()
    for key in "1":
        desk = replace(desk, entry=desk.entry.pressed(Press(key).key))
    number = show(sign_on.present, "sign-on", entry=desk.entry)
    desk = number.confirm.intent.apply(desk)
    assert desk.entry.digits
    desk = replace(desk, entry=replace(desk.entry, text="1111"))
    view = show(sign_on.present, "sign-on", entry=desk.entry, memory=desk.memory)
    assert isinstance(view.confirm.intent, Chain)
    assert SignOnWithPin("1", "1111") in view.confirm.intent.steps
    assert view.fields[1].value == "●●●●"


def test_a_wrong_pin_is_forgotten_before_it_is_sent(show):
    view = show(sign_on.present, "sign-on-pin")
    cleared = view.confirm.intent.steps[0].apply(Desk(entry=Entry("pin", "11")))
    assert cleared.entry == Entry("pin", "", 12, digits=True)


def test_a_locked_operator_is_told_how_long(show):
    view = show(sign_on.present, "sign-on-locked")
    assert "42" in view.warning
    assert not view.confirm.enabled


def test_a_sale_that_waits_is_announced(show):
    assert "239,00" in show(sign_on.present, "sign-on-pin").waiting
