"""One window and one application for all tests of the screens (Kivy allows no second one)."""

import gc
import os
from collections.abc import Callable, Iterator

import pytest

from terminal.ui import environment


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        pytest.skip("no display: run under xvfb-run")
    environment.prepare(tmp_path_factory.mktemp("kivy"), (1280, 800), max_fps=0)
    from terminal.ui.gallery import Rig

    built = Rig("kiosk")
    yield built
    built.app.on_stop()


@pytest.fixture
def rounds() -> Callable[[object, str], list[int]]:
    """Return a function that shows every fourth world three times over, and counts each time.

    Every thing on a screen follows the theme: their number is that of the widgets there are.
    """
    from terminal.ui.gallery import worlds_of
    from terminal.ui.theme import theme

    def counts(rig, role: str) -> list[int]:
        found = []
        for _ in range(3):
            for world in worlds_of(role)[::4]:
                rig.show(world, draw=False)
            gc.collect()
            found.append(len(theme.get_property_observers("now")))
        return found

    return counts
