"""A counter at which somebody is about to pay, and terminals started on copies of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Shop
from tests.flows.power import Cut, copied, switched_on

BENCH = "2000000000015"


def counter_with(folder: Path, code: str) -> Path:
    """Make a shop whose cashier has scanned ``code`` and is about to take the money."""

    async def scan() -> Path:
        async with switched_on(Shop(folder / "shop").create().data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=code)
            return Cut(folder / "counter").now(till.running)

    return asyncio.run(scan())


def with_printer(counter: Path, to: Path, **settings: str) -> Path:
    """Copy a counter whose settings name another printer: ``printer_profile="star-line"``."""
    shop = copied(counter, to)
    path = shop / "reprise.toml"
    text = path.read_text(encoding="utf-8")
    for name, value in settings.items():
        text = re.sub(rf'^{name} = ".*"$', f'{name} = "{value}"', text, flags=re.MULTILINE)
    path.unlink()  # a link to the counter's
    path.write_text(text, encoding="utf-8")
    return shop


@pytest.fixture(scope="session")
def counter(tmp_path_factory) -> Path:
    """A shop that is about to be paid for a garden bench."""
    return counter_with(tmp_path_factory.mktemp("counter"), BENCH)


@pytest.fixture
def at_counter(counter: Path, tmp_path: Path) -> Callable[..., Any]:
    """Start the terminal of that counter, each time on its own copy."""
    copies = iter(range(1000))

    def start(**options: Any):
        return switched_on(copied(counter, tmp_path / f"counter{next(copies)}"), **options)

    return start
