"""An Austrian till as a whole: flows with the power cut, its paper, its log, its commands."""

from __future__ import annotations

import asyncio
import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from terminal.core.state import TerminalState
from terminal.fiscal.signing import KeyUnusable
from tests.fiscal.rksv_reader import LogReader
from tests.flows.power import Cut, Till, switched_on
from tests.flows.process import reprise
from tests.flows.steps import FLOUR, FLOWS, Flow
from tests.flows.test_flows import carry_out, check_end, kept
from tests.zbar import Reader

AUSTRIA = (
    "fiscal.regime=austria",
    "fiscal.company_id=U:ATU12345678",
    "fiscal.register_id=KASSE-1",
    "shop.timezone=Europe/Vienna",
)
FEW = (
    "cash with change",
    "the receipt of 239.00: discounts, a gift, and 199.17 + 39.83 of VAT",
    "a return is refunded on the card",
    "kiosk: no receipt wanted, next customer",
)
ALL = os.environ.get("REPRISE_EXPLORE") == "full"
CASES = [pytest.param(flow, id=flow.name) for flow in FLOWS if ALL or flow.name in FEW]
FAILED = "Sicherheitseinrichtung ausgefallen"


def austrian(shop, *more: str) -> Path:
    return shop.create(*AUSTRIA, *more).data


def read_log(data: Path, tmp_path: Path) -> LogReader:
    """Export everything by the command, and let the second reader check it."""
    dep, keys = tmp_path / "dep.json", tmp_path / "keys.json"
    made = reprise("dep7", "--all", "--data", data, "--out", dep, "--keys", keys)
    assert made.returncode == 0, made.stderr
    assert b"holds the AES key" in made.stderr
    assert keys.stat().st_mode & 0o077 == 0
    return LogReader(keys.read_text(), tmp_path).read(dep.read_text())


async def sell(till: Till, amount: int = 250) -> str:
    await till.ok("scan", code=FLOUR)
    await till.ok("pay", tender="cash", amount_minor=amount)
    await till.printed()
    number = till.sale["receipt_number"]
    await till.ok("next")
    return number


@pytest.mark.parametrize("flow", CASES)
def test_with_a_cut_after_every_step(bare_shop, tmp_path, flow: Flow):
    """REC-02, NUM-01: no receipt without its signature, no number twice, one unbroken chain."""

    async def play() -> tuple[Path, TerminalState]:
        data = austrian(bare_shop, *flow.settings)
        for n in range(len(flow.steps)):
            async with switched_on(data, role=flow.role) as till:
                await carry_out(till, flow, n)
                before = kept(till.state, till.screen())
                data = Cut(tmp_path / f"cut{n}").now(till.running)
        async with switched_on(data, role=flow.role) as till:
            assert kept(till.state, till.screen()) == before
            await check_end(till, flow)
            return data, till.state

    data, state = asyncio.run(play())
    reader = read_log(data, tmp_path)
    assert reader.turnover * 100 == state.books.perpetual_minor
    assert len(reader.numbers) == state.last_receipt_sequence + 1


@pytest.fixture
def sold(bare_shop) -> tuple[Path, list[str], str]:
    """A till that sold twice, the second time without its device: numbers, and its paper."""

    async def play() -> tuple[Path, list[str], str]:
        data = austrian(bare_shop)
        async with switched_on(data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            numbers = [await sell(till)]
            signer = till.running._regime.signer
            works, signer.sign = signer.sign, _broken
            numbers.append(await sell(till))
            signer.sign = works
            return data, numbers, "\n".join(till.papers())

    return asyncio.run(play())


def _broken(_text: str) -> str:
    raise KeyUnusable("the card was pulled out")


def test_the_paper_holds_the_code_and_says_when_the_device_failed(sold):
    _, _, paper = sold
    first, second = paper.split("[QR _R1-AT0_KASSE-1_")[1:3]
    assert paper.count("Kassen-ID KASSE-1") == 2
    assert paper.count(FAILED) == 1
    assert "_0,00_0,00_0,00_0,00_2,50_" in first.replace("\n", "")
    assert second


def test_the_code_on_the_picture_is_that_of_the_log(sold, tmp_path):
    """What a scanner reads off the paper is what was signed."""
    data, numbers, _ = sold
    qr = reprise("receipt-code", numbers[0], "--data", data, "--format", "qr").stdout.decode()
    picture = reprise("receipt", numbers[0], "--data", data, "--format", "png").stdout
    found = Reader().read(Image.open(io.BytesIO(picture)))
    assert qr.strip() in {text for _, text in found}
    again = reprise("receipt-code", numbers[0], "--data", data, "--format", "png").stdout
    assert qr.strip() in {text for _, text in Reader().read(Image.open(io.BytesIO(again)))}
    ocr = reprise("receipt-code", numbers[0], "--data", data, "--format", "ocr").stdout.decode()
    assert ocr.split("_")[:10] == qr.split("_")[:10]


def test_verify_and_the_second_reader_agree(sold, tmp_path):
    data, numbers, _ = sold
    assert reprise("verify", "--data", data).returncode == 0
    reader = read_log(data, tmp_path)
    assert reader.numbers[1:] == numbers
    assert reader.unsigned == numbers[1:]


def test_a_zero_receipt_by_command_ends_the_outage_first(sold, tmp_path):
    data, numbers, _ = sold
    made = reprise("zero-receipt", "year", "--data", data)
    assert made.returncode == 0, made.stderr
    assert "Jahresbeleg" in made.stdout.decode()
    reader = read_log(data, tmp_path)
    assert reader.zeros == ["N1", "N4", "N5"]
    assert reader.numbers == ["N1", *numbers, "N4", "N5"]
    assert reprise("verify", "--data", data).returncode == 0
    slip = reprise("receipt-code", "N4", "--data", data).stdout.decode()
    assert "Sammelbeleg" in slip


def test_a_period_without_receipts_leaves_no_file(sold, tmp_path):
    data, _, _ = sold
    out = tmp_path / "none.json"
    refused = reprise("dep7", "2019", "--data", data, "--out", out)
    assert refused.returncode == 1
    assert b"nothing was signed" in refused.stderr
    assert list(tmp_path.glob("none.json*")) == []


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("dep7", "--out", "x.json"), "name a period, or --all"),
        (("dep7", "2026", "--all", "--out", "x.json"), "name a period, or --all"),
        (("receipt-code", "42"), "no receipt has the number 42"),
        (("archive", "2026"), "exported by reprise dep7"),
    ],
)
def test_what_cannot_be_done_is_said(bare_shop, command, says):
    refused = reprise(*command, "--data", austrian(bare_shop))
    assert refused.returncode == 1
    assert says in refused.stderr.decode()


def test_a_till_elsewhere_has_no_austrian_log(shop):
    refused = reprise("dep7", "--all", "--out", "x.json", "--data", shop.data)
    assert refused.returncode == 1
    assert b"this is for a till in Austria" in refused.stderr


def test_without_its_company_a_till_does_not_start(bare_shop):
    data = bare_shop.create("fiscal.regime=austria").data
    refused = reprise("console", "--data", data, input=b"")
    assert refused.returncode == 1
    assert b"fiscal.company_id" in refused.stderr


def test_the_keys_leave_the_till_only_when_asked(sold, tmp_path):
    data, _, _ = sold
    out = tmp_path / "dep.json"
    reprise("dep7", "--all", "--data", data, "--out", out)
    key = (data / "keys" / "turnover.key").read_text()
    assert (data / "keys" / "turnover.key").stat().st_mode & 0o077 == 0
    assert key not in out.read_text()
    assert json.loads(out.read_text())["Belege-Gruppe"][0]["Signaturzertifikat"] == ""
