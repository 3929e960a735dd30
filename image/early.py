"""What is laid over /usr before the kernel is installed: how its first file system is made."""

from __future__ import annotations

import shutil
from pathlib import Path

from image import splash
from image.recipe import HERE


def write(folder: Path) -> Path:
    """Write it anew into ``folder`` and return that."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "initramfs", folder / "share" / "initramfs-tools")
    splash.write(folder / "share" / "reprise")
    return folder
