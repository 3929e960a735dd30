"""The ephemeral desk: typing, changing, waiting."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.commands import ChooseReceipt, NextCustomer, ParkSale
from terminal.core.state import TerminalState
from terminal.presenters import patience
from terminal.presenters.departments import department_look
from terminal.presenters.desk import BACKSPACE, CLEAR, Chain, Desk, Entry, change, clear, close
from terminal.presenters.keyboards import keyboard_rows
from terminal.presenters.keys import action_for
from terminal.presenters.message import message_banner
from terminal.presenters.view import Action
from terminal.ui.icons import NAMES
from terminal.ui.samples import kiosk
from terminal.ui.samples.world import basket_sale, shop

WORLDS = {world.name: world for world in kiosk.worlds()}


@given(
    st.lists(st.sampled_from(["1", "7", "a", " ", BACKSPACE, CLEAR, "99999"])), st.integers(0, 9)
)
def test_an_entry_never_grows_beyond_its_limit(keys: list[str], limit: int) -> None:
    entry = Entry("pin", "", limit, digits=True)
    for key in keys:
        entry = entry.pressed(key)
        assert len(entry.text) <= limit
        assert entry.text == "" or entry.text.isdecimal()


def test_backspace_and_clear() -> None:
    entry = Entry("search", "lait")
    assert entry.pressed(BACKSPACE).text == "lai"
    assert entry.pressed(CLEAR).text == ""


def test_closing_keeps_the_language_and_the_display() -> None:
    desk = Desk(panel="lookup", overlay="weigh", language="nl", large_text=True)
    closed = close().apply(desk)
    assert (closed.panel, closed.overlay) == ("", "")
    assert (closed.language, closed.large_text) == ("nl", True)


def test_the_next_customer_finds_an_empty_desk() -> None:
    assert clear().apply(Desk(language="de", high_contrast=True, told=(3,))) == Desk()


def test_a_field_that_the_desk_lacks_is_a_fault_of_ours() -> None:
    with pytest.raises(AttributeError):
        change(panle="lookup")


WAITS = [
    ("thanks", patience.THANKS_S, Chain((NextCustomer(), clear()))),
    ("receipt", patience.RECEIPT_S, ChooseReceipt("print")),
    ("receipt-digital", patience.RECEIPT_S, ChooseReceipt("link")),
    ("receipt-mail", patience.TYPING_S, Chain((ChooseReceipt("link"), close()))),
    ("sheet-still-there", patience.ANSWER_S, Chain((ParkSale(), clear()))),
]


@pytest.mark.parametrize(("name", "seconds", "then"), WAITS)
def test_a_screen_that_acts_by_itself_never_loses_anything(name, seconds, then) -> None:
    world = WORLDS[name]
    allowed = patience.allowance(world.state, world.desk, world.surroundings)
    assert allowed == patience.Allowance(seconds, then)


NEVER = ["welcome", "paying", "charged-unknown", "charged-checking", "out-storage", "sheet-help"]


@pytest.mark.parametrize("name", NEVER)
def test_money_in_doubt_and_help_wait_for_ever(name) -> None:
    world = WORLDS[name]
    assert patience.allowance(world.state, world.desk, world.surroundings) is None


def test_before_it_acts_the_basket_asks() -> None:
    allowed = patience.allowance(TerminalState(sale=basket_sale()), Desk(), shop())
    assert allowed is not None
    assert allowed.then == change(overlay=patience.STILL_THERE)


def test_a_till_waits_for_its_operator() -> None:
    world = WORLDS["thanks"]
    till = replace(world.surroundings, role="till")
    assert patience.allowance(world.state, world.desk, till) is None


@pytest.mark.parametrize("language", ["fr", "en", "nl", "de", "xx"])
def test_a_keyboard_has_every_letter_once(language: str) -> None:
    keys = "".join(keyboard_rows(language))
    assert set("abcdefghijklmnopqrstuvwxyz0123456789 \b") <= set(keys)
    assert len(keys) == len(set(keys))


DEPARTMENTS = ["Crèmerie", "Fruits et légumes", "Vins et alcools", "SURGELÉS", "", "Quincaillerie"]


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_every_department_has_a_picture_of_the_family(department: str) -> None:
    assert department_look(department).icon in NAMES


def test_accents_and_capitals_do_not_change_a_department() -> None:
    assert department_look("SURGELÉS") == department_look("surgeles")


def test_a_key_presses_the_first_enabled_action_that_bears_it() -> None:
    views = ((Action("A", "", change(panel="a"), enabled=False, key="F5"),
              Action("B", "", change(panel="b"), key="F5")),)  # fmt: skip
    assert action_for(views, "F5") == change(panel="b")
    assert action_for(views, "F6") is None
    assert action_for(views, "") is None


def test_no_message_is_an_empty_banner() -> None:
    assert not message_banner(None, None).shown
