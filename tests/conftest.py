"""What tests of the whole terminal share: a shop in a folder, and a running terminal to ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from terminal.app import Running, build
from terminal.cli import init
from terminal.cli.statement import sale_of
from terminal.cli.wire import request_of
from terminal.services.terminal import Answer

ARTICLES = """code,label,brand,department,price_minor,vat_rate,unit,attributes,minimum_age
3270190128724,Farine de blé Type 65 Bio,Carrefour Bio,Bio,250,5.50,piece,,
3760152700704,Gressins sarrasin bio,Aglina,Bio,179,5.50,piece,,
4011,Bananes,,Fruits et légumes,199,5.50,kg,,
2000000000015,Salon de jardin Brugge,,Mobilier,15000,20.00,piece,eco=520;ref=M0001,
2000000000039,Trampoline diamètre 300 cm,,Jeux,15000,20.00,piece,ref=M0021,
2000000000046,Console XBOX 360 4Go Kinect,,Jeux,9900,20.00,piece,eco=20;ref=M0026,
2000000000053,Tablier radis,,Jardin,1500,20.00,piece,ref=M0035,
2000000000060,Trousse de secours,,Santé,900,20.00,piece,ref=M0039,
2000000000084,Tong Temax Vert,,Chaussures,500,20.00,piece,colour=Vert;size=29/30;ref=A003006,
2000000001012,Bordeaux rouge 75 cl,,Vins et alcools,690,20.00,piece,,18
"""


class Counter:
    """A running terminal, asked in the console's words."""

    def __init__(self, running: Running) -> None:
        self.running = running

    @property
    def state(self):
        return self.running.state

    @property
    def sale(self) -> Mapping[str, Any]:
        assert self.state.sale is not None
        return sale_of(self.state.sale)

    async def ask(self, do: str, **fields: Any) -> Answer:
        request = request_of({"do": do, **fields})
        assert request is not None
        return await self.running.terminal.submit(request)

    async def ok(self, do: str, **fields: Any) -> Answer:
        answer = await self.ask(do, **fields)
        assert answer.refused is None, f"{do} {fields}: {answer.refused}"
        return answer

    async def refused(self, do: str, **fields: Any) -> str:
        answer = await self.ask(do, **fields)
        assert answer.refused is not None, f"{do} {fields} was carried out"
        return answer.refused.code

    async def until(self, condition) -> None:
        """Wait for something that the terminal does by itself, without guessing how long."""
        changed = asyncio.Event()
        self.running.subscribe(changed.set)
        async with asyncio.timeout(30):
            while not condition():
                changed.clear()
                await changed.wait()


class Shop:
    """A data folder that terminals are started and killed on."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def create(self, *settings: str, articles: str = ARTICLES) -> Shop:
        csv = self.data.parent / f"{self.data.name}.csv"
        csv.write_text(articles, encoding="utf-8")
        init.make(self.data, csv, settings)
        return self

    @asynccontextmanager
    async def open(self, role: str = "till", **options: Any) -> AsyncIterator[Counter]:
        async with build(self.data, role=role, **options) as running:
            await running.ready()
            yield Counter(running)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop").create()


@pytest.fixture
def bare_shop(tmp_path: Path) -> Shop:
    """A folder in which no shop was made yet."""
    return Shop(tmp_path / "shop")
