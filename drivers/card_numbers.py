"""Keep card numbers out: no text of a device leaves a driver, and no byte a recording, unmasked.

PCI DSS 4.0.1, 3.4.1: of a card number we keep the last four digits, one truncation everywhere.
"""

from __future__ import annotations

import re
from collections import deque
from itertools import accumulate

PAN_MIN_DIGITS = 12
PAN_MAX_DIGITS = 19
KEPT_DIGITS = 4
MASK = "*"
_RUN = re.compile(r"\d(?:[ \u00a0-]?\d){11,}")
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

MAX_BYTES = 2 * PAN_MAX_DIGITS - 1
"""A card number in text: each digit but the last may have a mark behind it."""
_OPEN_END = re.compile(rb"[0-9][0-9 \xa0-]*\Z")
_PACKED_RUN = re.compile(r"\d{12,}")
_PACKED_MASK = "e"
"""What payment terminals themselves put in place of a packed digit (ZVT, BMP 22)."""


def luhn_valid(digits: str) -> bool:
    """Tell whether a string of digits passes the check of ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        total += _LUHN_DOUBLED[value] if place % 2 else value
    return total % 10 == 0


def scrub(text: str) -> str:
    """Return ``text`` with all but the last four digits of every possible card number masked.

    Possible are 12 to 19 digits that pass the Luhn check, whatever stands around them, also when
    single spaces or dashes divide them.  A harmless number that looks so is masked as well, but for
    those that begin with 0: no issuer has it (ISO/IEC 7812-1), while an application identifier
    (AID), which must stand on the slip, is full of zeros.
    """
    return _RUN.sub(lambda run: _mask(run.group(), MASK), text)


def holds_card_number(text: str) -> bool:
    """Tell whether ``scrub`` would change ``text``."""
    return scrub(text) != text


def scrub_bytes(data: bytes, *, packed: bool = False) -> bytes:
    """Return ``data``, as long as it was, with card numbers in ASCII digits masked.

    With ``packed`` also those of two digits a byte (BCD), as payment terminals send them; pictures
    and other binary data would suffer from that.
    """
    masked = scrub(data.decode("latin-1")).encode("latin-1")
    if not packed:
        return masked
    return bytes.fromhex(
        _PACKED_RUN.sub(lambda run: _mask(run.group(), _PACKED_MASK), masked.hex())
    )


class StreamScrubber:
    """Masks card numbers in a stream that comes in pieces, however they are cut.

    A piece is given back when nothing that may still come could make a card number of its end.
    """

    def __init__(self, *, packed: bool = False) -> None:
        self._packed = packed
        self._before = b""
        self._pieces: deque[bytes] = deque()

    def feed(self, piece: bytes) -> list[bytes]:
        """Take a piece; return those that are settled now, masked, in order."""
        self._pieces.append(piece)
        return self._settled(at_end=False)

    def finish(self) -> list[bytes]:
        """Return the pieces that were held back: nothing more will come."""
        return self._settled(at_end=True)

    def _settled(self, *, at_end: bool) -> list[bytes]:
        raw = self._before + b"".join(self._pieces)
        firm = len(raw) if at_end else len(raw) - self._open(raw)
        masked = scrub_bytes(raw, packed=self._packed)
        at = len(self._before)
        settled = []
        while self._pieces and at + len(self._pieces[0]) <= firm:
            size = len(self._pieces.popleft())
            settled.append(masked[at : at + size])
            at += size
        self._before = raw[max(0, at - MAX_BYTES) : at]
        return settled

    def _open(self, raw: bytes) -> int:
        """Return how many bytes at the end may be the beginning of a card number."""
        end = raw[-MAX_BYTES:]
        if self._packed:
            return len(end)
        found = _OPEN_END.search(end)
        return len(end) - found.start() if found else 0


def _mask(run: str, mask: str) -> str:
    places = [place for place, character in enumerate(run) if character.isdigit()]
    digits = [int(run[place]) for place in places]
    # Sums of the Luhn check up to each digit, with those at even and at odd places doubled.
    sums = [
        list(
            accumulate(
                (_LUHN_DOUBLED[d] if place % 2 == odd else d for place, d in enumerate(digits)),
                initial=0,
            )
        )
        for odd in (0, 1)
    ]
    hidden: set[int] = set()
    for start in range(len(digits) - PAN_MIN_DIGITS + 1):
        if digits[start] == 0:
            continue
        for end in range(start + PAN_MIN_DIGITS, min(start + PAN_MAX_DIGITS, len(digits)) + 1):
            total = sums[end % 2]  # the digit before the last is doubled
            if (total[end] - total[start]) % 10 == 0:
                hidden.update(places[start : end - KEPT_DIGITS])
    return "".join(mask if place in hidden else character for place, character in enumerate(run))
