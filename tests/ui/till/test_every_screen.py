"""Every world of the till, at every size, in every language: drawn, and all its words fit."""

import itertools

import pytest

from terminal.core.limits import LANGUAGES
from terminal.ui.gallery import SIZES
from terminal.ui.samples import till as samples

pytestmark = pytest.mark.ui
WORLDS = samples.worlds()
WORDIEST, SMALLEST = "de", (800, 480)
VARIANTS = [
    (size, language)
    for size, language in itertools.product(SIZES, LANGUAGES)
    if language == WORDIEST or size == SMALLEST
]
"""Where words are longest and where room is least; other pairs lie between these."""


@pytest.mark.parametrize(
    ("size", "language"), VARIANTS, ids=[f"{w}x{h}-{lang}" for (w, h), lang in VARIANTS]
)
def test_words_fit_at_every_size_and_in_every_language(till, faults, size, language):
    till.terminal.language = language
    till.resize(*size)
    wrong = {}
    for world in WORLDS:
        till.show(world, draw=False)
        found = faults(till.stage)
        if found:
            wrong[world.name] = found
    assert not wrong


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_world_shows_its_screen(till, world):
    till.terminal.language = "fr"
    till.resize(1280, 800)
    till.show(world, draw=False)
    assert till.stage.shown == world.route
    asks = bool(world.desk.overlay) or world.surroundings.typed_result
    assert bool(till.stage.sheet) == asks
