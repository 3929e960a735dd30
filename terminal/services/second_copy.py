"""The second copy of the journal, kept on a stick by a process of its own.

It reads beside the running terminal (a reader of the write-ahead log holds nobody up), copies what
is new in order, and says in a small file how far it is.  It never writes into the data folder, and
what it finds on a stick it only ever adds to.  Keys are never copied.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from terminal import config as configuration
from terminal.appliance.copy_state import CopyState
from terminal.clock import Clock
from terminal.config import Config
from terminal.core.evolve import evolve
from terminal.devices.media import Machine, Medium
from terminal.fiscal.head import HEAD_FILE
from terminal.fiscal.regimes import head_file
from terminal.folder import DataFolder
from terminal.journal.errors import JournalError
from terminal.journal.records import is_sealed
from terminal.services import copied_catalogue, operators
from terminal.settings import ConfigError
from terminal.store.catalogue import DIRECTORY, POINTER
from terminal.store.copy_format import Body, CopiedFile, Owner, Place, copied
from terminal.store.copy_writer import CopyWriter
from terminal.store.store import Store
from terminal.whole_files import sync_directory, write_whole

log = logging.getLogger(__name__)

LABEL = "REPRISECOPY"
"""Label of a stick that is meant for this (FAT allows 11 characters)."""
FOLDER = "reprise-copy"
ADOPTED = "adopted.json"
BATCH = 200
"""Records copied and made durable at a time."""
FILES_EVERY_MS = 600_000
"""Between two looks at the files beside the journal."""
MAX_FILE_BYTES = 262_144
CATALOGUE_NOTE = "catalogue.json"
"""Which catalogue the till sold from: the catalogue itself is imported anew."""
MAX_COPIES = 16
"""Copies on one stick: those of other histories are kept beside, and not for ever more."""
_SECRETS = re.compile(r"""(zvt_password["']?\s*=\s*)("[^"\n]*"|'[^'\n]*')""")


class Refusal(Exception):
    """Why nothing is copied now: one of the problems of ``CopyState``, and words."""

    def __init__(self, problem: str, words: str) -> None:
        super().__init__(words)
        self.problem = problem
        self.words = words


@dataclass(slots=True)
class SecondCopy:
    """Copies the journal of one data folder; ``step`` does what there is to do."""

    folder: DataFolder
    clock: Clock
    machine: Machine = field(default_factory=Machine)
    state: CopyState = field(default_factory=lambda: CopyState(alive=True))
    _writer: CopyWriter | None = None
    _medium: Medium | None = None
    _beside: str = ""
    _files: dict[str, str] = field(default_factory=dict)
    _files_at_ms: int = 0
    _catalogue: str = ""
    """Which one was brought to this stick, or does not fit there."""

    def step(self) -> bool:
        """Copy at most a batch; True when there may be more at once."""
        try:
            config = configuration.load(self.folder.settings)
            with closing(Store.open_read_only(self.folder.path, evolve=evolve)) as store:
                writer = self._ready(config, store)
                more = self._copy(config, store, writer)
        except Refusal as why:
            self._stop(why.problem, why.words)
        except JournalError as error:
            self._stop("damaged", str(error))
        except ConfigError as error:
            self._stop("io", str(error))
        except OSError as error:
            self._stop("full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "io", str(error))
        else:
            return more
        return False

    def _ready(self, config: Config, store: Store) -> CopyWriter:
        """Return the copy to go on with: the same stick as before, or one found anew."""
        medium = medium_of(config, self.machine, self.folder.path)
        if medium is None:
            raise Refusal("no_stick", f"no stick labelled {LABEL}, and none adopted")
        if self._writer is None or medium != self._medium:
            self._writer = None
            self._files, self._files_at_ms, self._catalogue = {}, 0, ""
            self._writer = self._attach(config, store, medium)
            self._medium = medium
        return self._writer

    def _attach(self, config: Config, store: Store, medium: Medium) -> CopyWriter:
        owner = owner_of(config)
        home = medium.folder / FOLDER
        _stays_on(home)
        home.mkdir(exist_ok=True)
        copies = copies_of(home)
        writer = CopyWriter(copies[-1], owner) if copies else None
        ours = writer is not None and _is_ours(store, writer)
        _claim(home, owner, ours=ours, unused=writer is None or writer.is_empty)
        self._beside = ""
        if writer is not None and ours:
            return writer
        if writer is not None and not writer.is_empty:
            self._beside = f"a copy of another history is kept beside: {writer.folder.name}"
        if len(copies) >= MAX_COPIES:
            raise Refusal("too_many", f"{home} holds {len(copies)} copies: take old ones away")
        return _begun(home, copies, owner, store)

    def _copy(self, config: Config, store: Store, writer: CopyWriter) -> bool:
        found = store.journal.span(writer.at.seq, store.journal.head.seq, BATCH + 1)
        records = found[:BATCH]
        expected = writer.at
        for record in records:
            follows = (record.seq, record.prev_hash) == (expected.seq + 1, expected.hash)
            if not follows or not is_sealed(record):
                raise Refusal("damaged", f"record {record.seq} of the till is not as written")
            expected = Place(record.seq, record.hash)
        bodies: list[Body] = []
        if writer.is_empty and store.journal.base.seq:
            bodies.append(store.journal.base)
        changed = list(self._changed_files(config))
        writer.add([*bodies, *changed, *copied(records, *found[BATCH:])])
        self._files |= {file.name: file.text for file in changed}
        self.state = CopyState(
            True,
            self._medium.label if self._medium else "",
            writer.at.seq,
            self.clock.now_ms(),
            "",
            self._beside,
        )
        more = len(found) > BATCH
        if not more and self._medium is not None:
            self._keep_catalogue(self._medium)
        return more

    def _keep_catalogue(self, medium: Medium) -> None:
        """Bring a new catalogue to the stick, once the journal is there; it may take a minute.

        Raises OSError: a stick that refuses it fails, and is looked at anew; the journal is on it.
        """
        current = self.folder.home / DIRECTORY / POINTER
        try:
            name = current.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return  # the till has none: that is told elsewhere
        if name == self._catalogue:
            return
        if not copied_catalogue.keep(medium.folder / FOLDER, self.folder.home, medium):
            log.warning("%s: no room for the catalogue", medium.folder)
        self._catalogue = name

    def _changed_files(self, config: Config) -> Iterator[CopiedFile]:
        now = self.clock.now_ms()
        if self._files and 0 <= now - self._files_at_ms < FILES_EVERY_MS:
            return
        self._files_at_ms = now
        for name, text in files_beside(self.folder, config):
            if self._files.get(name) != text:
                yield CopiedFile(name, text)

    def _stop(self, problem: str, words: str) -> None:
        """Say why; the next step looks at the stick anew."""
        self._writer = None
        label = self._medium.label if self._medium and problem != "no_stick" else ""
        kept = self.state
        self.state = CopyState(True, label, kept.seq, kept.copied_at_ms, problem, words)


def medium_of(config: Config, machine: Machine, books: Path) -> Medium | None:
    """Return where the copy goes: the folder of the settings, or a stick meant for it.

    Raises OSError when the folder cannot be asked.
    """
    folder = config.storage.second_copy_folder
    if folder:
        return machine.medium_of(Path(folder), books) if Path(folder).is_dir() else None
    for medium in machine.media():
        marked = (medium.folder / FOLDER / ADOPTED).exists()
        if (marked or medium.label == LABEL) and medium.folder.is_dir():
            return medium
    return None


def owner_of(config: Config) -> Owner:
    """Return what names this till on a stick."""
    return Owner(config.terminal.till_number, config.shop.name)


def copies_of(home: Path) -> list[Path]:
    """Return the copies in a stick's folder, the newest last. Raises OSError."""
    found = (path for path in home.iterdir() if path.is_dir())
    return sorted(path for path in found if re.fullmatch(r"copy-\d{3}", path.name))


def _stays_on(home: Path) -> None:
    """Refuse a stick whose folders are links: they may lead to the books themselves.

    Raises:
        Refusal: one of them is.
        OSError: the stick cannot be read.
    """
    inside = home.iterdir() if home.is_dir() else ()
    for path in (home, *inside):
        if path.is_symlink():
            raise Refusal("io", f"{path} is a link, which leads elsewhere: use another stick")


def adopt(config: Config, folder: Path) -> None:
    """Make a stick this till's own.

    Raises:
        Refusal: it is another till's.
        OSError: it cannot be written.
    """
    home = folder / FOLDER
    _stays_on(home)
    home.mkdir(exist_ok=True)
    _claim(home, owner_of(config), ours=False, unused=not copies_of(home))


def files_beside(folder: DataFolder, config: Config) -> Iterator[tuple[str, str]]:
    """Yield the files that a copy holds beside the journal, without any secret."""
    for name, path in (
        (configuration.FILE_NAME, folder.settings),
        (operators.FILE, folder.home / operators.FILE),
        (HEAD_FILE, head_file(config, folder.path)),
    ):
        try:
            with path.open("rb") as file:
                text = file.read(MAX_FILE_BYTES).decode()
        except (OSError, UnicodeDecodeError):
            continue
        yield name, _SECRETS.sub(r'\1"000000"', text)
    current = folder.home / DIRECTORY / "current"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        name = current.read_text("utf-8").strip()
        size = (current.parent / name).stat().st_size
        yield CATALOGUE_NOTE, json.dumps({"catalogue": name, "bytes": size})


def _is_ours(store: Store, writer: CopyWriter) -> bool:
    """Tell whether the till holds the record that a copy ends with."""
    journal, at = store.journal, writer.at
    if writer.is_empty or at.seq < journal.base.seq or at.seq > journal.head.seq:
        return False
    return journal.stored_hash(at.seq) == at.hash


def _claim(home: Path, owner: Owner, *, ours: bool, unused: bool) -> None:
    """Refuse a stick that is another's; write the name on one that is nobody's."""
    path = home / ADOPTED
    said = {"till": owner.till, "shop": owner.shop}
    if path.exists():
        try:
            found = json.loads(path.read_bytes()[:MAX_FILE_BYTES])
            whose = found["till"], found["shop"]
        except (ValueError, TypeError, KeyError, RecursionError):
            whose = None  # torn when it was written
        if whose == (owner.till, owner.shop):
            return
        if whose is not None and not ours:
            raise Refusal(
                "other_shop", f"this stick belongs to till {whose[0]} of {whose[1]}: use another"
            )
    if not ours and not unused:
        raise Refusal("other_shop", f"{home} holds copies, and does not say whose: use another")
    write_whole(path, json.dumps(said).encode(), mode=None)


def _begun(home: Path, copies: list[Path], owner: Owner, store: Store) -> CopyWriter:
    number = int(copies[-1].name.removeprefix("copy-")) + 1 if copies else 1
    folder = home / f"copy-{number:03d}"
    folder.mkdir()
    sync_directory(home)
    writer = CopyWriter(folder, owner)
    base = store.journal.base
    writer.begin(Place(base.seq, base.hash))
    return writer
