"""What tests of the whole terminal share: a shop in a folder, and a running terminal to ask."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from terminal.app import build
from terminal.cli import init
from terminal.logs import MaskingFormatter
from tests.flows.power import Till

settings.register_profile("house", deadline=None)
"""Time is measured by the bench and never asserted."""
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _log_ends_with_its_test() -> Iterator[None]:
    """A command sends the log to the stderr of its process, which a test takes away at its end."""
    yield
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        if isinstance(handler.formatter, MaskingFormatter):
            root.removeHandler(handler)
            root.setLevel(logging.WARNING)


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


PRINTS = "receipt.paper=always"
"""Most tests look at the paper: their shop prints every receipt, whatever France's rule."""


class Shop:
    """A data folder that terminals are started and killed on."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def create(self, *settings: str, articles: str = ARTICLES) -> Shop:
        csv = self.data.parent / f"{self.data.name}.csv"
        csv.write_text(articles, encoding="utf-8")
        init.make(self.data, csv, (PRINTS, *settings))
        return self

    @asynccontextmanager
    async def open(self, role: str = "till", **options: Any) -> AsyncIterator[Till]:
        async with build(self.data, role=role, **options) as running:
            await running.ready()
            yield Till(running)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop").create()


@pytest.fixture
def bare_shop(tmp_path: Path) -> Shop:
    """A folder in which no shop was made yet."""
    return Shop(tmp_path / "shop")
