"""Where an update stands, remembered over restarts and shown to the screens.

    from         what happened                                      to
    (any)        a bundle was found that may go in                  found
    found        its signature, product and version are right       checked
    checked      it was written into the other slot                 installed
    installed    its program went through the books and agrees      waiting
    waiting      the terminal made room, the machine restarts       tried
    tried        the new version is healthy                         confirmed
    tried        it is not, or did not come up: first time          waiting
    tried        the same, a second time                            refused
    found to waiting   anything that must not be                    refused

A version that is refused is not tried again by itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from terminal.appliance import places
from terminal.whole_files import write_volatile, write_whole

IDLE, FOUND, CHECKED, INSTALLED = "idle", "found", "checked", "installed"
WAITING, TRIED, CONFIRMED, REFUSED = "waiting", "tried", "confirmed", "refused"
STEPS = (IDLE, FOUND, CHECKED, INSTALLED, WAITING, TRIED, CONFIRMED, REFUSED)
MAX_TRIES = 2
"""Starts of a new version that may fail: the first failure may be the power's."""
MAX_REFUSED = 50
MAX_BYTES = 65_536
MAX_DETAIL = 300
FILE_NAME = "update.json"

CODES = frozenset(
    {
        "not_a_bundle", "truncated", "unsigned", "other_product", "older", "refused_before",
        "already_here", "no_room", "download_failed", "server_unreachable", "wrong_checksum",
        "damaged", "slot_refused", "rehearsal_differs", "rehearsal_failed", "unhealthy",
        "on_trial", "no_engine",
    }
)  # fmt: skip
"""Why an update did not go on; each has words (``update.CODE``)."""
PASSING = frozenset(
    {"no_room", "download_failed", "server_unreachable", "on_trial", "already_here", "no_engine"}
)
"""What says nothing about the version: it is taken again at the next look."""


class UpdateRefused(Exception):
    """An update does not go on; ``code`` has words, the text is for the technician."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail[:MAX_DETAIL]


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """What is known of the newest update, and which versions were refused."""

    step: str = IDLE
    version: str = ""
    source: str = ""
    """``usb`` or ``server``; empty: given by hand."""
    slot: str = ""
    """The slot that it was written to."""
    code: str = ""
    detail: str = ""
    tries: int = 0
    at_ms: int = 0
    """When the step was reached, UTC milliseconds."""
    head_seq: int = -1
    """Newest record of the journal when the machine restarted for it."""
    disk_errors: int = 0
    """What the data partition's file system counted then."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Version -> code of its refusal."""

    def reached(self, step: str, **changes: Any) -> UpdateRecord:
        """Return the record at another step."""
        now = {"step": step, "at_ms": time.time_ns() // 1_000_000, "code": "", "detail": ""}
        return replace(self, **{**now, **changes})

    def refuse(self, error: UpdateRefused) -> UpdateRecord:
        """Return the record of a refusal; what says something of the version is remembered."""
        refused = dict(self.refused)
        if self.version and error.code not in PASSING:
            refused.pop(self.version, None)
            refused[self.version] = error.code
        kept = dict(list(refused.items())[-MAX_REFUSED:])
        return self.reached(REFUSED, code=error.code, detail=error.detail, refused=kept)

    def failed_trial(self, detail: str) -> UpdateRecord:
        """Return the record after a start of the new version that came to nothing."""
        if self.tries >= MAX_TRIES:
            return self.refuse(UpdateRefused("unhealthy", detail))
        return self.reached(WAITING, detail=detail[:MAX_DETAIL])


def load(folder: Path = places.UPDATE_DATA) -> UpdateRecord:
    """Return what is remembered; nothing when the file is missing or cannot be read."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            return _parse(json.loads(file.read(MAX_BYTES)))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return UpdateRecord()


def _parse(said: Any) -> UpdateRecord:
    kinds = {one.name: type(one.default) for one in fields(UpdateRecord) if one.name != "refused"}
    kept = {name: said[name] for name, kind in kinds.items() if type(said.get(name)) is kind}
    refused = said.get("refused")
    if isinstance(refused, dict):
        kept["refused"] = {str(version): str(code) for version, code in refused.items()}
    record = UpdateRecord(**kept)
    return record if record.step in STEPS else UpdateRecord(refused=record.refused)


def save(
    record: UpdateRecord, folder: Path = places.UPDATE_DATA, shown: Path = places.UPDATE_STATE
) -> None:
    """Remember a record for good, then show it to the screens. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILE_NAME, json.dumps(asdict(record)).encode() + b"\n", 0o644)
    show(record, shown)


def show(record: UpdateRecord, shown: Path = places.UPDATE_STATE) -> None:
    """Show a record to the screens; in memory, the old one or the new. Raises OSError."""
    write_volatile(shown, json.dumps(asdict(record)).encode() + b"\n")


def shown_at(shown: Path = places.UPDATE_STATE) -> UpdateRecord:
    """Return what the updater shows of itself; an idle record where there is none."""
    try:
        with shown.open("rb") as file:
            return _parse(json.loads(file.read(MAX_BYTES)))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return UpdateRecord()
