"""Every world is drawn at every size, in every language, and all its words fit."""

import itertools

import pytest

from terminal.core.limits import LANGUAGES
from terminal.ui.gallery import SIZES
from terminal.ui.samples import kiosk

pytestmark = pytest.mark.ui
WORLDS = kiosk.worlds()
VARIANTS = list(itertools.product(SIZES, LANGUAGES))


def too_large(widget, stage) -> list[str]:
    """Return the texts that do not fit their boxes, and what sticks out of the window."""
    from terminal.ui.widgets.text import Text

    found = []
    for child in widget.walk(restrict=True):
        if not isinstance(child, Text) or not child.text or not is_seen(child, stage):
            continue
        if child.overflows:
            found.append(f"{child.text!r} in {child.width:.0f} x {child.height:.0f}")
        elif child.cuts_a_word:
            found.append(f"{child.text!r} is cut inside a word")
    return found


def is_seen(widget, stage) -> bool:
    here = widget
    while here is not stage:
        if here.opacity == 0:
            return False
        here = here.parent
    return True


def outside(widget, stage) -> list[str]:
    """Return the pressables that reach beyond the window, except in scrolled areas."""
    from kivy.uix.scrollview import ScrollView

    from terminal.ui.widgets.button import Tap

    found = []
    for child in widget.walk(restrict=True):
        if not isinstance(child, Tap) or not is_seen(child, stage) or scrolled(child, ScrollView):
            continue
        left, low = child.to_window(child.x, child.y)
        right, high = left + child.width, low + child.height
        if left < -1 or low < -1 or right > stage.width + 1 or high > stage.height + 1:
            found.append(f"{child.action} at {left:.0f},{low:.0f} to {right:.0f},{high:.0f}")
    return found


def scrolled(widget, kind) -> bool:
    here = widget
    while here is not None and here is not here.parent:
        if isinstance(here, kind):
            return True
        here = here.parent
    return False


@pytest.mark.parametrize(
    ("size", "language"), VARIANTS, ids=[f"{w}x{h}-{lang}" for (w, h), lang in VARIANTS]
)
def test_words_fit_at_every_size_and_in_every_language(rig, size, language) -> None:
    rig.terminal.language = language
    rig.resize(*size)
    wrong = {}
    for world in WORLDS:
        rig.show(world, draw=False)
        texts = too_large(rig.stage, rig.stage) + outside(rig.stage, rig.stage)
        if texts:
            wrong[world.name] = texts
    assert not wrong


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_world_shows_its_screen(rig, world) -> None:
    rig.resize(1280, 800)
    rig.show(world)
    assert rig.stage.shown == world.route
