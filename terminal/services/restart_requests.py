"""What a supervisor may say to a restart that an update wants."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostponeRestart:
    """Not now: ask again after some hours."""


@dataclass(frozen=True, slots=True)
class RestartNow:
    """Now, whatever the hour, as soon as nothing is open."""


OfRestart = PostponeRestart | RestartNow
