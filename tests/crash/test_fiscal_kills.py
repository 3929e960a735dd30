"""CLO-01, CLO-03, NUM-01: the real program under the French regime, killed while it signs."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

from terminal.core.evolve import evolve
from terminal.fiscal.verify_archive import check
from terminal.store.store import Store
from tests.crash.explorer import FULL
from tests.crash.signed_shop import check_books
from tests.flows.process import ROOT, ConsoleProcess, reprise

KILLS = 150 if FULL else 5
ARCHIVES = 40 if FULL else 2
SEED = 20_261_128
LATEST_S = 0.02
"""A kill comes this soon after its step began: a commit takes 1 to 15 ms."""
BENCH = "2000000000015"
STEPS = (
    ("scan", {"code": BENCH}),
    ("pay", {"tender": "cash", "amount_minor": 20_000}),
    ("next", {}),
    ("close", {"scope": "day", "counted": {"cash": 0}}),
    ("scan", {"code": BENCH}),
    ("pay", {"tender": "cash", "amount_minor": 20_000}),
    ("next", {}),
    ("close", {"scope": "year"}),
)


class Told:
    """What was acknowledged, and may never be gone again."""

    def __init__(self) -> None:
        self.receipts: list[str] = []
        self.closures = 0

    def answer(self, do: str, said) -> None:
        sale = said["state"]["sale"]
        number = sale and sale["receipt_number"]
        if number and number not in self.receipts:
            self.receipts.append(number)
        self.closures += do == "close" and said["ok"]


def live(console: ConsoleProcess, dice: random.Random, told: Told, lethal: int) -> None:
    """Sell and close; at a step the power goes, a moment after it was asked for."""
    for number, (do, fields) in enumerate(STEPS):
        killer = None
        if number == lethal:
            killer = threading.Timer(dice.uniform(0, LATEST_S), console.kill_now)
            killer.start()
        said = console.ask(do, **fields)
        if said:
            told.answer(do, said)
        if killer is not None:
            killer.join()
            return


def test_killed_while_it_sells_and_closes_it_closes_each_day_once(bare_shop):
    shop = bare_shop.create("fiscal.regime=france")
    dice, told = random.Random(SEED), Told()
    for kill in range(KILLS):
        with ConsoleProcess(shop.data) as console:
            assert console.ready["ready"]
            console.ask("sign_on", operator="9", pin="9999")
            live(console, dice, told, dice.choice((1, 3, 5, 7)) if kill else len(STEPS))
        check_numbers(shop.data, told)
    sys.stdout.write(f"{KILLS} kills, {len(told.receipts)} receipts, {told.closures} closures\n")


def check_numbers(data: Path, told: Told) -> None:
    """Every receipt and closure that was acknowledged is there, and the books are sound.

    A day may close again after more was sold on it, as a shop that closes at noon does.
    """
    check_books(data, once=False)
    with closing(Store.open_read_only(data, evolve=evolve)) as store:
        listed = {receipt.receipt_number for receipt in store.receipts(200)}
        assert set(told.receipts[-100:]) <= listed
        assert store.load().books.numbers.get("day", 0) >= told.closures // 2


def test_killed_while_it_archives_it_archives_the_next_time(bare_shop, tmp_path):
    shop = bare_shop.create("fiscal.regime=france")
    dice = random.Random(SEED)
    with ConsoleProcess(shop.data) as console:
        console.ok("sign_on", operator="9", pin="9999")
        for _ in range(3):
            for do, fields in STEPS[:3]:
                console.ok(do, **fields)
        assert console.close()[0] == 0
    with closing(Store.open_read_only(shop.data, evolve=evolve)) as store:
        year = store.load().business_date[:4]
    for n in range(ARCHIVES):
        out = tmp_path / f"out-{n}"
        out.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", "terminal", "archive", year, "--data", str(shop.data),
             "--out", str(out)],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        killer = threading.Timer(dice.uniform(0.1, 1.2), process.send_signal, [signal.SIGKILL])
        killer.start()
        process.wait()
        killer.join()
        check_books(shop.data, once=False)
        done = reprise("archive", year, "--data", shop.data, "--out", out)
        assert done.returncode == 0, done.stderr.decode()
        # An archive is never replaced: one that a kill left whole stays, the next has a new number.
        made = [path for path in out.glob("*.zip") if "unrecorded" not in path.name]
        assert made, "nothing was archived"
        for archive in made:
            check(archive)
        check_books(shop.data, once=False)
