"""A till draws its screens and dialogs for months: none of them leaves anything behind."""

import gc

import pytest

pytestmark = pytest.mark.ui


def test_a_screen_that_comes_back_builds_nothing_new(till) -> None:
    """Every thing on it follows the theme: their number is that of the widgets there are."""
    from terminal.ui.gallery import worlds_of
    from terminal.ui.theme import theme

    counts = []
    for _ in range(3):
        for world in worlds_of("till")[::4]:
            till.show(world, draw=False)
        gc.collect()
        counts.append(len(theme.get_property_observers("now")))
    assert counts[1] == counts[2]  # the first time round, and from the last screen to the first
