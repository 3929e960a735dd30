"""A technician at a terminal over the simulators: runs steps and says what he sees."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.conftest import Shop

SUPERVISOR = {"operator": "9", "pin": "9999"}
QUICK_S = 0.4
"""What a test gives a person who does not come."""


def told(shop: Shop, story: Callable, *, begin: bool = True, **options) -> None:
    async def run() -> None:
        async with shop.open(**options) as till:
            await till.ok("sign_on", **SUPERVISOR)
            if begin:
                await till.ok("commission")
            await story(till)

    asyncio.run(run())


def page(till):
    return till.running.terminal.commissioning.page


def result(till, step: str):
    return page(till).line(step).result


def came_of(till, step: str) -> tuple[str, str]:
    found = result(till, step)
    return found.state.value, found.code


def impatient(till) -> None:
    till.running.terminal.commissioning.person_s = QUICK_S
    till.running.terminal.commissioning.device_s = QUICK_S


async def asked(till) -> None:
    await till.until(lambda: page(till).stage.ask)


async def ended(till) -> None:
    await till.until(lambda: not page(till).stage.step)


async def passes(till, step: str, **fields) -> None:
    """Run a step that only asks a person, who says yes."""
    await till.ok("run_step", step=step, **fields)
    await till.until(lambda: page(till).stage.ask or not page(till).stage.step)
    if page(till).stage.ask:
        await till.ok("answer_step", yes=True)
    await ended(till)
    assert came_of(till, step) == ("passed", "")


async def drawer_passes(till) -> None:
    await till.ok("run_step", step="drawer")
    await till.until(lambda: page(till).stage.say == "close_drawer" and is_open(till))
    till.knob("drawer", "close")
    await ended(till)
    assert came_of(till, "drawer") == ("passed", "")


def is_open(till) -> bool:
    return till.knob("drawer", "look")["state"] == "open"


async def everything_needed(till) -> None:
    await till.ok("run_step", step="screen")
    for corner in range(4):
        await till.ok("touch_corner", corner=corner)
    await ended(till)
    await till.ok("run_step", step="scanner")
    await till.until(lambda: page(till).stage.code)
    till.knob("scanner", "scan", code=page(till).stage.code)
    await ended(till)
    for step in ("printer", "poi", "clock"):
        await passes(till, step)
    if page(till).line("key") is not None:
        await passes(till, "key")
    await drawer_passes(till)
