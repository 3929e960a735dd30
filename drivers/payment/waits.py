"""How long a payment driver waits, for what it may ask again, and what it says of silence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from drivers.base import Health, Status
from drivers.card_numbers import scrub
from drivers.errors import ProtocolError, TransportError

Answer = TypeVar("Answer")

TROUBLE = (TransportError, ProtocolError)
"""What a question without side effect may meet, and be asked again after."""


def absent(error: Exception, answered_at_s: float | None) -> Status:
    """Return the status of a terminal that did not answer; what it met is scrubbed.

    ``answered_at_s`` is the monotonic second of its last answer, None when it never gave one.
    """
    return Status(Health.ABSENT, ("unplugged",), answered_at_s, scrub(str(error)))


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the driver waits, in seconds."""

    connect_s: float = 5.0
    answer_s: float = 3.0
    """For the reply to a question, an abort or an acknowledgement."""
    recover_s: float = 10.0
    """For a terminal to come back whose link was lost during a payment."""
    retry_s: float = 0.25
    slice_s: float = 0.05
    """How soon a running payment notices that somebody wants to abort it."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody answered in time; ``why`` is the last trouble met."""

    why: str


class Asking(Generic[Answer]):
    """Asks a question without side effect until it is answered, the time is up, or we close."""

    def __init__(
        self, waits: Waits, closing: threading.Event, monotonic: Callable[[], float]
    ) -> None:
        self._waits = waits
        self._closing = closing
        self._now = monotonic

    def until(self, deadline: float, ask: Callable[[], Answer]) -> Answer | Silence:
        """Return the first answer; ``ask`` raises one of TROUBLE when it got none."""
        why = ""
        while not self._closing.is_set():
            try:
                return ask()
            except TROUBLE as error:
                why = str(error)
            if self._now() + self._waits.retry_s >= deadline:
                break
            self._closing.wait(self._waits.retry_s)
        return Silence(why)
