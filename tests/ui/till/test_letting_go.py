"""A till draws its screens and dialogs for months: none of them leaves anything behind."""

import pytest

pytestmark = pytest.mark.ui


def test_a_screen_that_comes_back_builds_nothing_new(till, rounds) -> None:
    _, second, third = rounds(till, "till")
    assert second == third  # after the first time round, and from the last screen to the first
