"""A French shop by dice whose clock is set all the time: no charge lost, no sale stuck, all signed.

``REPRISE_EXPLORE=full`` plays 60 worlds of 60 sales; ``REPRISE_SEED=7`` plays one.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter as Tally
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.cli.main import run
from tests.conftest import Shop
from tests.flows.simulation import Dice, Step, World

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
SALES = 60 if FULL else 8
SEEDS = range(60) if FULL else range(4)
CHOSEN = [int(os.environ["REPRISE_SEED"])] if "REPRISE_SEED" in os.environ else SEEDS
MINUTE_MS = 60_000
STEPS = (-86_400_000, -3_600_000, -6 * MINUTE_MS, -4 * MINUTE_MS, -1000, 3_600_000, 86_400_000)
SUPERVISOR = {"operator": "9", "pin": "9999"}


class ClockDice(Dice):
    """Sets the clock in one step of eight; a supervisor confirms it, or it is set right."""

    def __init__(self, seed: int, role: str) -> None:
        super().__init__(seed, role)
        self._clock = random.Random(-1 - seed)

    def steps(self, world: World, sales: int) -> Iterator[Step]:
        for step in super().steps(world, sales):
            if self._clock.random() < 1 / 8:
                yield ("clock", self._clock.choice(STEPS))
            if world.till.running.surroundings.clock_stopped and self._clock.random() < 1 / 6:
                yield from self._mend(world)
            yield step

    def _mend(self, world: World) -> Iterator[Step]:
        if self._clock.random() < 1 / 2:
            yield ("clock", world.till.state.last_at_ms - world.clock.now_ms())
        else:
            yield ("ask", "confirm_clock", {"authorised_by": SUPERVISOR})


@pytest.mark.parametrize("seed", CHOSEN)
def test_a_french_shop_whose_clock_is_set_by_dice(tmp_path: Path, seed: int):
    shop = Shop(tmp_path / "shop").create("fiscal.regime=france")
    role = "kiosk" if seed % 2 else "till"

    async def play() -> tuple[Path, Tally[str]]:
        world = World(shop.data, role, by_ack=seed % 4 >= 2)
        async with world:
            await world.play(ClockDice(seed, role).steps(world, SALES))
            await world.check()
            return world._data, world.counts + Tally(sales=world.completed)

    data, counts = asyncio.run(play())
    assert counts["sales"] >= SALES
    assert counts["clock"] > 0
    assert run(["verify", "--data", str(data)]) == 0
