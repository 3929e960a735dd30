"""Thousands of sales by dice, with every fault there is: no sale lost, no charge without its trace.

``REPRISE_EXPLORE=full`` plays 10,000 sales, ``REPRISE_SEED=7`` plays one seed; ``REPRISE_STORY`` is
the name of a file with the steps that a failure printed, to play them again.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter as Tally
from pathlib import Path

import pytest

from tests.flows.power import copied
from tests.flows.simulation import Dice, World, read_story

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
SALES = 100 if FULL else 25
SEEDS = range(100) if FULL else range(12)
CHOSEN = [int(os.environ["REPRISE_SEED"])] if "REPRISE_SEED" in os.environ else SEEDS


def a_world(shop, tmp_path: Path, seed: int) -> World:
    """Even seeds are tills, odd ones kiosks; every other pair has a terminal that wants acks."""
    role = "kiosk" if seed % 2 else "till"
    return World(copied(shop.data, tmp_path / "world" / "shop"), role, by_ack=seed % 4 >= 2)


@pytest.mark.parametrize("seed", CHOSEN)
def test_a_shop_by_dice(shop, tmp_path: Path, seed: int):
    async def play() -> Tally[str]:
        world = a_world(shop, tmp_path, seed)
        told = False
        try:
            async with world:
                await world.play(Dice(seed, world.role).steps(world, SALES))
                await world.check()
                told = True
                return world.counts + Tally(sales=world.completed)
        finally:
            if not told:
                told_as = f"REPRISE_SEED={seed}; the steps, for REPRISE_STORY:"
                sys.stdout.write(f"{told_as}\n{world.story()}\n")

    began = time.perf_counter()
    counts = asyncio.run(play())
    seconds = time.perf_counter() - began
    sys.stdout.write(f"seed {seed}: {counts['sales'] / seconds:.0f} sales/s, {dict(counts)}\n")
    assert counts["sales"] >= SALES
    assert counts["carried out"] > counts["sales"]


def test_a_story_can_be_played_again(shop, tmp_path: Path):
    """What a failure prints is enough to repeat it."""

    path = os.environ.get("REPRISE_STORY")
    written = Path(path).read_text("utf-8") if path else ""

    async def play() -> None:
        first = a_world(shop, tmp_path / "first", 0)
        if not path:
            async with first:
                await first.play(Dice(0, "till").steps(first, 3))
        steps = read_story(written or first.story())
        second = a_world(shop, tmp_path / "second", 0)
        async with second:
            await second.play(steps)
            await second.check()
            assert second.log == steps
            assert second.completed >= (0 if path else 3)

    asyncio.run(play())
