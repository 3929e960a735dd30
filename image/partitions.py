"""File systems as files, and the card that they are put together to: no mounts, no loop devices."""

from __future__ import annotations

import shutil
from pathlib import Path

from image import layout
from image.recipe import EPOCH, HERE, MIB, BuildError, Target, Workshop, run
from image.system import KEPT, System

EROFS_COMPRESSION = "lz4hc,9"
"""Read by a Pi as fast as the card gives it; zstd saves a tenth and costs ten times the build."""
EROFS_CLUSTER = 65_536
"""Bytes compressed together: larger saves little and makes small reads slow."""
DATA_OWNERS = {"/data/reprise": (900, 0o750), "/data/health": (901, 0o755)}
"""Owner (image/overlay/usr/lib/sysusers.d) and mode; the rest is root's alone."""
TIMES = ("atime", "ctime", "mtime")
AT_EPOCH = {"E2FSPROGS_FAKE_TIME": str(EPOCH)}
JOURNAL_MIB = 16
"""The ext4 journal does not grow with the partition: sized for the card, not for the image."""
COMMAND_LINE = (
    "rootwait ro quiet loglevel=3 logo.nologo vt.global_cursor_default=0 consoleblank=0 "
    "fbcon=nodefer systemd.show_status=false rd.systemd.show_status=false panic=10 oops=panic "
    "fsck.repair=yes"
)
"""A damaged file system is mended, whatever it takes (systemd-fsck@.service(8)): nobody can answer
a question here, and what is missing from the books after it is found by their own chain."""


def command_line(target: Target) -> str:
    """Return the kernel's command line of a boot partition: the same in both slots."""
    console = "console=tty1 " if target.arch == "arm64" else ""
    return f"{console}{COMMAND_LINE}"


def autoboot(slot: str = "A") -> str:
    """Return ``autoboot.txt``: which boot partition is started, and which one is tried on request.

    One whole sector, as ``appliance/boot_slot.py`` writes it.
    """
    first, second = (2, 3) if slot == "A" else (3, 2)
    text = f"[all]\ntryboot_a_b=1\nboot_partition={first}\n[tryboot]\nboot_partition={second}\n"
    return text + "\n" * (512 - len(text))


def erofs(shop: Workshop, system: System) -> Path:
    """Return the read-only system as a file."""
    file = shop.folder / "system.erofs"
    file.unlink(missing_ok=True)
    run(
        *("mkfs.erofs", "--quiet", f"-z{EROFS_COMPRESSION}", f"-C{EROFS_CLUSTER}"),
        *("-T", str(EPOCH), "-U", layout.identity("system"), file, system.root),
    )
    check_fits(file, "system_a")
    return file


def boot(shop: Workshop, system: System) -> Path:
    """Return the boot partition as a file: what the firmware reads, the same in both slots."""
    folder = shop.folder / "boot-files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for ending, (kernel, first) in shop.target.kernels.items():
        for kind, name in (("vmlinuz", kernel), ("initrd.img", first)):
            found = sorted(system.boot.glob(f"{kind}-*{ending}"))
            if not found:
                raise BuildError(f"no package brought a {kind} for {ending}")
            shutil.copyfile(found[-1], folder / name)
    (folder / "cmdline.txt").write_text(command_line(shop.target) + "\n", encoding="ascii")
    if shop.target.arch == "arm64":
        shutil.copyfile(HERE / "config.txt", folder / "config.txt")
        _firmware(system, folder)
    return fat(shop.folder / "boot.vfat", "boot_a", "boot", folder)


def settings(shop: Workshop) -> Path:
    """Return the partition that any computer can edit, as a file."""
    folder = shop.folder / "bootcfg-files"
    shutil.rmtree(folder, ignore_errors=True)
    if (HERE / "bootcfg").is_dir():
        shutil.copytree(HERE / "bootcfg", folder)
    folder.mkdir(exist_ok=True)
    (folder / "autoboot.txt").write_text(autoboot(), encoding="ascii")
    return fat(shop.folder / "bootcfg.vfat", "bootcfg", "REPRISE", folder)


def fat(file: Path, label: str, volume: str, folder: Path) -> Path:
    """Make a FAT file system of a folder, the same bytes every time."""
    file.unlink(missing_ok=True)
    size = layout.partition(label).size
    with file.open("wb") as empty:
        empty.truncate(size)
    number = layout.identity(f"fat {label}")[:8]
    run("mkfs.vfat", "--invariant", "-F", "32", "-s", "1", "-i", number, "-n", volume.upper(), file)
    names = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    for name in names:
        here = folder / name
        if here.is_dir():
            run("mmd", "-i", file, f"::{name}")
        else:
            run("touch", "-d", f"@{EPOCH}", here)
            run("mcopy", "-m", "-i", file, here, f"::{name}")
    return file


def data(shop: Workshop) -> Path:
    """Return the data partition as a file: folders with their owners, and nothing in them."""
    folder = shop.folder / "data-files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for kept in KEPT:
        place = folder / kept.removeprefix("/data/")
        place.mkdir()
        owner, mode = DATA_OWNERS.get(kept, (0, 0o755 if kept == "/data/log" else 0o700))
        place.chmod(mode)
        shutil.chown(place, owner, owner)
    (folder / "systemd").chmod(0o755)
    file = shop.folder / "data.ext4"
    file.unlink(missing_ok=True)
    same = layout.identity("data")
    run(
        *("mke2fs", "-q", *layout.DATA_FORM, "-L", "data", "-m", "5"),
        *("-U", same, "-J", f"size={JOURNAL_MIB}", "-e", "remount-ro", "-d", folder),
        *("-E", f"hash_seed={same},lazy_itable_init=0,lazy_journal_init=0"),
        *(file, f"{layout.partition('data').size // 1024}k"),
        env=AT_EPOCH,
    )
    # Its folders come with the times of those that they were copied from.
    names = [kept.removeprefix("/data") for kept in KEPT]
    dated = "".join(f"sif {name} {field} @{EPOCH}\n" for name in names for field in TIMES)
    run("debugfs", "-w", "-f", "-", file, told=dated, env=AT_EPOCH)
    return file


def card(shop: Workshop, parts: dict[str, Path]) -> Path:
    """Put the partitions together to the image of a card. Raises BuildError above the limit."""
    image = shop.folder / f"reprise-{shop.target.name}.img"
    image.unlink(missing_ok=True)
    with image.open("wb") as empty:
        empty.truncate(layout.image_size())
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", image, told=layout.table())
    at = layout.offsets()
    for label, file in parts.items():
        check_fits(file, label)
        _copy_sparse(file, image, at[label])
    return image


def _copy_sparse(file: Path, image: Path, offset: int) -> None:
    with file.open("rb") as source, image.open("r+b") as place:
        while block := source.read(MIB):
            if block.count(0) != len(block):
                place.seek(offset)
                place.write(block)
            offset += len(block)


def check_fits(file: Path, label: str) -> None:
    """Raises BuildError where a file system is larger than its partition."""
    room = layout.partition(label).size
    if file.stat().st_size > room:
        raise BuildError(f"{file.name} has {file.stat().st_size:,} bytes; {label} takes {room:,}")


def _firmware(system: System, folder: Path) -> None:
    for name in ("start4.elf", "fixup4.dat"):
        found = sorted((system.boot / "raspi-firmware").rglob(name))
        if not found:
            raise BuildError(f"the firmware has no {name}")
        shutil.copyfile(found[0], folder / name)
    for tree in sorted((system.boot / "dtbs").rglob("bcm271*.dtb")):
        shutil.copyfile(tree, folder / tree.name)
    for overlays in (system.boot / "dtbs").rglob("overlays"):
        shutil.copytree(overlays, folder / "overlays", dirs_exist_ok=True)
