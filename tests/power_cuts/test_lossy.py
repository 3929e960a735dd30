"""The disk that forgets, and the server that shows it to an emulated machine."""

from __future__ import annotations

import os
import shutil
import socket
import struct
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.power_cuts import nbd
from tests.power_cuts.lossy import MAX_WAITING, SECTOR, DiskError, Keep, LossyDisk
from tests.power_cuts.nbd import Server

SECTORS = 16


def sector(mark: int) -> bytes:
    return bytes([mark]) * SECTOR


@pytest.fixture
def medium(tmp_path):
    path = tmp_path / "medium"
    path.write_bytes(bytes(SECTORS * SECTOR))
    return path


def marks(medium) -> list[int]:
    return list(medium.read_bytes()[::SECTOR])


def written(medium, seed=0, count=8, **options) -> LossyDisk:
    """Return a disk with a flushed sector 0, and ``count`` unflushed ones after it."""
    disk = LossyDisk(medium, seed, **options)
    disk.write(0, sector(99))
    disk.flush()
    for n in range(1, count + 1):
        disk.write(n * SECTOR, sector(n))
    return disk


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (Keep.NONE, [99, 0, 0, 0, 0]),
        (Keep.ALL, [99, 1, 2, 3, 4]),
    ],
)
def test_what_was_not_flushed_may_be_lost(medium, keep, left):
    assert written(medium, count=4, keep=keep).cut().kept == left[1:].count(0) * -1 + 4
    assert marks(medium)[:5] == left


@given(seed=st.integers(0, 500), keep=st.sampled_from(Keep))
def test_a_cut_loses_only_what_was_not_flushed_and_mixes_nothing(tmp_path_factory, seed, keep):
    medium = tmp_path_factory.mktemp("disk") / "medium"
    medium.write_bytes(bytes(SECTORS * SECTOR))
    loss = written(medium, seed, keep=keep).cut()
    left = marks(medium)
    assert left[0] == 99
    kept = [n for n in range(1, 9) if left[n]]
    assert all(left[n] == n for n in kept)
    assert (loss.waiting, loss.kept) == (8, len(kept))
    if keep is Keep.PREFIX:
        assert kept == list(range(1, len(kept) + 1))
    if keep is Keep.SUFFIX:
        assert kept == list(range(9 - len(kept), 9))
    shutil.rmtree(medium.parent)


def test_the_same_seed_loses_the_same(medium):
    outcomes = []
    for _ in range(2):
        medium.write_bytes(bytes(SECTORS * SECTOR))
        outcomes.append((written(medium, 7, keep=Keep.HALF).cut(), marks(medium)))
    assert outcomes[0] == outcomes[1]


def test_every_kind_of_loss_comes_up_among_a_few_seeds(medium):
    assert {written(medium, seed).cut().keep for seed in range(40)} == set(Keep)


def test_a_sector_written_twice_waits_once_and_is_read_as_written_last(medium):
    disk = written(medium, keep=Keep.ALL)
    disk.write(SECTOR, sector(50) + sector(51))
    assert disk.read(0, 4 * SECTOR) == sector(99) + sector(50) + sector(51) + sector(3)
    assert disk.cut().waiting == 8
    assert marks(medium)[1:3] == [50, 51]


def test_a_write_through_is_on_the_medium_when_it_is_answered(medium):
    disk = LossyDisk(medium, keep=Keep.NONE)
    disk.write(SECTOR, sector(1), through=True)
    disk.write(2 * SECTOR, sector(2))
    disk.cut()
    assert marks(medium)[1:3] == [1, 0]


def test_a_lying_disk_loses_what_it_said_it_flushed(medium):
    written(medium, keep=Keep.NONE, lies=True).cut()
    assert marks(medium) == [0] * SECTORS


def test_an_honest_disk_loses_nothing(medium):
    written(medium, keep=Keep.NONE, honest=True).cut()
    assert marks(medium)[:9] == [99, 1, 2, 3, 4, 5, 6, 7, 8]


def test_the_power_goes_at_the_write_that_was_chosen(medium):
    disk = LossyDisk(medium, keep=Keep.ALL)
    gone = []
    disk.arm(2, lambda: gone.append(disk.writes))
    disk.write(0, sector(1))
    assert not disk.dead
    disk.write(SECTOR, sector(2))
    assert (disk.dead, gone) == (True, [2])
    with pytest.raises(DiskError, match="power is off"):
        disk.write(2 * SECTOR, sector(3))
    disk.cut()
    assert marks(medium)[:3] == [1, 2, 0]


def test_only_writes_to_a_chosen_place_are_counted(medium):
    disk = LossyDisk(medium, keep=Keep.ALL)
    disk.arm(1, lambda: None, first=2 * SECTOR, end=3 * SECTOR)
    disk.write(0, sector(1))
    disk.write(3 * SECTOR, sector(2))
    assert not disk.dead
    disk.write(2 * SECTOR, sector(3))
    assert disk.dead


def test_a_failing_disk_refuses_to_write_and_still_reads(medium):
    disk = written(medium)
    disk.failing = True
    for refused in (lambda: disk.write(0, sector(1)), disk.flush):
        with pytest.raises(DiskError, match="input/output"):
            refused()
    assert disk.read(0, SECTOR) == sector(99)


def test_a_slow_disk_takes_its_time_at_every_write(medium):
    pauses = []
    written(medium, count=3, pause=lambda: pauses.append(1)).close()
    assert len(pauses) == 4


@pytest.mark.parametrize(("offset", "length"), [(1, 512), (0, 100), (SECTORS * SECTOR, 512)])
def test_a_place_that_is_none_is_refused(medium, offset, length):
    with LossyDisk(medium) as disk, pytest.raises(DiskError, match="not sectors"):
        disk.read(offset, length)


def test_a_full_cache_drains_its_oldest(tmp_path):
    medium = tmp_path / "large"
    with medium.open("wb") as file:
        file.truncate((MAX_WAITING + 1) * SECTOR)
    disk = LossyDisk(medium, keep=Keep.NONE)
    disk.write(0, sector(1))
    disk.write(SECTOR, os.urandom(MAX_WAITING * SECTOR))
    assert disk.cut().waiting == MAX_WAITING
    assert medium.open("rb").read(2 * SECTOR) == sector(1) + sector(0)


# --- the server -----------------------------------------------------------------------------------


class Client:
    """The part of an NBD client that a machine needs."""

    def __init__(self, path, option=nbd.GO) -> None:
        self.line = socket.socket(socket.AF_UNIX)
        self.line.settimeout(10)
        self.line.connect(str(path))
        magic, option_magic, flags = struct.unpack(">QQH", self.take(18))
        assert (magic, option_magic, flags) == (nbd.MAGIC, nbd.OPTION_MAGIC, 3)
        self.line.sendall(struct.pack(">I", 3))
        self.ask_option(0x77)
        assert self.option_reply()[1] == nbd.UNSUPPORTED
        self.ask_option(option, b"" if option == nbd.EXPORT_NAME else struct.pack(">IH", 0, 0))
        if option == nbd.EXPORT_NAME:
            self.size, self.flags = struct.unpack(">QH", self.take(10))
            return
        _, kind, content = self.option_reply()
        assert kind == nbd.INFO_REPLY
        _, self.size, self.flags = struct.unpack(">HQH", content)
        assert self.option_reply()[1] == nbd.ACK

    def take(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            part = self.line.recv(length - len(found))
            if not part:
                return found
            found += part
        return found

    def ask_option(self, option: int, content: bytes = b"") -> None:
        head = struct.pack(">QII", nbd.OPTION_MAGIC, option, len(content))
        self.line.sendall(head + content)

    def option_reply(self) -> tuple[int, int, bytes]:
        magic, option, kind, length = struct.unpack(">QIII", self.take(20))
        assert magic == nbd.REPLY_MAGIC
        return option, kind, self.take(length)

    def ask(self, kind: int, offset=0, length=0, content=b"", flags=0) -> tuple[int, bytes] | None:
        head = struct.pack(">IHHQQI", nbd.REQUEST, flags, kind, 42, offset, length or len(content))
        self.line.sendall(head + content)
        reply = self.take(16)
        if not reply:
            return None
        magic, error, cookie = struct.unpack(">IIQ", reply)
        assert (magic, cookie) == (nbd.SIMPLE_REPLY, 42)
        return error, self.take(length) if kind == nbd.READ and not error else b""


@pytest.mark.parametrize("option", [nbd.GO, nbd.EXPORT_NAME])
def test_a_machine_sees_the_disk(medium, tmp_path, option):
    disk = LossyDisk(medium, keep=Keep.NONE)
    with closing(Server(disk, tmp_path / "socket")):
        client = Client(tmp_path / "socket", option)
        assert client.size == SECTORS * SECTOR
        assert client.flags & nbd.SEND_FLUSH
        assert client.ask(nbd.WRITE, 0, content=sector(1)) == (0, b"")
        assert client.ask(nbd.FLUSH) == (0, b"")
        assert client.ask(nbd.WRITE, SECTOR, content=sector(2), flags=nbd.FUA) == (0, b"")
        assert client.ask(nbd.WRITE, 2 * SECTOR, content=sector(3)) == (0, b"")
        assert client.ask(nbd.READ, 0, 3 * SECTOR) == (0, sector(1) + sector(2) + sector(3))
        assert client.ask(nbd.READ, SECTORS * SECTOR, SECTOR) == (nbd.EIO, b"")
        assert client.ask(99) == (nbd.EINVAL, b"")
        disk.cut()
    assert marks(medium)[:3] == [1, 2, 0]


def test_a_write_that_the_power_cut_met_is_never_answered(medium, tmp_path):
    disk = LossyDisk(medium, keep=Keep.NONE)
    disk.arm(1, lambda: None)
    with closing(Server(disk, tmp_path / "socket")):
        client = Client(tmp_path / "socket")
        assert client.ask(nbd.WRITE, 0, content=sector(1)) is None
        disk.cut()
    assert marks(medium)[0] == 0
