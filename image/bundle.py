"""``python -m image.bundle [TARGET ...]``: signed updates of what ``make image`` has built.

A bundle holds the two images of a slot, its boot partition and its system: the same for either
slot, because the first file system finds out which one it is in.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from image.recipe import HERE, PROJECT, TARGETS, BuildError, Target, run
from image.system import render
from image.update_keys import KEYRING, Keys, keys
from terminal import __version__

CONFIG = Path("etc/rauc/system.conf")
BOOT, SYSTEM = "boot.vfat", "system.erofs"
"""Names of the two in the workshop (``image.partitions``)."""
SQUASH = "-noI -noD -noF -noX -no-progress"
"""The system is compressed already; what is not packed again is copied faster on the till."""


def manifest(target: Target, version: str) -> str:
    """Return what rauc is told of the bundle (RAUC reference, "Manifest")."""
    return (
        f"[update]\ncompatible={target.compatible}\nversion={version}\n"
        "[bundle]\nformat=verity\n"
        f"[image.system]\nfilename={SYSTEM}.img\n"
        f"[image.boot]\nfilename={BOOT}.img\n"
    )


def configuration(target: Target, authority: Path) -> str:
    """Return rauc's configuration as the image ships it, but for the place of the keyring."""
    shipped = (HERE / "overlay" / CONFIG).read_text(encoding="utf-8")
    return render(shipped, target).replace(f"/{KEYRING}", str(authority))


def make(target: Target, built: Path, signed_with: Keys, version: str = __version__) -> Path:
    """Make the signed bundle of a built image; return it. Raises BuildError."""
    missing = [name for name in (BOOT, SYSTEM) if not (built / name).is_file()]
    if missing:
        raise BuildError(f"{built} has no {' and no '.join(missing)}: run `make image` first")
    content, bundle = built / "bundle", built / f"reprise-{target.name}-{version}.raucb"
    shutil.rmtree(content, ignore_errors=True)
    bundle.unlink(missing_ok=True)
    content.mkdir()
    for name in (BOOT, SYSTEM):
        (content / f"{name}.img").hardlink_to(built / name)
    (content / "manifest.raucm").write_text(manifest(target, version), encoding="ascii")
    config = built / "bundle.conf"
    config.write_text(configuration(target, signed_with.authority), encoding="utf-8")
    # With the till's own configuration: rauc proves at once that the till will take it.
    run(
        *("rauc", "bundle", "--conf", config),
        *("--cert", signed_with.certificate, "--key", signed_with.key),
        *(f"--mksquashfs-args={SQUASH}", content, bundle),
    )
    shutil.rmtree(content)
    return bundle


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m image.bundle", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--from", type=Path, default=PROJECT / "build" / "image", dest="built")
    parser.add_argument("--version", default=__version__, help="instead of the program's own")
    options = parser.parse_args()
    try:
        for name in options.targets or TARGETS:
            bundle = make(TARGETS[name], options.built / name, keys(), options.version)
            sys.stdout.write(f"{bundle} ({bundle.stat().st_size / 1e6:.0f} MB)\n")
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
