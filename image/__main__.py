"""``python -m image [TARGET ...]``: build the images, both usual ones unless some are named."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from image import manifest, partitions, system
from image.recipe import EPOCH, PROJECT, TARGETS, USUAL, BuildError, Target, Workshop
from terminal import __version__


def moment() -> str:
    """Return what the image is dated with: SOURCE_DATE_EPOCH, or the day of the last change."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not said:
        git = shutil.which("git") or "git"
        asked = subprocess.run(  # noqa: S603 - our own words
            [git, "-C", str(PROJECT), "log", "-1", "--format=%ct"],
            capture_output=True,
            text=True,
            check=False,
        )
        said = asked.stdout.strip() or str(EPOCH)
    return datetime.fromtimestamp(int(said), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def build(target: Target, base: Path) -> Path:
    """Build one image; return it. Raises BuildError."""
    begun = time.monotonic()
    say(target, "packages and program")
    shop = Workshop.under(target, base)
    made = system.assemble(shop, moment())
    say(target, "file systems", begun)
    parts = {
        "bootcfg": partitions.settings(shop),
        "boot_a": partitions.boot(shop, made),
        "system_a": partitions.erofs(shop, made),
        "data": partitions.data(shop),
    }
    image = partitions.card(shop, parts)
    manifest.write(shop.folder / "parts.cdx.json", manifest.parts(made, target, __version__))
    manifest.write(shop.folder / "sizes.json", manifest.sizes(made, parts))
    versions = "".join(f"{name} {version}\n" for name, version in made.packages)
    (shop.folder / "packages.list").write_text(versions, encoding="ascii")
    total = manifest.sha256(image)
    (shop.folder / f"{image.name}.sha256").write_text(f"{total}  {image.name}\n", encoding="ascii")
    say(target, f"{image} ({image.stat().st_size / 1e9:.2f} GB, sha256 {total})", begun)
    return image


def say(target: Target, what: str, begun: float | None = None) -> None:
    """Tell whoever builds how far it is."""
    after = "" if begun is None else f" after {time.monotonic() - begun:.0f} s"
    sys.stdout.write(f"{target.name}: {what}{after}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m image", description=__doc__)
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help=f"{', '.join(TARGETS)}; {' and '.join(USUAL)} unless named",
    )
    parser.add_argument("--into", type=Path, default=PROJECT / "build" / "image")
    options = parser.parse_args()
    try:
        for target in [TARGETS[name] for name in options.targets or USUAL]:
            build(target, options.into.resolve())
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
