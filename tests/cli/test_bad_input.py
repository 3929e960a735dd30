"""What people, scanners, files and disks get wrong: a clear refusal, and nothing is lost."""

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

from terminal.clock import ManualClock
from terminal.config import FILE_NAME
from tests.flows.power import Disk, books, switched_on
from tests.flows.process import ROOT, ConsoleProcess, reprise

FLOUR, WINE = "3270190128724", "2000000001012"
DAY_MS = 86_400_000

# --- codes, quantities, amounts -------------------------------------------------------------------

REFUSALS = [
    ("an unknown code", "scan", {"code": "4006381333931"}, "unknown_code"),
    ("a wrong check digit", "scan", {"code": "3270190128725"}, "bad_check_digit"),
    ("a QR of 7,000 characters", "scan", {"code": "A" * 7000}, "code_too_long"),
    ("7,000 digits", "scan", {"code": "1" * 7000}, "code_too_long"),
    ("control characters", "scan", {"code": "32701\x0090128724\x1b[2J"}, "code_not_readable"),
    ("a line feed inside", "scan", {"code": "3270190\n128724"}, "code_not_readable"),
    ("half a surrogate", "scan", {"code": "\ud800"}, "code_not_readable"),
    ("nothing", "scan", {"code": ""}, "code_not_readable"),
    ("spaces", "scan", {"code": "   "}, "code_not_readable"),
    ("a quantity of nothing", "quantity", {"line": 1, "quantity": 0}, "quantity_out_of_range"),
    ("a thousand million", "quantity", {"line": 1, "quantity": 10**9}, "quantity_out_of_range"),
    ("less than nothing", "quantity", {"line": 1, "quantity": -1}, "quantity_out_of_range"),
    ("a line that is not there", "void", {"line": 99}, "no_such_line"),
    ("line 0", "void", {"line": 0}, "no_such_line"),
    ("a line below 0", "void", {"line": -1}, "no_such_line"),
    ("a line beyond all", "void", {"line": 10**18}, "no_such_line"),
    ("a piece on the scale", "weigh", {"code": FLOUR, "weight_g": 100}, "weight_not_allowed"),
    ("no weight", "weigh", {"code": "4011", "weight_g": 0}, "weight_required"),
    ("a weight below 0", "weigh", {"code": "4011", "weight_g": -5}, "weight_out_of_range"),
    ("a lorry", "weigh", {"code": "4011", "weight_g": 10**9}, "weight_out_of_range"),
    ("bananas by the piece", "scan", {"code": "4011"}, "weight_required"),
    (
        "more by card than is due",
        "pay",
        {"tender": "card", "amount_minor": 251},
        "overpayment_not_allowed",
    ),
    (
        "more by cheque than is due",
        "pay",
        {"tender": "cheque", "amount_minor": 251, "number": "1"},
        "overpayment_not_allowed",
    ),
    ("less than nothing", "pay", {"tender": "card", "amount_minor": -250}, "amount_out_of_range"),
    ("cash below 0", "pay", {"tender": "cash", "amount_minor": -250}, "amount_out_of_range"),
    ("no cash", "pay", {"tender": "cash", "amount_minor": 0}, "amount_out_of_range"),
    ("all the cash there is", "pay", {"tender": "cash", "amount_minor": 10**12},
     "amount_out_of_range"),
    ("a cheque without number", "pay", {"tender": "cheque", "amount_minor": 250},
     "number_required"),
    ("sea shells", "pay", {"tender": "shells", "amount_minor": 250}, "unknown_tender_kind"),
    ("a price below 0", "price", {"line": 1, "unit_price_minor": -1, "reason": "x"},
     "price_out_of_range"),
    ("a price without reason", "price", {"line": 1, "unit_price_minor": 1}, "reason_required"),
    ("a discount of 101 %", "discount", {"line": 1, "percent": 101, "reason": "x"},
     "discount_out_of_range"),
    ("a discount below 0", "discount", {"line": 1, "amount_minor": -1, "reason": "x"},
     "discount_out_of_range"),
    ("more off than it costs", "discount", {"line": None, "amount_minor": 251, "reason": "x"},
     "discount_out_of_range"),
    ("both kinds at once", "discount", {"percent": 1, "amount_minor": 1, "reason": "x"},
     "bad_request"),
    ("a reason with an escape", "cancel_sale", {"reason": "\x1b[31m"}, "bad_request"),
    ("a reason of half a surrogate", "cancel_sale", {"reason": "\udfff"}, "bad_request"),
    ("a reason without end", "cancel_sale", {"reason": "x" * 5000}, "reason_too_long"),
    ("a tender that is not there", "remove_tender", {"tender": 1}, "no_such_tender"),
    ("a tender beyond all", "remove_tender", {"tender": 10**30}, "no_such_tender"),
    ("a sale that is not there", "recall", {"sale": "3001-999999"}, "sale_in_progress"),
    ("a receipt that is not there", "reprint", {"receipt_number": "1"}, "no_such_receipt"),
    ("a receipt number of 9,000 digits", "reprint", {"receipt_number": "8" * 9000},
     "no_such_receipt"),
    ("a notice that is not there", "acknowledge", {"notice": 1}, "no_such_notice"),
    ("a job that is not there", "settle_paper", {"job": 77, "came_out": True}, "no_such_receipt"),
    ("nothing to look for", "search", {"text": "  "}, "empty_search"),
    ("a resolution by a cashier", "resolve", {"tender": 1, "outcome": "paid"}, "right_required"),
    ("a language nobody speaks", "language", {"language": "tlh"}, "bad_request"),
    ("a receipt choice at a till", "receipt_choice", {"choice": "print"}, "no_choice_open"),
    ("the next customer, too soon", "next", {}, "sale_in_progress"),
]  # fmt: skip


def test_what_is_refused_says_so_and_the_sale_is_untouched(shop):
    with ConsoleProcess(shop.data) as console:
        assert console.refused("scan", code=FLOUR) == "not_signed_on"
        console.ok("sign_on", operator=1, pin="1111")
        before = console.ok("scan", code=FLOUR)["state"]
        for name, do, fields, code in REFUSALS:
            assert console.refused(do, **fields) == code, name
            assert console.ok("show")["state"] == before, name
        for text in ('"', "'; DROP TABLE articles; --", "a*", "NEAR(", "(", "\x00", "é" * 3000):
            assert console.ask("search", text=text, limit=10**9)["ok"], text
        done = console.ok("pay", tender="cash", amount_minor=250)["state"]["sale"]
        assert done["status"] == "completed"
        code, errors = console.close()
        assert (code, "Traceback" in errors) == (0, False)
    assert books(shop.data).receipts == (done["receipt_number"],)


def test_garbage_from_the_scanner_is_refused_or_nothing(shop):
    """What no reader can make sense of never adds a line, whatever bytes it is made of."""

    async def play() -> None:
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            for text in ("\x00\x01\x02", "A" * 7000, "]E0", "\x1d\x1d", "\xff" * 40, "]d2" * 900):
                till.knob("scanner", "scan", code=text)
            till.knob("scanner", "scan", code=FLOUR)
            await till.until(lambda: till.state.sale is not None)
            assert [line["code"] for line in till.sale["lines"]] == [FLOUR]

    asyncio.run(play())


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


@pytest.fixture
def sold(shop):
    """A shop in which one line was scanned."""

    async def scan() -> None:
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)

    asyncio.run(scan())
    return shop.data


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


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file that matters: not the lock, and not what SQLite keeps beside its file."""
    passing = ("writer.lock", "-wal", "-shm")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(passing)
    }


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


def test_a_read_only_disk_is_refused_at_the_start(sold: Path):
    """Where mounts are not allowed, rights are taken away instead (they do not bind root)."""
    before = contents(sold)
    if can_mount():
        bind = f"--bind {sold} {sold} && mount -o remount,bind,ro {sold}"
        command = mounted(sold, bind, *CONSOLE, str(sold))
    else:
        for path in (sold / "store.db", sold / "writer.lock", sold):
            path.chmod(0o555)
        command = [*CONSOLE, str(sold)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, input=b"", check=False)
    sold.chmod(0o755)
    said = ended.stderr.decode().strip().splitlines()
    assert ended.returncode == 1
    assert len(said) == 1, said
    assert "read-only" in said[0].lower() or "may not be" in said[0]
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


# --- time -----------------------------------------------------------------------------------------


def test_a_clock_set_back_a_day_is_said_and_changes_no_order(sold: Path):
    """Records never go back in time; the receipts go on counting; a person is told once."""

    async def play() -> None:
        clock = ManualClock(at_ms=4_000_000_000_000)
        async with switched_on(sold, clock=clock) as till:
            await till.ok("pay", tender="cash", amount_minor=250)
            first, day = till.sale["receipt_number"], till.state.business_date
            clock.set(clock.now_ms() - DAY_MS)
            await till.ok("scan", code=FLOUR)
            await till.ok("scan", code=FLOUR)
            await till.ok("pay", tender="cash", amount_minor=500)
            assert till.sale["receipt_number"] > first
            assert till.state.business_date == day
            assert [n.kind for n in till.state.notices].count("clock_set_back") == 1
            await till.printed()
        async with switched_on(sold, clock=clock) as till:
            await till.ok("scan", code=FLOUR)
            assert till.state.business_date == day
        assert books(sold).events["ClockSetBack"] >= 1

    asyncio.run(play())
