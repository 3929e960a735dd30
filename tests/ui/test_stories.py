"""The real window, killed in the middle of a sale and of a card payment, and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from terminal.cli.playback import STORIES
from terminal.core.evolve import evolve
from terminal.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 240
"""A story takes some 15 s; a busy machine draws slowly in software."""


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "terminal", "demo", "--scripted", "--data", str(folder)]
    done = subprocess.run(
        [*command, "--pictures", str(folder / "pictures")],
        cwd=ROOT,
        env={**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, done.stdout


@pytest.mark.parametrize("role", STORIES)
def test_every_scene_leaves_its_picture(played, role):
    folder, _ = played
    wanted = {f"{name}.png" for name, _scene in STORIES[role] if name}
    assert wanted <= {path.name for path in (folder / "pictures").iterdir()}


@pytest.mark.parametrize(("role", "cuts"), [("till", 2), ("kiosk", 1)])
def test_the_plug_is_pulled_and_the_sale_goes_on_to_its_receipt(played, role, cuts):
    """REC-01 to REC-08: design section 7, seen from the street."""
    folder, said = played
    assert said.count(f"{role}: the plug was pulled; power is back") == cuts
    with closing(Store.open_read_only(folder / f"story-{role}", evolve=evolve)) as store:
        verdict = store.verify()
        starts = [r for r in store.journal.read() if r.type == "TerminalStarted"]
        receipts = store.receipts(10)
    assert verdict.ok, verdict.first_bad
    assert ['"clean":false' in record.payload_json for record in starts] == [False] + [True] * cuts
    assert len(receipts) == 1
