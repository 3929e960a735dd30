"""The service screen: where it is due, what it shows, and who gets back where."""

from dataclasses import replace

import pytest

from terminal.core.limits import LANGUAGES
from terminal.core.state import Operator, TerminalState
from terminal.presenters import patience
from terminal.presenters.desk import Desk
from terminal.presenters.routes import OUT_OF_SERVICE, WELCOME, route
from terminal.presenters.screen_names import SERVICE
from terminal.presenters.service import present
from terminal.presenters.till.routes import SALE, SIGN_ON, STORAGE
from terminal.ui.samples.service import PAGES
from terminal.ui.samples.world import shop
from terminal.words import Words

STAFF = TerminalState(operator=Operator("9", "Claire", "supervisor"))
NOBODY = TerminalState()
OPEN = Desk(panel=SERVICE)


@pytest.mark.parametrize(
    ("role", "state", "problem", "due"),
    [
        ("till", STAFF, "", SERVICE),
        ("till", NOBODY, "", SIGN_ON),
        ("till", STAFF, "storage_full", SERVICE),
        ("till", NOBODY, "storage_full", STORAGE),
        ("kiosk", STAFF, "", SERVICE),
        ("kiosk", STAFF, "storage_full", SERVICE),
        ("kiosk", NOBODY, "", WELCOME),
        ("kiosk", NOBODY, "storage_full", OUT_OF_SERVICE),
    ],
)
def test_the_screen_is_due_for_staff_alone(role, state, problem, due):
    assert route(state, OPEN, shop(role=role, storage_problem=problem)) == due


def test_without_the_panel_nothing_changes():
    assert route(STAFF, Desk(), shop(role="till")) == SALE


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_page_has_words(name, language):
    view = present(
        STAFF, OPEN, shop(role="till", service=PAGES[name]), Words(language, strict=True)
    )
    assert view.title
    assert all(tile.state for tile in (*view.left, *view.right))


def test_what_is_wrong_says_what_to_do_and_colours_its_tile_and_the_page():
    view = present(STAFF, OPEN, shop(role="till", service=PAGES["ill"]), Words("en"))
    tiles = {tile.title: tile for tile in (*view.left, *view.right)}
    machine = tiles["Machine"]
    assert (view.tone, machine.tone, machine.state) == ("bad", "bad", "Act now")
    notes = {line.name: (line.tone, bool(line.note)) for line in machine.lines}
    assert notes["Temperature"] == ("bad", True)
    assert notes["Supply voltage"] == ("warn", True)
    assert notes["Memory"] == ("good", False)


def test_all_well_is_said_and_what_is_unknown_is_not_called_good():
    view = present(STAFF, OPEN, shop(role="till", service=PAGES["well"]), Words("en"))
    lines = {line.name: line for tile in (*view.left, *view.right) for line in tile.lines}
    assert view.tone == "good"
    assert (lines["Wear"].tone, lines["Wear"].value) == ("quiet", "Not known")


def test_an_error_that_was_logged_does_not_make_the_page_bad():
    page = replace(PAGES["well"], errors=PAGES["ill"].errors)
    view = present(STAFF, OPEN, shop(role="till", service=page), Words("en"))
    assert view.tone == "good"
    assert [tile.tone for tile in view.right if tile.title == "Last errors"] == ["bad"]


@pytest.mark.parametrize(("role", "overlay"), [("till", ""), ("kiosk", "staff")])
def test_the_way_back_is_where_one_came_from(role, overlay):
    view = present(STAFF, OPEN, shop(role=role), Words("fr"))
    desk = view.back.intent.apply(OPEN)
    assert (desk.panel, desk.overlay) == ("", overlay)


def test_a_kiosk_left_on_the_screen_becomes_the_shoppers_again():
    allowed = patience.allowance(STAFF, OPEN, shop(role="kiosk"))
    assert allowed.seconds == patience.SERVICE_S
    assert patience.allowance(STAFF, OPEN, shop(role="till")) is None
