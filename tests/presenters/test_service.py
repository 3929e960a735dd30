"""The service screen: where it is due, what it shows, and who gets back where."""

from dataclasses import replace

import pytest

from terminal.appliance.copy_state import CopyState
from terminal.core.limits import LANGUAGES
from terminal.core.state import Operator, TerminalState
from terminal.journal.latency import Percentiles
from terminal.presenters import patience
from terminal.presenters.desk import Desk
from terminal.presenters.routes import OUT_OF_SERVICE, WELCOME, route
from terminal.presenters.screen_names import SERVICE
from terminal.presenters.service import present
from terminal.presenters.service_line import ServiceLine
from terminal.presenters.service_storage import storage_lines
from terminal.presenters.till.routes import SALE, SIGN_ON, STORAGE
from terminal.services.commissioning.requests import OpenCommissioning
from terminal.services.service_page import StoragePage
from terminal.ui.samples.service import CARD, PAGES, STORED, WORN
from terminal.ui.samples.world import shop
from terminal.words import Words

STAFF = TerminalState(operator=Operator("9", "Claire", "supervisor"))
NOBODY = TerminalState()
OPEN = Desk(panel=SERVICE)
PROBLEMS = ("no_stick", "full", "other_shop", "other_history", "damaged", "io", "too_many")
"""Of ``CopyState``."""


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


# --- the card and the second copy -----------------------------------------------------------------


def storage(page: StoragePage) -> dict[str, ServiceLine]:
    lines = storage_lines(page, "Europe/Paris", Words("en", strict=True))
    return {line.name: line for line in lines}


def test_how_long_commits_take_what_is_written_and_how_long_the_card_lasts():
    """Waits are rounded up, so that none is told shorter than it was."""
    lines = storage(STORED)
    assert {name: (line.value, line.tone) for name, line in lines.items()} == {
        "Newest commits": ("50 %: 7, 99 %: 22, longest 45 ms", "good"),
        "Commits today": ("50 %: 6, 99 %: 19, longest 212 ms", "good"),
        "Written per day": ("64 MiB, 210 KiB a sale", "good"),
        "The card lasts": ("about 2,140 days", "good"),
        "Second copy": ("REPRISECOPY, whole at 10:45", "good"),
    }


def test_a_card_that_fails_and_a_stick_that_is_away_say_what_to_do():
    lines = storage(WORN)
    wrong = {name: bool(line.note) for name, line in lines.items() if line.tone == "warn"}
    assert wrong == {"Newest commits": True, "The card lasts": True, "Second copy": True}


def test_what_was_not_counted_yet_is_unknown():
    nothing = replace(
        CARD, recent=Percentiles(), today=Percentiles(), bytes_per_day=0, days_left=None
    )
    lines = storage(replace(STORED, card=nothing))
    assert [line.tone for line in lines.values()] == ["quiet", "quiet", "quiet", "good"]


@pytest.mark.parametrize(
    ("wanted", "missing", "copy", "tone"),
    [
        (False, 9000, CopyState(), "quiet"),
        (False, 9000, CopyState(True, problem="no_stick"), "quiet"),
        (False, 9000, CopyState(True, "STICK", problem="full"), "warn"),
        (True, 9000, CopyState(), "warn"),
        (True, 9000, CopyState(True, problem="no_stick"), "warn"),
        (True, 9000, CopyState(True, "STICK", 5), "info"),
        (True, 12, CopyState(True, "STICK", 5), "good"),
    ],
)
def test_a_second_copy_is_missed_only_where_one_is_wanted(wanted, missing, copy, tone):
    page = replace(STORED, wanted=wanted, missing=missing, copy=copy)
    assert storage(page)["Second copy"].tone == tone


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_of_a_copy_has_words(problem, language):
    page = replace(STORED, copy=CopyState(True, "STICK", problem=problem))
    lines = list(storage_lines(page, "Europe/Paris", Words(language, strict=True)))
    assert lines[-1].note


def test_commissioning_is_opened_from_here():
    view = present(STAFF, OPEN, shop(role="till", service=PAGES["well"]), Words("en"))
    opened = next(one for one in view.actions if one.label == "Commissioning")
    assert isinstance(opened.intent.steps[0], OpenCommissioning)
