"""Counting answers where a printer cannot name what it has done (ESC/POS GS r), sans-IO.

Each GS r is answered by one byte when everything before it was carried out, in order.  Answers of
an earlier connection may still come, when the printer stood with a full buffer; they must not be
taken for ours.  So a connection begins with a pattern that no earlier one had, and nothing counts
until it has come back.
"""

from __future__ import annotations

from collections import deque

from drivers.printer import commands

PATTERN_MAX = 24
"""Answers of the longest pattern."""


class FenceCounter:
    """Pairs answers with markers, once its pattern has been seen."""

    def __init__(self) -> None:
        self._pattern: tuple[str, ...] = ()
        self._seen: deque[str] = deque(maxlen=PATTERN_MAX)
        self._expected: deque[str] = deque()
        self.in_step = False
        """True when the pattern has come back."""

    def begin(self, nonce: int) -> bytes:
        """Return the questions whose answers begin the count; another ``nonce``, another order."""
        first, second = 1 + nonce % 10, 1 + nonce // 10 % 10
        # No beginning of it is also its end: what was left in the line cannot complete it early.
        self._pattern = ("I", "I", *"r" * first, "I", *"r" * second)
        self._seen.clear()
        self._expected.clear()
        self.in_step = False
        questions = {"I": commands.identity(commands.MODEL), "r": commands.queued_status(1)}
        return b"".join(questions[kind] for kind in self._pattern)

    def expect(self, marker: str) -> bytes:
        """Return the question whose answer stands for a marker."""
        self._expected.append(marker)
        return commands.queued_status(1)

    def identity(self) -> None:
        """GS I was answered."""
        self._look("I")

    def status(self) -> str:
        """GS r was answered; returns the marker that this means, or nothing."""
        if not self.in_step:
            self._look("r")
            return ""
        return self._expected.popleft() if self._expected else ""

    def _look(self, kind: str) -> None:
        self._seen.append(kind)
        if not self.in_step and self._pattern:
            self.in_step = tuple(self._seen)[-len(self._pattern) :] == self._pattern
