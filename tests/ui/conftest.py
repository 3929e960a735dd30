"""One window and one application for all tests of the screens (Kivy allows no second one)."""

import os
from collections.abc import Iterator

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
