"""What the kiosk says, from state alone."""

from dataclasses import fields, is_dataclass, replace

import pytest

from terminal.core.commands import ApproveAge, Resolve, VoidLine
from terminal.core.limits import LANGUAGES
from terminal.core.state import Operator, TerminalState
from terminal.presenters.desk import Chain, Change, Desk, Entry
from terminal.presenters.kiosk import (
    basket,
    charged,
    closing,
    lookup,
    paying,
    staff,
    tender,
    weigh,
)
from terminal.presenters.surroundings import DeviceStatus
from terminal.services.requests import Pay, PrintSlipAgain, Weigh
from terminal.services.scale_reading import ScaleReading
from terminal.ui.samples import kiosk
from terminal.ui.samples.world import ARTICLES, basket_lines, basket_sale, line, sale, shop
from terminal.words import Words

FRENCH = Words("fr", strict=True)
WORLDS = {world.name: world for world in kiosk.worlds()}


def shown(presenter, name: str, words: Words = FRENCH):
    world = WORLDS[name]
    return presenter(world.state, world.desk, world.surroundings, words)


def test_the_basket_shows_the_newest_line_first_with_its_discount() -> None:
    view = shown(basket.present, "basket")
    assert [row.n for row in view.rows] == [4, 3, 2, 1]
    assert [row.amount for row in view.rows] == [
        "1,00\u00a0€", "4,98\u00a0€", "1,68\u00a0€", "13,00\u00a0€",
    ]  # fmt: skip
    assert view.total == "20,66\u00a0€"
    assert view.rows[0].selected
    assert view.rows[0].remove.intent == VoidLine(4)


def test_a_void_line_stays_visible_and_cannot_be_removed_again() -> None:
    lines = basket_lines()
    gone = sale(replace(lines[0], void=True), *lines[1:])
    view = basket.present(TerminalState(sale=gone), Desk(), shop(), FRENCH)
    assert view.rows[-1].void
    assert not view.rows[-1].remove.shown


def test_a_basket_of_void_lines_cannot_be_paid() -> None:
    gone = sale(replace(basket_lines()[0], void=True))
    view = basket.present(TerminalState(sale=gone), Desk(), shop(), FRENCH)
    assert not view.pay.enabled


def test_a_kept_purchase_is_said_and_may_be_put_aside() -> None:
    """REC-02, REC-12: resumed at once, parked only on request."""
    view = shown(basket.present, "basket-resumed")
    assert view.banner.tone == "good"
    assert len(view.rows) == 4
    assert [action.label for action in view.banner.actions] == ["Continuer", "Finir plus tard"]


CARD = [
    ("tender", True),
    ("tender-declined", True),
    ("tender-age", False),
]


@pytest.mark.parametrize(("world", "enabled"), CARD)
def test_the_card_is_asked_for_exactly_what_is_due(world, enabled) -> None:
    view = shown(tender.present, world)
    assert view.card.enabled is enabled
    assert isinstance(view.card.intent, Pay)
    assert view.card.intent.amount_minor == (3210 if world == "tender-age" else 2066)


def test_a_missing_payment_terminal_disables_the_card_and_says_so() -> None:
    around = shop(devices={"poi": DeviceStatus("absent")})
    view = tender.present(TerminalState(sale=basket_sale()), Desk(), around, FRENCH)
    assert not view.card.enabled
    assert view.banner.shown


STEPS = [("", 0), ("insert_card", 0), ("pin", 1), ("online", 2), ("remove_card", 3), ("text", 0)]


@pytest.mark.parametrize(("kind", "at"), STEPS)
def test_progress_moves_the_steps_and_decides_nothing(kind, at) -> None:
    around = shop(progress=(kind, ""))
    view = paying.present(WORLDS["paying"].state, Desk(), around, FRENCH)
    assert [step.state for step in view.steps].index("now") == at
    assert view.amount == "20,66\u00a0€"


TRUTHS = [
    ("charged-yes", "good", False, True),
    ("charged-no", "info", False, True),
    ("charged-checking", "warn", True, False),
    ("charged-unknown", "warn", True, False),
]


@pytest.mark.parametrize(("world", "tone", "checking", "may_go_on"), TRUTHS)
def test_the_three_truths(world, tone, checking, may_go_on) -> None:
    """REC-06, REC-08: charged, not charged, or being checked; always with the amount."""
    view = shown(charged.present, world)
    assert (view.tone, view.progress == -1.0) == (tone, checking)
    assert view.amount == "20,66\u00a0€"
    assert any(isinstance(a.intent, Change) and "told" in dict(a.intent.fields)
               for a in view.actions) is may_go_on  # fmt: skip


def test_the_slip_is_printed_again_while_the_doubt_stands() -> None:
    """Not while the terminal is still asking after a start: it takes no wishes then."""
    asked = [action.intent for action in shown(charged.present, "charged-unknown").actions]
    assert PrintSlipAgain() in asked
    for world in ("charged-checking", "charged-yes", "charged-no"):
        asked = [action.intent for action in shown(charged.present, world).actions]
        assert PrintSlipAgain() not in asked


def test_an_article_by_weight_is_weighed_and_others_are_sold_at_once() -> None:
    view = shown(lookup.present, "lookup-department")
    by_label = {row.label: row.press.intent for row in view.tiles}
    assert isinstance(by_label["Pommes Fuji"], Change)
    assert isinstance(by_label["Gazpacho original"], Chain)


def test_a_shopper_confirms_the_weight_and_price_that_are_shown() -> None:
    view = shown(weigh.weigh, "weigh-stable")
    assert (view.scale.weight, view.scale.price) == ("0,842\u00a0kg", "2,35\u00a0€")
    add = view.actions[0]
    assert add.enabled
    assert isinstance(add.intent, Chain)
    assert add.intent.steps[0] == Weigh("4131", shown_g=842)


@pytest.mark.parametrize("world", ["weigh-unstable", "weigh-zero", "weigh-overweight"])
def test_a_shopper_adds_nothing_that_moves_or_is_empty(world) -> None:
    view = shown(weigh.weigh, world)
    assert not view.actions[0].enabled
    assert not view.keypad


def test_a_broken_scale_is_none() -> None:
    desk = Desk(overlay="weigh", weighing=ARTICLES[8])
    broken = shop(scale=ScaleReading("fault", "4131"))
    view = weigh.weigh(TerminalState(), desk, broken, FRENCH)
    assert not view.scale.shown
    assert "membre de l’équipe" in view.text


def test_without_a_scale_staff_types_the_weight_and_a_shopper_calls() -> None:
    shopper = shown(weigh.weigh, "weigh-absent")
    assert not shopper.keypad
    assert "membre de l’équipe" in shopper.text
    staffed = shown(weigh.weigh, "weigh-staff")
    assert staffed.keypad
    assert staffed.actions[0].intent.steps[0] == Weigh("4131", 842)


def test_the_pin_is_never_shown() -> None:
    assert "1234" not in str(shown(staff.sign_on, "staff-pin").typed)


def test_staff_sees_what_waits() -> None:
    view = shown(staff.actions, "staff-actions")
    assert ApproveAge() in [action.intent for action in view.choices]
    assert len(view.rows) == 2


def test_evidence_is_needed_to_settle_an_unknown_payment() -> None:
    """Rule R10: a word without evidence is not accepted."""
    world = WORLDS["staff-evidence"]
    nothing = replace(world.desk, entry=Entry("evidence"))
    empty = staff.evidence(world.state, nothing, world.surroundings, FRENCH)
    full = shown(staff.evidence, "staff-evidence")
    assert not empty.actions[0].enabled
    resolve = full.actions[0].intent.steps[0]
    assert isinstance(resolve, Resolve)
    assert (resolve.tender, resolve.outcome, resolve.evidence) == (1, "paid", "ticket 0042")


def test_nothing_waits_for_staff_on_a_quiet_kiosk() -> None:
    quiet = TerminalState(operator=Operator("9", "Claire", "supervisor"))
    assert staff.actions(quiet, Desk(), shop(), FRENCH).text == "Rien n’attend."


def test_receipt_numbers_are_read_in_fours() -> None:
    """NUM-02."""
    assert closing.grouped("820000000000004514") == "8200 0000 0000 0045 14"


def strings(value) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for part in value for text in strings(part)]
    if is_dataclass(value):
        return [t for field in fields(value) for t in strings(getattr(value, field.name))]
    return []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WORLDS)
def test_every_word_exists_in_every_language(name, language) -> None:
    from terminal.presenters import kiosk as presenters  # noqa: F401

    world = WORLDS[name]
    words = Words(language, strict=True)
    view = PRESENTERS[world.route](world.state, world.desk, world.surroundings, words)
    assert not [text for text in strings(view) if text.startswith(("screen.", "refused."))]


def _presenters():
    from terminal.presenters import commissioning, service
    from terminal.presenters.kiosk import out_of_service, welcome

    return {
        "welcome": welcome.present, "basket": basket.present, "lookup": lookup.present,
        "tender": tender.present, "paying": paying.present, "charged": charged.present,
        "receipt": closing.present_receipt, "thanks": closing.present_thanks,
        "out_of_service": out_of_service.present, "service": service.present,
        "commissioning": commissioning.present,
    }  # fmt: skip


PRESENTERS = _presenters()


def test_a_long_basket_is_presented_whole() -> None:
    lines = [line(n, ARTICLES[n % 12]) for n in range(1, 1001)]
    view = basket.present(TerminalState(sale=sale(*lines)), Desk(), shop(), FRENCH)
    assert len(view.rows) == 1000
