"""A finger on the glass becomes an intent; a key of a real keyboard does the same."""

import pytest

from terminal.core.commands import CallHelp, NextCustomer, ParkSale, VoidLine
from terminal.core.errors import Refused
from terminal.presenters.kiosk.shared import STAFF
from terminal.services.answer import Told
from terminal.services.requests import Pay, Scan, SignOnWithPin
from terminal.ui.samples import kiosk

pytestmark = pytest.mark.ui
WORLDS = {world.name: world for world in kiosk.worlds()}


@pytest.fixture
def at(rig):
    def enter(name: str, size: tuple[int, int] = (1280, 800)):
        rig.terminal.asked.clear()
        rig.terminal.language = "fr"
        rig.resize(*size)
        rig.show(WORLDS[name])
        return rig

    return enter


@pytest.mark.parametrize(
    ("world", "label", "request_"),
    [
        ("tender", "Carte bancaire", Pay("card", 2066, wait=False)),
        ("thanks", "Client suivant", NextCustomer()),
        ("sheet-later", "Finir plus tard", ParkSale()),
        ("basket", "Appeler à l’aide", CallHelp("customer")),
    ],
)
def test_a_button_asks_for_what_it_says(at, world, label, request_) -> None:
    rig = at(world)
    rig.touch(label)
    assert rig.terminal.asked == [request_]


def test_a_line_is_removed_by_its_own_button(at) -> None:
    rig = at("basket")
    rig.touch_icon("x", nth=0)
    assert rig.terminal.asked == [VoidLine(4)]


def test_a_disabled_button_says_nothing(at) -> None:
    rig = at("tender-age")
    rig.touch("Carte bancaire")
    assert rig.terminal.asked == []


def test_a_sheet_takes_the_touches_meant_for_the_screen_below(at) -> None:
    rig = at("sheet-languages")
    rig.touch("Payer")
    assert rig.stage.shown == "basket"
    assert rig.terminal.asked == []


def test_staff_signs_on_with_the_keypad(at) -> None:
    rig = at("basket")
    rig.app.intent(STAFF)
    rig.frames()
    rig.touch("9")
    rig.touch("Suivant")
    for key in "9999":
        rig.touch(key)
    rig.touch("Entrer")
    assert rig.terminal.asked == [SignOnWithPin("9", "9999")]


def test_staff_with_a_given_pin_chooses_another(at) -> None:
    rig = at("basket")
    rig.app.intent(STAFF)
    rig.frames()
    rig.touch("9")
    rig.touch("Suivant")
    rig.terminal.refuse = Refused("new_pin_required")
    for key in ("9", "9", "9", "9", "Entrer"):
        rig.touch(key)
    rig.terminal.refuse = None
    rig.terminal.asked.clear()
    for key in ("4", "8", "2", "1", "Suivant", "4", "8", "2", "1", "Entrer"):
        rig.touch(key)
    assert rig.terminal.asked == [SignOnWithPin("9", "9999", "4821")]
    assert dict(rig.app.desk.memory) == {}, "no PIN is kept"


def test_a_refusal_is_said_and_the_desk_stays_open(at) -> None:
    rig = at("weigh-stable")
    rig.terminal.refuse = Refused("weight_out_of_range")
    rig.touch("Ajouter")
    rig.terminal.refuse = None
    assert rig.app.desk.overlay == "weigh"
    assert rig.app.desk.message.key == "refused.weight_out_of_range"


def test_a_keyboard_wedge_scanner_is_a_scanner(at) -> None:
    rig = at("basket")
    for char in "3017760000062":
        rig.key(ord(char), char)
    rig.key(13, None)
    assert rig.terminal.asked == [Scan("3017760000062")]


@pytest.mark.parametrize(
    ("world", "why"), [("paying", "payment_pending"), ("sheet-later", "question_open")]
)
def test_a_scan_under_a_question_is_refused_on_the_screen(at, world, why) -> None:
    """S5: a wedge that is not grabbed as well as the scanner's own thread."""
    rig = at(world)
    for char in "3017760000062":
        rig.key(ord(char), char)
    rig.key(13, None)
    assert Scan("3017760000062") not in rig.terminal.asked
    assert rig.app.scan_gate() == why


def test_why_a_scan_was_not_taken_is_said_over_the_question(at) -> None:
    rig = at("sheet-later")
    rig.app.scanner_news(Refused("question_open"))
    rig.frames()
    assert "Répondez-y" in rig.stage._toast.banner.text + rig.stage._toast.banner.title
    rig.app.scanner_news(Told("told.scanner_layout.fr"))
    rig.frames()
    assert rig.app.desk.message.tone == "good"


def test_a_scan_says_that_somebody_is_there(at) -> None:
    rig = at("sheet-still-there")
    rig.app.scanned(Scan("3017760000062"))
    rig.frames()
    assert rig.app.desk.overlay == ""
    assert rig.terminal.asked == [Scan("3017760000062")]


def test_switching_screens_a_thousand_times_builds_nothing(at) -> None:
    rig = at("welcome")
    before = [id(screen) for screen in rig.stage.screens.values()]
    for n in range(1000):
        rig.terminal.enter(WORLDS["welcome" if n % 2 else "basket"])
        rig.app.refresh()
    assert [id(screen) for screen in rig.stage.screens.values()] == before
    assert len(rig.stage.children) == 2
