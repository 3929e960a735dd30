"""Commands that the law gives somebody to say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfirmClock:
    """Say that the clock is right although records are later: payments may be begun again."""


@dataclass(frozen=True, slots=True)
class BeginTraining:
    """Practise from here on: nothing that is done then is in the books (NUM-06)."""


@dataclass(frozen=True, slots=True)
class RecordExport:
    """Record that a file of exported data was written beside the running terminal."""

    kind: str
    first_day: str
    last_day: str
    file: str
    sha256: str
