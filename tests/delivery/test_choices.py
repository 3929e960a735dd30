"""How a receipt is had: in the shop’s order, on paper once, and never in the next one’s way."""

from __future__ import annotations

import pytest

from terminal.config import ConfigError, defaults, with_settings
from terminal.core import commands as c
from terminal.core.policy import Policy
from terminal.core.receipt_commands import QueueLetter
from terminal.presenters.desk import Desk
from terminal.presenters.kiosk import closing
from terminal.presenters.receipt_forms import chosen, default_of, mail_rows
from terminal.presenters.till import done
from terminal.services.delivery_offer import DeliveryOffer
from terminal.ui.samples import kiosk as at_kiosk
from terminal.ui.samples import till as at_till
from terminal.words import Words

LETTER = QueueLetter("0" * 16, "c•••@e•••.fr", "f" * 16, printed=False)
WORLDS = {world.name: world for world in (*at_kiosk.worlds(), *at_till.worlds())}
WORDS = Words("en", strict=True)


def paid(new_terminal, *choices: str, role: str = "till", **rules: object):
    till = new_terminal(Policy(role=role, receipt_choices=choices, **rules))
    if role == "till":
        till.sign_on()
    till.sell(500)
    if role == "till":
        events = till.do(c.TenderCash(500))
    else:
        till.do(c.TenderCard(500, "poi"))
        events = till.approve(till.send(), 500)
    return till, events


@pytest.mark.parametrize(
    ("first", "by_itself"), [("print", True), ("both", True), ("link", False), ("none", False)]
)
def test_at_a_till_the_default_happens_by_itself(new_terminal, first, by_itself):
    """RCP-01."""
    _, events = paid(new_terminal, first, "none" if first != "none" else "print")
    assert ("PrintJobQueued" in events) is by_itself


def test_what_is_on_paper_is_not_printed_a_second_time_unmarked(new_terminal):
    till, _ = paid(new_terminal, "link", "email", "print", "none")
    assert till.do(c.ChooseReceipt("print")) == ["ReceiptChosen", "PrintJobQueued"]
    assert till.do(LETTER) == ["ReceiptChosen", "ReceiptMailQueued"]
    assert till.sale.receipt_choice == "both"
    for again in ("print", "none"):
        assert till.do(c.ChooseReceipt(again)) == "no_choice_open"
    assert till.do(c.ChooseReceipt("both")) == "bad_request"
    assert till.do(c.NextCustomer()) == ["SaleLeft"]


def test_a_kiosk_asks_once(new_terminal):
    kiosk, events = paid(new_terminal, "email", "print", "none", role="kiosk")
    assert "PrintJobQueued" not in events
    assert kiosk.do(LETTER) == ["ReceiptChosen", "ReceiptMailQueued"]
    assert kiosk.do(LETTER) == "no_choice_open"
    assert kiosk.do(c.ChooseReceipt("print")) == "no_choice_open"


def test_an_email_is_sent_where_the_shop_offers_it(new_terminal):
    till, _ = paid(new_terminal, "print", "none")
    assert till.do(LETTER) == "no_mail_here"
    assert till.do(c.ChooseReceipt("link")) == "bad_request"


@pytest.mark.parametrize(
    ("choices", "on_request", "silent"),
    [
        (("print", "none"), False, "print"),
        (("print", "none"), True, "none"),
        (("both", "none"), False, "print"),
        (("email", "link", "none"), False, "link"),
        (("email", "both"), False, "none"),
        (("none", "print"), False, "none"),
        (("link", "print"), True, "link"),
    ],
)
def test_silence_is_the_first_choice_that_asks_for_nothing(choices, on_request, silent):
    """RCP-01: a kiosk times out to the default."""
    assert default_of(choices, on_request=on_request) == c.ChooseReceipt(silent)


def test_the_screens_show_the_choices_in_the_shops_order():
    """RCP-01."""
    world = WORLDS["receipt-digital"]
    view = closing.present_receipt(world.state, world.desk, world.surroundings, WORDS)
    assert [action.label for action in view.choices] == [
        "On my phone", "By e-mail", "Paper and e-mail", "Print", "No receipt",
    ]  # fmt: skip
    assert [action.intent for action in view.choices] == [
        chosen(choice) for choice in world.surroundings.delivery.choices
    ]
    world = WORLDS["done-digital"]
    shown = done.present(world.state, Desk(), world.surroundings, WORDS)
    assert [action.label for action in shown.choices] == [
        "Code on screen", "E-mail", "Paper + e-mail",
    ]  # fmt: skip
    assert shown.reprint.intent == c.ChooseReceipt("print")


def test_a_link_is_shown_to_whom_chose_it_and_to_nobody_else():
    for name, shows in (("thanks-link", True), ("thanks-email", False)):
        world = WORLDS[name]
        view = closing.present_thanks(world.state, world.desk, world.surroundings, WORDS)
        assert bool(view.code) is shows


@pytest.mark.parametrize("language", ["fr", "en", "nl", "de"])
def test_an_address_can_be_typed_with_what_the_keyboard_has(language):
    keys = set("".join(mail_rows(language)))
    assert set("camille.durand_2+x-y@exemple.fr") <= keys
    assert " " not in keys


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"delivery.choices": ""}, "delivery.choices"),
        ({"delivery.choices": "email,none"}, "delivery.choices"),
        ({"delivery.choices": "link"}, "delivery.choices"),
        ({"delivery.choices": "print,pigeon"}, "delivery.choices"),
        (
            {"delivery.mail_security": "none", "delivery.mail_user": "till"},
            "delivery.mail_security",
        ),
        ({"delivery.mail_from": "a@b.fr\r\nBcc: c@d.fr"}, "delivery.mail_from"),
    ],
)
def test_what_cannot_work_is_refused_at_the_start(settings, key):
    with pytest.raises(ConfigError) as refused:
        with_settings(defaults(), settings)
    assert refused.value.key == key


def test_an_offer_without_settings_is_paper_or_nothing():
    assert DeliveryOffer() == DeliveryOffer(("print", "none"), "", "")
