"""How the terminal's runs ended, since the machine started: what a restart must not keep to itself.

The service manager starts the terminal again whatever happens.  So that a fault which comes back
every few seconds is seen by a person, each bad end is noted here by a program of its own
(``reprise note-end``, ``ExecStopPost=``): it knows what the terminal cannot know of itself, that
the watchdog ended it or memory ran out.  The note lies in memory and is gone when the machine
starts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from terminal.appliance import places, vitals
from terminal.whole_files import write_volatile

FILE_NAME = "ends.json"
MAX_KEPT = 50
"""Ends remembered: far more than it takes to tell that something is wrong."""
MAX_BYTES = 65_536
MAX_WORD = 40
"""Of what systemd says about an end; its longest word has 15 characters."""
WINDOW_S = 900.0
"""Ends further back than this say nothing about now."""
GOOD = "success"


@dataclass(frozen=True, slots=True)
class End:
    """One run that ended badly, in the words of systemd.exec(5)."""

    up_ms: int
    """When, in the machine's time since its start."""
    result: str
    """``$SERVICE_RESULT``, with underscores: ``exit_code``, ``watchdog``, ``oom_kill``."""
    code: str = ""
    """``$EXIT_CODE``: ``exited``, ``killed``, ``dumped``."""
    status: str = ""
    """``$EXIT_STATUS``: a number, or the name of a signal."""


def note(folder: Path, environment: Mapping[str, str], up_ms: int | None = None) -> End | None:
    """Note the end that systemd tells of; returns it, None when it was a good one.

    Raises OSError.
    """
    result = environment.get("SERVICE_RESULT", "")[:MAX_WORD].replace("-", "_")
    if result in ("", GOOD):
        return None
    end = End(
        vitals.uptime_ms() if up_ms is None else up_ms,
        result,
        environment.get("EXIT_CODE", "")[:MAX_WORD],
        environment.get("EXIT_STATUS", "")[:MAX_WORD],
    )
    kept = [asdict(one) for one in (*noted(folder), end)][-MAX_KEPT:]
    write_volatile(folder / FILE_NAME, f"{json.dumps(kept)}\n".encode(), makes_folder=False)
    return end


def noted(folder: Path = places.RUN) -> tuple[End, ...]:
    """Return every bad end since the machine started, oldest first; none that cannot be read."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            rows: Any = json.loads(file.read(MAX_BYTES))
        return tuple(End(**row) for row in rows)
    except (OSError, ValueError, TypeError, RecursionError):
        return ()


def recent(ends: tuple[End, ...], up_ms: int | None = None) -> tuple[End, ...]:
    """Return those of the last quarter of an hour."""
    now_ms = vitals.uptime_ms() if up_ms is None else up_ms
    return tuple(one for one in ends if now_ms - one.up_ms <= WINDOW_S * 1000)
