"""reprise export: whole files or none, nothing that is open or does not balance, and recorded."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from terminal import config as configuration
from terminal.cli.main import run
from terminal.clock import ManualClock
from tests.conftest import Shop
from tests.exports import fec_reader
from tests.flows.books import books
from tests.flows.power import switched_on

NOON, DAY_MS = 1_795_863_600_000, 86_400_000
"""2026-11-28, 12:00 in Paris."""
BENCH, FLOUR = "2000000000015", "3270190128724"
SETTINGS = ("fiscal.regime=france", "accounts.company_number=123456782")
SAF_T = "{urn:StandardAuditFile-Taxation-CashRegister:NO}"


async def trade(till, *, close: bool) -> None:
    """One day: sales in cash and by cheque, a deposit, a return, a cancelled sale, a drop."""
    await till.ok("sign_on", operator="9", pin="9999")
    await till.ok("cash", kind="float", amount_minor=10_000, reason="change")
    for codes in ([BENCH], [FLOUR, BENCH], [FLOUR]):
        for code in codes:
            await till.ok("scan", code=code)
        await till.ok("pay", tender="cash", amount_minor=50_000)
        await till.printed()
        receipt = till.sale["receipt_number"]
        await till.ok("next")
    await till.ok("reprint", receipt_number=receipt)
    await till.printed()
    await till.ok("scan", code=FLOUR)
    await till.ok("scan", code=FLOUR)
    await till.ok("void", line=2)
    await till.ok("deposit", document="DOC-1", amount_minor=500)
    await till.ok("pay", tender="cheque", amount_minor=300, number="12345")
    await till.ok("pay", tender="cash", amount_minor=1000)
    await till.printed()
    await till.ok("next")
    await till.ok("return", code=BENCH, quantity=1, reason="torn")
    await till.ok("pay", tender="cash", amount_minor=-15_000)
    await till.printed()
    await till.ok("next")
    await till.ok("scan", code=FLOUR)
    await till.ok("cancel_sale", reason="left")
    await till.ok("next")
    await till.ok("cash", kind="drop", amount_minor=5_000, reason="safe")
    if close:
        await till.ok("close", scope="day", counted={"cash": 20_000}, explanation="a coin")
        await till.printed()


@pytest.fixture(scope="module")
def traded(tmp_path_factory) -> Path:
    """Two days closed, a third one open."""
    data = Shop(tmp_path_factory.mktemp("traded") / "shop").create(*SETTINGS).data

    async def play() -> None:
        for day in range(3):
            async with switched_on(data, clock=ManualClock(at_ms=NOON + day * DAY_MS)) as till:
                await trade(till, close=day < 2)

    asyncio.run(play())
    return data


@pytest.fixture
def data(traded, tmp_path) -> Path:
    return Path(shutil.copytree(traded, tmp_path / "shop"))


def with_setting(data: Path, key: str, value: str) -> None:
    path = data / "reprise.toml"
    changed = configuration.with_settings(configuration.load(path), {key: value})
    path.write_text(configuration.dump(changed), encoding="utf-8")


def export(data: Path, kind: str, period: str, out: Path, *more: str) -> int:
    return run(["export", kind, period, "--data", str(data), "--out", str(out), *more])


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("day-journal", "day.json"),
        ("day-journal", "day.csv"),
        ("fec", "fec.txt"),
        ("saf-t", "saf-t.xml"),
        ("poslog", "poslog.xml"),
    ],
)
def test_a_file_is_written_whole_and_recorded(data, tmp_path, kind, name):
    out = tmp_path / name
    assert export(data, kind, "2026-11-28", out) == 0
    assert out.stat().st_size > 500
    assert [path.name for path in tmp_path.glob("*.part")] == []
    found = books(data)
    assert found.events["DataExported"] == 1
    with sqlite3.connect(data / "store.db") as database:
        ((signed,),) = database.execute(
            "SELECT payload FROM journal WHERE type = 'RecordSigned' ORDER BY seq DESC LIMIT 1"
        )
    assert json.loads(json.loads(signed)["content"])["code"] == 110


@pytest.mark.parametrize("name", ["day.json", "day.csv", "fec.txt", "log.xml"])
def test_the_same_closures_give_the_same_bytes(data, tmp_path, name):
    kind = {"day": "day-journal", "fec": "fec", "log": "poslog"}[name[:3]]
    for again in ("a", "b"):
        assert export(data, kind, "2026-11-29", tmp_path / f"{again}-{name}") == 0
    first, second = ((tmp_path / f"{again}-{name}").read_bytes() for again in ("a", "b"))
    assert first == second


def test_a_folder_gets_a_fec_under_the_name_of_the_law(data, tmp_path):
    assert export(data, "fec", "2026-11-29", tmp_path) == 0
    out = tmp_path / "123456782FEC20261129.txt"
    assert fec_reader.FILE.fullmatch(out.name)
    lines = fec_reader.read(out.read_bytes().decode(), first=2)
    assert {line["EcritureNum"] for line in lines} == {"2"}, "as in the file of the whole month"
    assert {line["ValidDate"] for line in lines} == {"20261129"}
    assert fec_reader.balance(lines, "419100") == -417
    assert fec_reader.balance(lines, "511200") == 300


def test_bars_part_the_fields_where_it_is_set(data, tmp_path):
    with_setting(data, "accounts.separator", "pipe")
    assert export(data, "fec", "2026-11-28", tmp_path / "fec.txt") == 0
    text = (tmp_path / "fec.txt").read_bytes().decode()
    assert "\t" not in text
    assert len(fec_reader.read(text)) > 5


@pytest.mark.parametrize("period", ["2026-11-30", "2026-11", "2026"])
def test_what_is_not_closed_is_written_only_when_asked_for(data, tmp_path, period, capsys):
    out = tmp_path / "fec.txt"
    assert export(data, "fec", period, out) == 1
    assert "2026-11-30 is not closed yet; --provisional" in capsys.readouterr().err
    assert not out.exists()
    assert export(data, "fec", period, out, "--provisional") == 0
    lines = fec_reader.read(out.read_bytes().decode(), first=3 if period == "2026-11-30" else 1)
    valid = {(line["EcritureNum"], bool(line["ValidDate"])) for line in lines}
    assert ("3", False) in valid
    assert valid == {("1", True), ("2", True), ("3", False)} & valid


def test_a_month_that_is_not_over_is_not_whole(data, tmp_path, capsys):
    async def close() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON + 2 * DAY_MS)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("close", scope="day")

    asyncio.run(close())
    assert export(data, "fec", "2026", tmp_path / "fec.txt") == 1
    assert "it is not over: the last day closed is 2026-11-30" in capsys.readouterr().err
    assert export(data, "fec", "2026-11", tmp_path / "fec.txt") == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("fec 2025 fec.txt", "nothing was closed from 2025-01-01 to 2025-12-31"),
        ("fec november fec.txt", "is no period; write 2026, 2026-11 or 2026-11-28"),
        ("day-journal 2026-11-28 day.txt", "'day.txt' must end with .json or .csv"),
        ("poslog 2026-11-28 shop.csv", "is there already"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_no_file(data, tmp_path, asked, says, capsys):
    (tmp_path / "shop.csv").write_text("kept")
    kind, period, name = asked.split()
    assert export(data, kind, period, tmp_path / name) == 1
    assert says in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop", "shop.csv"]
    assert (tmp_path / "shop.csv").read_text() == "kept"
    assert books(data).events["DataExported"] == 0


def without_account(data: Path) -> None:
    with_setting(data, "accounts.tenders", "cash=531000 Caisse")


def without_number(data: Path) -> None:
    with_setting(data, "accounts.company_number", "")


def with_other_rows(data: Path) -> None:
    with sqlite3.connect(data / "store.db") as database:
        (document,) = database.execute("SELECT document FROM closures WHERE number = 1").fetchone()
        said = json.loads(document)
        said["categories"][0][3] += 1
        database.execute(
            "UPDATE closures SET document = ? WHERE number = 1 AND scope = 'day'",
            (json.dumps(said),),
        )


def without_a_receipt(data: Path) -> None:
    with sqlite3.connect(data / "store.db") as database:
        database.execute("DELETE FROM sales WHERE receipt_sequence = 2")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_account, ("fec", "accounts.tenders: there is no account for 'cheque'")),
        (without_number, ("fec", "accounts.company_number")),
        (without_number, ("saf-t", "accounts.company_number")),
        (with_other_rows, ("fec", "the categories say")),
        (with_other_rows, ("day-journal", "the categories say")),
        (without_a_receipt, ("saf-t", "take it from the archive")),
        (without_a_receipt, ("poslog", "take it from the archive")),
    ],
)
def test_what_does_not_balance_is_not_handed_out(data, tmp_path, spoil, said, capsys):
    kind, says = said
    spoil(data)
    out = tmp_path / "out.json"
    assert export(data, kind, "2026-11-28", out) == 1
    assert says in capsys.readouterr().err
    assert list(tmp_path.glob("out*")) == []


def test_the_saf_t_file_carries_signatures_and_a_report_a_day(data, tmp_path):
    out = tmp_path / "saf-t.xml"
    assert export(data, "saf-t", "2026-11", out, "--provisional") == 0
    root = ET.parse(out).getroot()
    signatures = [one.text for one in root.iter(f"{SAF_T}signature")]
    assert len(signatures) == 15
    assert {len(one) for one in signatures} == {86}
    reports = [one.text for one in root.iter(f"{SAF_T}reportID")]
    assert reports == ["1", "2"]
    copies = [one.text for one in root.iter(f"{SAF_T}reportReceiptCopyAmnt")]
    assert copies == ["2.50", "2.50"]
    assert [one.text for one in root.iter(f"{SAF_T}reportOpeningChangeFloat")] == ["0.00", "200.00"]


def test_beside_a_running_terminal_the_file_is_written_and_its_console_records_it(
    shop, tmp_path, capsys
):
    out = tmp_path / "day.json"

    async def play() -> None:
        async with shop.open() as till:
            await trade(till, close=True)
            done = await asyncio.to_thread(
                export, shop.data, "day-journal", till.state.books.closed["day"], out
            )
            assert done == 0
            says = capsys.readouterr().err
            command = json.loads(says[says.index("{") :])
            assert command.pop("do") == "exported"
            await till.ok("exported", **command)
            wrong = {**command, "sha256": "no hash"}
            assert (await till.ask("exported", **wrong)).refused.code == "bad_request"
            await till.ok("sign_on", operator="1", pin="1111")
            assert (await till.ask("exported", **command)).refused is not None

    asyncio.run(play())
    assert books(shop.data).events["DataExported"] == 1
    assert len(json.loads(out.read_text("utf-8"))["days"]) == 1
