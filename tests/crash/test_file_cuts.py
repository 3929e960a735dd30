"""The head record and archives: cut, and refused by the disk, at every step of their writing."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest

from terminal.cli.main import run
from terminal.fiscal.head import HEAD_FILE, read_heads, write_heads
from terminal.fiscal.keys import SIGNING_KEY
from terminal.fiscal.signing import PemSigner
from terminal.fiscal.verify_archive import check
from tests.crash.explorer import FULL
from tests.crash.files import Faults, PowerCut, put_back, watched
from tests.fiscal import some_days
from tests.fiscal.forger import Forger

REFUSALS = {"disk full": errno.ENOSPC, "read-only": errno.EROFS, "I/O error": errno.EIO}
ARCHIVE_STRIDE = 1 if FULL else 83


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    data = some_days.make(tmp_path_factory.mktemp("days"))
    shutil.rmtree(data / "catalogue")
    return data


@pytest.fixture
def data(original, tmp_path) -> Path:
    return shutil.copytree(original, tmp_path / "books")


def verified(data: Path, capsys) -> list[dict]:
    capsys.readouterr()
    run(["verify", "--data", str(data), "--json"])
    found: list[dict] = json.loads(capsys.readouterr().out)["problems"]
    return found


# --- the head record ------------------------------------------------------------------------------


class Head:
    """The head record of the middle of the books, about to be that of their end."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "keys"
        self.path = self.folder / HEAD_FILE
        self.signer = PemSigner.read(self.folder / SIGNING_KEY)
        self.newest, _ = read_heads(self.path)
        half = Forger(data)
        half.rows = half.rows[: half.of("TerminalStarted")[-1]]
        half.write_heads(self.signer)
        self.older, _ = read_heads(self.path)
        assert self.older != self.newest

    def steps(self) -> int:
        with watched(Faults(self.folder)) as faults:
            write_heads(self.path, self.newest, self.signer)
        return faults.steps


def head_steps(data: Path) -> int:
    """Return how many steps the writing of a head record has, in a copy that is thrown away."""
    return Head(shutil.copytree(data, data.parent / "counted")).steps()


def test_a_cut_leaves_the_older_or_the_newer_head_record_and_both_are_believed(data, capsys):
    steps, seen = head_steps(data), set()
    assert steps >= 4
    for nth in range(1, steps + 1):
        head = Head(data)
        with watched(Faults(head.folder, nth)) as faults, pytest.raises(PowerCut):
            write_heads(head.path, head.newest, head.signer)
        for image in (faults.image, faults.synced):
            put_back(head.folder, image)
            found, _ = read_heads(head.path)
            assert found in (head.older, head.newest), nth
            seen.add(found == head.newest)
            assert verified(data, capsys) == []
        write_heads(head.path, head.newest, head.signer)
        assert read_heads(head.path)[0] == head.newest, "the next writing is not in the way"
    assert seen == {True, False}


@pytest.mark.parametrize("code", REFUSALS.values(), ids=REFUSALS)
def test_a_disk_that_refuses_leaves_the_older_head_record(data, capsys, code):
    for nth in range(1, head_steps(data) + 1):
        head = Head(data)
        with watched(Faults(head.folder, nth, code)), pytest.raises(OSError, match=r".") as refused:
            write_heads(head.path, head.newest, head.signer)
        assert refused.value.errno == code
        assert read_heads(head.path)[0] in (head.older, head.newest)
        assert verified(data, capsys) == []
        write_heads(head.path, head.newest, head.signer)
        assert read_heads(head.path)[0] == head.newest


# --- archives -------------------------------------------------------------------------------------


def archive(data: Path, out: Path) -> int:
    return run(["archive", "2026", "--data", str(data), "--out", str(out)])


def archive_steps(original: Path, folder: Path) -> int:
    data, out = shutil.copytree(original, folder / "counted"), folder / "counted-out"
    out.mkdir()
    with watched(Faults(out)) as faults:
        assert archive(data, out) == 0
    assert faults.unsynced == set(), "the books name an archive that a cut takes away"
    return faults.steps


def in_the_books(data: Path) -> list[str]:
    forger = Forger(data)
    return [forger.rows[n].payload["file"] for n in forger.of("ArchiveMade")]


def check_made(data: Path, out: Path, capsys) -> None:
    """What a cut or a full disk left is sound; the archive is made then, and proves itself."""
    assert verified(data, capsys) == []
    before = in_the_books(data)
    assert archive(data, out) == 0
    assert verified(data, capsys) == []
    (name,) = in_the_books(data)[len(before) :]
    check(out / name)


@pytest.fixture(scope="module")
def points(original, tmp_path_factory) -> list[int]:
    """Steps at which the writing of an archive is disturbed; the last ones always."""
    steps = archive_steps(original, tmp_path_factory.mktemp("steps"))
    return sorted({*range(1, steps + 1, ARCHIVE_STRIDE), *range(steps - 2, steps + 1)})


def test_a_cut_in_an_archive_leaves_books_that_can_be_archived(original, points, tmp_path, capsys):
    for nth in points:
        for survived in ("image", "synced"):
            data, out = shutil.copytree(original, tmp_path / "books"), tmp_path / "out"
            out.mkdir()
            with watched(Faults(out, nth)) as faults, pytest.raises(PowerCut):
                archive(data, out)
            put_back(out, getattr(faults, survived))
            check_made(data, out, capsys)
            shutil.rmtree(data)
            shutil.rmtree(out)


@pytest.mark.parametrize("code", REFUSALS.values(), ids=REFUSALS)
def test_a_disk_that_refuses_an_archive_leaves_books_that_can_be_archived(
    original, points, tmp_path, capsys, code
):
    for nth in points[code % 2 :: 2]:
        data, out = shutil.copytree(original, tmp_path / "books"), tmp_path / "out"
        out.mkdir()
        before = in_the_books(data)
        with watched(Faults(out, nth, code)):
            assert archive(data, out) != 0
        assert [path for path in out.iterdir() if path.suffix in {".part", ".spool"}] == []
        assert in_the_books(data) == before, "an archive that was not written is in the books"
        check_made(data, out, capsys)
        shutil.rmtree(data)
        shutil.rmtree(out)
