"""Blocks on a serial line (PA00P016, 1): how APDUs travel over RS232, sans-IO and without clock.

    10 02 | APDU, every 10 doubled | 10 03 | CRC, low byte first

The CRC is CRC-16/KERMIT (polynomial 8408h reflected, begins at 0) over the APDU as it was before
doubling, and 03.  The receiver answers 06 (ACK) or 15 (NAK) at once.  T1, the longest pause inside
a block, is 200 ms; T2, for the answer to a block, is 5 s; a block is repeated at most twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.payment.zvt.apdu import MAX_DATA

DLE, STX, ETX, ACK, NAK = 0x10, 0x02, 0x03, 0x06, 0x15
T1_S = 0.2
T2_S = 5.0
MAX_REPEATS = 2
MAX_BLOCK = MAX_DATA + 5


@dataclass(frozen=True, slots=True)
class Block:
    """A block that arrived whole: its APDU, as bytes."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The other side's answer to our block."""

    positive: bool


@dataclass(frozen=True, slots=True)
class Damaged:
    """A block that did not arrive as it was sent: to be answered with NAK."""


Arrival = Block | Answer | Damaged


def crc(data: bytes) -> int:
    """Return CRC-16/KERMIT of ``data``; of ``123456789`` it is 2189h."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def encode_block(payload: bytes) -> bytes:
    """Return the block that carries an APDU."""
    check = crc(payload + bytes([ETX]))
    doubled = payload.replace(b"\x10", b"\x10\x10")
    return b"\x10\x02" + doubled + b"\x10\x03" + check.to_bytes(2, "little")


class BlockDecoder:
    """Finds blocks and answers in a stream.

    ======== =========== ============ ========================================
    state    byte        next         what it means
    ======== =========== ============ ========================================
    outside  06, 15      outside      Answer
    outside  10          begin
    outside  other       outside      noise, skipped
    begin    02          inside
    begin    other       outside      noise
    inside   10          escape
    inside   other       inside       a byte of the APDU
    escape   10          inside       a doubled 10
    escape   03          crc_low
    escape   02          inside       the block begins anew
    escape   other       outside      Damaged
    crc_low  any         crc_high
    crc_high any         outside      Block, or Damaged
    ======== =========== ============ ========================================
    """

    def __init__(self) -> None:
        self._state = "outside"
        self._payload = bytearray()
        self._low = 0

    @property
    def inside(self) -> bool:
        """Tell whether a block has begun: the pause until its next byte is limited by T1."""
        return self._state != "outside"

    def pause(self) -> Damaged:
        """T1 passed inside a block: forget its beginning."""
        self._state = "outside"
        return Damaged()

    def receive(self, data: bytes) -> list[Arrival]:
        """Take bytes in; return what is complete now."""
        arrivals: list[Arrival] = []
        for byte in data:
            arrival = self._take(byte)
            if arrival is not None:
                arrivals.append(arrival)
        return arrivals

    def _take(self, byte: int) -> Arrival | None:
        match self._state:
            case "outside":
                if byte in (ACK, NAK):
                    return Answer(byte == ACK)
                self._state = "begin" if byte == DLE else "outside"
            case "begin":
                self._state = "inside" if byte == STX else "outside"
                self._payload.clear()
            case "inside":
                if byte == DLE:
                    self._state = "escape"
                else:
                    return self._keep(byte)
            case "escape":
                return self._escaped(byte)
            case "crc_low":
                self._low, self._state = byte, "crc_high"
            case _:
                self._state = "outside"
                payload = bytes(self._payload)
                sound = crc(payload + bytes([ETX])) == (byte << 8 | self._low)
                return Block(payload) if sound else Damaged()
        return None

    def _escaped(self, byte: int) -> Arrival | None:
        if byte == DLE:
            self._state = "inside"
            return self._keep(byte)
        if byte == ETX:
            self._state = "crc_low"
            return None
        if byte == STX:
            self._state = "inside"
            self._payload.clear()
            return None
        return self.pause()

    def _keep(self, byte: int) -> Arrival | None:
        self._payload.append(byte)
        return self.pause() if len(self._payload) > MAX_BLOCK else None
