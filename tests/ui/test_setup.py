"""The screen of a machine without settings: touched, typed at, scanned at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from terminal.appliance.card_text import plain_toml
from terminal.appliance.provisioning_code import encoded
from terminal.appliance.provisioning_file import parse
from terminal.appliance.restore_state import FAILED as NOT_RESTORED
from terminal.appliance.restore_state import WORKING, RestoreState
from terminal.presenters import restoring
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
from terminal.services.copy_offer import CopyOffer
from terminal.services.provision_result import (
    APPLIED,
    FAILED,
    MISSING,
    READY,
    WAITS,
    WRONG,
    ProvisionResult,
)
from terminal.services.provisioning import AGAIN as LOOK_AGAIN
from terminal.services.provisioning import APPROVE, CODE, DECLINE, RESTORED, Request
from terminal.shop_settings import LANGUAGES
from terminal.ui.samples import setup as samples
from terminal.ui.samples.restoring import AT_MS, ENDED, OFFER
from terminal.words import Words
from tests.appliance.cards import WHOLE

WITH_KEYS = {
    "setup-pending", "setup-wrong-pin", "restore-ask", "restore-ask-who", "restore-differs",
}  # fmt: skip


class Machine:
    """Takes what is asked, and knows one PIN."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.restored: list[tuple[str, str, str]] = []

    def ask(self, request: Request) -> None:
        self.asked.append(request)

    def opens(self, pin: str) -> bool:
        return pin == "123456"

    def restore(self, offer: CopyOffer, operator: str, pin: str) -> None:
        self.restored.append((offer.till, operator, pin))

    def now_ms(self) -> int:
        return AT_MS


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
        assert ("PinPad" in shown) == (name in WITH_KEYS)


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


# --- a stick with the books of a till that is no more ---------------------------------------------


def labels(screen) -> list[str]:
    return [one.label for one in screen.page.view.buttons]


def test_a_stick_with_books_is_offered_and_its_till_restored(screen, machine):
    press(screen, LANGUAGE + "en", restoring.OFFER)
    assert not screen.app.desk.restore.open, "there is no stick yet"
    screen.app.offered(OFFER)
    assert labels(screen) == ["Try again", "Restore till 3001"]
    press(screen, restoring.OFFER, *"4821", restoring.GO)
    assert screen.app.desk.restore.active == restoring.AGAIN
    press(screen, *"4812", restoring.GO)
    assert screen.page.view.note == "The two PINs differ. Type the second one again."
    press(screen, *"4821", restoring.GO)
    assert machine.restored == [("3001", "9", "4821")]
    assert (screen.page.view.busy, labels(screen)) == (True, [])
    screen.app.restoring(RestoreState(WORKING, "proof", 700))
    assert screen.page.view.progress == 0.7
    screen.app.offered(None)
    screen.app.restoring(ENDED)
    assert machine.asked == [Request(RESTORED)]
    screen.app.heard(ProvisionResult(READY, True))
    assert screen.stopped == [], "what is unknown has to be read"
    assert "What was sold after 28/11/2026 16:03" in screen.page.view.lines[1].text
    press(screen, restoring.START)
    assert screen.stopped == [True]


def test_a_keyboard_does_for_a_restoration_too(screen, machine):
    screen.app.offered(OFFER)
    press(screen, restoring.OFFER)
    for char in "4821\r4821\r":
        screen.window.dispatch("on_key_down", ord(char), 0, char, [])
    assert machine.restored == [("3001", "9", "4821")]


def test_who_signs_on_again_is_a_supervisor_of_the_copy(screen, machine):
    screen.app.offered(replace(OFFER, supervisors=(("9", "Lise"), ("12", "Dominique"))))
    press(screen, LANGUAGE + "en", restoring.OFFER, "1", restoring.GO)
    assert screen.page.view.note == "Type the number of a supervisor of this till."
    press(screen, "2", restoring.GO, *"1234", restoring.GO)
    assert screen.page.view.note.startswith("This PIN is easily guessed")
    press(screen, CLEAR, *"482", restoring.GO)
    assert screen.page.view.note.endswith("It has 4 to 12 digits.")
    press(screen, "1", restoring.FIELD + restoring.AGAIN, *"4821", restoring.GO)
    assert machine.restored == [("3001", "12", "4821")]


def test_a_stick_that_is_pulled_out_is_offered_no_more(screen, machine):
    screen.app.offered(OFFER)
    press(screen, restoring.OFFER, "4")
    screen.app.offered(None)
    assert not screen.app.desk.restore.open
    assert labels(screen) == [Words("fr").text("setup.again")]


def test_what_went_wrong_is_said_and_can_be_begun_again_or_left(screen, machine):
    screen.app.offered(OFFER)
    press(screen, restoring.OFFER, *"4821", restoring.GO, *"4821", restoring.GO)
    screen.app.restoring(RestoreState(NOT_RESTORED, code="gone"))
    assert screen.page.view.text == Words("fr").text("restore.problem.gone")
    press(screen, restoring.OFFER)
    assert screen.app.desk.restore.asks
    assert screen.app.desk.restore.pin == "", "a PIN is not kept"
    press(screen, restoring.BACK)
    assert not screen.app.desk.restore.open


@pytest.mark.parametrize("problem", ["articles", "newer", "empty", "sealed_key", "operators"])
def test_a_copy_that_cannot_be_used_says_why_and_has_no_button(screen, problem):
    screen.app.offered(replace(OFFER, problem=problem))
    assert restoring.problem(problem, Words("fr", strict=True)) in screen.page.view.ways[0].text
    assert len(labels(screen)) == 1


def test_a_machine_that_has_settings_is_never_restored_over(screen, machine):
    screen.show(SetupDesk(ProvisionResult(WRONG, True), "en"))
    screen.app.offered(OFFER)
    press(screen, restoring.OFFER)
    assert not screen.app.desk.restore.open


def test_the_end_of_an_earlier_try_is_not_shown_and_a_running_one_is(screen):
    screen.app.restoring(RestoreState(NOT_RESTORED, code="gone"))
    assert not screen.app.desk.restore.open
    screen.app.restoring(RestoreState(WORKING, "tables", 400))
    assert screen.page.view.busy


def test_a_restoring_that_says_nothing_is_not_waited_for_for_ever():
    desk = SetupDesk(restore=restoring.RestoreDesk(OFFER).begun().asked())
    for _ in range(restoring.STALL_S + 1):
        desk = desk.second()
    assert (desk.restore.state.state, desk.restore.state.code) == (NOT_RESTORED, "stalled")


@pytest.mark.parametrize(
    ("past_ms", "said"),
    [
        (-1, ""),
        (60_000, "1 minute ago"),
        (119 * 60_000, "119 minutes ago"),
        (26 * 3_600_000, "26 hours ago"),
        (9 * 86_400_000, "9 days ago"),
        (401 * 86_400_000, ""),
    ],
)
def test_the_age_of_a_copy_is_said_where_the_clock_can_know_it(past_ms, said):
    assert restoring.age(OFFER, AT_MS + past_ms, Words("en", strict=True)) == said


# --- what is scanned ------------------------------------------------------------------------------


def test_a_code_typed_by_a_scanner_is_handed_over(screen, machine):
    (code,) = encoded(plain_toml(parse(WHOLE)))
    for char in code.lower():
        screen.window.dispatch("on_key_down", ord(char), 0, char, ["shift"])
    screen.window.dispatch("on_key_down", 13, 0, None, [])
    assert machine.asked == [Request(CODE, (code,))]


def test_a_scanner_with_a_line_of_its_own_does_as_well(screen, machine):
    (code,) = encoded(plain_toml(parse(WHOLE)))
    screen.app.read("3270190128724")
    assert screen.page.view.note == Words("fr").text("config.code.foreign")
    screen.app.read(code)
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
