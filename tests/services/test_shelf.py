"""A new catalogue is taken between two sales, never within one."""

import asyncio

from terminal.store.catalogue import DIRECTORY, POINTER
from terminal.store.catalogue_import import import_catalogue
from tests.conftest import ARTICLES

FLOUR = "3270190128724"


def _import(shop, articles):
    csv = shop.data.parent / "newer.csv"
    csv.write_text(articles, encoding="utf-8")
    import_catalogue(shop.data, csv)


def test_the_price_changes_with_the_next_sale(shop):
    async def story():
        async with shop.open() as counter:
            await counter.ok("sign_on", operator="1", pin="1111")
            await counter.ok("scan", code=FLOUR)
            _import(shop, ARTICLES.replace("Bio,250,", "Bio,260,"))
            await counter.ok("scan", code=FLOUR)
            assert counter.sale["total_minor"] == 500
            await counter.ok("pay", tender="cash", amount_minor=500)
            await counter.ok("scan", code=FLOUR)
            assert counter.sale["total_minor"] == 260

    asyncio.run(story())


def test_a_catalogue_that_cannot_be_opened_leaves_the_old_prices(shop):
    async def story():
        async with shop.open() as counter:
            await counter.ok("sign_on", operator="1", pin="1111")
            await counter.ok("scan", code=FLOUR)
            pointer = shop.data / DIRECTORY / POINTER
            pointer.with_suffix(".new").write_text("0123456789abcdef.db", encoding="utf-8")
            pointer.with_suffix(".new").replace(pointer)
            await counter.ok("cancel_sale", reason="essai")
            await counter.ok("scan", code=FLOUR)
            assert counter.sale["total_minor"] == 250

    asyncio.run(story())
