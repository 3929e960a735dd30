"""``reprise note-end``, ``reprise trouble``: what the service manager runs when the terminal fails.

Neither touches the journal, the settings or a device: they must work when those are what is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from textwrap import fill

from terminal.appliance import places, vitals
from terminal.appliance.ends import End, note, noted, recent
from terminal.shop_settings import LANGUAGES
from terminal.words import Words

CLEAR = "\x1b[2J\x1b[H\x1b[0m"
"""Clear the screen, to the upper left corner, plain letters (console_codes(4))."""
PLAIN = str.maketrans({"\u2019": "'", "\u00a0": " ", "\u202f": " "})
"""The kernel's own letters are those of code page 437: no typographic apostrophe or space."""
WIDTH = 74
"""Letters of a line: readable on the narrowest console of 80."""
LOOK_S = 1.0
"""Between two looks at a terminal that is awaited: as often as it says that it lives."""


def note_end(options: argparse.Namespace) -> int:
    """Note how the run ended that systemd tells of in the environment."""
    del options
    folder = Path(os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0] or places.RUN)
    end = note(folder, os.environ)
    if end is not None:
        print(f"reprise: ended badly: {end.result} ({end.code} {end.status})", file=sys.stderr)
    return 0


def show(options: argparse.Namespace) -> int:
    """Write on a text console why there is no terminal on the screen, in every language.

    With ``--stay`` the page is kept true, and taken away when a terminal is there again: what is
    left on the console comes into sight whenever the terminal ends, and would be believed.
    """
    before = _heard(options.run)
    shown = _write(_page(options))
    if not options.stay:
        time.sleep(options.linger)
        return 0
    while (now := _heard(options.run)) is None or now == before:
        time.sleep(LOOK_S)
        if (text := _page(options)) != shown:
            shown = _write(text)
    _write(CLEAR)
    return 0


def _heard(run: Path) -> int | None:
    """Return when a terminal that sells was last heard, in the machine's time; None: none is."""
    try:
        heard = vitals.read(run / places.VITALS.name)
    except vitals.NoVitals:
        return None
    return heard.up_ms if heard.ready else None


def _page(options: argparse.Namespace) -> str:
    ends = recent(noted(options.run))
    # A terminal that never ran lacks its partition; where that is there, it was something else of
    # the start, which is tried again.
    machine = options.linger > 0 or (not ends and os.path.ismount(options.books))
    return page(ends, machine=machine)


def _write(text: str) -> str:
    sys.stdout.write(text)
    sys.stdout.flush()
    return text


def page(ends: tuple[End, ...], *, machine: bool) -> str:
    """Return the page; ``machine``: the machine itself could not start, and will try again."""
    last = ends[-1] if ends else None
    parts = []
    for language in LANGUAGES:
        words = Words(language)
        said = [words.text("trouble.title"), ""]
        if machine:
            said.append(words.text("trouble.machine"))
        elif last is not None:
            said.append(words.text("trouble.again", times=len(ends), run_end=last.result))
        else:
            said.append(words.text("trouble.storage"))
        said.append(words.text("trouble.safe"))
        parts.append("\n".join(fill(line, WIDTH) for line in said))
    code = f"{last.result} {last.code} {last.status}" if last else "no run"
    text = f"\n{'-' * WIDTH}\n".join(parts)
    return f"{CLEAR}{text.translate(PLAIN)}\n\n[{code}]\n"
