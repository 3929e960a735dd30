"""The technician's file on its card, before anybody reads what is in it.

Every start passes here, and nearly every one finds nothing new: this imports no settings.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from terminal.appliance.machine_store import CARD, MAKING, PENDING, STATE, MachineStore
from terminal.appliance.places import PROVISIONING_FILE

MAX_CARD_BYTES = 65_536
"""Far above any real file; a larger one is a mistake and is not read into memory."""
NAMES = (PROVISIONING_FILE, f"{PROVISIONING_FILE}.txt", "reprise.txt")
"""What editors make of the name, in small letters."""


def files(card: Path) -> list[Path]:
    """Return what may be the technician's file, whatever it came to be called."""
    try:
        return sorted(path for path in card.iterdir() if path.name.lower() in NAMES)
    except OSError:
        return []


def read(path: Path) -> tuple[bytes, str]:
    """Return a file's bytes, one too many when it is too large, and their digest."""
    with path.open("rb") as file:
        raw = file.read(MAX_CARD_BYTES + 1)
    return raw, hashlib.sha256(raw).hexdigest()


def nothing_new(card: Path, settings: Path, store: MachineStore) -> dict[str, Any] | None:
    """Return what holds when there is nothing to be done at this start; None when there may be.

    Raises:
        OSError: the disk failed.
    """
    if not settings.exists() or any(store.load(name) for name in (MAKING, PENDING, CARD)):
        return None
    state, found = store.load(STATE), files(card)
    if state is None or len(found) > 1:
        return None
    return state if not found or read(found[0])[1] == state["seen"] else None
