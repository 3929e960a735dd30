"""A receipt is opened at its own till and at another one, without any network between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.cli.main import run
from terminal.fiscal import statement as stated
from terminal.fiscal.attesting import code_of_sale
from tests.conftest import Shop

FLOUR, TONG = "3270190128724", "2000000000084"
FRANCE = ("fiscal.regime=france",)
SUPERVISOR = {"operator": "9", "pin": "9999"}


async def sold(till, *codes: str) -> tuple[str, str]:
    """Sell articles for cash; returns the receipt's number and its code."""
    await till.ok("sign_on", operator="1", pin="1111")
    for code in codes:
        await till.ok("scan", code=code)
    await till.ok("pay", tender="cash", amount_minor=till.sale["due_minor"])
    sale = till.state.sale
    await till.ok("next")
    return sale.receipt_number, code_of_sale(sale, "3001")


async def returned(till, code: str, lines: dict[str, int], **more: object) -> int:
    """Take lines back and pay them out; returns what the customer got."""
    await till.ok("return_lines", code=code, lines=lines, reason="too small", **more)
    total = till.sale["total_minor"]
    await till.ok("pay", tender="cash", amount_minor=total)
    await till.ok("next")
    return total


def resealed(code: str, **changes: object) -> str:
    """Return a code whose statement says something else, under the signature it had."""
    envelope = stated.open_code(code)
    statement = replace(stated.unpack(envelope.body), **changes)
    return stated.code_of(replace(envelope, body=stated.pack(statement)))


def trust(folder, *tills: tuple[Shop, str], by: Shop) -> None:
    """Carry the keys of tills over to another one, as a technician does."""
    for shop, number in tills:
        key = folder / f"{number}.pem"
        assert run(["trust", "--data", str(shop.data), "--export", str(key)]) == 0
        assert run(["trust", "--data", str(by.data), str(key), "--till", number]) == 0


async def test_a_receipt_comes_back_by_its_number_and_by_its_code(tmp_path):
    """RCP-04, SAL-10, NUM-02: at the till that made it, what the books say counts."""
    shop = Shop(tmp_path / "shop").create(*FRANCE)
    async with shop.open() as till:
        number, code = await sold(till, TONG, TONG, FLOUR)
        for shown in (number, f"{number[:4]} {number[4:]}", code):
            offer = (await till.ok("scan", code=shown)).found["receipt"]
            assert not offer.foreign
            assert [(line.n, line.left, line.paid_minor) for line in offer.lines] == [
                (1, 1, 500), (2, 1, 500), (3, 1, 250),
            ]  # fmt: skip
        assert await returned(till, number, {"1": 1}) == -500
        assert await till.refused("return_lines", code=code, lines={"1": 1}, reason="again") == (
            "already_returned"
        )
        assert await returned(till, code, {"2": 1, "3": 1}) == -750
        assert await till.refused("scan", code=code) == "receipt_returned"
        await till.printed()
        assert f"Du ticket {number[:4]}" in till.papers()[1]
    async with shop.open() as till:  # the books remember, not the memory
        await till.ok("sign_on", operator="1", pin="1111")
        assert await till.refused("scan", code=number) == "receipt_returned"


async def test_another_till_believes_a_receipt_whose_key_it_trusts(tmp_path):
    """RCP-04: two data folders, no network; what came back elsewhere is not known here."""
    here = Shop(tmp_path / "here").create(*FRANCE)
    there = Shop(tmp_path / "there").create(*FRANCE, "terminal.till_number=3002")
    async with here.open() as till:
        _, code = await sold(till, TONG, TONG)
    async with there.open() as till:
        await till.ok("sign_on", operator="1", pin="1111")
        assert await till.refused("scan", code=code) == "receipt_key_unknown"
    trust(tmp_path, (here, "3001"), by=there)
    async with there.open() as till:
        offer = (await till.ok("scan", code=code)).found["receipt"]
        assert offer.foreign
        assert [line.label for line in offer.lines] == ["Tong Temax Vert"] * 2
        taking = {"code": code, "lines": {"1": 1}, "reason": "too small"}
        assert await till.refused("return_lines", **taking) == "right_required"
        assert await returned(till, code, {"1": 1}, authorised_by=SUPERVISOR) == -500
        assert await till.refused("return_lines", **taking, authorised_by=SUPERVISOR) == (
            "already_returned"
        )


async def test_a_shop_may_refuse_what_it_cannot_know(tmp_path):
    here = Shop(tmp_path / "here").create(*FRANCE)
    there = Shop(tmp_path / "there").create(
        *FRANCE, "terminal.till_number=3002", "delivery.foreign_returns=refuse"
    )
    async with here.open() as till:
        _, code = await sold(till, TONG)
    trust(tmp_path, (here, "3001"), by=there)
    async with there.open() as till:
        await till.ok("sign_on", operator="9", pin="9999")
        assert await till.refused("scan", code=code) == "foreign_receipt"
        taking = {"code": code, "lines": {"1": 1}, "reason": "too small"}
        assert await till.refused("return_lines", **taking) == "foreign_receipt"


@pytest.mark.parametrize("place", ["here", "there"])
async def test_what_was_forged_or_edited_is_refused(tmp_path, place):
    """RCP-04: a price, a line, a number or a till that was changed, and a key of another till."""
    here = Shop(tmp_path / "here").create(*FRANCE)
    there = Shop(tmp_path / "there").create(*FRANCE, "terminal.till_number=3002")
    forger = Shop(tmp_path / "forger").create(*FRANCE, "terminal.till_number=3003")
    async with here.open() as till:
        _, code = await sold(till, TONG, FLOUR)
    async with forger.open() as till:
        _, other = await sold(till, TONG, FLOUR)
    trust(tmp_path, (here, "3001"), (forger, "3003"), by=there)
    genuine = stated.unpack(stated.open_code(code).body)
    dearer = replace(genuine.lines[0], paid_minor=50_000)
    more = replace(genuine.lines[0], quantity=9)
    forged = [
        resealed(code, lines=(dearer, *genuine.lines[1:])),
        resealed(code, lines=(more, *genuine.lines[1:])),
        resealed(code, lines=genuine.lines[:1]),
        resealed(code, completed_s=genuine.completed_s + 86_400),
        resealed(code, receipt_number="820300100000000021"),
        resealed(other, till="3001"),
        code[:40] + str((int(code[40]) + 1) % 10) + code[41:],
    ]
    async with {"here": here, "there": there}[place].open() as till:
        await till.ok("sign_on", operator="9", pin="9999")
        refused = [await till.refused("scan", code=one) for one in forged]
    assert set(refused) <= {"receipt_not_genuine", "receipt_not_readable", "receipt_key_unknown"}
    assert refused[0] == "receipt_not_genuine"


async def test_a_shop_without_a_signing_key_verifies_its_own_receipts_alone(tmp_path):
    """The plain regime seals with this terminal's own digest: nobody else can check it."""
    here = Shop(tmp_path / "here").create()
    there = Shop(tmp_path / "there").create("terminal.till_number=3002")
    async with here.open() as till:
        number, code = await sold(till, TONG)
        assert (await till.ok("scan", code=code)).found["receipt"].receipt_number == number
    async with there.open() as till:
        await till.ok("sign_on", operator="9", pin="9999")
        assert await till.refused("scan", code=code) == "receipt_not_verifiable"
        assert await till.refused("scan", code=number) == "receipt_not_here"


async def test_a_till_that_lost_its_books_still_knows_its_own_hand(tmp_path):
    """A replaced card: the key was put back, the receipts were not; they count as foreign."""
    here = Shop(tmp_path / "here").create(*FRANCE)
    async with here.open() as till:
        _, code = await sold(till, TONG)
    again = Shop(tmp_path / "again").create(*FRANCE)
    for name in ("keys/fiscal-key.pem", "keys/terminal.key", "operators.json"):
        (again.data / name).write_bytes((here.data / name).read_bytes())
    async with again.open() as till:
        await till.ok("sign_on", operator="9", pin="9999")
        assert (await till.ok("scan", code=code)).found["receipt"].foreign


async def test_an_unreadable_code_and_a_stranger_at_a_kiosk(tmp_path):
    shop = Shop(tmp_path / "shop").create(*FRANCE)
    async with shop.open() as till:
        number, _ = await sold(till, TONG)
        assert await till.refused("scan", code=stated.PREFIX + "7" * 300) == "receipt_not_readable"
        assert await till.refused("open_receipt", code="hello") == "receipt_not_readable"
    async with shop.open(role="kiosk") as kiosk:
        await kiosk.ok("sign_off")
        assert await kiosk.refused("scan", code=number) == "not_signed_on"


async def test_what_was_sold_in_training_proves_nothing(tmp_path):
    """NUM-06: no seal that a till would believe, no letter, no page."""
    shop = Shop(tmp_path / "shop").create(
        *FRANCE,
        "delivery.choices=email,link,none",
        "delivery.mail_server=127.0.0.1",
        "delivery.mail_from=a@b.fr",
        "delivery.web_listen=127.0.0.1:0",
        "delivery.web_address=http://127.0.0.1",
    )
    async with shop.open() as till:
        await till.ok("sign_on", operator="9", pin="9999")
        await till.ok("begin_training")
    async with shop.open() as till:
        assert till.running.surroundings.training
        await till.ok("sign_on", operator="9", pin="9999")
        await till.ok("scan", code=TONG)
        await till.ok("pay", tender="cash", amount_minor=500)
        sale = till.state.sale
        assert (sale.seal, code_of_sale(sale, "3001")) == ("", "")
        assert till.running.surroundings.delivery.link == ""
        assert till.running.terminal.delivery.web is None
        assert await till.refused("mail_receipt", address="a@b.fr") == "no_mail_here"
