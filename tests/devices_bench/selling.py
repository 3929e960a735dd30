"""The whole terminal with its receipt printer on usblp, and the plug pulled in mid-job (RCP-17)."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import Shop
from tests.devices_bench import gadgets
from tests.devices_bench.behind import Socket
from tests.devices_bench.printing import ADDRESS
from tests.devices_bench.report import Row
from tests.flows import power
from tests.flows.books import check_paper
from tests.flows.power import Till, switched_on

OFFSETS = (40, 250, 500, 750)
"""Bytes of a job after which the plug is pulled: at its beginning, in its middle, near its end."""
PATIENCE_S = 300
"""Software emulation is slow, and slower on a machine that others use too."""
FLOUR = "3270190128724"


def rows() -> Iterator[Row]:
    """Sell once undisturbed, and once for each offset."""
    done: list[Row] = []
    power.PATIENCE_S = PATIENCE_S
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "shop"
        Shop(data).create()
        try:
            asyncio.run(_sell(data, done))
        finally:
            yield from done


async def _sell(data: Path, done: list[Row]) -> None:
    async with switched_on(data, settings={"devices.receipt_printer": ADDRESS}) as till:
        socket = Socket(gadgets.printer(0), till.running.hub.bench.printer)
        socket.plug()
        await till.ok("sign_on", operator="1", pin="1111")
        begin = time.monotonic()
        number = await _receipt(till)
        await till.printed()
        done.append(_row("the terminal prints a receipt over usblp", till, number, begin))
        for offset in OFFSETS:
            till.knob("printer", "unplug_after", bytes=offset)
            number = await _receipt(till)
            await till.until(lambda: not socket.plugged or till.running.terminal.spooler.idle)
            pulled = not socket.plugged
            begin = socket.plug() if pulled else time.monotonic()
            till.knob("printer", "plug")
            await till.printed()
            what = f"plug pulled after {offset} bytes of a receipt: resumed by itself"
            done.append(_row(what, till, number, begin, pulled=pulled))
        socket.pull()


async def _receipt(till: Till) -> str:
    await till.ok("scan", code=FLOUR)
    await till.ok("pay", tender="cash", amount_minor=250)
    return till.sale["receipt_number"]


def _row(what: str, till: Till, number: str, begin: float, *, pulled: bool = True) -> Row:
    took = time.monotonic() - begin
    originals, duplicates = check_paper(till.papers(), number)
    once = originals + duplicates >= 1 and originals <= 1 and not till.state.print_jobs
    figures = f"{originals} original, {duplicates} marked, {took:.1f} s after its return"
    return Row(what, once and pulled, figures)
