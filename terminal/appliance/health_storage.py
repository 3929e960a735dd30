"""The card or disk, the file system on it, and what is left of both."""

from __future__ import annotations

import re

from terminal.appliance import places
from terminal.appliance.machine_files import MachineFiles, Mount
from terminal.appliance.readings import Figure, Group, Judgement, Reading

LOW_SPACE_MIB = 500
"""Attention. Ours: two weeks of sales of a busy shop, an update's bundle beside them."""
VERY_LOW_SPACE_MIB = 200
"""Bad: what ``reprise doctor`` warns of; sales still go on."""
LOW_FILES_PERCENT = 10
VERY_LOW_FILES_PERCENT = 2
"""Of free inodes; ext4 makes none anew."""
WORN_STEP = 0x09
"""Attention: 80 to 90 % of the device's life is used (JESD84-B51, DEVICE_LIFE_TIME_EST_TYP_A/B,
steps of ten percent)."""
WORN_OUT_STEP = 0x0B
"""Bad: its estimated life is exceeded."""
EOL_WARNING, EOL_URGENT = 0x02, 0x03
"""PRE_EOL_INFO: 80 % and 90 % of the reserved blocks are consumed (JESD84-B51)."""
STOPPED = frozenset({"ro", "emergency_ro", "shutdown"})
"""Options of a file system that takes no more writes (fs/ext4/super.c). Up to Linux 6.11 an error
made it ``ro``; from 6.15 on it says ``emergency_ro``; those between say nothing at all."""
STOPS_AT_ERRORS = "errors=remount-ro"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_PARTITION = re.compile(r"(mmcblk\d+|nvme\d+n\d+)p\d+|([a-z]{2,4})\d+")


def data_path() -> str:
    """Return the data folder, relative to a root."""
    return places.DATA.as_posix().lstrip("/")


def data_mount(files: MachineFiles) -> Mount | None:
    """Return what the shop's data lie on."""
    return files.mount_of(data_path())


def block_name(files: MachineFiles, mount: Mount | None) -> str:
    """Return the kernel's name of the partition of a mount (``mmcblk0p6``); empty: unknown."""
    if mount is None:
        return ""
    for line in files.lines(f"sys/dev/block/{mount.device}/uevent"):
        key, _, value = line.partition("=")
        if key == "DEVNAME" and _NAME.fullmatch(value):
            return value
    return ""


def disk_name(partition: str) -> str:
    """Return the disk of a partition: ``mmcblk0`` of ``mmcblk0p6``, ``sda`` of ``sda2``."""
    found = _PARTITION.fullmatch(partition)
    return (found[1] or found[2]) if found else partition


def ext4(files: MachineFiles, partition: str, what: str = "errors_count") -> int | None:
    """Return what the kernel says of an ext4 (``/sys/fs/ext4``, sysfs-fs-ext4)."""
    return files.whole(f"sys/fs/ext4/{partition}/{what}")


def file_system(files: MachineFiles) -> Reading:
    """Return the errors that ext4 keeps in its superblock: they survive a restart and a check.

    Those of the data partition; where it cannot be told which that is, of every ext4 there is.
    """
    own = block_name(files, data_mount(files))
    systems = [path.rpartition("/")[2] for path in files.folders("sys/fs/ext4")]
    counts = {name: ext4(files, name) for name in systems if own in ("", name)}
    known = {name: count for name, count in counts.items() if count is not None}
    if not known:
        return Reading("file_system", Group.STORAGE, Judgement.UNKNOWN, "unreadable")
    figures: dict[str, Figure] = {"errors": sum(known.values())}
    for file, figure in (("first_error_time", "first_ms"), ("last_error_time", "last_ms")):
        times = [ext4(files, name, file) or 0 for name in known]
        if any(times):
            seconds = min(t for t in times if t) if figure == "first_ms" else max(times)
            figures[figure] = seconds * 1000
    if any(count > 0 for count in known.values()):
        return Reading("file_system", Group.STORAGE, Judgement.BAD, "errors", figures)
    return Reading("file_system", Group.STORAGE, Judgement.GOOD, "", figures)


def writable(files: MachineFiles, now_ms: int) -> Reading:
    """Notice a data partition that the kernel writes to no more (``errors=remount-ro``)."""
    mount = data_mount(files)
    if mount is None:
        return Reading("writable", Group.STORAGE, Judgement.UNKNOWN, "unreadable")
    figures = {"system": mount.kind[:16]}
    if not STOPPED.isdisjoint(mount.options) or _stopped_unseen(files, mount, now_ms):
        return Reading("writable", Group.STORAGE, Judgement.BAD, "read_only", figures)
    return Reading("writable", Group.STORAGE, Judgement.GOOD, "", figures)


def _stopped_unseen(files: MachineFiles, mount: Mount, now_ms: int) -> bool:
    """Tell whether ext4 met an error since the machine started, at which it stops by its options.

    Kernels that say nothing of it are told by the time of the newest error.
    """
    name = block_name(files, mount)
    up_ms = files.up_ms()
    if not name or STOPS_AT_ERRORS not in mount.options or up_ms is None:
        return False
    newest_s = ext4(files, name, "last_error_time") or 0
    return (ext4(files, name) or 0) > 0 and newest_s >= now_ms // 1000 - up_ms // 1000


def space(files: MachineFiles) -> Reading:
    """Return what is left on the data partition: room, and files."""
    told = files.space(data_path())
    if told is None:
        return Reading("space", Group.STORAGE, Judgement.UNKNOWN, "unreadable")
    free_mib = told.free_bytes // 2**20
    figures: dict[str, Figure] = {"free_mib": free_mib, "size_mib": told.size_bytes // 2**20}
    files_percent = 100
    if told.files:
        files_percent = told.free_files * 100 // told.files
        figures["files_percent"] = files_percent
    if free_mib < VERY_LOW_SPACE_MIB:
        return Reading("space", Group.STORAGE, Judgement.BAD, "very_low", figures)
    if files_percent < VERY_LOW_FILES_PERCENT:
        return Reading("space", Group.STORAGE, Judgement.BAD, "no_files", figures)
    if free_mib < LOW_SPACE_MIB:
        return Reading("space", Group.STORAGE, Judgement.ATTENTION, "low", figures)
    if files_percent < LOW_FILES_PERCENT:
        return Reading("space", Group.STORAGE, Judgement.ATTENTION, "few_files", figures)
    return Reading("space", Group.STORAGE, Judgement.GOOD, "", figures)


def card(files: MachineFiles) -> Reading:
    """Say which card or disk it is: its CID names maker, model, serial number and month."""
    disk = disk_name(block_name(files, data_mount(files))) or _first_card(files)
    if not disk:
        return Reading("card", Group.STORAGE, Judgement.UNKNOWN, "unreadable")
    folder = f"sys/class/block/{disk}/device"
    figures: dict[str, Figure] = {}
    for file, figure in (
        ("type", "medium"), ("name", "model"), ("model", "model"), ("date", "made"),
        ("manfid", "maker"), ("cid", "cid"),
    ):  # fmt: skip
        text = files.text(f"{folder}/{file}")
        if text:
            figures.setdefault(figure, _printable(text))
    sectors = files.whole(f"sys/class/block/{disk}/size")
    if sectors is not None:
        figures["size_mib"] = sectors // 2048
    if not figures:
        return Reading("card", Group.STORAGE, Judgement.UNKNOWN, "unreadable")
    return Reading("card", Group.STORAGE, Judgement.GOOD, "", figures)


def wear(files: MachineFiles) -> Reading:
    """Return how much of its life an eMMC has used; an SD card or a disk does not say."""
    disk = disk_name(block_name(files, data_mount(files))) or _first_card(files)
    folder = f"sys/class/block/{disk}/device"
    steps = [
        step
        for place in (0, 1)
        if (step := files.hexadecimal(f"{folder}/life_time", place)) is not None
        and 0 < step <= WORN_OUT_STEP
    ]
    if not disk or not steps:
        return Reading("wear", Group.STORAGE, Judgement.UNKNOWN, "not_told")
    reserve = files.hexadecimal(f"{folder}/pre_eol_info") or 0
    figures = {"used_percent": min(max(steps) * 10, 100)}
    if max(steps) >= WORN_OUT_STEP or reserve >= EOL_URGENT:
        return Reading("wear", Group.STORAGE, Judgement.BAD, "worn_out", figures)
    if max(steps) >= WORN_STEP or reserve >= EOL_WARNING:
        return Reading("wear", Group.STORAGE, Judgement.ATTENTION, "worn", figures)
    return Reading("wear", Group.STORAGE, Judgement.GOOD, "", figures)


def _first_card(files: MachineFiles) -> str:
    """Return the first card there is, where the mount does not tell."""
    cards = files.folders("sys/class/block", "mmcblk[0-9]")
    return cards[0].rpartition("/")[2] if cards else ""


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isprintable())[:40].strip()
