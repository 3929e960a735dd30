"""The console and the simulated terminal as two processes, either or both killed at random."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.simulators import POI_SIMULATORS
from tests.flows.process import reprise
from tests.flows.terminals import Lane

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
CUTS = int(os.environ.get("REPRISE_CUTS", "300" if FULL else "1"))
"""Of each way: the terminal, the simulator, both."""
CUTS_OF_A_SHOP = 50
"""Then another shop opens: every cut is followed by a verification of all that went before."""
WAYS = ("terminal", "simulator", "both")
CONNECTED = tuple(name for name in POI_SIMULATORS if name != "manual-poi")
SEED = 20_261_122
PLANS = (
    {"outcome": "approve"},
    {"outcome": "approve"},
    {"outcome": "late_answer", "delay_s": 0.2},
    {"outcome": "decline"},
)


def cut(shop: Lane, way: str, dice: random.Random, usual_s: float) -> None:
    """Pay, and kill somewhere in the payment; then give power back and settle."""
    amount = shop.prepare()
    shop.poi.turn("next", **dice.choice(PLANS))
    victims = {"terminal": [shop.console], "simulator": [shop.poi]}
    doomed = victims.get(way) or dice.sample([shop.console, shop.poi], 2)
    killers = [threading.Timer(dice.uniform(0, 1.2 * usual_s), one.kill_now) for one in doomed]
    for killer in killers:
        killer.start()
    answering = threading.Thread(
        target=shop.ask, args=("pay",), kwargs={"tender": "card", "amount_minor": amount}
    )
    answering.start()
    for killer in killers:
        killer.join()
    if way != "terminal":
        shop.restart_simulator()
    answering.join()
    if way != "simulator":
        shop.restart_console()
    shop.settle()
    shop.check()


def campaign(folder: Path, protocol: str, cuts: int, dice: random.Random) -> Counter[str]:
    """Cut one shop so often in each way; returns what its terminal and its books counted."""
    with ExitStack() as cables:
        shop = Lane(folder, protocol, cables)
        cables.callback(shop.close)
        assert shop.ask("sign_on", operator="1", pin="1111")["ok"]
        began = time.monotonic()
        assert shop.ask("pay", tender="card", amount_minor=shop.prepare())["ok"]
        usual_s = time.monotonic() - began
        for _ in range(cuts):
            for way in WAYS:
                cut(shop, way, dice, usual_s)
        ours = shop.check()
        assert not ours.open
        assert shop.console.close()[0] == 0
        assert shop.poi.close() == 0
        verified = reprise("verify", "--data", shop.data, "--json")
        assert verified.returncode == 0, verified.stdout
        told = Counter(line["event"] for line in shop.lines())
        records = json.loads(verified.stdout)["records"]
        return told + Counter(booked=len(ours.booked), words=shop.words, records=records)


@pytest.mark.parametrize("protocol", CONNECTED)
def test_killed_at_random_moments_the_money_agrees(protocol: str, tmp_path: Path):
    """Approvals less reversals = booked + declared unknown; never two for one attempt."""
    seed = int(os.environ.get("REPRISE_SEED", SEED))
    dice = random.Random(f"{protocol}{seed}")
    told: Counter[str] = Counter()
    for done in range(0, CUTS, CUTS_OF_A_SHOP):
        told += campaign(tmp_path / f"shop{done}", protocol, min(CUTS_OF_A_SHOP, CUTS - done), dice)
        left = told["approved"] - told["reversed"]
        sys.stdout.write(
            f"{protocol}: {min(CUTS, done + CUTS_OF_A_SHOP)} cuts of the terminal, as many of the "
            f"simulator and of both: {told['approved']} approved, {told['reversed']} reversed, "
            f"{left} left and {told['booked']} booked, {told['words']} settled by a person's word; "
            f"verify is clean over {told['records']} records\n"
        )
        sys.stdout.flush()
    assert left == told["booked"]
