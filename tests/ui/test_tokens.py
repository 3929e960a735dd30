"""Colours and sizes that people with low vision or a shaking hand depend on."""

import pytest

from terminal.ui import tokens

PALETTES = [tokens.LIGHT, tokens.CONTRAST]


@pytest.mark.parametrize("palette", PALETTES, ids=["light", "contrast"])
@pytest.mark.parametrize("pair", tokens.TEXT_PAIRS, ids=lambda pair: f"{pair[0]} on {pair[1]}")
def test_every_text_pair_reaches_wcag_aa(palette: tokens.Palette, pair: tuple[str, str]) -> None:
    ink, ground = pair
    assert tokens.contrast(getattr(palette, ink), getattr(palette, ground)) >= 4.5


def test_black_on_white_is_the_greatest_contrast() -> None:
    assert tokens.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert tokens.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.ui
@pytest.mark.parametrize("role", ["kiosk", "till"])
@pytest.mark.parametrize("size", tokens.DENSITIES)
def test_touch_targets_are_as_large_as_the_role_needs(
    rig: object, role: str, size: tuple[int, int]
) -> None:
    from terminal.ui.theme import measure

    look = measure(size, 0.0, role, large_text=False, high_contrast=False)
    assert look.touch * 25.4 / tokens.DENSITIES[size] >= tokens.TOUCH_MM[role] - 0.2
    assert look.key_side * 25.4 / tokens.DENSITIES[size] >= tokens.KEY_MM - 0.2
