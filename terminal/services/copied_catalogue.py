"""The catalogue beside the second copy: the file the till sells from, whole, and what it weighs.

It is no part of the chain: prices come from the head office or a file, and a till that is restored
takes newer ones when it is given some.  Without it a restored till could sell nothing at all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from terminal.devices.media import CHUNK, Medium, copy_to
from terminal.store.catalogue import DIRECTORY, POINTER, Catalogue
from terminal.store.catalogue_import import CatalogueRefused
from terminal.whole_files import write_whole

FOLDER = "catalogue"
"""In the folder of the copies, beside them."""
NOTE = "current.json"
MAX_BYTES = 512 * 2**20
"""A million articles are some 300 MB; more is not waited for by the copy of the journal."""
SPARE_BYTES = 256 * 2**20
"""Left free on the stick: the journal comes first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A catalogue on a stick."""

    path: Path
    sha256: str


def keep(home: Path, data: Path, medium: Medium) -> bool:
    """Bring the catalogue of a data folder to a stick; tells whether it lies there now.

    Raises:
        OSError: the stick does not take it, or gives back something else.
    """
    name = (data / DIRECTORY / POINTER).read_text("utf-8").strip()
    source = data / DIRECTORY / name
    size = source.stat().st_size
    folder = home / FOLDER
    found = kept(home)
    if found is not None and found.path.name == name:
        return True
    if size > MAX_BYTES or shutil.disk_usage(home).free < size + SPARE_BYTES:
        return False
    folder.mkdir(exist_ok=True)
    digest = _digest(source)
    copy_to(replace(medium, folder=folder), source, digest, lambda _: None)
    note = {"name": name, "bytes": size, "sha256": digest}
    # FAT has no owners and refuses to be given modes.
    write_whole(folder / NOTE, json.dumps(note).encode(), mode=None)
    for path in folder.glob("*.db"):
        if path.name != name:
            path.unlink()
    return True


def kept(home: Path) -> Kept | None:
    """Return the catalogue beside the copies of a stick; None when there is none that is whole."""
    folder = home / FOLDER
    try:
        said = json.loads((folder / NOTE).read_bytes()[:CHUNK])
        path = folder / Path(said["name"]).name
        whole = path.stat().st_size == int(said["bytes"])
        return Kept(path, str(said["sha256"])) if whole else None
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def put_back(data: Path, catalogue: Kept, told: Callable[[int], None]) -> None:
    """Put a stick's catalogue into a new data folder.

    Raises:
        CatalogueRefused: it is not as it was written, or of another version.
        OSError: the stick or the disk failed.
        JournalError: it cannot be opened.
    """
    directory = data / DIRECTORY
    directory.mkdir()
    target = directory / catalogue.path.name
    digest, done = hashlib.sha256(), 0
    with catalogue.path.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(CHUNK):
            digest.update(chunk)
            writer.write(chunk)
            done += len(chunk)
            told(done)
    if digest.hexdigest() != catalogue.sha256:
        raise CatalogueRefused(f"{catalogue.path} is not as it was written")
    (directory / POINTER).write_text(f"{target.name}\n", encoding="utf-8")
    Catalogue.open(data).close()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
