"""Fetch the kernel that the image ships, for the machine of the power cuts.

The file system's behaviour after a cut is the kernel's: an older one than the image's would be
another test.  Fetched by apt in a folder of its own; nothing is installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from image.sources import lines

META = "linux-image-amd64"


def fetch(folder: Path) -> Path:
    """Return the folder with the unpacked kernel package; it is fetched when it is not there."""
    folder = folder.resolve()
    kernel = folder / "kernel"
    if kernel.is_dir():
        return kernel
    private = folder / "apt"
    for name in ("state/lists/partial", "cache/archives/partial", "etc"):
        (private / name).mkdir(parents=True, exist_ok=True)
    (private / "etc" / "sources.list").write_text("\n".join(lines()) + "\n", encoding="utf-8")
    (private / "status").touch()
    _apt(private, "update", "--quiet")
    told = _apt(private, "--simulate", "--no-install-recommends", "install", META)
    (package,) = set(re.findall(r"^Inst (linux-image-[0-9]\S+)", told, re.MULTILINE))
    _apt(private, "download", "--quiet", package)
    (deb,) = folder.glob("linux-image-*.deb")
    new = folder / "kernel.new"
    shutil.rmtree(new, ignore_errors=True)
    subprocess.run(["dpkg-deb", "--extract", deb, new], check=True)
    if not (new / "lib").exists():
        (new / "lib").symlink_to("usr/lib")
    version = package.removeprefix("linux-image-")
    subprocess.run(["/usr/sbin/depmod", "--basedir", new, version], check=True)
    deb.unlink()
    shutil.rmtree(private)
    return new.rename(kernel)


def _apt(private: Path, *order: str) -> str:
    options = {
        "Dir::Etc::sourcelist": private / "etc" / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": private / "state",
        "Dir::State::status": private / "status",
        "Dir::Cache": private / "cache",
        "APT::Architecture": "amd64",
    }
    given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    return subprocess.run(
        ["apt-get", *given, *order],
        cwd=private.parent,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
