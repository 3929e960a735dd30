"""The letters that wait: one file each, which holds the address and is erased with the letter.

A file is written whole before the journal says that a letter is queued, and goes after the journal
says how it ended.  So after a cut a file without its event is a letter that nobody was promised
(erased), and an event without its file is one that cannot be sent any more (said).
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from terminal.whole_files import sync_directory, write_whole

log = logging.getLogger(__name__)

FOLDER = "letters"
MAX_WAITING = 500
"""Letters that wait at a time: a mail server that is away for a week must not fill the disk."""
MAX_FILE_BYTES = 4096
_NAME = re.compile(r"[0-9a-f]{16}\.json")


@dataclass(frozen=True, slots=True)
class Letter:
    """A receipt on its way to an address. ``next_ms`` is when it is tried again."""

    letter: str
    address: str
    sale_id: str
    receipt_number: str
    language: str
    queued_ms: int
    tried: int = 0
    next_ms: int = 0
    reason: str = ""
    sending: bool = False
    """An attempt was begun and nobody saw its end: it may have arrived."""
    repeated: bool = False
    """An attempt was cut off by a crash: the letter may arrive twice, under one Message-ID."""


class NotDelivered(Exception):
    """The server did not take a letter; ``reason`` is a key ``mail.<reason>``."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
        """No further attempt can change it."""


class Letters:
    """The folder of the letters. Its files are for the owner's eyes alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waiting(self) -> tuple[Letter, ...]:
        """Return the letters that wait, oldest first; a file that is none is erased."""
        found = []
        for path in self._files():
            letter = self._read(path)
            if letter is None:
                log.warning("a letter that cannot be read was erased")
                self._erase(path)
            else:
                found.append(letter)
        return tuple(sorted(found, key=lambda one: one.queued_ms))

    def is_full(self) -> bool:
        """Tell whether no further letter is taken."""
        return len(self._files()) >= MAX_WAITING

    def keep(self, letter: Letter) -> None:
        """Write a letter down, durably and all at once. Raises OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._path(letter.letter)
        write_whole(path, json.dumps(asdict(letter)).encode())

    def erase(self, letter: str) -> None:
        """Erase a letter with its address; one that is gone already is no fault."""
        self._erase(self._path(letter))
        sync_directory(self._folder)

    def _path(self, letter: str) -> Path:
        return self._folder / f"{letter}.json"

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        for half in self._folder.glob("*.new"):
            self._erase(half)
        return [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]

    @staticmethod
    def _read(path: Path) -> Letter | None:
        try:
            with path.open(encoding="utf-8") as file:
                return Letter(**json.loads(file.read(MAX_FILE_BYTES)))
        except (OSError, ValueError, TypeError):
            return None

    @staticmethod
    def _erase(path: Path) -> None:
        path.unlink(missing_ok=True)
