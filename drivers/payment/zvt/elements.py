"""Data elements of ZVT: bitmaps, packed digits (BCD) and TLV containers (PA00P015, 5 and 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.errors import LocalProtocolError, RemoteProtocolError
from drivers.payment.zvt.tables import BER, BMP_LENGTHS, CONSTRUCTED, LL, LLL, Bmp

MAX_ELEMENTS = 200
MAX_NESTING = 4
TRACE_BYTES = 3
"""BMP 37 is told with a length before it, or as three bytes of digits: those never begin with F."""


def bcd(number: int, size: int) -> bytes:
    """Return a number as ``size`` bytes of packed digits. Raises LocalProtocolError."""
    digits = f"{number:0{2 * size}d}"
    if number < 0 or len(digits) > 2 * size:
        raise LocalProtocolError(f"{number} does not fit in {size} bytes of digits")
    return bytes.fromhex(digits)


def digits(value: bytes) -> str:
    """Return packed digits as text. Raises RemoteProtocolError when one is none."""
    text = value.hex()
    if not text.isdigit():
        raise RemoteProtocolError("packed digits that are not digits")
    return text


def parse_bitmaps(data: bytes) -> dict[int, bytes]:
    """Return the data elements by number; of one that is said twice, the first counts.

    Raises RemoteProtocolError for an unknown number, whose length nobody can tell, and for a
    value that ends after the message.
    """
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        if len(found) >= MAX_ELEMENTS:
            raise RemoteProtocolError("too many data elements")
        number = data[at]
        kind = BMP_LENGTHS.get(number)
        if kind is None:
            raise RemoteProtocolError(f"data element {number:02X} is not known")
        if number == Bmp.ORIGINAL_TRACE and not data[at + 1 : at + 2] >= b"\xf0":
            kind = TRACE_BYTES
        start, size = _extent(data, at + 1, kind)
        found.setdefault(number, _cut(data, start, size))
        at = start + size
    return found


def parse_tlv(data: bytes, nesting: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield tags and values, those inside constructed ones after them. Raises RemoteProtocolError.

    Tags have one byte, or two when the first ends in five ones (ISO/IEC 8825-1).
    """
    at = 0
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 0x1F == 0x1F:
            tag = tag << 8 | _cut(data, at, 1)[0]
            at += 1
        start, size = _extent(data, at, BER)
        value = _cut(data, start, size)
        yield tag, value
        if (tag in CONSTRUCTED) and nesting < MAX_NESTING:
            yield from parse_tlv(value, nesting + 1)
        at = start + size


def first_of(pairs: Iterator[tuple[int, bytes]]) -> Mapping[int, bytes]:
    """Return the first value of every tag."""
    found: dict[int, bytes] = {}
    for tag, value in pairs:
        found.setdefault(tag, value)
    return found


def tlv(tag: int, value: bytes) -> bytes:
    """Return one TLV object."""
    name = tag.to_bytes(2 if tag > 0xFF else 1, "big")
    return name + ber_length(len(value)) + value


def ber_length(size: int) -> bytes:
    """Return a length as in BER: one byte up to 127, else 81 or 82 and one or two bytes."""
    if size < 0x80:
        return bytes([size])
    if size <= 0xFF:
        return bytes([0x81, size])
    return bytes([0x82]) + size.to_bytes(2, "big")


def parse_counted(data: bytes) -> tuple[bytes, bytes]:
    """Return an LLLVAR value at the beginning of ``data``, and what follows it."""
    start, size = _extent(data, 0, LLL)
    return _cut(data, start, size), data[start + size :]


def _extent(data: bytes, at: int, kind: int) -> tuple[int, int]:
    """Return where a value begins and how long it is."""
    if kind >= 0:
        return at, kind
    if kind == BER:
        first = _cut(data, at, 1)[0]
        if first < 0x80:
            return at + 1, first
        count = first & 0x7F
        if count not in (1, 2):
            raise RemoteProtocolError("a TLV length of another form")
        return at + 1 + count, int.from_bytes(_cut(data, at + 1, count), "big")
    count = {LL: 2, LLL: 3}[kind]
    size = 0
    for byte in _cut(data, at, count):
        if byte >> 4 != 0xF or byte & 0xF > 9:
            raise RemoteProtocolError("a length that is not of digits F0 to F9")
        size = 10 * size + (byte & 0xF)
    return at + count, size


def _cut(data: bytes, start: int, size: int) -> bytes:
    if start + size > len(data):
        raise RemoteProtocolError("a value that ends after its message")
    return data[start : start + size]
