"""The screen of a machine without settings: touched, typed at, scanned at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from terminal.appliance.card_text import plain_toml
from terminal.appliance.provisioning_code import encoded
from terminal.appliance.provisioning_file import parse
from terminal.presenters.desk import CLEAR, Press
from terminal.presenters.setup import (
    AGAIN,
    ANSWER_S,
    APPLY,
    KEEP,
    KEEP_AFTER_S,
    LANGUAGE,
    LOCKED_S,
    TRIES,
    SetupDesk,
    present,
)
from terminal.services.provision_result import (
    APPLIED,
    FAILED,
    MISSING,
    WAITS,
    WRONG,
    ProvisionResult,
)
from terminal.services.provisioning import AGAIN as LOOK_AGAIN
from terminal.services.provisioning import APPROVE, CODE, DECLINE, Request
from terminal.shop_settings import LANGUAGES
from terminal.ui.samples import setup as samples
from terminal.words import Words
from tests.appliance.cards import WHOLE


class Machine:
    """Takes what is asked, and knows one PIN."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def ask(self, request: Request) -> None:
        self.asked.append(request)

    def opens(self, pin: str) -> bool:
        return pin == "123456"


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def screen(rig, machine):
    """The setup screen in the window of all tests; it leaves nothing behind."""
    from kivy.app import App

    from terminal.ui.gallery import NewMachine
    from terminal.ui.theme import theme

    running, role = App.get_running_app(), theme.role
    rig.window.remove_widget(rig.stage)
    made = NewMachine(machine)
    made.stopped = []
    made.app.stop = lambda: made.stopped.append(True)
    yield made
    made.close()
    theme.role = role
    rig.window.add_widget(rig.stage)
    App._running_app = running


def press(screen, *keys: str) -> None:
    for key in keys:
        screen.app.intent(Press(key))


def waits() -> SetupDesk:
    return SetupDesk(ProvisionResult(WAITS, True, "reprise.toml", changes=("a: 1 → 2",)), "en")


# --- what is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_words_in_every_language(language):
    words = Words(language, strict=True)
    desks = samples.desks(language)
    desks["failed"] = SetupDesk(ProvisionResult(FAILED), language)
    desks["applied"] = SetupDesk(ProvisionResult(APPLIED, True), language)
    for desk in desks.values():
        view = present(desk, words)
        assert view.title
        assert view.text
        assert [one.label for one in view.languages if one.chosen] == [
            {"fr": "Français", "en": "English", "nl": "Nederlands", "de": "Deutsch"}[language]
        ]


def test_a_wrong_line_is_shown_with_file_line_key_and_what_is_allowed():
    view = present(samples.desks("en")["setup-wrong"], Words("en", strict=True))
    assert [(line.title, line.text) for line in view.lines][2] == (
        "reprise.toml, line 7 · terminal.till_number",
        "3001 cannot be used; write 4 digits in straight quotes.",
    )
    assert view.ways[0].text.startswith("Switch off, put the card into any")


def test_every_state_is_drawn(screen):
    for name, desk in samples.desks("de").items():
        screen.show(desk)
        shown = {type(part).__name__ for part in screen.page.ids.body.children}
        assert ("PinPad" in shown) == (name in {"setup-pending", "setup-wrong-pin"})


# --- what is pressed ------------------------------------------------------------------------------


def test_the_language_is_switched_by_a_touch(screen):
    press(screen, LANGUAGE + "nl")
    assert screen.page.view.title == Words("nl").text("setup.title.missing")


def test_trying_again_asks_once_and_shows_the_answer(screen, machine):
    press(screen, AGAIN, AGAIN)
    assert machine.asked == [Request(LOOK_AGAIN)]
    screen.app.heard(samples.refused('[terminal]\nrole = "bar"\n'))
    assert screen.page.view.lines
    screen.app.heard(ProvisionResult(APPLIED, True))
    assert screen.stopped == [True]


def test_changes_are_applied_by_the_right_pin_alone(screen, machine):
    screen.show(waits())
    press(screen, *"1111", APPLY)
    assert (machine.asked, screen.page.view.note) == ([], "This PIN is not right.")
    press(screen, *"12", CLEAR, *"123456", APPLY)
    assert machine.asked == [Request(APPROVE)]


def test_guessing_a_pin_is_stopped_for_a_while(screen, machine):
    screen.show(waits())
    for _ in range(TRIES):
        press(screen, *"1111", APPLY)
    press(screen, *"123456", APPLY)
    assert machine.asked == []
    assert "Too many tries" in screen.page.view.note
    for _ in range(LOCKED_S):
        screen.app.beat()
    press(screen, *"123456", APPLY)
    assert machine.asked == [Request(APPROVE)]


def test_changes_that_are_not_wanted_are_declined(screen, machine):
    screen.show(waits())
    press(screen, KEEP)
    assert (machine.asked, screen.stopped) == ([Request(DECLINE)], [True])


def test_a_terminal_that_can_sell_goes_on_by_itself_and_one_that_cannot_waits(screen, machine):
    for _ in range(KEEP_AFTER_S + 1):
        screen.app.beat()
    assert screen.stopped == []
    screen.show(replace(waits(), result=ProvisionResult(WRONG, True)))
    for _ in range(KEEP_AFTER_S):
        screen.app.beat()
    assert (machine.asked, screen.stopped) == ([], [True])


def test_an_answer_that_never_comes_is_not_waited_for_for_ever():
    desk = SetupDesk(ProvisionResult(MISSING)).asked()
    for _ in range(ANSWER_S + 1):
        desk = desk.second()
    assert (desk.busy, desk.result.state) == (False, FAILED)


# --- what is scanned ------------------------------------------------------------------------------


def test_a_code_typed_by_a_scanner_is_handed_over(screen, machine):
    (code,) = encoded(plain_toml(parse(WHOLE)))
    for char in code.lower():
        screen.window.dispatch("on_key_down", ord(char), 0, char, ["shift"])
    screen.window.dispatch("on_key_down", 13, 0, None, [])
    assert machine.asked == [Request(CODE, (code,))]


def test_several_codes_are_gathered_and_a_foreign_one_is_refused(screen, machine):
    codes = encoded("".join(f"# {n * n * 7919}\n" for n in range(400)) + WHOLE)
    assert len(codes) > 1
    screen.app.scanned("3270190128724")
    assert screen.page.view.note == Words("fr").text("config.code.foreign")
    for n, code in enumerate(codes, start=1):
        assert machine.asked == []
        screen.app.scanned(code)
        if n < len(codes):
            assert str(n) in screen.page.view.note
    assert machine.asked == [Request(CODE, tuple(codes))]


def test_pictures_of_every_state_are_made(screen, tmp_path: Path):
    screen.show(samples.desks("fr")["setup-wrong"])
    screen.picture(tmp_path / "setup.png")
    assert (tmp_path / "setup.png").stat().st_size > 10_000
