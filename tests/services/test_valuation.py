"""A sale that is valued: what the console says of it is durable, printed, and given once."""

from __future__ import annotations

import asyncio
import json

import pytest

from terminal.cli.main import run
from terminal.cli.wire import BadRequest
from tests.conftest import Shop
from tests.flows.power import Cut, switched_on

COUPON = "33000000000018188"
VALUATION = {
    "by": "hub",
    "customer": {"name": "AVET ANABELLE", "card": "1004"},
    "points": {"earned": 542, "used": -300, "balance": 16_506, "until": "2033-09-06"},
    "benefits": [
        {"part": "discounts", "label": "VIP", "amount_minor": -100},
        {"part": "points", "label": "1 cadeau", "points": -200},
        {"part": "gifts", "label": "Trousse", "text": "M0039"},
    ],
    "coupons": [
        {"face_minor": 1500, "text": "À valoir", "valid_from": "2026-09-06",
         "valid_until": "2026-12-05", "usage": "Une fois."},
    ],
    "message": "Bonjour.",
}  # fmt: skip


async def fill(till) -> None:
    await till.ok("sign_on", operator="1", pin="1111")
    await till.ok("scan", code="2000000000053")


def test_what_was_valued_survives_a_cut_and_is_on_the_paper(tmp_path):
    """RCP-10, 12, 15, 21, 22."""

    async def play() -> None:
        async with switched_on(Shop(tmp_path / "shop").create("fiscal.regime=france").data) as till:
            await fill(till)
            answer = await till.ok("value", **VALUATION)
            assert [type(event).__name__ for event in answer.events] == ["SaleValued"]
            cut = Cut(tmp_path / "cut").now(till.running)
        async with switched_on(cut) as till:
            await till.ok("pay", tender="cash", amount_minor=1500)
            await till.printed()
            paper = "\n".join(till.papers())
        for part in ("CLIENT : AVET ANABELLE", "SOLDE DE POINTS : 16 506", "CADEAUX :", "COUPON",
                     "15,00", "VALABLE DU 06/09/2026 AU 05/12/2026", "Bonjour."):  # fmt: skip
            assert part in paper, part
        assert run(["verify", "--data", str(cut), "--json"]) == 0

    asyncio.run(play())


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": {"earned": 1}},
        {"points": []},
        {"customer": "Anabelle"},
        {"benefits": [{"part": "gifts"}]},
        {"benefits": {"part": "gifts"}},
        {"coupons": [1]},
        {"coupons": [{"face_minor": "15"}]},
        {"total_minor": "15"},
    ],
)
def test_a_valuation_that_is_none_is_refused(shop, wrong):
    async def play() -> None:
        async with switched_on(shop.data) as till:
            await fill(till)
            with pytest.raises(BadRequest):
                await till.ok("value", **{**VALUATION, **wrong})
            assert till.state.sale.valuation is None

    asyncio.run(play())


def test_a_valuation_of_another_basket_is_refused(shop):
    async def play() -> None:
        async with switched_on(shop.data) as till:
            await fill(till)
            stale = {**VALUATION, "total_minor": 1499}
            assert await till.refused("value", **stale) == "valuation_stale"
            assert await till.refused("value", **{**VALUATION, "by": "nobody"}) == "bad_request"
            await till.ok("value", **VALUATION, total_minor=1500)
            await till.ok("pay", tender="cash", amount_minor=1500)
            assert await till.refused("value", **VALUATION) == "sale_not_open"

    asyncio.run(play())


def test_a_coupon_is_taken_once_on_this_terminal(shop):
    """RCP-11, NUM-02: also after the sale is on paper, and after a start."""

    async def play() -> None:
        async with switched_on(shop.data) as till:
            await fill(till)
            taken = {"amount_minor": 100, "reason": "coupon", "coupon": COUPON}
            assert await till.refused("discount", **{**taken, "coupon": "33000000000018189"}) == (
                "bad_check_digit"
            )
            await till.ok("discount", **taken)
            await till.ok("pay", tender="cash", amount_minor=1400)
            await till.ok("next")
        async with switched_on(shop.data) as till:
            await till.ok("scan", code="2000000000053")
            assert await till.refused("discount", **taken) == "coupon_redeemed"
            await till.ok("discount", **{**taken, "coupon": "33000000000018225"})

    asyncio.run(play())


@pytest.mark.parametrize(
    ("country", "code", "price", "pieces"),
    [
        ("FR", "2000000000053", 1500, 0),
        ("BE", "2000000000053", 1500, 1),
        ("FR", "2000000000077", 49_900, 1),
    ],
)
def test_in_france_paper_comes_on_request_or_when_the_law_demands_it(
    tmp_path, country, code, price, pieces
):
    fridge = "2000000000077,Réfrigérateur,,Électroménager,49900,20.00,piece,durable=2,\n"
    from tests.conftest import ARTICLES

    shop = Shop(tmp_path / "shop").create(
        "receipt.paper=country", f"shop.country={country}", articles=ARTICLES + fridge
    )

    async def play() -> None:
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=code)
            await till.ok("pay", tender="cash", amount_minor=price)
            await till.printed()
            assert till.knob("printer", "look")["total_pieces"] == pieces
            if not pieces:
                await till.ok("receipt_choice", choice="print")
                await till.printed()
                assert "DUPLICATA" not in "\n".join(till.papers())
                assert till.knob("printer", "look")["total_pieces"] == 1

    asyncio.run(play())


def test_a_gift_receipt_has_no_price_and_counts_as_no_duplicate(shop, capsys):
    async def play() -> str:
        async with switched_on(shop.data) as till:
            await fill(till)
            await till.ok("pay", tender="cash", amount_minor=1500)
            number = till.sale["receipt_number"]
            await till.ok("gift", receipt_number=number)
            await till.printed()
            gift = till.papers()[-1]
            assert "TICKET CADEAU" in gift
            assert "15,00" not in gift
            assert await till.refused("gift", receipt_number="1") == "no_such_receipt"
            return number

    number = asyncio.run(play())
    capsys.readouterr()
    data = ["--data", str(shop.data)]
    assert run(["receipt", number, *data, "--format", "json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["copies"] == 0
    assert plain["document"]["figures"]["total_minor"] == 1500
    assert run(["receipt", number, *data, "--format", "json", "--gift"]) == 0
    assert "_minor" not in capsys.readouterr().out
