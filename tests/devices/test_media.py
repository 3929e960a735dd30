"""Removable media found, and files copied to them so that they are certainly there."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from terminal.devices.media import CHUNK, CopyDiffers, Machine, Medium, copy_to
from tests.fiscal.years import stick

CONTENT = b"archive" * (CHUNK // 3)
"""More than two pieces."""
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class FakeMachine:
    """The files in which a kernel and udev would tell of media."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines = ["22 1 179:2 / / rw - ext4 /dev/mmcblk0p2 rw"]
        for folder in ("sys/dev/block", "udev"):
            (root / folder).mkdir(parents=True)
        self.machine = Machine(
            root / "mountinfo", root / "sys", root / "udev", (str(root / "media"),)
        )

    def disk(self, device: str, path: str, *, removable: str) -> None:
        """Put a disk with one partition into the device tree."""
        partition = self.root / "sys" / path
        partition.mkdir(parents=True)
        (partition.parent / "removable").write_text(removable + "\n")
        (self.root / "sys" / "dev" / "block" / device).symlink_to(partition)

    def mounted(self, device: str, folder: str) -> None:
        self.lines.append(f"40 22 {device} / {folder} rw,nosuid - vfat /dev/x rw")
        (self.root / "mountinfo").write_text("\n".join(self.lines) + "\n")

    def named(self, device: str, *said: str) -> None:
        (self.root / "udev" / f"b{device}").write_text("\n".join(said) + "\n")


@pytest.fixture
def fake(tmp_path: Path) -> FakeMachine:
    return FakeMachine(tmp_path)


def test_a_stick_is_told_by_the_kernels_flag_and_named_by_udev(fake):
    fake.disk("8:1", "devices/usb1/1-1/host0/block/sda/sda1", removable="1")
    fake.named("8:1", "I:1", "E:ID_FS_LABEL=ARCHIVES", "E:ID_SERIAL_SHORT=0401A", "E:BROKEN")
    fake.mounted("8:1", "/mnt/stick\\040one")
    assert fake.machine.media() == (Medium(Path("/mnt/stick one"), "ARCHIVES", "0401A"),)


def test_a_disk_behind_usb_is_removable_although_its_flag_says_no(fake):
    fake.disk("8:17", "devices/platform/soc/usb2/2-1/block/sdb/sdb1", removable="0")
    fake.mounted("8:17", "/backup")
    assert [medium.folder for medium in fake.machine.media()] == [Path("/backup")]


def test_a_disk_inside_is_none(fake):
    fake.disk("8:33", "devices/pci0000:00/ata1/block/sdc/sdc1", removable="0")
    fake.mounted("8:33", "/srv")
    assert fake.machine.media() == ()


def test_what_is_mounted_under_the_media_folder_is_one_whatever_the_kernel_says(fake):
    fake.mounted("0:50", f"{fake.root}/media/KEY")
    fake.named("0:50", "E:ID_FS_UUID=1234-ABCD")
    (medium,) = fake.machine.media()
    assert (medium.label, medium.serial) == ("KEY", "1234-ABCD")


def test_the_medium_plugged_in_last_comes_first(fake):
    for name in ("FIRST", "SECOND"):
        fake.mounted("0:5", f"{fake.root}/media/{name}")
    assert [medium.label for medium in fake.machine.media()] == ["SECOND", "FIRST"]


def test_a_machine_that_tells_nothing_has_no_media(tmp_path):
    assert Machine(tmp_path / "none", tmp_path, tmp_path).media() == ()


def test_only_another_file_system_is_external(tmp_path):
    with stick(tmp_path) as folder:
        assert Machine().medium_of(folder, tmp_path).external
    assert not Machine().medium_of(tmp_path, tmp_path).external


# --- copying --------------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.zip"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def medium(tmp_path: Path) -> Medium:
    (tmp_path / "stick").mkdir()
    return Medium(tmp_path / "stick", "STICK")


def agrees(_: Path) -> None:
    """Find nothing wrong with a copy."""


def test_a_copy_is_read_back_and_checked_before_it_has_its_name(source, medium):
    seen, written = [], []

    def check(path: Path) -> None:
        seen.append((path.name, path.read_bytes() == CONTENT, (medium.folder / "a.zip").exists()))

    copy = copy_to(medium, source, SHA256, check, written.append)
    assert copy.read_bytes() == CONTENT
    assert seen == [(".a.zip.part", True, False)]
    assert written == [CHUNK, 2 * CHUNK, len(CONTENT)]
    assert os.listdir(medium.folder) == ["a.zip"]  # noqa: PTH208 - hidden files too


def test_a_full_stick_is_said_and_left_as_it_was(source, medium):
    (medium.folder / ".a.zip.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as told:
        copy_to(medium, source, SHA256, agrees)
    assert told.value.errno == errno.ENOSPC
    assert not list(medium.folder.iterdir())


def test_a_stick_that_is_pulled_out_is_said(source, medium):
    def pull(_: int) -> None:
        shutil.rmtree(medium.folder, ignore_errors=True)

    with pytest.raises(FileNotFoundError):
        copy_to(medium, source, SHA256, agrees, pull)
    assert not medium.folder.exists()


def test_a_stick_that_gives_back_something_else_is_not_believed(source, medium):
    def wear_out(written: int) -> None:
        if written == len(CONTENT):
            with (medium.folder / ".a.zip.part").open("r+b") as file:
                file.seek(CHUNK)
                file.write(b"\0")

    with pytest.raises(CopyDiffers, match="use another medium"):
        copy_to(medium, source, SHA256, agrees, wear_out)
    assert not list(medium.folder.iterdir())


def test_a_copy_that_does_not_prove_itself_gets_no_name(source, medium):
    def refuse(path: Path) -> None:
        raise ValueError(path.name)

    with pytest.raises(ValueError, match="part"):
        copy_to(medium, source, SHA256, refuse)
    assert not list(medium.folder.iterdir())


def test_an_older_copy_is_replaced_whole(source, medium):
    (medium.folder / "a.zip").write_bytes(b"older")
    copy_to(medium, source, SHA256, agrees)
    assert (medium.folder / "a.zip").read_bytes() == CONTENT
