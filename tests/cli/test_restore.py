"""A dead till made anew from its stick: declared, verified, and never with a number twice."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from terminal.app import build
from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.core.events import BooksRestored
from terminal.core.evolve import evolve
from terminal.core.state import SaleStatus
from terminal.folder import DataFolder
from terminal.journal.errors import StorageCorrupt
from terminal.services.second_copy import FOLDER, SecondCopy, adopt
from terminal.store.copy_format import segments
from terminal.store.copy_reader import CopyReader
from terminal.store.store import Store
from tests.conftest import ARTICLES, Shop
from tests.flows.power import Till

FLOUR = "3270190128724"
PIN = ("--pin", "9=4821")


def copied(shop: Shop, stick: Path) -> Path:
    """Bring the second copy on a stick up to date."""
    from terminal.config import load

    stick.mkdir(exist_ok=True)
    config = load(shop.data / "reprise.toml")
    adopt(config, stick)
    info = stick.parent / "mountinfo"
    info.write_text(f"1 1 8:1 / {stick} rw - vfat /dev/sda1 rw")
    from terminal.devices.media import Machine

    machine = Machine(info, stick.parent / "sys", stick.parent / "udev", (str(stick.parent),))
    copy = SecondCopy(DataFolder(shop.data), ManualClock(at_ms=1), machine)
    while copy.step():
        pass
    assert copy.state.problem == "", copy.state.words
    return stick


async def sell(till: Till, *codes: str) -> str:
    for code in codes:
        await till.ok("scan", code=code)
    await till.ok("pay", tender="cash", amount_minor=50_000)
    number: str = till.sale["receipt_number"]
    await till.printed()
    await till.ok("next")
    return number


@pytest.fixture(params=["plain", "france"])
def dead(request, tmp_path) -> tuple[Shop, Path, list[str]]:
    """A till that sold once, was copied, sold again, and is no more; and both its receipts."""
    shop = Shop(tmp_path / "dead").create(f"fiscal.regime={request.param}")
    receipts: list[str] = []

    async def day() -> None:
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            receipts.append(await sell(till, FLOUR))
            await till.ok("scan", code=FLOUR)
            await asyncio.get_running_loop().run_in_executor(None, copied, shop, tmp_path / "stick")
            receipts.append(await sell(till, FLOUR))

    asyncio.run(day())
    return shop, tmp_path / "stick", receipts


def restored(stick: Path, to: Path, *more: str, pin: tuple[str, ...] = PIN) -> int:
    csv = stick.parent / "articles.csv"
    csv.write_text(ARTICLES, encoding="utf-8")
    words = ["restore", "--from", str(stick), "--data", str(to), "--articles", str(csv)]
    return run([*words, *pin, *more])


def verified(data: Path, capsys) -> dict:
    capsys.readouterr()
    run(["verify", "--data", str(data), "--json"])
    return json.loads(capsys.readouterr().out)


def test_the_till_goes_on_with_its_sale_and_no_number_is_used_twice(dead, tmp_path, capsys):
    """REC-01, NUM-01: the basket of the copy is on the screen; numbers go on behind a jump."""
    _, stick, receipts = dead
    new = tmp_path / "new"
    assert restored(stick, new) == 0
    said = capsys.readouterr().out
    assert "is unknown: compare the payment terminal's totals" in said
    assert verified(new, capsys)["ok"]

    async def day() -> str:
        async with Shop(new).open() as till:
            assert [notice.kind for notice in till.state.notices][:1] == ["books_restored"]
            assert till.state.sale.status is SaleStatus.OPEN
            assert len(till.state.sale.lines) == 1
            if till.state.operator is None:
                await till.ok("sign_on", operator="9", pin="4821")
            return await sell(till, FLOUR)

    number = asyncio.run(day())
    sequences = [int(receipt[7:-1]) for receipt in (*receipts, number)]
    assert sequences == [1, 2, 1002]
    assert verified(new, capsys)["ok"]


def test_the_restoration_stands_in_the_books_with_where_the_copy_ended(dead, tmp_path, capsys):
    _, stick, _ = dead
    new = tmp_path / "new"
    assert restored(stick, new, "--skip", "7") == 0
    reader = CopyReader(stick / FOLDER / "copy-001")
    last = list(reader.records())[-1]
    store = Store.open_read_only(new, evolve=evolve)
    try:
        record = store.journal.newest("BooksRestored")
        assert store.load().last_receipt_sequence == 8
        everything = [r.type for r in store.journal.read(last.seq)]
    finally:
        store.close()
    assert record.payload() | {"medium": ""} == {
        "copied_seq": last.seq,
        "copied_hash": last.hash.hex(),
        "copied_at_ms": last.at_ms,
        "medium": "",
        "skipped": 7,
    }
    signed = "france" in (new / "reprise.toml").read_text().split("regime = ")[1][:10]
    assert ("RecordSigned" in everything) == signed
    assert BooksRestored.__name__ in everything


def test_the_stick_goes_on_with_the_restored_till(dead, tmp_path):
    _, stick, _ = dead
    new = tmp_path / "new"
    assert restored(stick, new) == 0
    copied(Shop(new), stick)
    assert [path.name for path in sorted((stick / FOLDER).glob("copy-*"))] == ["copy-001"]


def test_pins_are_new_and_only_those_given_are_known(dead, tmp_path):
    _, stick, _ = dead
    new = tmp_path / "new"
    assert restored(stick, new) == 0

    async def day() -> None:
        async with Shop(new).open() as till:
            if till.state.operator is not None:
                await till.ok("park", label="x")
                await till.ok("sign_off")
            assert await till.refused("sign_on", operator="1", pin="1111") == "wrong_pin"
            await till.ok("sign_on", operator="9", pin="4821")

    asyncio.run(day())


def test_with_the_old_keys_saved_pins_and_signing_key_go_on(dead, tmp_path, capsys):
    shop, stick, _ = dead
    new = tmp_path / "new"
    assert restored(stick, new, "--keys", str(shop.data / "keys"), pin=()) == 0
    assert (new / "keys/terminal.key").read_bytes() == (
        shop.data / "keys/terminal.key"
    ).read_bytes()
    found = verified(new, capsys)
    assert found["ok"]
    assert len(found["keys"]) <= 1


def test_nothing_is_restored_over_a_folder_that_is_not_empty(dead, tmp_path, capsys):
    shop, stick, _ = dead
    before = {p: p.read_bytes() for p in shop.data.rglob("*") if p.is_file()}
    assert restored(stick, shop.data) == 1
    assert {p: p.read_bytes() for p in shop.data.rglob("*") if p.is_file()} == before
    assert "nothing is restored over it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pin", "words"),
    [
        ((), "nobody could sign on"),
        (("--pin", "77=1234"), "NUMBER=PIN"),
        (("--pin", "9"), "NUMBER=PIN"),
        (("--pin", "9=1"), "NUMBER=PIN"),
    ],
)
def test_somebody_must_be_able_to_sign_on(dead, tmp_path, capsys, pin, words):
    _, stick, _ = dead
    new = tmp_path / "new"
    assert restored(stick, new, pin=pin) == 1
    assert words in capsys.readouterr().err
    assert list(new.iterdir()) == []  # half a folder is never left


def test_a_gap_is_refused_with_its_place_and_what_is_sound_can_be_had(dead, tmp_path, capsys):
    _, stick, _ = dead
    (path,) = segments(stick / FOLDER / "copy-001")
    image = path.read_bytes().split(b"\n")
    image[12] = image[12].replace(b"e", b"E", 3)
    path.write_bytes(b"\n".join(image))
    new = tmp_path / "new"
    assert restored(stick, new) == 1
    said = capsys.readouterr().err
    with pytest.raises(StorageCorrupt) as refused:
        list(CopyReader(stick / FOLDER / "copy-001").records())
    assert f"record {refused.value.seq} is damaged" in said
    assert list(new.iterdir()) == []
    assert restored(stick, new, "--until", str(refused.value.seq - 1)) == 0


def test_a_stick_without_a_copy_is_said_so(tmp_path, capsys):
    assert restored(tmp_path / "stick-that-is-away", tmp_path / "new") == 1
    assert "holds no second copy" in capsys.readouterr().err


@pytest.mark.parametrize("skip", ["0", "-1", "x", "1000001"])
def test_some_numbers_are_always_left_out(tmp_path, skip):
    with pytest.raises(SystemExit):
        restored(tmp_path, tmp_path / "new", "--skip", skip)


def test_a_copy_put_back_by_hand_is_found_by_the_head_record(tmp_path, capsys):
    """Only a declared restoration is accepted: a database copied back is accused as before."""
    shop = Shop(tmp_path / "shop").create("fiscal.regime=france")

    async def day() -> None:
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await sell(till, FLOUR)

    asyncio.run(day())
    yesterday = tmp_path / "yesterday.db"
    shutil.copy(shop.data / "store.db", yesterday)
    asyncio.run(day())
    for path in shop.data.glob("store.db*"):
        path.unlink()
    shutil.copy(yesterday, shop.data / "store.db")
    assert verified(shop.data, capsys)["first_bad"]["code"] == "head"

    async def start() -> list[str]:
        async with build(shop.data) as running:
            await running.ready()
            return [notice.kind for notice in running.state.notices]

    assert "books_cut_off" in asyncio.run(start())
