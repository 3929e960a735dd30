"""The graphics card that has a screen, among those of machines with several."""

from __future__ import annotations

import pytest

from terminal.appliance.screens import LOOK_S, NoScreen, Screen, screens, wait_for_screen

PI5 = {
    "card0-HDMI-A-1": ("disconnected", ""),
    "card1-DSI-1": ("connected", "720x1280\n"),
    "card2-Writeback-1": ("connected", "1920x1080\n"),
    "card2-HDMI-A-2": ("connected", "1920x1080\n1280x720\n"),
}


def plug(root, connectors):
    for name, (status, modes) in connectors.items():
        folder = root / "sys/class/drm" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text(f"{status}\n")
        (folder / "modes").write_text(modes)
    return root


@pytest.mark.parametrize(
    ("connectors", "found"),
    [
        ({}, []),
        ({"card0-Virtual-1": ("connected", "1280x800\n")}, [(0, "Virtual-1", "1280x800")]),
        (PI5, [(1, "DSI-1", "720x1280"), (2, "HDMI-A-2", "1920x1080")]),
        ({"card0-HDMI-A-1": ("connected", "")}, []),  # asleep: connected, and knows no mode yet
        ({"card0-HDMI-A-1": ("unknown", "1280x800\n")}, []),
        ({"card0-Writeback-1": ("connected", "1280x800\n")}, []),
        (
            {"card10-HDMI-A-1": ("connected", "a"), "card9-HDMI-A-1": ("connected", "b")},
            [(9, "HDMI-A-1", "b"), (10, "HDMI-A-1", "a")],
        ),
    ],
)
def test_a_screen_is_a_connector_with_something_behind_it(tmp_path, connectors, found):
    assert list(screens(plug(tmp_path, connectors))) == [Screen(*one) for one in found]


def test_a_monitor_that_wakes_up_is_waited_for(tmp_path):
    plug(tmp_path, {"card0-HDMI-A-1": ("disconnected", "")})
    waits = []

    def pause(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            plug(tmp_path, {"card0-HDMI-A-1": ("connected", "1024x600\n")})

    assert wait_for_screen(tmp_path, pause=pause).mode == "1024x600"
    assert waits == [LOOK_S] * 3


def test_without_one_the_start_fails_and_names_where_it_looked(tmp_path):
    plug(tmp_path, {"card0-HDMI-A-1": ("disconnected", ""), "card0-DSI-1": ("disconnected", "")})
    with pytest.raises(NoScreen, match="no screen is plugged in; connectors: DSI-1, HDMI-A-1"):
        wait_for_screen(tmp_path, wait_s=2, pause=lambda _: None)


def test_a_machine_without_graphics_says_so(tmp_path):
    with pytest.raises(NoScreen, match="connectors: none"):
        wait_for_screen(tmp_path, wait_s=0)
