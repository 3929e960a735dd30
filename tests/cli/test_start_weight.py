"""What runs at every start of an appliance, before or beside the terminal, loads little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import sys
from terminal.cli.main import run
run(sys.argv[1:])
heavy = ("argon2", "asyncio", "cryptography", "kivy", "peewee", "ssl", "terminal.core.events")
print("loaded:", [name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize(
    "words", [("make-key", "--once"), ("update", "settle", "--root", "{machine}")]
)
def test_a_command_of_every_start_loads_no_books_and_no_cryptography(shop, tmp_path, words):
    """the sale screen is not held up by a program that finds nothing to do."""
    words = [word.format(machine=tmp_path) for word in words]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words, "--data", str(shop.data)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "loaded: []"
