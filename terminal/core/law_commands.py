"""Commands that the law gives somebody to say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfirmClock:
    """Say that the clock is right although records are later: payments may be begun again."""
