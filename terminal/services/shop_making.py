"""What a shop's data folder is made of, each piece made durable and none made twice.

The settings come last: their presence says that the folder is complete.  Until then everything can
be made again after a cut; keys and books that are there already are kept, whoever made them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

import terminal
from terminal import config as configuration
from terminal.config import Config
from terminal.core.evolve import evolve
from terminal.folder import DataFolder
from terminal.services.operators import Operators
from terminal.store.store import Store
from terminal.whole_files import write_whole

KEY_BYTES = 32
SAMPLE_ARTICLES = Path(terminal.__file__).parent / "sample" / "articles.csv"


def make_key(folder: DataFolder) -> bytes:
    """Return the terminal's own secret, which is made here and never leaves. Raises OSError."""
    folder.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.key.exists() and len(key := folder.key.read_bytes()) == KEY_BYTES:
        return key
    key = secrets.token_bytes(KEY_BYTES)
    write_whole(folder.key, key)
    return key


def make_operators(
    folder: DataFolder, key: bytes, operators: Iterable[tuple[str, str, str, str]]
) -> None:
    """Write who may sign on, as (number, name, role, PIN). Raises OSError."""
    known = Operators((), key)
    for operator_id, name, role, pin in operators:
        known.add(operator_id, name, role, pin)
    known.save(folder.path)


def make_books(folder: DataFolder) -> None:
    """Make an empty journal where there is none. Raises JournalError."""
    Store.open(folder.path, evolve=evolve, create=True).close()


def write_settings(folder: DataFolder, config: Config) -> None:
    """Write the settings: the folder is complete. Raises OSError."""
    write_whole(folder.settings, configuration.dump(config).encode(), 0o644)
