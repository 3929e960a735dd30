"""The read-only system: Debian's packages, the program, and what makes an appliance of them."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from image import early, inspection, layout, program, roots, update_keys
from image.recipe import HERE, PROJECT, PYTHON, TARGETS, BuildError, Target, Workshop, run
from terminal import __version__
from terminal.appliance import places

UNITS = Path("usr/lib/systemd/system")
UNIT_SUFFIXES = {".service", ".path", ".timer", ".socket", ".target", ".mount", ".slice"}
DEBIAN_UNITS = ("systemd-networkd.service", "systemd-resolved.service", "systemd-timesyncd.service")
MASKED = (
    *("getty@tty1.service", "getty@.service", "serial-getty@.service", "console-getty.service"),
    *("autovt@.service", "container-getty@.service", "debug-shell.service"),
    *("ctrl-alt-del.target", "systemd-networkd-wait-online.service", "wpa_supplicant.service"),
    *("e2scrub_all.timer", "e2scrub_reap.service", "systemd-repart.service", "fstrim.timer"),
    *("dpkg-db-backup.timer", "apt-daily.timer", "apt-daily-upgrade.timer"),
    # What only a system that is changed in place has to catch up with, and would at every start.
    *("systemd-journal-catalog-update.service", "systemd-update-done.service"),
    *("systemd-hwdb-update.service", "ldconfig.service", "systemd-firstboot.service"),
    *("systemd-binfmt.service", "proc-sys-fs-binfmt_misc.automount", "dev-hugepages.mount"),
    *("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "systemd-pcrlock.socket"),
)
"""No login anywhere, no second owner of the partitions, no work that nobody asked for."""
FORBIDDEN = (
    *("usr/bin/gcc", "usr/bin/cc", "usr/bin/c++", "usr/bin/make", "usr/bin/as", "usr/bin/pip3"),
    *("usr/bin/apt", "usr/sbin/sshd", "usr/bin/ssh", "usr/bin/curl", "usr/bin/gdb", "usr/bin/sudo"),
)
"""What would help whoever gets in, and no shop needs."""
PRIVATE = b"PRIVATE KEY-----"
EMPTY_AT_BUILD = ("boot", "var", "tmp", "run", "root", "home", "media", "mnt", "srv", "opt", "dev")
MOUNT_POINTS = ("boot/reprise", "data", "media", "etc/credstore.encrypted", "proc", "sys")
CODE = (f"usr/lib/python{PYTHON}", "usr/lib/python3", "opt/reprise")
RENDERED = {".conf", ".network", ".service", ".rules", ".json", ""}


@dataclass(frozen=True, slots=True)
class System:
    """What became of it: the folder, and what went in."""

    root: Path
    boot: Path
    """Folder with what Debian's packages have for the boot partition."""
    packages: list[tuple[str, str]]
    wheels: list[Path]


def assemble(shop: Workshop, built_at: str) -> System:
    """Put the system together in a fresh folder of the workshop."""
    archive = roots.system_root(shop, early.write(shop.folder / "early"))
    root = shop.folder / "root"
    boot = shop.folder / "boot"
    for old in (root, boot):
        shutil.rmtree(old, ignore_errors=True)
    root.mkdir()
    run("tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-xpf", archive, "-C", root)
    parts = _packages(root)
    boot = _take_boot(root, boot)
    for folder in EMPTY_AT_BUILD:
        _empty(root / folder)
    wheels = program.install(shop, root)
    for folder in MOUNT_POINTS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    _lay_over(root, shop.target)
    update_keys.put_in(root)
    _install_units(root)
    run("systemd-sysusers", f"--root={root}")
    settle(root, shop.target, built_at)
    _compile_bytecode(root, Workshop.under(_host_target(), shop.folder.parent))
    refuse_unwanted(root)
    inspection.inspect(root, [p.name for p in unit_files()], [p.name for p in rule_files()])
    return System(root, boot, parts, wheels)


def render(text: str, target: Target) -> str:
    """Return a file of the overlay with what only the build knows."""
    known = {"@COMPATIBLE@": target.compatible, "@DATA_TYPE@": layout.DATA_TYPE}
    for mark, value in known.items():
        text = text.replace(mark, value)
    return text


def file_systems() -> str:
    """Return /etc/fstab: the card's partitions, and what of /var outlives a start."""
    safe = "nosuid,nodev,noexec"
    books = f"noatime,errors=remount-ro,{safe},nofail,x-systemd.device-timeout=180s"
    settings = f"ro,umask=0077,{safe},nofail,x-systemd.device-timeout=180s"
    lines = [
        "# Made by the build (image/system.py); why it is so: docs/image.md.",
        f"PARTLABEL=data /data ext4 {books} 0 2",
        f"PARTLABEL=bootcfg {places.BOOT_SETTINGS} vfat {settings} 0 0",
        f"tmpfs /var tmpfs mode=0755,size=256M,{safe} 0 0",
        # Where sticks are mounted, each in a folder of its own (63-reprise-sticks.rules).
        f"tmpfs /media tmpfs mode=0755,size=1M,{safe} 0 0",
    ]
    lines += [f"{kept} {place} none bind,nofail 0 0" for kept, place in BOUND]
    return "\n".join(lines) + "\n"


BOUND = (
    ("/data/systemd", "/var/lib/systemd"),
    ("/data/log", "/var/log/journal"),
    ("/data/reprise", str(places.DATA)),
    ("/data/update", str(places.UPDATE_DATA)),
    ("/data/health", str(places.HEALTH_STATE)),
    ("/data/rauc", "/var/lib/rauc"),
    ("/data/credstore", "/etc/credstore.encrypted"),
)
"""What lasts: where it lies on the data partition, and where the system looks for it."""
KEPT = (*(kept for kept, _ in BOUND), str(places.MACHINE))
"""Folders that the data partition has from the beginning: units are let into what exists."""


def unit_files() -> list[Path]:
    """Return the units that the image takes from systemd/."""
    found = (PROJECT / "systemd").iterdir()
    return sorted(path for path in found if path.suffix in UNIT_SUFFIXES)


def rule_files() -> list[Path]:
    """Return the rules of udev that the image takes from systemd/."""
    return sorted((PROJECT / "systemd").glob("*.rules"))


def _packages(root: Path) -> list[tuple[str, str]]:
    listed = run(
        "dpkg-query",
        f"--admindir={root / 'var/lib/dpkg'}",
        *("-W", "-f", "${Package}:${Architecture} ${Version}\n"),
    )
    pairs = [line.split(" ", 1) for line in listed.splitlines()]
    return sorted((name, version) for name, version in pairs)


def _take_boot(root: Path, boot: Path) -> Path:
    shutil.copytree(root / "boot", boot, symlinks=True)
    firmware = root / "usr/lib/raspi-firmware"
    if firmware.is_dir():
        shutil.move(firmware, boot / "raspi-firmware")
    for trees in sorted((root / "usr/lib").glob("linux-image-*")):
        shutil.copytree(trees, boot / "dtbs", dirs_exist_ok=True)
        shutil.rmtree(trees)
    return boot


def _empty(folder: Path) -> None:
    mode = folder.stat().st_mode if folder.exists() else 0o755
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    folder.chmod(mode & 0o7777)


def _lay_over(root: Path, target: Target) -> None:
    overlay = HERE / "overlay"
    for path in sorted(overlay.rglob("*")):
        place = root / path.relative_to(overlay)
        if path.is_symlink():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            place.symlink_to(path.readlink())
        elif path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.unlink(missing_ok=True)
            if path.suffix in RENDERED:
                text = path.read_text(encoding="utf-8")
                place.write_text(render(text, target), encoding="utf-8")
            else:
                shutil.copyfile(path, place)
            place.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _install_units(root: Path) -> None:
    enabled = []
    for unit in unit_files():
        place = root / UNITS / unit.name
        shutil.copyfile(unit, place)
        place.chmod(0o644)
        if "[Install]" in unit.read_text(encoding="utf-8"):
            enabled.append(unit.name)
    for rules in rule_files():
        shutil.copyfile(rules, root / "usr/lib/udev/rules.d" / rules.name)
    for folder in (PROJECT / "systemd").glob("*.d"):
        shutil.copytree(folder, root / UNITS / folder.name, dirs_exist_ok=True)
    run("systemctl", f"--root={root}", "--quiet", "enable", *DEBIAN_UNITS, *enabled)
    for name in MASKED:
        link = root / "etc/systemd/system" / name
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")


def settle(root: Path, target: Target, built_at: str) -> None:
    """Write what only the build knows: mounts, names, and what this image is."""
    etc = root / "etc"
    (etc / "fstab").write_text(file_systems(), encoding="ascii")
    (etc / "hostname").write_text("reprise\n", encoding="ascii")
    # Empty: the first file system binds the machine's own over it (initramfs/).
    (etc / "machine-id").write_bytes(b"")
    resolver = etc / "resolv.conf"
    resolver.unlink(missing_ok=True)
    resolver.symlink_to("../run/systemd/resolve/stub-resolv.conf")
    for leftover in ("passwd-", "group-", "shadow-", "gshadow-", ".pwd.lock", "subuid-", "subgid-"):
        (etc / leftover).unlink(missing_ok=True)
    release = {
        "version": __version__,
        "target": target.name,
        "built_at": built_at,
        "compatible": target.compatible,
    }
    place = root / places.RELEASE.relative_to("/")
    place.write_text(json.dumps(release, indent=1) + "\n", encoding="ascii")
    with (root / "usr/lib/os-release").open("a", encoding="utf-8") as file:
        file.write(f'IMAGE_ID=reprise\nIMAGE_VERSION="{__version__}"\n')


def _host_target() -> Target:
    for target in TARGETS.values():
        if target.machine == platform.machine():
            return target
    raise BuildError(f"images are built on a PC or an arm64 machine, not on {platform.machine()}")


def _compile_bytecode(root: Path, host: Workshop) -> None:
    """Compile all Python, by its content: dates in an image are all the same and say nothing.

    Byte code is the same on every machine, so this machine's own Python of that version makes it,
    the one of the throw-away root.
    """
    for caches in sorted(root.rglob("__pycache__"), reverse=True):
        shutil.rmtree(caches)
    tools = host.folder / "python"
    shutil.rmtree(tools, ignore_errors=True)
    tools.mkdir()
    run("tar", "--numeric-owner", "-xpf", roots.tools_root(host), "-C", tools)
    (tools / "mnt").mkdir(exist_ok=True)
    compiler = "python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -s /mnt -p /"
    folders = " ".join(f"/mnt/{place}" for place in CODE)
    enter = f'mount --bind "{root}" "{tools}/mnt" && exec chroot "{tools}"'
    script = f"{enter} {compiler} {folders}"
    run("unshare", "--mount", "sh", "-ec", script)
    shutil.rmtree(tools)


def refuse_unwanted(root: Path) -> None:
    """Look for what must not be in an image. Raises BuildError naming it."""
    found = [name for name in FORBIDDEN if (root / name).exists()]
    for place in ("etc", "opt/reprise/bin", "usr/lib/reprise", "usr/share/reprise"):
        files = (
            file for file in (root / place).rglob("*") if file.is_file() and not file.is_symlink()
        )
        found += [str(file.relative_to(root)) for file in files if PRIVATE in file.read_bytes()]
    shadow = (root / "etc/shadow").read_text(encoding="utf-8")
    for line in shadow.splitlines():
        name, password = line.split(":")[:2]
        if not password.startswith(("*", "!")):
            found.append(f"a way to log in as {name}")
    if found:
        raise BuildError(f"these must not be in an image: {', '.join(found)}")
