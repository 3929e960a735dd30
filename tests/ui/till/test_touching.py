"""A finger on the till's glass, and a key of its keyboard."""

import pytest

from terminal.core.commands import Acknowledge, NextCustomer, SelectLine, VoidLine
from terminal.core.errors import Refused
from terminal.core.items import Article, Unit
from terminal.services.requests import (
    Adopt,
    Authorised,
    Pay,
    PrintAgain,
    Scan,
    SettlePaper,
    SignOnWithPin,
    Weigh,
)
from terminal.ui.samples import till as samples
from terminal.ui.samples.devices import PRINTER

pytestmark = pytest.mark.ui
WORLDS = {world.name: world for world in samples.worlds()}
F7, F11, F12, ENTER, ESCAPE = 288, 292, 293, 13, 27


@pytest.fixture
def at(till):
    def enter(name: str):
        till.terminal.asked.clear()
        till.terminal.refuse = None
        till.terminal.language = "fr"
        till.resize(1280, 800)
        till.show(WORLDS[name])
        return till

    return enter


@pytest.mark.parametrize(
    ("world", "label", "request_"),
    [
        ("sale", "Annuler", VoidLine(3)),
        ("tender-typed", "Espèces · 250,00\u00a0€", Pay("cash", 25_000)),
        ("tender", "Carte", Pay("card", 23_900, wait=False)),
        ("tender", "250,00\u00a0€", Pay("cash", 25_000)),
        ("notice-banner", "J’ai lu", Acknowledge(1)),
        ("paper-question", "Non, réimprimer", SettlePaper(4, came_out=False)),
        ("done-change", "Client suivant", NextCustomer()),
        ("done-change", "Duplicata", PrintAgain(samples.RECEIPT)),
    ],
)
def test_a_button_asks_for_what_it_says(at, world, label, request_):
    till = at(world)
    till.touch(label)
    assert till.terminal.asked == [request_]


def test_a_line_is_selected_by_a_touch(at):
    """REC-03: the selection is durable, so it is asked for."""
    from terminal.ui.till.parts import TableRowLine

    till = at("sale")
    line = next(w for w in till.stage.walk() if isinstance(w, TableRowLine) and w.row.n == "1")
    line.dispatch("on_release")
    assert till.terminal.asked == [SelectLine(1)]


def test_function_keys_do_what_stands_on_the_buttons(at):
    till = at("sale")
    till.key(F11, None)
    assert till.terminal.asked == [VoidLine(3)]
    till.key(F12, None)
    assert till.stage.shown == "tender"
    till.key(ESCAPE, None)
    assert till.stage.shown == "sale"


def test_a_discount_is_typed_on_a_real_keyboard(at):
    till = at("sale")
    till.key(F7, None)
    for char in "15":
        till.key(ord(char), char)
    assert till.app.desk.entry.text == "15"
    till.touch("Article abîmé")
    till.key(ENTER, None)
    asked = till.terminal.asked[0]
    assert (asked.line, asked.percent_bp, asked.reason) == (3, 1500, "Article abîmé")
    assert till.stage.sheet == ""


def test_signing_on_works_with_the_keyboard_alone(at):
    till = at("sign-on")
    for char in "1":
        till.key(ord(char), char)
    till.key(ENTER, None)
    for char in "1111":
        till.key(ord(char), char)
    till.key(ENTER, None)
    assert till.terminal.asked == [SignOnWithPin("1", "1111")]


def test_a_pin_of_one_s_own_is_typed_twice_and_signs_on(at):
    till = at("sign-on")
    till.terminal.refuse = Refused("new_pin_required")
    for char in "9\r9999\r":
        till.key(ord(char), char if char.isdigit() else None)
    assert till.stage.screens["sign_on"].view.greeting == "Votre code à vous"
    till.terminal.refuse = None
    till.terminal.asked.clear()
    for char in "482\r1\r":  # three digits are not enough
        till.key(ord(char), char if char.isdigit() else None)
    assert till.terminal.asked == []
    for char in "4822\r":
        till.key(ord(char), char if char.isdigit() else None)
    assert till.terminal.asked == []
    assert till.stage.screens["sign_on"].view.banner.text.startswith("Ce n’est pas le même")
    for key in (8, ord("1"), ENTER):
        till.key(key, chr(key) if key == ord("1") else None)
    assert till.terminal.asked == [SignOnWithPin("9", "9999", "4821")]


def test_what_a_cashier_may_not_do_a_supervisor_can_allow(at):
    till = at("sale")
    till.terminal.refuse = Refused("right_required", {"right": "cancel"})
    till.app.intent(VoidLine(3))
    till.frames()
    till.terminal.refuse = None
    assert till.stage.sheet
    for key in "9":
        till.touch(key)
    till.app.intent(till.stage.sheets[till.stage.sheet].view.fields[1].press.intent)
    till.frames()
    for key in "9999":
        till.touch(key)
    till.terminal.asked.clear()
    till.touch("Autoriser")
    assert till.terminal.asked == [Authorised(VoidLine(3), "9", "9999")]
    assert till.stage.sheet == ""


def test_a_weighed_article_that_is_scanned_asks_for_its_weight(at):
    till = at("sale")
    bananas = Article("4011", "Bananes", "", "Fruits et légumes", 199, 550, Unit.KILOGRAM)
    till.terminal.refuse = Refused("weight_required")
    till.terminal.found = {"weighing": bananas}
    till.app.intent(Scan("4011"))
    till.frames()
    till.terminal.refuse, till.terminal.found = None, {}
    assert (till.app.desk.overlay, till.app.desk.weighing) == ("weigh", bananas)
    for key in "842":
        till.touch(key)
    till.terminal.asked.clear()
    till.key(ENTER, None)
    assert till.terminal.asked == [Weigh("4011", 842)]


def test_a_scanner_that_poses_as_a_keyboard_sells(at):
    till = at("sale")
    for char in "3017760000062":
        till.key(ord(char), char)
    till.key(ENTER, None)
    assert till.terminal.asked == [Scan("3017760000062")]


@pytest.mark.parametrize(("world", "n", "edge"), [("sale-long", "60", "y"), ("sale", "1", "top")])
def test_the_selected_line_stays_in_sight_and_short_sales_stand_at_the_top(at, world, n, edge):
    from terminal.ui.till.parts import LineTable, TableRowLine

    at("sale-long")
    table = next(w for w in at(world).stage.walk() if isinstance(w, LineTable))
    line = next(w for w in table.walk() if isinstance(w, TableRowLine) and w.row.n == n)
    shown = table.ids.lines
    assert line.to_window(0, getattr(line, edge))[1] == pytest.approx(
        shown.to_window(0, getattr(shown, edge))[1], abs=1
    )


def test_a_device_is_adopted_by_a_touch_and_a_supervisor_asked(at):
    till = at("devices-offer")
    till.terminal.refuse = Refused("right_required", {"right": "devices"})
    till.touch("Adopter")
    adopt = Adopt("printer", PRINTER.address)
    assert till.terminal.asked == [adopt]
    assert till.stage.sheet == "form"
    assert till.app.desk.blocked == adopt
    till.key(ESCAPE, None)
    assert till.stage.shown == "devices"
    till.touch("Qu’est-ce\u00a0?")
    assert till.stage.sheet == "form"
