"""A printer's stream cut into commands, whatever its language (sans-IO).

A printer that does not know a command's length prints the rest of it as text, so a simulator that
is to be believed must know them all, whether it carries them out or not.  The lengths stand in
``escpos_grammar`` and ``star_grammar``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_TOKEN = 4 * 1024 * 1024
"""Longest command: a picture of 16 m; a longer one is taken for rubbish."""

Size = int | None
"""Bytes of a command; None when more bytes are needed to tell or to have it whole."""
Rule = int | Callable[[bytearray], Size]
Rules = Mapping[int, Rule]


@dataclass(frozen=True, slots=True)
class Token:
    """One command or one run of text."""

    name: str
    """``text``, ``control``, ``unknown``, or the command such as ``ESC @`` and ``GS ( k``."""
    data: bytes


class Grammar:
    """How long the commands of one language are: by their first byte, then by their second."""

    def __init__(
        self,
        tables: Mapping[int, tuple[str, Rules]],
        families: Mapping[int, frozenset[int]],
        alone: frozenset[int] = frozenset(),
    ) -> None:
        """``families`` are the second bytes, by the first, whose third byte is in the name.

        ``alone`` are first bytes that are a command of their own before a byte that is none.
        """
        self._tables = tables
        self._families = families
        self._alone = alone

    def measure(self, buffer: bytearray) -> tuple[str, Size]:
        """Return name and size of what a buffer, which is not empty, begins with."""
        first = buffer[0]
        table = self._tables.get(first)
        if table is None:
            return ("control", 1) if first < 0x20 else ("text", _text(buffer))
        if len(buffer) < 2:
            return "", None
        prefix, rules = table
        second = buffer[1]
        rule = rules.get(second)
        if rule is None:
            return (prefix, 1) if first in self._alone else ("unknown", 2)
        name = f"{prefix} {_letter(second)}"
        if second in self._families.get(first, ()):
            if len(buffer) < 3:
                return "", None
            name += f" {_letter(buffer[2])}"
        return name, rule if isinstance(rule, int) else rule(buffer)


class Tokenizer:
    """Cuts a stream into tokens, however it is split. What is not a command yet stays inside."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._buffer = bytearray()
        self._wanted = 0

    def __len__(self) -> int:
        """Return the bytes held."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take bytes in."""
        self._buffer += data

    def clear(self) -> None:
        """Forget what is held."""
        self._buffer.clear()
        self._wanted = 0

    def next(self) -> Token | None:
        """Return the next whole token, or None when more bytes are needed."""
        if not self._buffer or len(self._buffer) < self._wanted:
            return None
        name, size = self._grammar.measure(self._buffer)
        if size is None or size > len(self._buffer):
            if (size or len(self._buffer)) <= MAX_TOKEN:
                self._wanted = size or 0
                return None
            name, size = "unknown", 1
        self._wanted = 0
        token = Token(name, bytes(self._buffer[:size]))
        del self._buffer[:size]
        return token


def rules(*groups: tuple[int, str]) -> dict[int, Rule]:
    """Return the rules of commands of a fixed size: ``(size, characters)``."""
    return {ord(character): size for size, characters in groups for character in characters}


def counted(head: int, low: int, width: int = 2) -> Callable[[bytearray], Size]:
    """A command of ``head`` bytes whose data is counted at ``low``, low byte first."""

    def size(buffer: bytearray) -> Size:
        if len(buffer) < low + width:
            return None
        return head + int.from_bytes(buffer[low : low + width], "little")

    return size


def until(end: int, start: int = 2) -> Callable[[bytearray], Size]:
    """A command that ends with the byte ``end``, looked for from ``start`` on."""

    def size(buffer: bytearray) -> Size:
        place = buffer.find(end, start)
        return None if place < 0 else place + 1

    return size


def by_byte(place: int, sizes: Mapping[int, int], other: int) -> Callable[[bytearray], Size]:
    """A command whose size the byte at ``place`` decides."""

    def size(buffer: bytearray) -> Size:
        return None if len(buffer) <= place else sizes.get(buffer[place], other)

    return size


def word(buffer: bytearray, place: int) -> int:
    """Return the two bytes at ``place``, low byte first."""
    return int.from_bytes(buffer[place : place + 2], "little")


def _letter(byte: int) -> str:
    return chr(byte) if 0x20 < byte < 0x7F else str(byte)


def _text(buffer: bytearray) -> int:
    for place, byte in enumerate(buffer):
        if byte < 0x20:
            return place
    return len(buffer)
