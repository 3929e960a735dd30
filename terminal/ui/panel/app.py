"""The panel in its own window and process, beside the terminal that it feeds and kills.

    run_panel(Bench(data / "simulators", print_speed_mm_s=150), spawn)

The bench's devices must be served (``drivers.serve``) where the terminal's settings look for them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from terminal.ui import environment
from terminal.ui.panel.bench import Bench, Panel
from terminal.ui.panel.mains import Mains, Spawn
from terminal.words import Words

DEFAULT_SIZE = (620, 1000)
LOOK_S = 0.1
"""Between two looks at the devices: paper and displays seem to move at once."""


def run_panel(
    bench: Bench,
    spawn: Spawn,
    *,
    language: str = "fr",
    staffed: bool = False,
    connected: Collection[str] = (),
    size: tuple[int, int] = DEFAULT_SIZE,
    position: tuple[int, int] | None = None,
) -> int:
    """Show the panel, switch the terminal on, and serve until the window is closed.

    ``spawn`` starts the terminal's process (``reprise run --data DIR ...``); it is called again
    after every cut.  ``staffed`` tells that somebody must sign on first; ``connected`` which
    devices the terminal uses.  When the panel is closed the terminal is asked to stop.  Returns 0.
    """
    with tempfile.TemporaryDirectory(prefix="reprise-panel-") as home:
        environment.prepare(Path(home), size)
        if position is not None:
            environment.place(*position)
        mains = Mains(spawn)
        panel = Panel(bench, mains, Words(language), staffed=staffed, connected=connected)
        try:
            mains.switch_on()
            show(panel)
        finally:
            bench.close()
            mains.close()
    return 0


def show(panel: Panel) -> None:
    """Open the window and return when it is closed."""
    # Only now: Kivy opens its window at import.
    from terminal.ui.panel.window import PanelApp  # noqa: PLC0415

    PanelApp(panel).run()
