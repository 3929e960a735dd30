"""The technician's file as codes to scan: one, or a few in any order.

    RPV 1 02 04 K7Q2M3XA body... TS4C
    |   | |  |  |        |       check of this code, 4 characters
    |   | |  |  |        base 32 of the deflated text
    |   | |  |  check of the whole text, 8 characters: which codes belong together
    |   | |  how many there are
    |   | which one this is, from 1
    version

Without the spaces.  Capital letters and digits alone: a scanner that poses as a keyboard types them
the same for nearly every country, and a QR code packs them in its densest mode for such readers
(ISO/IEC 18004, alphanumeric mode).  Base 32 is that of RFC 4648 without its padding.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterable

from terminal.appliance.card import MAX_CARD_BYTES
from terminal.appliance.provisioning_file import FileRefused, Problem
from terminal.settings import Said

HEAD = "RPV"
VERSION = "1"
BODY_CHARS = 600
"""Of one code: QR version 18 or so, which every 2D scanner reads from paper and from a screen."""
MAX_CODES = 12
MAX_CODE_CHARS = 1024
_SET, _CHECK = 8, 4
_FORM = re.compile(rf"{HEAD}(\d)(\d\d)(\d\d)([A-Z2-7]{{{_SET}}})([A-Z2-7]+)([A-Z2-7]{{{_CHECK}}})")

_LAYOUTS: tuple[dict[int, int], ...] = (
    str.maketrans({}),
    str.maketrans("QAWZ;", "AQZWM"),  # AZERTY
    str.maketrans("YZ", "ZY"),  # QWERTZ
)
"""What a key of an American keyboard means when the scanner thought it was another one."""


class TooLong(ValueError):
    """The text does not fit into MAX_CODES codes."""


def looks_like_one(text: str) -> bool:
    """Tell whether a scan means to be one of these codes, whole or not."""
    return text.startswith(HEAD)


def as_meant(typed: str) -> str:
    """Return a code as it was printed, from the keys that a scanner typed.

    A scanner set for a French or a German keyboard presses other keys for some letters; which one
    it was is told by the code's own check.
    """
    plain = typed.strip().upper()
    for layout in _LAYOUTS:
        meant = plain.translate(layout)
        if meant.startswith(HEAD) and _check(meant[:-_CHECK]) == meant[-_CHECK:]:
            return meant
    return plain


def encoded(text: str) -> list[str]:
    """Return the codes of a text. Raises TooLong."""
    data = text.encode()
    body = _base32(zlib.compress(data, 9))
    whole = _base32(hashlib.sha256(data).digest())[:_SET]
    parts = [body[start : start + BODY_CHARS] for start in range(0, len(body), BODY_CHARS)]
    if len(parts) > MAX_CODES or len(data) > MAX_CARD_BYTES:
        raise TooLong(f"{len(parts)} codes; at most {MAX_CODES}")
    codes = []
    for number, part in enumerate(parts, start=1):
        code = f"{HEAD}{VERSION}{number:02}{len(parts):02}{whole}{part}"
        codes.append(code + _check(code))
    return codes


def missing(codes: Iterable[str]) -> tuple[int, int]:
    """Return how many different codes of one set there are, and how many it has.

    Raises:
        FileRefused: one of them is damaged, of another version, or of another set.
    """
    parts, total, _ = _sorted(codes)
    return len(parts), total


def decoded(codes: Iterable[str]) -> str:
    """Return the text of a whole set of codes, in any order, some perhaps twice.

    Raises:
        FileRefused: they are damaged, hostile, of different sets, or not all there.
    """
    parts, total, whole = _sorted(codes)
    if len(parts) != total:
        raise _refused("config.code.incomplete", seen=str(len(parts)), total=str(total))
    body = "".join(parts[number] for number in sorted(parts))
    try:
        packed = base64.b32decode(body + "=" * (-len(body) % 8))
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(packed, MAX_CARD_BYTES + 1)
    except (ValueError, zlib.error) as error:
        raise _refused("config.code.damaged") from error
    if len(data) > MAX_CARD_BYTES:
        raise _refused("config.large", bytes=str(MAX_CARD_BYTES))
    if not unpacking.eof or unpacking.unused_data:
        raise _refused("config.code.damaged")
    if _base32(hashlib.sha256(data).digest())[:_SET] != whole:
        raise _refused("config.code.damaged")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _refused("config.utf8") from error


def _sorted(codes: Iterable[str]) -> tuple[dict[int, str], int, str]:
    parts: dict[int, str] = {}
    sets: set[tuple[str, int]] = set()
    for code in codes:
        found = _FORM.fullmatch(code.strip()) if len(code) <= MAX_CODE_CHARS else None
        if found is None:
            said = "damaged" if looks_like_one(code.strip()) else "foreign"
            raise _refused(f"config.code.{said}")
        version, number, total, whole, body, check = found.groups()
        if _check(code.strip()[:-_CHECK]) != check:
            raise _refused("config.code.damaged")
        if version != VERSION:
            raise _refused("config.code.version", version=version)
        if not 1 <= int(number) <= int(total) <= MAX_CODES:
            raise _refused("config.code.damaged")
        sets.add((whole, int(total)))
        if parts.setdefault(int(number), body) != body:
            raise _refused("config.code.mixed")
    if not sets:
        raise _refused("config.code.incomplete", seen="0", total="1")
    if len(sets) > 1:
        raise _refused("config.code.mixed")
    whole, total = next(iter(sets))
    return parts, total, whole


def _check(code: str) -> str:
    return _base32(hashlib.sha256(code.encode()).digest())[:_CHECK]


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def _refused(word: str, **values: str) -> FileRefused:
    return FileRefused(Problem(Said(word, values)))
