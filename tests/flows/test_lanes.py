"""The whole terminal on devices that are processes of their own, each killed in mid-sale."""

from __future__ import annotations

import json
import os
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Shop
from tests.flows.lanes import PLACES, Lane
from tests.flows.process import ConsoleProcess, reprise

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
KILLS = int(os.environ.get("REPRISE_KILLS", "200" if FULL else "3"))
KILLS_OF_A_LANE = 10
"""Then another opens: no process of a test lives for ever."""
SEED = int(os.environ.get("REPRISE_SEED", "20261128"))
APRON, KIT, BANANAS = "2000000000053", "2000000000060", "4011"
WORKING = 20
"""Tries of an operation whose device was just killed: it works again long before."""


@contextmanager
def opened(folder: Path) -> Iterator[Lane]:
    """A lane with somebody at it; when it closes, everything must agree."""
    with ExitStack() as cables:
        lane = Lane(folder, cables)
        cables.callback(lane.close)
        lane.ok("sign_on", operator="1", pin="1111")
        lane.until(lambda: all(lane.health(role) == "ready" for role in PLACES), "every device")
        yield lane
        lane.check()
        assert lane.console.close()[0] == 0
        verified = reprise("verify", "--data", lane.data, "--json")
        assert verified.returncode == 0, verified.stdout


@pytest.fixture(scope="module")
def lane(tmp_path_factory) -> Iterator[Lane]:
    with opened(tmp_path_factory.mktemp("lane")) as made:
        yield made


def finish(lane: Lane) -> str:
    """Pay what is due in cash, see the receipt come out, and clear the counter."""
    if lane.sale["status"] != "completed":
        lane.ok("pay", tender="cash", amount_minor=lane.sale["due_minor"])
    number = str(lane.sale["receipt_number"])
    came_out(lane, number)
    lane.ok("next")
    return number


def came_out(lane: Lane, number: str) -> None:
    grouped = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    lane.until(lambda: any(grouped in piece for piece in lane.pieces()), f"receipt {number}")


def what_was_sold(sale: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two terminals must agree on; identities and numbers are their own."""
    return {key: sale[key] for key in sale if key not in ("id", "ordinal", "receipt_number")}


def built_in_sale(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Sell on the simulators of the terminal's own process."""
    with ConsoleProcess(Shop(folder / "shop").create().data) as console:
        console.ok("sign_on", operator="1", pin="1111")
        console.ok("scan", code=APRON)
        console.ok("device", device="scale", action="put", grams=842)
        console.ok("weigh", code=BANANAS)
        console.ok("pay", tender="card", amount_minor=1000)
        sold = console.ok("pay", tender="cash", amount_minor=1000)["state"]["sale"]
        while True:
            seen = console.ok("device", device="printer", action="pieces")["device"]
            if (
                seen["pieces"]
                and console.ok("device", device="drawer", action="look")["device"]["openings"]
            ):
                return what_was_sold(sold), shape(seen["pieces"][-1]["text"])


def shape(paper: str) -> list[str]:
    """Return a paper's lines without figures and signature: these are each receipt's own."""
    return re.sub(r"[0-9]", "#", re.sub(r"\(\S{3,}\)", "(signature)", paper)).split("\n")


def test_on_processes_it_sells_exactly_as_on_built_in_devices(lane, tmp_path):
    lane.scan(APRON)
    lane.weigh(842)
    lane.ok("pay", tender="card", amount_minor=1000)
    lane.ok("pay", tender="cash", amount_minor=1000)
    sold = what_was_sold(lane.sale)
    came_out(lane, str(lane.sale["receipt_number"]))
    lane.until(lambda: lane.drawer()["openings"], "the drawer opens")
    lane.until(lambda: lane.devices["printer"].turn("pieces")["pieces"], "the receipt is cut")
    paper = shape(lane.devices["printer"].turn("pieces")["pieces"][-1]["text"])
    lane.ok("next")
    there = built_in_sale(tmp_path)
    assert sold == there[0]
    assert [pair for pair in zip(paper, there[1], strict=True) if pair[0] != pair[1]] == []


def test_a_printer_killed_in_mid_sale_prints_when_it_is_back(lane):
    lane.scan(APRON)
    lane.kill("printer")
    lane.scan(KIT)
    assert (
        lane.ok("pay", tender="cash", amount_minor=3000)["state"]["sale"]["status"] == "completed"
    )
    lane.revive("printer")
    assert finish(lane)


def test_a_scanner_killed_in_mid_sale_leaves_the_keyboard(lane):
    lane.scan(APRON)
    lane.kill("scanner")
    lane.ok("scan", code=KIT)
    assert lane.codes == [APRON, KIT]
    lane.revive("scanner")
    lane.scan(APRON)
    finish(lane)


def test_a_payment_terminal_killed_while_it_works_is_asked_afterwards(lane):
    """The attempt is never lost and never sent again; the customer pays once."""
    lane.scan(APRON)
    lane.devices["poi"].turn("next", outcome="stall")
    lane.ok("pay", tender="card", amount_minor=1500, wait=False)
    lane.until(lambda: lane.devices["poi"].turn("look")["ref"], "the payment is under way")
    lane.kill("poi")
    refusal = lane.ask("pay", tender="cash", amount_minor=1500)
    assert (refusal["ok"], bool(refusal["text"])) == (False, True)
    lane.revive("poi")
    lane.settle()
    lane.ok("pay", tender="card", amount_minor=1500)
    assert lane.sale["status"] == "completed"
    assert len([one for one in lane.sale["tenders"] if one["status"] == "booked"]) == 1
    finish(lane)


def test_a_scale_killed_in_mid_sale_says_so_and_weighs_again(lane):
    lane.weigh(842)
    lane.kill("scale")
    refusal = lane.ask("weigh", code=BANANAS)
    assert (refusal["ok"], refusal["refused"], bool(refusal["text"])) == (
        False,
        "scale_absent",
        True,
    )
    lane.scan(APRON)
    lane.revive("scale")
    lane.weigh(530)
    assert lane.codes == [BANANAS, APRON, BANANAS]
    finish(lane)


def test_a_display_killed_in_mid_sale_shows_the_sale_when_it_is_back(lane):
    lane.scan(APRON)
    lane.kill("display")
    lane.scan(KIT)
    lane.revive("display")
    lane.scan(APRON)
    lane.until(
        lambda: any("Tablier" in row for row in lane.devices["display"].turn("look")["rows"]),
        "the line on the display",
    )
    assert lane.codes == [APRON, KIT, APRON]
    finish(lane)


# --- at random ---


class Shift:
    """Sales in which something is killed at any moment, and every operation is tried again."""

    def __init__(self, lane: Lane, seed: int) -> None:
        self.lane = lane
        self.dice = random.Random(seed)
        self.usual_s = 0.2
        self.killed: list[str] = []

    def sell(self) -> None:
        """One sale with one kill, somewhere."""
        began = time.monotonic()
        victim = self.dice.choice(tuple(PLACES))
        self.killed.append(victim)
        doomed = self.lane.devices[victim]
        killer = threading.Timer(self.dice.uniform(0, self.usual_s), doomed.kill_now)
        killer.start()
        steps = [self.scan, self.scan, self.weigh]
        self.dice.shuffle(steps)
        for step in steps:
            held = self.lane.codes
            step()
            assert self.lane.codes[: len(held)] == held, "a line was lost"
        self.pay()
        killer.join()
        doomed.wait()
        self.recover()
        came_out(self.lane, str(self.lane.sale["receipt_number"]))
        self.lane.ok("next")
        self.lane.check()
        self.usual_s = max(self.usual_s, min(1.0, time.monotonic() - began))

    def recover(self) -> None:
        """Start again what died, as soon as the terminal shows that it is gone."""
        for role, device in self.lane.devices.items():
            if not device.alive:
                self.lane.until(lambda role=role: self.lane.health(role) == "absent", role)
                self.lane.revive(role)

    def scan(self) -> None:
        lane, before = self.lane, self.lane.codes
        for _ in range(WORKING):
            heard = lane.devices["scanner"].turn("scan", code=APRON)
            if heard.get("listened_to"):
                lane.until(
                    lambda: lane.codes != before or not lane.devices["scanner"].alive,
                    "the scan, or the end of the scanner",
                )
            if lane.codes != before:
                break
            self.recover()
            lane.until(lambda: lane.health("scanner") == "ready", "a scanner")
        assert lane.codes == [*before, APRON]

    def weigh(self) -> None:
        lane, before = self.lane, self.lane.codes
        for _ in range(WORKING):
            lane.load(self.dice.randrange(100, 2000, 10))
            answer = lane.ask("weigh", code=BANANAS)
            if answer["ok"]:
                break
            assert answer["text"]
            self.recover()
            lane.until(lambda: lane.health("scale") == "ready", "a scale")
        assert lane.codes == [*before, BANANAS], answer

    def pay(self) -> None:
        lane = self.lane
        for _ in range(WORKING):
            if lane.sale["status"] == "completed":
                break
            answer = lane.ask("pay", tender="card", amount_minor=lane.sale["due_minor"])
            assert answer["ok"] or answer["text"]
            if lane.doubted():
                self.recover()
                lane.settle()
            elif not answer["ok"]:
                self.recover()
        assert lane.sale["status"] == "completed"


def work(lane: Lane, shift: Shift, sales: int) -> None:
    """Sell so often; what goes wrong is told with its seed."""
    for _ in range(sales):
        try:
            shift.sell()
        except AssertionError as error:
            told = f"seed {SEED}, sale {len(shift.killed)}, killed {shift.killed[-1]}: {error}"
            raise AssertionError(told) from error
    assert not lane.check().open


def test_killed_at_random_nothing_is_lost_and_nothing_comes_twice(tmp_path_factory):
    killed: Counter[str] = Counter()
    for done in range(0, KILLS, KILLS_OF_A_LANE):
        with opened(tmp_path_factory.mktemp("lane")) as lane:
            shift = Shift(lane, SEED + done)
            work(lane, shift, min(KILLS_OF_A_LANE, KILLS - done))
            killed.update(shift.killed)
    sys.stdout.write(
        f"{KILLS} sales, a kill in each: {json.dumps(killed)}; books and paper agree\n"
    )
    assert killed.total() == KILLS
