"""Bytes of the simulated ZVT terminal, written and read as the specification says.

Nothing here is shared with the driver but the tables, so that a mistake of one side is not the
other's as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from drivers.payment.zvt.tables import BER, BMP_LENGTHS, LL, LLL

_POLYNOMIAL = 0x8408


class Piece(Enum):
    """What comes over a serial line."""

    ACK = auto()
    NAK = auto()
    BLOCK = auto()
    DAMAGED = auto()
    NOISE = auto()


class Malformed(ValueError):
    """The cash register sent what no table explains."""


@dataclass(frozen=True, slots=True)
class Said:
    """A command of the cash register: class and instruction, and its data."""

    control: int
    data: bytes


def message(control: int, data: bytes = b"") -> bytes:
    """Return an APDU."""
    size = len(data)
    length = bytes((size,)) if size < 255 else bytes((255, size % 256, size // 256))
    return bytes((control // 256, control % 256)) + length + data


def take_message(buffer: bytearray) -> Said | None:
    """Take the first APDU off ``buffer``; None when it is not complete."""
    if len(buffer) < 3:
        return None
    begin, size = 3, buffer[2]
    if size == 255:
        if len(buffer) < 5:
            return None
        begin, size = 5, buffer[3] + 256 * buffer[4]
    if len(buffer) < begin + size:
        return None
    said = Said(256 * buffer[0] + buffer[1], bytes(buffer[begin : begin + size]))
    del buffer[: begin + size]
    return said


def packed(number: int | str, size: int) -> bytes:
    """Return the last digits of a number, two in a byte."""
    text = str(number).rjust(2 * size, "0")[-2 * size :]
    return bytes(16 * int(text[at]) + int(text[at + 1]) for at in range(0, 2 * size, 2))


def unpacked(value: bytes) -> int:
    """Return the number that packed digits are. Raises Malformed."""
    number = 0
    for byte in value:
        high, low = divmod(byte, 16)
        if high > 9 or low > 9:
            raise Malformed("digits")
        number = 100 * number + 10 * high + low
    return number


def element(number: int, value: bytes) -> bytes:
    """Return a data element with the length its number asks for."""
    kind = BMP_LENGTHS[number]
    size = len(value)
    if kind == BER:
        return bytes((number,)) + _ber(size) + value
    if kind in (LL, LLL):
        places = -kind
        return bytes((number,)) + bytes(0xF0 + int(d) for d in f"{size:0{places}}") + value
    return bytes((number,)) + value


def tagged(tag: int, value: bytes) -> bytes:
    """Return a TLV object."""
    head = bytes((tag,)) if tag < 256 else bytes((tag // 256, tag % 256))
    return head + _ber(len(value)) + value


def elements(data: bytes) -> Mapping[int, bytes]:
    """Return the data elements of a command. Raises Malformed."""
    found: dict[int, bytes] = {}
    rest = data
    while rest:
        number, rest = rest[0], rest[1:]
        kind = BMP_LENGTHS.get(number)
        if kind is None:
            raise Malformed(f"{number:02X}")
        size = kind
        if kind == BER:
            size, rest = _ber_size(rest)
        elif kind in (LL, LLL):
            head, rest = rest[:-kind], rest[-kind:]
            size = int("".join(f"{byte & 15}" for byte in head) or "0")
        if size > len(rest):
            raise Malformed(f"{number:02X} is cut")
        found[number], rest = rest[:size], rest[size:]
    return found


def tags(container: bytes) -> Mapping[int, bytes]:
    """Return the objects of a container, not those inside them. Raises Malformed."""
    found: dict[int, bytes] = {}
    rest = container
    while rest:
        tag, rest = rest[0], rest[1:]
        if tag % 32 == 31 and rest:
            tag, rest = 256 * tag + rest[0], rest[1:]
        size, rest = _ber_size(rest)
        if size > len(rest):
            raise Malformed(f"{tag:X} is cut")
        found[tag], rest = rest[:size], rest[size:]
    return found


def checksum(data: bytes) -> bytes:
    """Return CRC-16/KERMIT, low byte first."""
    value = 0
    for byte in data:
        for place in range(8):
            bit = (byte >> place ^ value) & 1
            value >>= 1
            if bit:
                value ^= _POLYNOMIAL
    return bytes((value % 256, value // 256))


def block(apdu: bytes) -> bytes:
    """Return the serial block of an APDU."""
    doubled = b"".join(b"\x10\x10" if byte == 0x10 else bytes((byte,)) for byte in apdu)
    return b"\x10\x02" + doubled + b"\x10\x03" + checksum(apdu + b"\x03")


def take_block(buffer: bytearray) -> tuple[Piece, bytes] | None:
    """Take what comes first off ``buffer``, with the APDU of a block; None when incomplete."""
    if not buffer:
        return None
    if buffer[0] in (0x06, 0x15):
        return (Piece.ACK if buffer.pop(0) == 0x06 else Piece.NAK), b""
    if buffer[0] != 0x10 or (len(buffer) > 1 and buffer[1] != 0x02):
        del buffer[0]
        return Piece.NOISE, b""
    apdu = bytearray()
    at = 2
    while at + 1 < len(buffer):
        if buffer[at] != 0x10:
            apdu.append(buffer[at])
            at += 1
        elif buffer[at + 1] == 0x10:
            apdu.append(0x10)
            at += 2
        elif len(buffer) < at + 4:
            return None
        else:
            told = bytes(buffer[at + 1 : at + 4])
            del buffer[: at + 4]
            sound = told == b"\x03" + checksum(bytes(apdu) + b"\x03")
            return (Piece.BLOCK, bytes(apdu)) if sound else (Piece.DAMAGED, b"")
    return None


def _ber(size: int) -> bytes:
    if size < 128:
        return bytes((size,))
    if size < 256:
        return bytes((0x81, size))
    return bytes((0x82, size // 256, size % 256))


def _ber_size(data: bytes) -> tuple[int, bytes]:
    if not data:
        raise Malformed("length")
    if data[0] < 128:
        return data[0], data[1:]
    places = data[0] - 128
    if places > 2 or len(data) <= places:
        raise Malformed("length")
    return int.from_bytes(data[1 : 1 + places], "big"), data[1 + places :]
