"""APDUs of ZVT: CLASS INSTR LEN DATA, where LEN is one byte, or FF and two (PA00P016, 2)."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.errors import LocalProtocolError, RemoteProtocolError

MAX_DATA = 16384
"""Longest data believed: a block of receipt lines has about 1,100 bytes."""
LONG = 0xFF


@dataclass(frozen=True, slots=True)
class Apdu:
    """One message; ``control`` is CLASS and INSTR as one number, such as 0x040F."""

    control: int
    data: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes of the message. Raises LocalProtocolError when it is too long."""
        size = len(self.data)
        if size > MAX_DATA:
            raise LocalProtocolError(f"an APDU of {size} bytes exceeds {MAX_DATA}")
        length = bytes([size]) if size < LONG else bytes([LONG]) + size.to_bytes(2, "little")
        return self.control.to_bytes(2, "big") + length + self.data

    def __str__(self) -> str:
        """Return the control field alone: data may hold a card number."""
        return f"{self.control >> 8:02X} {self.control & 0xFF:02X}"


class ApduDecoder:
    """Finds the APDUs in a stream of bytes, however TCP split or merged them."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, data: bytes) -> list[Apdu]:
        """Take bytes in; return the APDUs that are complete now.

        Raises RemoteProtocolError when one claims to be longer than MAX_DATA: bare APDUs have no
        mark to begin anew from, so the connection is to be given up.
        """
        self._buffer += data
        found: list[Apdu] = []
        while (header := self._header()) is not None:
            start, size = header
            if size > MAX_DATA:
                raise RemoteProtocolError(f"an APDU that claims {size} bytes")
            if len(self._buffer) < start + size:
                break
            control = int.from_bytes(self._buffer[:2], "big")
            found.append(Apdu(control, bytes(self._buffer[start : start + size])))
            del self._buffer[: start + size]
        return found

    def _header(self) -> tuple[int, int] | None:
        """Return where the data begins and how long it is; None when that is not here yet."""
        if len(self._buffer) < 3:
            return None
        if self._buffer[2] != LONG:
            return 3, self._buffer[2]
        if len(self._buffer) < 5:
            return None
        return 5, int.from_bytes(self._buffer[3:5], "little")


def decode_whole(data: bytes) -> Apdu:
    """Return the one APDU that ``data`` is. Raises RemoteProtocolError."""
    decoder = ApduDecoder()
    found = decoder.receive(data)
    if len(found) != 1 or found[0].encode() != data:
        raise RemoteProtocolError("a block that is not one APDU")
    return found[0]
