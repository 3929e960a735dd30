"""No card number anywhere: not in the journal, the tables, the logs, the paper or the simulators.

The payment terminal is told to leak one into every text it sends; whatever is written afterwards is
read byte by byte.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from drivers.payment.poi_display import LEAK
from drivers.simulators import POI_SIMULATORS
from terminal.logs import passes_luhn
from tests.flows.nursery import Nursery
from tests.flows.process import ConsoleProcess, reprise

DIGITS = re.compile(rb"\d(?:[ -]?\d){11,}")
CARD_LENGTHS = range(12, 20)
CONNECTED = tuple(name for name in POI_SIMULATORS if name != "manual-poi")


def runs(data: bytes) -> set[str]:
    """Return the digit runs that may hold a card number, single spaces and hyphens left out."""
    found = {re.sub(rb"\D", b"", run).decode() for run in DIGITS.findall(data)}
    return {run for run in found if any(_windows(run))}


def _windows(run: str):
    for length in CARD_LENGTHS:
        for start in range(len(run) - length + 1):
            if passes_luhn(run[start : start + length]):
                yield run[start : start + length]


def written(folder: Path) -> bytes:
    """Return everything that was written, but for what the payment terminal itself keeps."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return b"\0".join(path.read_bytes() for path in files if path.name != "poi.jsonl")


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


def in_base64(text: str) -> list[bytes]:
    """Return what a text looks like inside anything encoded in base64, wherever it begins."""
    return [base64.b64encode(b"x" * n + text.encode())[4:-4] for n in range(3)]


def talk(console: ConsoleProcess, outcome: str, amount_minor: int) -> list[str]:
    """Pay at a terminal that leaks, in one of its ways, and undo it; returns all that was said."""
    word = {"outcome": "not_paid", "reason": "vu", "evidence": "journal du terminal"}
    console.ok("device", device="poi", action="leaky", on=True)
    console.ok("device", device="poi", action="next", outcome=outcome)
    asked = [console.ok("scan", code="2000000000015")]
    asked.append(console.ok("pay", tender="card", amount_minor=amount_minor))
    tenders = len(asked[-1]["state"]["sale"]["tenders"])
    asked.append(console.ask("resolve", tender=tenders, **word))
    asked.append(console.ask("remove_tender", tender=tenders))
    asked += [console.ask("reconcile"), console.ask("pay", tender="cash", amount_minor=90_000)]
    return [str(answer) for answer in (*asked, console.ok("show"))]


@pytest.mark.parametrize("protocol", CONNECTED)
def test_a_leaking_terminal_leaves_no_card_number_behind(bare_shop, nursery, protocol):
    """Approved, declined, partial, unknown, reversed; whole, and cut by a kill; every byte read:
    database, journal, logs, paper, what the console says, what stands on stderr."""
    settings = ("payment.answer_timeout_s=1", "payment.enquiry_window_s=1")
    shop = bare_shop.create(f"devices.poi_protocol={protocol}", *settings)
    number = re.sub(r"\D", "", LEAK)
    said = []
    with ConsoleProcess(shop.data, nursery=nursery) as console:
        console.ok("sign_on", operator=9, pin="9999")
        for n, outcome in enumerate(("approve", "decline", "partial", "mismatch", "cancel")):
            said += talk(console, outcome, 200 + n)
        console.kill_now()
    with ConsoleProcess(shop.data, nursery=nursery) as console:
        said += [str(console.ready), console.close()[1]]
    said.append(reprise("journal", "--data", shop.data, "--json").stdout.decode())
    everything = written(shop.data) + "\n".join(said).encode()
    assert number.encode() not in everything
    assert LEAK.encode() not in everything
    assert not any(sealed in everything for sealed in in_base64(LEAK))
    assert LEAK.encode() in (shop.data / "simulators" / "poi.jsonl").read_bytes()


def test_a_crash_leaves_no_image_of_the_memory(shop):
    with ConsoleProcess(shop.data) as console:
        limits = Path(f"/proc/{console.pid}/limits").read_text().splitlines()
    core = next(line for line in limits if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_no_run_of_digits_could_be_a_card_number(shop):
    """Apart from article codes, receipt numbers and times, which are known, nothing passes Luhn."""
    with ConsoleProcess(shop.data) as console:
        console.ok("device", device="poi", action="leaky", on=True)
        console.ok("sign_on", operator=1, pin="1111")
        for _ in range(12):
            sale = console.ok("scan", code="2000000000015")["state"]["sale"]
            part = console.ok("pay", tender="card", amount_minor=sale["due_minor"] // 2)
            console.ok("pay", tender="card", amount_minor=part["state"]["sale"]["due_minor"])
        console.close()
    journal = reprise("journal", "--data", shop.data).stdout
    suspicious = {run for run in runs(journal) if not is_ours(run)}
    assert suspicious == set()


def is_ours(run: str) -> bool:
    """Tell article codes (GTIN), receipt numbers (they begin with their prefix) and times."""
    return run.startswith(("2000000", "327", "376", "82", "178", "179", "180", "0000000")) or (
        len(run) == 13 and run.startswith("1")
    )
