"""A written exchange with a device: what went over the wire, when, and in which pieces.

A text file that people can read, cut and annotate.  The first line is ``HEAD``; then one piece a
line: direction, seconds since the first piece (may be left out when written by hand), bytes in
hexadecimal.  ``>`` is to the device, ``<`` from it (one line is one read, so the borders of reports
are kept), ``!`` an event in a word of ``NOTES``; ``#`` begins a remark.

    reprise-exchange 1
    ! 0.000000 opened
    > 0.000100 10 04 01
    < 0.002300 16
    ! 4.100000 unplugged
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HEAD = "reprise-exchange 1"
MAX_FILE_BYTES = 64 * 1024 * 1024
"""Of a file that is played: a day of a busy scanner has one."""
OPENED, CLOSED, UNPLUGGED, TIMEOUT = NOTES = ("opened", "closed", "unplugged", "timeout")
_TIME = re.compile(r"[0-9]+\.[0-9]+")


class Way(StrEnum):
    """Which way a piece went."""

    TO = ">"
    FROM = "<"
    NOTE = "!"


class BadExchange(ValueError):
    """The file is no written exchange; the message names the line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One write, one read, or an event."""

    way: Way
    data: bytes = b""
    """The bytes; of an event its word."""
    at_s: float = 0.0
    """Seconds on any one clock."""


def line_of(piece: Piece, began_s: float = 0.0) -> str:
    """Return the line of a piece, without its end."""
    text = piece.data.decode() if piece.way is Way.NOTE else piece.data.hex(" ")
    return f"{piece.way} {max(0.0, piece.at_s - began_s):.6f} {text}"


def write_exchange(pieces: Iterable[Piece], remark: str = "") -> str:
    """Return the text of an exchange; ``remark`` says on what it was recorded."""
    lines = [HEAD]
    lines += [f"# {line}" for line in remark.splitlines()]
    began_s: float | None = None
    for piece in pieces:
        began_s = piece.at_s if began_s is None else began_s
        lines.append(line_of(piece, began_s))
    return "\n".join(lines) + "\n"


def parse_exchange(text: str) -> list[Piece]:
    """Return the pieces of an exchange. Raises BadExchange."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != HEAD:
        raise BadExchange(f"line 1: a recording begins with {HEAD!r}")
    pieces = []
    for number, line in enumerate(lines[1:], start=2):
        words = line.partition("#")[0].split()
        if words:
            pieces.append(_piece(words, number))
    return pieces


def load_exchange(path: Path) -> list[Piece]:
    """Return the pieces of a file. Raises BadExchange, also when it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadExchange(f"{path} cannot be read: {error}") from error
    if len(raw) > MAX_FILE_BYTES:
        raise BadExchange(f"{path} has more than {MAX_FILE_BYTES} bytes")
    try:
        return parse_exchange(text)
    except BadExchange as error:
        raise BadExchange(f"{path}, {error}") from error


def pairs_of(pieces: Iterable[Piece]) -> list[tuple[bytes, bytes]]:
    """Return an exchange as a conversation: what was sent, and what was answered to it."""
    pairs: list[tuple[bytes, bytes]] = []
    turn = Way.FROM
    for piece in pieces:
        if piece.way is Way.NOTE:
            continue
        if not pairs or (piece.way is Way.TO and turn is Way.FROM):
            pairs.append((b"", b""))
        sent, received = pairs[-1]
        if piece.way is Way.TO:
            pairs[-1] = (sent + piece.data, received)
        else:
            pairs[-1] = (sent, received + piece.data)
        turn = piece.way
    return pairs


def _piece(words: list[str], number: int) -> Piece:
    try:
        way = Way(words[0])
    except ValueError as error:
        raise BadExchange(f"line {number}: {words[0]!r} is none of > < !") from error
    timed = len(words) > 1 and _TIME.fullmatch(words[1]) is not None
    at_s = float(words[1]) if timed else 0.0
    rest = words[2:] if timed else words[1:]
    if way is Way.NOTE:
        if len(rest) != 1 or rest[0] not in NOTES:
            raise BadExchange(f"line {number}: an event is one of {', '.join(NOTES)}")
        return Piece(way, rest[0].encode(), at_s)
    try:
        data = bytes.fromhex("".join(rest))
    except ValueError as error:
        raise BadExchange(f"line {number}: bytes are pairs of hexadecimal digits") from error
    if not data:
        raise BadExchange(f"line {number}: there are no bytes")
    return Piece(way, data, at_s)
