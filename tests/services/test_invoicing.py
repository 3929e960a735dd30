"""An invoice from the receipt to the file, at a terminal with its law."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from facturx import get_facturx_xml_from_pdf
from pypdf import PdfReader

from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.core.errors import Refused
from tests.conftest import Shop
from tests.flows.power import switched_on

NOON = 1_795_863_600_000
"""2026-11-28, 12:00 in Paris."""
BENCH = "2000000000015"
BUYER = {
    "name": "Atelier Martin", "address": "12 avenue de la Gare\nBâtiment B", "postcode": "69003",
    "city": "Lyon", "siret": "732 829 320 00074",
}  # fmt: skip
SETTINGS = ("fiscal.regime=france", "invoice.siret=40483304800022", "invoice.vat_id=FR83404833048")


async def sell(till) -> str:
    await till.ok("scan", code=BENCH)
    await till.ok("pay", tender="cash", amount_minor=50_000)
    await till.printed()
    receipt = till.sale["receipt_number"]
    await till.ok("next")
    return receipt


def names(events) -> list[str]:
    return [type(event).__name__ for event in events]


def text_of(path: Path) -> str:
    return " ".join(page.extract_text() for page in PdfReader(path).pages)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A French shop that has made an invoice, a copy of it, and a credit note."""
    data = Shop(tmp_path_factory.mktemp("invoices") / "shop").create(*SETTINGS).data
    told = {}

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            told["receipt"] = receipt = await sell(till)
            made = await till.ok("invoice", receipt_number=receipt, buyer=BUYER)
            told["events"] = made.events
            copied = await till.ok("invoice", receipt_number=receipt, buyer=BUYER)
            told["copied"] = copied.events
            await till.ok("return", code=BENCH, reason="torn")
            await till.ok("pay", tender="cash", amount_minor=-15_000)
            back = till.sale["receipt_number"]
            await till.ok("next")
            await till.ok("invoice", receipt_number=back, buyer=BUYER, corrects="FA3001-000001")
            told["list"] = (await till.ok("invoices")).found["invoices"]
            pdf = await till.running.terminal.invoicing.pdf(receipt)
            told["pdf"] = pdf
            told["missing"] = await till.running.terminal.invoicing.pdf("FA3001-000099")
            await till.ok("close", scope="day")

    asyncio.run(play())
    return data, told


def test_an_invoice_is_signed_with_its_number_in_one_transaction(shop):
    _, told = shop
    assert names(told["events"]) == ["InvoiceIssued", "RecordSigned"]
    assert [one.event.invoice_number for one in told["list"]] == [
        "FA3001-000002", "FA3001-000001",
    ]  # fmt: skip


def test_a_second_demand_is_the_same_invoice_marked_and_counted(shop):
    data, told = shop
    assert names(told["copied"]) == ["InvoiceCopied", "RecordSigned"]
    assert "Duplicata n° 1" in text_of(data / "invoices" / "FA3001-000001-1.pdf")
    assert "Duplicata" not in text_of(data / "invoices" / "FA3001-000001.pdf")


def test_a_credit_note_takes_the_date_of_the_invoice_that_it_corrects(shop):
    data, told = shop
    assert told["list"][0].event.corrects_date == "2026-11-28"
    text = text_of(data / "invoices" / "FA3001-000002.pdf")
    assert "Avoir sur la facture FA3001-000001 du 28/11/2026" in text


def test_the_file_is_found_by_invoice_or_receipt(shop):
    _, told = shop
    assert "Facture" in PdfReader(io.BytesIO(told["pdf"])).pages[0].extract_text()
    assert told["missing"] == Refused("no_such_invoice")


def test_the_books_verify_with_their_invoices_and_so_does_the_archive(shop, tmp_path, capsys):
    data, _ = shop
    assert run(["verify", "--data", str(data)]) == 0
    assert run(["archive", "2026-11", "--data", str(data), "--out", str(tmp_path)]) == 0
    (archive,) = tmp_path.glob("*.zip")
    assert run(["verify-archive", str(archive)]) == 0
    capsys.readouterr()


def test_the_console_command_writes_the_same_invoice_again(shop, capsysbinary):
    data, told = shop
    assert run(["invoice", told["receipt"], "--data", str(data), "--format", "xml"]) == 0
    xml = capsysbinary.readouterr().out
    assert (
        xml == get_facturx_xml_from_pdf((data / "invoices" / "FA3001-000001.pdf").read_bytes())[1]
    )
    assert run(["invoice", "FA3001-000001", "--data", str(data)]) == 0
    assert capsysbinary.readouterr().out.startswith(b"%PDF-1.7")
    assert run(["invoice", "FA9", "--data", str(data)]) == 1


def test_what_stands_in_an_invoices_way_is_said(tmp_path):
    data = Shop(tmp_path / "shop").create("fiscal.regime=plain").data

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            receipt = await sell(till)
            answer = await till.ask("invoice", receipt_number=receipt, buyer=BUYER)
            assert answer.refused == Refused(
                "invoice_settings_missing", {"setting": "invoice.vat_id"}
            )
            assert await till.refused("invoice", receipt_number="82", buyer=BUYER) == (
                "no_such_receipt"
            )

    asyncio.run(play())


def test_two_demands_at_once_make_one_invoice_and_a_copy(tmp_path):
    """NUM-01."""
    data = Shop(tmp_path / "shop").create(*SETTINGS).data

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            receipt = await sell(till)
            both = await asyncio.gather(
                *(till.ok("invoice", receipt_number=receipt, buyer=BUYER) for _ in range(2))
            )
            assert [names(one.events)[0] for one in both] == ["InvoiceIssued", "InvoiceCopied"]

    asyncio.run(play())


def test_a_folder_that_cannot_be_written_is_said_and_the_invoice_stands(tmp_path):
    data = Shop(tmp_path / "shop").create(*SETTINGS).data
    (data / "invoices").write_text("in the way")

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            receipt = await sell(till)
            refused = await till.refused("invoice", receipt_number=receipt, buyer=BUYER)
            assert refused == "invoice_failed"
            assert len((await till.ok("invoices")).found["invoices"]) == 1

    asyncio.run(play())
