"""Damaged files, wrong settings, read-only and full disks: refused, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.config import FILE_NAME
from tests.flows.books import books
from tests.flows.power import Disk, contents, switched_on
from tests.flows.process import ROOT, ConsoleProcess, reprise

FLOUR = "3270190128724"
DAY_MS = 86_400_000

# --- files ----------------------------------------------------------------------------------------

BROKEN_CSV = b"""code,label,brand,department,price_minor,vat_rate,unit,attributes,minimum_age
3270190128724,Farine,,Bio,250,5.50,piece,,
3270190128\x07,A bell,,Bio,250,5.50,piece,,
3760152700704,Price of letters,,Bio,abc,5.50,piece,,
3760152700704,Price below zero,,Bio,-5,5.50,piece,,
3760152700704,Too few fields
3760152700704,Rate of letters,,Bio,5,x,piece,,
3760152700704,Unit unheard of,,Bio,5,5.50,bushel,,
2000000000060,Not UTF-8 \xff\xfe,,Bio,5,5.50,piece,,
3270190128724,Again,,Bio,250,5.50,piece,,
2000000000053,Radis,,Bio,1500,20.00,piece,,
"""


def test_a_catalogue_with_broken_rows_sells_the_sound_ones(tmp_path):
    """Every row that is refused is named with its line; the others are there."""
    csv = tmp_path / "broken.csv"
    csv.write_bytes(BROKEN_CSV)
    made = reprise("init", "--data", tmp_path / "shop", "--articles", csv)
    assert made.returncode == 0
    said = made.stdout.decode()
    assert "8 rows refused" in said
    assert all(f"line {number}:" in said for number in (3, 4, 5, 6, 7, 8, 9, 10))
    with ConsoleProcess(tmp_path / "shop") as console:
        console.ok("sign_on", operator=1, pin="1111")
        console.ok("scan", code="2000000000053")
        assert console.ok("scan", code=FLOUR)["state"]["sale"]["total_minor"] == 1750


START = {
    "no such folder": shutil.rmtree,
    "a database of noise": lambda data: (data / "store.db").write_bytes(os.urandom(8192)),
    "an empty database": lambda data: (data / "store.db").write_bytes(b""),
    "no database": lambda data: (data / "store.db").unlink(),
    "half a database": lambda data: _halve(data / "store.db"),
    "a changed record": lambda data: _forge(data / "store.db"),
    "no catalogue": lambda data: shutil.rmtree(data / "catalogue"),
    "a catalogue of noise": lambda data: _noise(data / "catalogue"),
    "no key": lambda data: (data / "keys" / "terminal.key").unlink(),
    "no operators": lambda data: (data / "operators.json").write_text("{"),
    "an unknown setting": lambda data: _setting(data, "[terminal]\nrolle = 'till'\n"),
    "a wrong setting": lambda data: _setting(data, "[terminal]\nrole = 'shop'\n"),
    "settings of noise": lambda data: (data / FILE_NAME).write_bytes(os.urandom(500)),
}


def _halve(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 1000])


def _forge(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER journal_keeps_records")
        database.execute(
            "UPDATE journal SET payload = replace(payload, '250', '1') WHERE type = 'LineAdded'"
        )
    database.close()


def _noise(folder: Path) -> None:
    for path in folder.glob("*.db"):
        path.write_bytes(os.urandom(4096))


def _setting(data: Path, text: str) -> None:
    (data / FILE_NAME).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", START)
def test_what_cannot_be_started_says_why_in_one_sentence(sold: Path, name: str):
    """Exit code 1, one line on stderr, nothing repaired by guessing, nothing overwritten."""
    START[name](sold)
    before = contents(sold)
    ended = reprise("console", "--data", sold, input=b"")
    said = [line for line in ended.stderr.decode().splitlines() if line.strip()]
    assert ended.returncode == 1
    assert ended.stdout == b""
    assert len(said) == 1, said
    assert said[0].startswith("reprise: ")
    assert contents(sold) == before


def test_an_unknown_key_names_itself_its_line_and_what_was_meant(sold: Path):
    _setting(sold, "[terminal]\n\nrolle = 'till'\n")
    said = reprise("console", "--data", sold).stderr.decode()
    assert "line 3" in said
    assert "terminal.rolle" in said
    assert "terminal.role" in said.replace("terminal.rolle", "")
    init = reprise("init", "--data", sold / "x", "--articles", sold, "--set", "shop.nmae=x")
    assert init.returncode == 1
    assert "shop.nmae" in init.stderr.decode()


def test_a_folder_that_is_in_use_belongs_to_its_process(sold: Path):
    with ConsoleProcess(sold) as first:
        ended = reprise("console", "--data", sold, input=b"")
        assert ended.returncode == 1
        assert "in use by another" in ended.stderr.decode()
        first.ok("scan", code=FLOUR)
        assert reprise("verify", "--data", sold, "--json").returncode == 0
        assert first.ok("pay", tender="cash", amount_minor=500)["state"]["sale"]["receipt_number"]


def test_a_folder_made_once_is_not_made_again(sold: Path):
    before = contents(sold)
    csv = sold.parent / "shop.csv"
    again = reprise("init", "--data", sold, "--articles", csv)
    assert again.returncode == 1
    assert "already" in again.stderr.decode()
    assert contents(sold) == before


# --- disks ----------------------------------------------------------------------------------------


def mounted(data: Path, options: str, *command: str) -> list[str]:
    """Return the command run where its data folder is mounted otherwise, for itself alone."""
    script = f'mount {options} && exec "$@"'
    return ["unshare", "-rm", "sh", "-c", script, "sh", *command]


CONSOLE = (sys.executable, "-m", "terminal", "console", "--data")


def can_mount() -> bool:
    """Tell whether this machine lets a process have mounts of its own."""
    trial = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, check=False
    )
    return trial.returncode == 0


def on_read_only(sold: Path, *command: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command where the data folder is read-only.

    Where mounts are not allowed, rights are taken away instead (they do not bind root).
    """
    if can_mount():
        bind = f"--bind {sold} {sold} && mount -o remount,bind,ro {sold}"
        command = tuple(mounted(sold, bind, *command))
    else:
        for path in (sold / "store.db", sold / "writer.lock", sold):
            path.chmod(0o555)
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, input=b"", check=False)
    sold.chmod(0o755)
    return ended


def test_a_read_only_disk_is_refused_at_the_start(sold: Path):
    before = contents(sold)
    ended = on_read_only(sold, *CONSOLE, str(sold))
    said = ended.stderr.decode().strip().splitlines()
    assert ended.returncode == 1
    assert len(said) == 1, said
    assert "read-only" in said[0].lower() or "may not be" in said[0]
    assert contents(sold) == before


def test_on_a_read_only_disk_devices_are_looked_at_and_none_is_adopted(sold: Path):
    before = contents(sold)
    program = (sys.executable, "-m", "terminal")
    page = on_read_only(sold, *program, "doctor", "--data", str(sold)).stdout.decode()
    assert "simulated: adopt a real one" in page
    adopt = on_read_only(sold, *program, "adopt", "scanner", "serial:/dev/x", "--data", str(sold))
    assert adopt.returncode == 1
    assert "writer.lock" in adopt.stderr.decode() or "written" in adopt.stderr.decode()
    assert contents(sold) == before


def test_a_disk_that_turns_read_only_while_selling(sold: Path):
    """The card's own protection: refused in its own words, and sold again once it is repaired."""

    async def play() -> None:
        disk = Disk()
        async with switched_on(sold, database_factory=disk.database) as till:
            disk.failure = sqlite3.SQLITE_READONLY
            assert await till.refused("scan", code=FLOUR) == "storage_read_only"
            assert await till.refused("scan", code=FLOUR) == "storage_read_only"
            assert till.running.surroundings.storage_problem == "storage_read_only"
            assert len(till.sale["lines"]) == 1
            disk.failure = 0
            await till.ok("scan", code=FLOUR)
            assert len(till.sale["lines"]) == 2
        assert books(sold).events["LineAdded"] == 2

    asyncio.run(play())


def fill(console: ConsoleProcess) -> int:
    """Sell until the disk has refused a few times; returns the lines that were acknowledged."""
    lines = len(console.ready["state"]["sale"]["lines"])
    refused = 0
    for _ in range(MANY_SCANS):
        answer = console.ask("scan", code=FLOUR)
        lines += answer["ok"]
        refused += not answer["ok"]
        assert answer["ok"] or (answer["refused"].startswith("storage_") and answer["text"])
        assert len(answer["state"]["sale"]["lines"]) == lines
        if refused == 5:
            break
    assert refused == 5
    return lines


MANY_SCANS = 1500


def check_after(data: Path, lines: int) -> None:
    """With space again, everything that was acknowledged is there and the sale goes on."""
    assert reprise("verify", "--data", data, "--json").returncode == 0
    with ConsoleProcess(data) as console:
        assert len(console.ready["state"]["sale"]["lines"]) == lines
        done = console.ok("pay", tender="cash", amount_minor=10**6)
        assert done["state"]["sale"]["receipt_number"]


def test_a_file_that_may_not_grow_loses_nothing(sold: Path):
    """The console lives on and says so; what it cannot write it does not acknowledge."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (130_000, resource.RLIM_INFINITY))

    with ConsoleProcess(sold, preexec_fn=limit) as console:
        lines = fill(console)
        code, errors = console.close()
        assert (code, "Traceback" in errors) == (0, False)
    check_after(sold, lines)


def test_a_full_disk_loses_nothing(sold: Path, tmp_path: Path):
    """A disk of its own that is too small, or (where mounts are not allowed) the same by limit."""
    small, after = tmp_path / "small", tmp_path / "after"
    small.mkdir()
    script = (
        f"mount -t tmpfs -o size=450k x {small} && cp -a {sold}/. {small} && "
        f'"$@"; code=$?; cp -a {small}/. {after}; exit $code'
    )
    within = ("unshare", "-rm", "sh", "-c", script, "sh")
    if not can_mount():
        shutil.copytree(sold, after)
        small, within = after, ("sh", "-c", 'ulimit -f 250; exec "$@"', "sh")
    with ConsoleProcess(small, within=within) as console:
        lines = fill(console)
        assert console.refused("pay", tender="card", amount_minor=250).startswith("storage_")
        code, errors = console.close()
        assert (code, "Traceback" in errors) == (0, False)
    check_after(after, lines)
