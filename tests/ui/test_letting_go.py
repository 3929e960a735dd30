"""What was on the screen once is not kept for ever: a terminal draws for months on end."""

import gc
from weakref import ref

import pytest

pytestmark = pytest.mark.ui
AZERTY, QWERTY = ("azertyuiop", "qsdfghjklm", "wxcvbn\b"), ("qwertyuiop", "asdfghjkl", "zxcvbnm\b")


def test_a_layout_that_comes_back_shows_the_keys_that_were_built_for_it(rig) -> None:
    from terminal.ui.widgets.keys import Keyboard

    keyboard = Keyboard()
    keyboard.rows = AZERTY
    first = keyboard.children[:]
    keyboard.rows = QWERTY
    assert [len(line.children) for line in reversed(keyboard.children)] == [10, 9, 8]
    keyboard.rows = ()
    assert keyboard.children == []
    keyboard.rows = AZERTY
    assert keyboard.children == first


def test_a_change_of_look_reaches_keys_that_are_out_of_sight(rig) -> None:
    from terminal.ui.theme import theme
    from terminal.ui.widgets.keys import Keyboard

    keyboard = Keyboard()
    keyboard.rows = AZERTY
    key = keyboard.children[0].children[0]
    keyboard.rows = QWERTY
    before = key.ink
    theme.high_contrast = True
    try:
        assert tuple(key.ink) == theme.colour("ink") != tuple(before)
    finally:
        theme.high_contrast = False


def test_the_theme_lets_go_of_what_left_the_screen(rig) -> None:
    from terminal.ui.theme import theme
    from terminal.ui.widgets.button import TapButton
    from terminal.ui.widgets.header import BannerCard
    from terminal.ui.widgets.status import StatusDot

    rig.frames()
    gc.collect()
    followers = len(theme.get_property_observers("now"))
    made = [TapButton(), BannerCard(), StatusDot()]
    assert len(theme.get_property_observers("now")) > followers
    gone = [ref(widget) for widget in made]
    made.clear()
    rig.frames()  # what Kivy's clock still holds
    gc.collect()
    assert [widget() for widget in gone] == [None, None, None]
    assert len(theme.get_property_observers("now")) == followers


def test_a_screen_that_comes_back_builds_nothing_new(rig, rounds) -> None:
    _, second, third = rounds(rig, "kiosk")
    assert second == third  # after the first time round, and from the last screen to the first


def test_what_changed_under_the_finger_is_not_asked_for(rig) -> None:
    from terminal.presenters.desk import Press
    from terminal.presenters.view import Action
    from terminal.ui.widgets.button import TapButton

    asked = []

    class Listening(TapButton):
        def intent(self, wanted: object) -> None:
            asked.append(wanted)

    button = Listening()
    for before, after in (
        (Action("1", "", Press("1")), Action("1", "", Press("1"))),
        (Action("1", "", Press("1")), Action("2", "", Press("2"))),
    ):
        button.action = before
        button.dispatch("on_press")
        button.action = after
        button.dispatch("on_release")
    assert asked == [Press("1")]
