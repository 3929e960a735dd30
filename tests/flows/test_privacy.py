"""No card number anywhere: not in the journal, the tables, the logs, the paper or the simulators.

The payment terminal is told to leak one into every text it sends; whatever is written afterwards is
read byte by byte.
"""

from __future__ import annotations

import re
from pathlib import Path

from drivers.payment.poi_display import LEAK
from terminal.logs import passes_luhn
from tests.flows.process import ConsoleProcess, reprise

DIGITS = re.compile(rb"\d(?:[ -]?\d){11,}")
CARD_LENGTHS = range(12, 20)


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
    """Return everything that the terminal keeps, but for what the payment terminal itself keeps."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return b"\0".join(path.read_bytes() for path in files if path.name != "poi.jsonl")


def test_a_leaking_terminal_leaves_no_card_number_behind(bare_shop):
    """Approved, declined, partial, unknown, reversed; whole, and cut by a kill."""
    shop = bare_shop.create("payment.answer_timeout_s=1", "payment.enquiry_window_s=1")
    number = re.sub(r"\D", "", LEAK)
    said = []
    for outcome in ("approve", "decline", "partial", "mismatch", "cancel"):
        with ConsoleProcess(shop.data) as console:
            said.append(str(console.ready))
            console.ok("device", device="poi", action="leaky", on=True)
            console.ok("device", device="poi", action="next", outcome=outcome)
            console.ok("sign_on", operator=9, pin="9999")
            console.ok("scan", code="2000000000015")
            said.append(str(console.ok("pay", tender="card", amount_minor=200)))
            word = {"outcome": "not_paid", "reason": "vu", "evidence": "journal du terminal"}
            said.append(str(console.ask("resolve", tender=1, **word)))
            said.append(str(console.ask("remove_tender", tender=1)))
            said.append(str(console.ask("pay", tender="cash", amount_minor=90_000)))
            said.append(str(console.ok("show")))
            _, errors = console.close()
            said.append(errors)
    said.append(reprise("journal", "--data", shop.data, "--json").stdout.decode())
    everything = written(shop.data) + "\n".join(said).encode()
    assert number.encode() not in everything
    assert LEAK.encode() not in everything
    assert LEAK.encode() in (shop.data / "simulators" / "poi.jsonl").read_bytes()


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
