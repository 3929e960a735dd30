"""Runs that ended badly: noted, counted, and told to a person; nothing is given up silently."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.appliance import vitals
from terminal.appliance.ends import FILE_NAME, MAX_KEPT, End, note, noted, recent
from terminal.cli.trouble import CLEAR, page
from terminal.cli.watched import restarts_told
from terminal.services.restarts import TOLD_FROM
from terminal.shop_settings import LANGUAGES
from terminal.words import Words
from tests.appliance.test_vitals import ALIVE

ROOT = Path(__file__).resolve().parents[2]
WATCHDOG = {"SERVICE_RESULT": "watchdog", "EXIT_CODE": "killed", "EXIT_STATUS": "ABRT"}
FULL = {"SERVICE_RESULT": "oom-kill", "EXIT_CODE": "killed", "EXIT_STATUS": "KILL"}


def test_a_bad_end_is_noted_and_a_good_one_is_not(tmp_path):
    assert note(tmp_path, {"SERVICE_RESULT": "success", "EXIT_STATUS": "0"}, 1000) is None
    assert note(tmp_path, {}, 1500) is None
    first = note(tmp_path, WATCHDOG, 2000)
    assert noted(tmp_path) == (first,) == (End(2000, "watchdog", "killed", "ABRT"),)
    second = note(tmp_path, FULL, 3000)
    assert noted(tmp_path) == (first, second)


def test_the_notes_stay_short(tmp_path):
    for second in range(MAX_KEPT + 10):
        note(tmp_path, {"SERVICE_RESULT": "x" * 5000}, second)
    kept = noted(tmp_path)
    assert (len(kept), kept[-1].up_ms) == (MAX_KEPT, MAX_KEPT + 9)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"mood": "good"}]', "[" * 60_000])
def test_notes_that_cannot_be_read_are_none(tmp_path, content):
    (tmp_path / FILE_NAME).write_text(content)
    assert noted(tmp_path) == ()


def test_only_what_ended_lately_counts(tmp_path):
    ends = (End(1_000, "signal"), End(100_001, "signal"), End(900_000, "watchdog"))
    assert recent(ends, up_ms=1_000_001) == ends[1:]


@pytest.mark.parametrize(("ends", "notices"), [(TOLD_FROM - 1, 0), (TOLD_FROM, 1)])
def test_a_fault_that_stays_is_told_to_staff_once(shop, tmp_path, ends, notices):
    """REC-08: what went wrong is named, read and journaled."""
    for _ in range(ends):
        note(tmp_path, WATCHDOG)

    async def started_twice():
        async with shop.open() as till:
            for _ in range(2):
                async with restarts_told(till.running, tmp_path):
                    await till.until(lambda: till.state.notices or not notices)
                    await asyncio.sleep(0)
            return till.state.notices

    told = asyncio.run(started_twice())
    assert [notice.kind for notice in told] == ["restarted"] * notices
    for notice in told:
        assert notice.details["times"] == TOLD_FROM
        assert "stood still" in Words("en", strict=True).text("notice.restarted", **notice.details)


@pytest.mark.parametrize(
    ("ends", "machine", "key"),
    [
        ((End(1, "watchdog", "killed", "ABRT"),), False, "run_end.watchdog"),
        ((), False, "trouble.storage"),
        ((), True, "trouble.machine"),
    ],
)
def test_the_page_says_it_in_every_language_and_in_plain_letters(ends, machine, key):
    said = page(ends, machine=machine)
    flowing = " ".join(said.split())
    for language in LANGUAGES:
        assert Words(language, strict=True).text(key).replace("\u2019", "'") in flowing
    said.encode("cp437")
    assert len(said.splitlines()) <= 25


def test_systemd_runs_it_as_it_stands_in_the_unit(tmp_path):
    told = {**os.environ, **FULL, "RUNTIME_DIRECTORY": str(tmp_path)}
    command = [sys.executable, "-m", "terminal"]
    subprocess.run([*command, "note-end"], cwd=ROOT, env=told, check=True, capture_output=True)
    assert json.loads((tmp_path / FILE_NAME).read_text())[0]["result"] == "oom_kill"
    shown = subprocess.run(
        [*command, "trouble", "--run", tmp_path], cwd=ROOT, check=True, capture_output=True
    )
    assert "the memory was full" in shown.stdout.decode()
    assert b"[oom_kill killed KILL]" in shown.stdout


@pytest.mark.parametrize(
    ("mounted", "key"), [(True, "trouble.machine"), (False, "trouble.storage")]
)
def test_the_storage_is_blamed_only_where_it_is_not_there(tmp_path, mounted, key):
    """A key that could not be made in time keeps a terminal away as well: its books are there."""
    books = "/proc" if mounted else str(tmp_path)
    shown = subprocess.run(
        [sys.executable, "-m", "terminal", "trouble", "--run", tmp_path, "--books", books],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    said = Words("en", strict=True).text(key).replace("\u2019", "'")
    assert said in " ".join(shown.stdout.decode().split())


def test_the_page_is_kept_true_and_taken_away_when_a_terminal_is_there_again(tmp_path):
    """What is left on the console is seen at the next restart, even one for an update."""

    def beat(up_ms, *, ready):
        alive = replace(ALIVE, boot_id=vitals.boot_id(), up_ms=up_ms, ready=ready)
        vitals.write(tmp_path / "vitals.json", alive)

    def written(mark):
        said = b""
        while mark not in said and (more := shown.stdout.readline()):
            said += more
        return said.decode()

    killed = vitals.uptime_ms()
    beat(killed, ready=True)
    note(tmp_path, WATCHDOG)
    command = [sys.executable, "-m", "terminal", "trouble", "--stay", "--run", tmp_path]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as shown:
        watchdog = threading.Timer(60, shown.kill)
        watchdog.start()
        assert "stood still" in written(b"[watchdog killed ABRT]\n")
        beat(killed + 1, ready=False)  # the next run, which has not drawn
        note(tmp_path, FULL)
        assert "the memory was full" in written(b"[oom_kill killed KILL]\n")
        beat(vitals.uptime_ms() + 60_000, ready=True)  # young for as long as this may take
        assert shown.stdout.read().decode() == CLEAR
        assert shown.wait() == 0
        watchdog.cancel()
