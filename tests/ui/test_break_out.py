"""Keys that lead out of the terminal, tried on the real window: none does."""

from __future__ import annotations

import pytest

F1, F12, ESCAPE, TAB, DELETE = 282, 293, 27, 9, 127
HELD = [[], ["ctrl"], ["alt"], ["meta"], ["ctrl", "alt"], ["shift"], ["ctrl", "shift"]]


@pytest.mark.parametrize("held", HELD, ids="+".join)
@pytest.mark.parametrize("key", [F1, F12, ESCAPE, TAB, DELETE, ord("q"), ord("w"), ord("e")])
def test_no_key_opens_or_closes_anything(rig, key, held):
    """Kivy has settings of its own behind F1 and an inspector behind Ctrl+E."""
    widgets = list(rig.window.children)
    rig.app._install_settings_keys(rig.window)
    if not rig.window.dispatch("on_key_down", key, 0, None, held):
        rig.window.dispatch("on_keyboard", key, 0, None, held)
    rig.frames(2)
    assert rig.window.children == widgets
    assert not rig.app._app_settings
    assert rig.loop.status == "started"
