"""Finds the answers of a scale in a stream of bytes, sans-IO, by two patterns.

Noise is dropped byte by byte until an answer begins, so that the first valid one after it is heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_ANSWERS = 16
"""Answers that one piece of input may hold; a scale sends one, a wild one loses the rest."""


class FrameDecoder:
    """Splits a stream into answers, however it comes in pieces."""

    def __init__(self, whole: re.Pattern[bytes], begun: re.Pattern[bytes]) -> None:
        """``whole`` matches an answer, ``begun`` every beginning of one that is not whole yet.

        ``begun`` bounds its repeats, so that an answer without end is dropped.
        """
        self._whole = whole
        self._begun = begun
        self._held = b""
        self.dropped = 0
        """Bytes that belonged to no answer."""

    def receive(self, data: bytes) -> list[re.Match[bytes]]:
        """Take bytes in; return the answers that are whole now, oldest first."""
        held = self._held + data
        answers: list[re.Match[bytes]] = []
        at = 0
        for found in self._whole.finditer(held):
            self.dropped += found.start() - at
            at = found.end()
            if len(answers) < MAX_ANSWERS:
                answers.append(found)
        self._held = b""
        for begins in self._beginnings(held, at):
            if self._begun.fullmatch(held, begins):
                self._held = held[begins:]
                break
        self.dropped += len(held) - at - len(self._held)
        return answers

    def drop(self) -> None:
        """Forget an answer that has begun: the rest of it did not come."""
        self.dropped += len(self._held)
        self._held = b""

    def _beginnings(self, held: bytes, at: int) -> Iterator[int]:
        """Only the tail can be the beginning of an answer: none is longer than LONGEST."""
        return iter(range(max(at, len(held) - LONGEST_BYTES), len(held)))


LONGEST_BYTES = 40
"""Longest answer of any protocol here."""
