"""Loads what no start should wait for, once the shop sells again."""

from __future__ import annotations

import asyncio

from terminal.core import gs1

AFTER_S = 2.0
"""The first screens are drawn by then."""


async def warm_up() -> None:
    """Read the tables of GS1 codes before the first of them is scanned."""
    await asyncio.sleep(AFTER_S)
    await asyncio.get_running_loop().run_in_executor(None, gs1.load)
