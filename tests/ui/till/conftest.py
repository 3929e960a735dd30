"""The till in the one window of the tests, while the kiosk's stage is out of it."""

from collections.abc import Callable, Iterator

import pytest


@pytest.fixture(scope="package")
def till(rig) -> Iterator[object]:
    from terminal.ui.gallery import Rig
    from terminal.ui.theme import theme

    before = list(rig.window.children)
    rig.app.on_stop()
    for widget in before:
        rig.window.remove_widget(widget)
    built = Rig("till")
    yield built
    built.app.on_stop()
    built.window.remove_widget(built.stage)
    for widget in before:
        rig.window.add_widget(widget)
    theme.role = "kiosk"
    rig.app.on_start()


@pytest.fixture
def faults() -> Callable[[object], list[str]]:
    """Return a function that lists the texts that do not fit and the buttons out of reach."""
    from kivy.uix.scrollview import ScrollView

    from terminal.ui.widgets.button import Tap
    from terminal.ui.widgets.text import Text

    def parents(widget, stage):
        here = widget
        while here is not stage:
            yield here
            here = here.parent

    def found(stage) -> list[str]:
        wrong = []
        for widget in stage.walk(restrict=True):
            above = list(parents(widget, stage))
            if any(part.opacity == 0 or 0 in part.size for part in above):
                continue
            if isinstance(widget, Text) and widget.text and widget.overflows:
                wrong.append(f"{widget.text!r} in {widget.width:.0f} x {widget.height:.0f}")
            elif isinstance(widget, Text) and widget.cuts_a_word:
                wrong.append(f"{widget.text!r} is cut inside a word")
            scrolled = any(isinstance(part, ScrollView) for part in above)
            if isinstance(widget, Tap) and widget.action.shown and not scrolled:
                left, low = widget.to_window(widget.x, widget.y)
                inside = left >= -1 and low >= -1
                inside &= left + widget.width <= stage.width + 1
                inside &= low + widget.height <= stage.height + 1
                if not inside:
                    wrong.append(f"{widget.action.label or widget.action.icon} sticks out")
        return wrong

    return found
