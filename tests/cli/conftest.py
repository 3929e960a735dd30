"""A shop with a sale in it, whose disk the tests may spoil."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

FLOUR = "3270190128724"


@pytest.fixture
def sold(shop) -> Path:
    """A shop in which one line was scanned."""

    async def scan() -> None:
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)

    asyncio.run(scan())
    return shop.data
