"""Vitals: written whole, believed only while they are young and of this start of the machine."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from terminal.appliance import places, vitals
from terminal.appliance.vitals import NoVitals, Vitals

BOOT = "6e1c3a52-0000-4000-8000-000000000001"
ALIVE = Vitals(
    pid=412, boot_id=BOOT, at_ms=1_790_000_000_000, up_ms=60_000, release="0.3.0", role="kiosk",
    screen="welcome", loop_ms_ago=1000, frame_ms_ago=33, journal_seq=17, open_sale=False,
    open_payments=0, print_jobs=0, business_date="2026-11-28", idle_s=40, ready=True,
)  # fmt: skip


@pytest.fixture
def machine(tmp_path):
    where = tmp_path / "proc/sys/kernel/random/boot_id"
    where.parent.mkdir(parents=True)
    where.write_text(BOOT + "\n")
    return tmp_path


@pytest.mark.parametrize("later_ms", [0, 999, 5000])
def test_what_was_written_is_read(machine, later_ms):
    vitals.write(machine / "vitals.json", ALIVE)
    read = vitals.read(machine / "vitals.json", up_ms=ALIVE.up_ms + later_ms, root=machine)
    assert read == ALIVE
    assert sorted(path.name for path in machine.iterdir()) == ["proc", "vitals.json"]


def test_others_may_read_it(machine):
    mask = os.umask(0o077)
    try:
        vitals.write(machine / "vitals.json", ALIVE)
    finally:
        os.umask(mask)
    assert (machine / "vitals.json").stat().st_mode & 0o777 == 0o644


def test_the_clock_may_be_set_meanwhile(machine):
    """A time server sets it at the start, by years where the machine has no battery."""
    vitals.write(machine / "vitals.json", replace(ALIVE, at_ms=0))
    assert vitals.read(machine / "vitals.json", up_ms=ALIVE.up_ms, root=machine).ready


@pytest.mark.parametrize(
    ("content", "up_ms", "why"),
    [
        (ALIVE, ALIVE.up_ms + 5001, "the terminal has been silent for 5 s"),
        (replace(ALIVE, boot_id="another"), ALIVE.up_ms, "is of an earlier start"),
        (replace(ALIVE, version=2), ALIVE.up_ms, "a form that this release does not read"),
        ("", 0, "is not what a terminal writes"),
        ("[" * 60_000, 0, "is not what a terminal writes"),
        ("[]", 0, "a form that this release does not read"),
        ('{"version": 1}', 0, "is not what a terminal writes"),
        (None, 0, "No such file"),
    ],
)
def test_what_is_no_living_terminal_says_why(machine, content, up_ms, why):
    file = machine / "vitals.json"
    if isinstance(content, Vitals):
        vitals.write(file, content)
    elif content is not None:
        file.write_text(content)
    with pytest.raises(NoVitals, match=why):
        vitals.read(file, up_ms=up_ms, root=machine)


def test_a_later_release_may_say_more(machine):
    file = machine / "vitals.json"
    vitals.write(file, ALIVE)
    file.write_text(json.dumps({**json.loads(file.read_text()), "mood": "good"}))
    assert vitals.read(file, up_ms=ALIVE.up_ms, root=machine) == ALIVE


def test_they_go_where_systemd_says_and_nowhere_without_it(monkeypatch, tmp_path):
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    assert vitals.target() is None
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(places.RUN))
    assert vitals.target() == places.VITALS
    assert vitals.target(tmp_path / "elsewhere.json") == tmp_path / "elsewhere.json"
