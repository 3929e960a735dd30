"""REC-01: a second copy whose stick is pulled out, or full, at every write, sync and new name.

What is left is a prefix of the journal in whole transactions, at least as far as the copy had said;
the next step goes on from there, on the same stick.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import shutil
from pathlib import Path

import pytest

from terminal.clock import ManualClock
from terminal.core.evolve import evolve
from terminal.devices.media import Machine
from terminal.folder import DataFolder
from terminal.services import second_copy
from terminal.services.second_copy import FOLDER, SecondCopy, copies_of
from terminal.store import copy_writer
from terminal.store.copy_reader import CopyReader
from terminal.store.store import Store
from tests.conftest import Shop
from tests.crash.explorer import FULL
from tests.crash.files import Faults, PowerCut, put_back, watched

FLOUR = "3270190128724"
STRIDE = 1 if FULL else 6


@pytest.fixture(scope="module")
def sold(tmp_path_factory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("sold") / "shop").create("fiscal.regime=france")

    async def day() -> None:
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            for _ in range(2):
                await till.ok("scan", code=FLOUR)
                await till.ok("pay", tender="cash", amount_minor=250)
                await till.ok("next")

    asyncio.run(day())
    return shop


@pytest.fixture
def small(monkeypatch):
    """Batches and segments so small that every kind of step occurs many times."""
    monkeypatch.setattr(second_copy, "BATCH", 7)
    monkeypatch.setattr(copy_writer, "SEGMENT_BYTES", 6000)


def copying(shop: Shop, stick: Path) -> SecondCopy:
    info = stick.parent / "mountinfo"
    info.write_text(f"1 1 8:1 / {stick} rw - vfat /dev/sda1 rw")
    udev = stick.parent / "udev"
    udev.mkdir(exist_ok=True)
    (udev / "b8:1").write_text("E:ID_FS_LABEL=REPRISECOPY\n")
    machine = Machine(info, stick.parent / "sys", udev, (str(stick.parent),))
    return SecondCopy(DataFolder(shop.data), ManualClock(at_ms=1), machine)


def journal_of(shop: Shop) -> list:
    store = Store.open_read_only(shop.data, evolve=evolve)
    try:
        return list(store.journal.verified())
    finally:
        store.close()


def read(stick: Path) -> list:
    home = stick / FOLDER
    copies = copies_of(home) if home.is_dir() else []
    assert len(copies) <= 1
    return list(CopyReader(copies[0]).records()) if copies else []


def steps(shop: Shop, stick: Path) -> int:
    stick.mkdir()
    copy = copying(shop, stick)
    with watched(Faults(stick)) as faults:
        while copy.step():
            pass
    assert read(stick) == journal_of(shop)
    return faults.steps


def until_it_is_pulled_out(copy: SecondCopy) -> int:
    """Copy as far as it goes; return the record that it said was copied."""
    said = 0
    try:
        while copy.step():
            said = copy.state.seq
    except PowerCut:
        return said
    raise AssertionError("the stick was not pulled out")


@pytest.mark.parametrize("left", ["image", "synced"])
def test_pulled_out_at_every_step(sold, tmp_path, small, left):
    records = journal_of(sold)
    total = steps(sold, tmp_path / "whole")
    assert total > 20
    for nth in range(1, total + 1, STRIDE):
        stick = tmp_path / "stick"
        stick.mkdir()
        copy = copying(sold, stick)
        with watched(Faults(stick, nth)) as faults:
            said = until_it_is_pulled_out(copy)
        put_back(stick, getattr(faults, left))
        found = read(stick)
        assert found == records[: len(found)]
        # What was said to be copied is there, apart from a transaction whose end was to follow.
        ended = [r.seq for r, n in itertools.pairwise(records) if r.at_ms != n.at_ms]
        assert len(found) >= max((seq for seq in ended if seq <= said), default=0)
        again = copying(sold, stick)
        while again.step():
            pass
        assert again.state.problem == ""
        assert read(stick) == records
        shutil.rmtree(stick)


@pytest.mark.parametrize(
    ("code", "problem"), [(errno.ENOSPC, "full"), (errno.EIO, "io"), (errno.EROFS, "io")]
)
def test_refused_at_every_step_and_from_then_on(sold, tmp_path, small, code, problem):
    records = journal_of(sold)
    total = steps(sold, tmp_path / "whole")
    for nth in range(1, total + 1, 3 * STRIDE):
        stick = tmp_path / "stick"
        stick.mkdir()
        copy = copying(sold, stick)
        with watched(Faults(stick, nth, code)):
            while copy.step():
                pass
            assert copy.state.problem == problem
        found = read(stick)
        assert found == records[: len(found)]
        while copy.step():
            pass
        assert read(stick) == records
        shutil.rmtree(stick)
