"""Root file systems of Debian packages, made by mmdebstrap once per set of inputs and kept."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from image import sources
from image.recipe import HERE, SUITE, BuildError, Target, Workshop, columns, key_of, run

FOREIGN_MODULES = ("gpu/drm/amd", "gpu/drm/i915", "gpu/drm/nouveau", "gpu/drm/radeon", "gpu/drm/xe")
"""Kernel modules of graphics that none of our machines has: a third of all modules."""
EXCLUDED = (
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/doc/*",
    "/usr/share/lintian/*",
    *(f"/usr/lib/modules/*/kernel/drivers/{folder}/*" for folder in FOREIGN_MODULES),
    *(f"/lib/modules/*/kernel/drivers/{folder}/*" for folder in FOREIGN_MODULES),
)
LICENCES = "/usr/share/doc/*/copyright"
VENDOR_SOURCE = "PI_SOURCE"
BINFMT = Path("/proc/sys/fs/binfmt_misc")


def packages(target: Target) -> list[str]:
    """Return the names of the packages in the image of a target, as ``packages.txt`` lists them."""
    rows = columns(HERE / "packages.txt", 3)
    own = "rpi" if target.vendor else "debian"
    wanted = {"all", target.arch, f"{target.arch}-{own}"}
    return [name for name, targets, _ in rows if targets in wanted]


def system_root(shop: Workshop, extra: Path) -> Path:
    """Return the archive (tar) of the image's packages.

    ``extra`` is laid over /usr before the kernel is installed, for its first file system.
    """
    names = packages(shop.target)
    key = key_of(*names, *EXCLUDED, SUITE, HERE / "initramfs", extra)
    lay = f'mkdir -p "$1/usr" && cp -rT --preserve=mode "{extra}" "$1/usr"'
    return _root(shop, "system", key, names, [f"--essential-hook={lay}"])


def vendor_source() -> str:
    """Return the apt line of the board's maker. Raises BuildError where it is not said."""
    line = os.environ.get(VENDOR_SOURCE, "").strip()
    if not line.startswith("deb "):
        raise BuildError(
            f"{VENDOR_SOURCE} must be the line of apt that Raspberry Pi's kernels come from: "
            "deb [signed-by=KEYRING] ADDRESS SUITE main"
        )
    return line


def tools_root(shop: Workshop) -> Path:
    """Return the archive (tar) of the throw-away root with a compiler for the target."""
    names = [row[0] for row in columns(HERE / "packages-tools.txt", 1)]
    return _root(shop, "tools", key_of(*names, SUITE), names, [])


def can_run(target: Target) -> None:
    """See to it that programs of the target run here, by QEMU if need be. Raises BuildError."""
    if platform.machine() == target.machine:
        return
    if not (BINFMT / "register").exists():
        run("mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT)
    if not list(BINFMT.glob(f"qemu-{target.machine}*")):
        described = Path(f"/usr/lib/binfmt.d/qemu-{target.machine}-static.conf")
        if not described.exists():
            described = described.with_name(f"qemu-{target.machine}.conf")
        try:
            rule = described.read_text(encoding="utf-8").strip()
            (BINFMT / "register").write_text(rule, encoding="utf-8")
        except OSError as error:
            raise BuildError(
                f"programs of {target.machine} cannot run here ({error}): "
                "install qemu-user-static, and build as root once"
            ) from error


def _root(shop: Workshop, what: str, key: str, names: list[str], hooks: list[str]) -> Path:
    kept = shop.kept(what, key, ".tar")
    if kept.exists():
        return kept
    can_run(shop.target)
    origin = sources.lines()
    if shop.target.vendor and what == "system":
        origin.append(vendor_source())
    fresh = shop.folder / f"{what}.new.tar"
    fresh.unlink(missing_ok=True)
    run(
        "mmdebstrap",
        "--variant=essential",
        f"--architectures={shop.target.arch}",
        f"--include={','.join(names)}",
        '--aptopt=Apt::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={path}" for path in EXCLUDED),
        f"--dpkgopt=path-include={LICENCES}",
        *hooks,
        SUITE,
        fresh,
        *origin,
    )
    for old in shop.folder.glob(f"{what}-*.tar"):
        if old != fresh:
            old.unlink()
    fresh.rename(kept)
    return kept
