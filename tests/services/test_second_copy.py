"""The second copy of the journal, on sticks that come, go, fill up, and belong to others."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import threading
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from terminal.appliance import copy_state
from terminal.appliance.copy_state import CopyState
from terminal.cli.main import run
from terminal.cli.second_copy import follow
from terminal.clock import ManualClock
from terminal.config import load, with_settings
from terminal.core.evolve import evolve
from terminal.devices.media import Machine
from terminal.folder import DataFolder
from terminal.services import copied_catalogue, second_copy
from terminal.services.copy_watch import CopyWatch
from terminal.services.second_copy import ADOPTED, FOLDER, SecondCopy
from terminal.storage_settings import Storage
from terminal.store.catalogue_import import import_catalogue
from terminal.store.copy_reader import CopyReader
from terminal.store.store import Store
from tests.conftest import ARTICLES, Shop

FLOUR = "3270190128724"


@pytest.fixture
def stick(tmp_path) -> Path:
    path = tmp_path / "media" / "stick"
    path.mkdir(parents=True)
    return path


def machine(tmp_path: Path, **labels: Path) -> Machine:
    """Return a machine with sticks of these labels."""
    lines, udev = [], tmp_path / "udev"
    udev.mkdir(exist_ok=True)
    for number, (label, folder) in enumerate(labels.items()):
        lines.append(f"1 1 8:{number} / {folder} rw - vfat /dev/sd{number} rw")
        (udev / f"b8:{number}").write_text(f"E:ID_FS_LABEL={label}\n")
    info = tmp_path / "mountinfo"
    info.write_text("\n".join(lines))
    return Machine(info, tmp_path / "sys", udev, (str(tmp_path / "media"),))


def copying(shop: Shop, where: Machine) -> SecondCopy:
    return SecondCopy(DataFolder(shop.data), ManualClock(at_ms=1_795_863_600_000), where)


def caught_up(copy: SecondCopy) -> CopyState:
    while copy.step():
        pass
    return copy.state


def read(stick: Path, name: str = "copy-001") -> tuple[list, CopyReader]:
    reader = CopyReader(stick / FOLDER / name)
    return list(reader.records()), reader


def journal_of(shop: Shop) -> list:
    store = Store.open_read_only(shop.data, evolve=evolve)
    try:
        return list(store.journal.verified())
    finally:
        store.close()


def sold(shop: Shop) -> Shop:
    """Sell something, and stop in order."""

    async def story():
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)
            await till.ok("pay", tender="cash", amount_minor=250)
            await till.ok("next")

    asyncio.run(story())
    return shop


def test_a_labelled_stick_is_taken_and_holds_the_journal_and_no_key(shop, stick, tmp_path):
    copy = copying(sold(shop), machine(tmp_path, REPRISECOPY=stick))
    state = caught_up(copy)
    records, reader = read(stick)
    assert records == journal_of(shop)
    assert (state.seq, state.medium, state.problem) == (len(records), "REPRISECOPY", "")
    assert set(reader.files) >= {"reprise.toml", "operators.json", "catalogue.json"}
    everything = b"".join(p.read_bytes() for p in stick.rglob("*") if p.is_file())
    for key in (shop.data / "keys").iterdir():
        assert key.read_bytes() not in everything
        assert key.read_bytes().hex().encode() not in everything


def test_it_follows_a_till_that_sells_and_never_holds_it_up(shop, stick, tmp_path):
    async def story():
        copy = copying(shop, machine(tmp_path, REPRISECOPY=stick))
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            for n in range(1, 6):
                await till.ok("scan", code=FLOUR)
                await asyncio.get_running_loop().run_in_executor(None, caught_up, copy)
                assert copy.state.seq == (await till.running._session.newest()).seq
                assert len(till.state.sale.lines) == n
            await till.running._writer.ask(lambda store: store.checkpoint(truncate=True))
            assert till.running._writer._store.wal_bytes() == 0  # no reader keeps the log long

    asyncio.run(story())
    records, _ = read(stick)
    assert records == journal_of(shop)[: len(records)]


def test_a_stick_that_nobody_meant_for_it_is_left_alone(shop, stick, tmp_path):
    copy = copying(shop, machine(tmp_path, HOLIDAYS=stick))
    assert not copy.step()
    assert copy.state.problem == "no_stick"
    assert list(stick.iterdir()) == []


def test_one_that_was_adopted_needs_no_label(shop, stick, tmp_path, capsys):
    assert run(["second-copy", "--data", str(shop.data), "--adopt", str(stick)]) == 0
    copy = copying(shop, machine(tmp_path, HOLIDAYS=stick))
    assert caught_up(copy).problem == ""
    assert "second copy goes here" in capsys.readouterr().out


def test_a_stick_of_another_shop_is_refused_in_words_and_not_touched(shop, stick, tmp_path):
    home = stick / FOLDER
    home.mkdir()
    (home / ADOPTED).write_text(json.dumps({"till": "3002", "shop": "Chez Lise"}))
    copy = copying(shop, machine(tmp_path, REPRISECOPY=stick))
    caught_up(copy)
    assert copy.state.problem == "other_shop"
    assert "till 3002 of Chez Lise" in copy.state.words
    assert [path.name for path in home.iterdir()] == [ADOPTED]
    said = run(["second-copy", "--data", str(shop.data), "--adopt", str(stick)])
    assert said == 1


def test_a_shop_that_changed_its_name_goes_on_with_its_stick(shop, stick, tmp_path):
    where = machine(tmp_path, REPRISECOPY=stick)
    caught_up(copying(sold(shop), where))
    path = shop.data / "reprise.toml"
    path.write_text(path.read_text().replace('name = "Épicerie Reprise"', 'name = "Chez Nous"'))
    assert load(path).shop.name == "Chez Nous"
    copy = copying(shop, where)
    assert caught_up(copy).problem == ""
    assert json.loads((stick / FOLDER / ADOPTED).read_text())["shop"] == "Chez Nous"


def test_a_stick_that_is_away_is_waited_for_and_gone_on_with(shop, stick, tmp_path):
    where = machine(tmp_path, REPRISECOPY=stick)
    copy = copying(shop, where)
    before = caught_up(copy).seq
    machine(tmp_path)
    sold(shop)
    caught_up(copy)
    assert (copy.state.problem, copy.state.seq) == ("no_stick", before)
    machine(tmp_path, REPRISECOPY=stick)
    assert caught_up(copy).problem == ""
    assert read(stick)[0] == journal_of(shop)


def test_a_full_stick_says_so_and_goes_on_when_there_is_room(shop, stick, tmp_path, monkeypatch):
    copy = copying(sold(shop), machine(tmp_path, REPRISECOPY=stick))
    real = os.fsync

    def full(descriptor: int) -> None:
        if "segment" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        caught_up(copy)
        assert copy.state.problem == "full"
    assert caught_up(copy).problem == ""
    assert read(stick)[0] == journal_of(shop)


def test_a_till_whose_books_went_another_way_begins_beside_the_old_copy(shop, stick, tmp_path):
    """Yesterday's database put back by hand: what the stick knows is evidence, and stays."""
    where = machine(tmp_path, REPRISECOPY=stick)
    yesterday = tmp_path / "yesterday"
    shutil.copytree(shop.data, yesterday)
    caught_up(copying(sold(shop), where))
    before = {p: p.read_bytes() for p in (stick / FOLDER / "copy-001").iterdir()}
    shutil.rmtree(shop.data)
    shutil.copytree(yesterday, shop.data)
    copy = copying(sold(shop), where)
    state = caught_up(copy)
    assert "another history is kept beside: copy-001" in state.words
    assert {p: p.read_bytes() for p in (stick / FOLDER / "copy-001").iterdir()} == before
    assert read(stick, "copy-002")[0] == journal_of(shop)


def test_the_copies_on_one_stick_are_bounded(shop, stick, tmp_path, monkeypatch):
    monkeypatch.setattr(second_copy, "MAX_COPIES", 1)
    where = machine(tmp_path, REPRISECOPY=stick)
    caught_up(copying(sold(shop), where))
    other = Shop(tmp_path / "other").create()
    copy = copying(sold(other), where)
    caught_up(copy)
    assert copy.state.problem == "too_many"


def test_a_record_that_is_not_as_it_was_written_is_not_copied(shop, stick, tmp_path):
    sold(shop)
    import sqlite3

    with sqlite3.connect(shop.data / "store.db") as database:
        database.execute("DROP TRIGGER journal_keeps_records")
        database.execute(
            "UPDATE journal SET payload = replace(payload, '250', '251') WHERE seq > 5"
        )
    copy = copying(shop, machine(tmp_path, REPRISECOPY=stick))
    caught_up(copy)
    assert copy.state.problem == "damaged"


@pytest.mark.parametrize(
    "written",
    ['zvt_password = "735182"', "zvt_password='735182'", '  "zvt_password" = "735182"'],
)
def test_secrets_of_the_settings_stay_at_home(shop, stick, tmp_path, written):
    """However they are written: somebody may have edited the file by hand."""
    path = shop.data / "reprise.toml"
    path.write_text(path.read_text().replace('zvt_password = "000000"', written))
    assert load(path).poi.zvt_password == "735182"
    caught_up(copying(shop, machine(tmp_path, REPRISECOPY=stick)))
    everything = b"".join(p.read_bytes() for p in stick.rglob("*.rc1"))
    assert b"735182" not in everything
    path.write_text(read(stick)[1].files["reprise.toml"])
    assert load(path).poi.zvt_password == "000000"


def test_the_process_says_how_it_stands_and_stops_when_told(shop, stick, tmp_path):
    copy = copying(sold(shop), machine(tmp_path, REPRISECOPY=stick))
    path, stop = tmp_path / "state.json", threading.Event()

    class Once(SecondCopy):
        """Told to stop when there is nothing more to copy."""

        def step(self) -> bool:
            more = super().step()
            if not more:
                stop.set()
            return more

    once = Once(copy.folder, copy.clock, copy.machine)
    follow(once, path, stop)
    assert once.state.problem == ""
    assert copy_state.load(path) == once.state


@pytest.mark.parametrize("text", ["", "{", '{"version": 9}', "[]", '{"version": 1}'])
def test_a_state_file_that_cannot_be_read_says_nothing(tmp_path, text):
    path = tmp_path / "state.json"
    path.write_text(text)
    assert copy_state.load(path) == CopyState()


class Hours:
    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic_s(self) -> float:
        return self.now_s


@asynccontextmanager
async def watching(shop, path: Path, *, wanted: bool = True):
    async with shop.open() as till:
        hours = Hours()
        settings = Storage(second_copy=wanted, second_copy_max_age_min=30)
        watch = CopyWatch(till.running._session, settings, hours, path)
        yield till, watch, hours


def test_a_copy_that_is_old_is_told_and_one_that_is_whole_again_takes_it_back(shop, tmp_path):
    path = tmp_path / "state.json"

    async def story():
        async with watching(shop, path) as (till, watch, hours):
            await watch.look()
            hours.now_s = 29 * 60
            await watch.look()
            assert till.state.notices == ()
            hours.now_s = 30 * 60
            await watch.look()
            (notice,) = till.state.notices
            assert (notice.kind, notice.details["minutes"]) == ("second_copy_old", 30)
            head = await till.running._session.newest()
            copy_state.save(path, CopyState(True, "STICK", head.seq, 1))
            await watch.look()
            assert till.state.notices == ()

    asyncio.run(story())


def test_a_shop_that_wants_no_second_copy_hears_nothing_of_it(shop, tmp_path):
    async def story():
        async with watching(shop, tmp_path / "none.json", wanted=False) as (till, watch, hours):
            await watch.look()
            hours.now_s = 10**6
            await watch.look()
            assert till.state.notices == ()

    asyncio.run(story())


def test_a_folder_of_the_settings_is_a_stick_too(shop, stick, tmp_path):
    path = shop.data / "reprise.toml"
    config = with_settings(load(path), {"storage.second_copy_folder": str(stick)})
    from terminal.config import dump

    path.write_text(dump(config))
    state = tmp_path / "state.json"
    words = ["second-copy", "--data", str(shop.data), "--once", "--state", str(state)]
    assert run(words) == 0
    assert read(stick)[0] == journal_of(shop)
    shutil.rmtree(stick)
    assert run(words) == 1
    assert copy_state.load(state).problem == "no_stick"


def test_the_catalogue_follows_once_and_a_newer_one_takes_its_place(shop, stick, tmp_path):
    adopted = copying(shop, machine(tmp_path, REPRISECOPY=stick))
    caught_up(adopted)
    folder = stick / FOLDER / "catalogue"
    (first,) = folder.glob("*.db")
    written = first.stat().st_mtime_ns
    caught_up(adopted)
    assert first.stat().st_mtime_ns == written
    csv = tmp_path / "newer.csv"
    csv.write_text(ARTICLES.replace("Farine", "Froment"), encoding="utf-8")
    import_catalogue(shop.data, csv)
    caught_up(adopted)
    (second,) = folder.glob("*.db")
    assert second.name != first.name
    assert copied_catalogue.kept(stick / FOLDER).path == second


def test_a_stick_without_room_for_the_catalogue_still_takes_the_journal(
    shop, stick, tmp_path, monkeypatch
):
    monkeypatch.setattr(copied_catalogue, "SPARE_BYTES", 2**60)
    state = caught_up(copying(shop, machine(tmp_path, REPRISECOPY=stick)))
    assert (state.problem, copied_catalogue.kept(stick / FOLDER)) == ("", None)
    assert (state.medium, state.copied_at_ms > 0) == ("REPRISECOPY", True)


@pytest.mark.parametrize("link", [FOLDER, f"{FOLDER}/catalogue", f"{FOLDER}/copy-001"])
def test_a_stick_that_leads_into_the_till_costs_it_nothing(shop, stick, tmp_path, link):
    """A file system with links (ext4) may name the books themselves as a place on the stick."""
    (stick / link).parent.mkdir(exist_ok=True)
    (stick / link).symlink_to(shop.data)
    before = {path: path.read_bytes() for path in shop.data.rglob("*") if path.is_file()}
    state = caught_up(copying(shop, machine(tmp_path, REPRISECOPY=stick)))
    assert state.problem == "io"
    assert {path: path.read_bytes() for path in before} == before


def test_a_name_on_a_stick_that_is_nested_without_end_is_a_torn_one(shop, stick, tmp_path):
    (stick / FOLDER).mkdir()
    (stick / FOLDER / "adopted.json").write_text("[" * 100_000)
    assert caught_up(copying(shop, machine(tmp_path, REPRISECOPY=stick))).problem == ""
