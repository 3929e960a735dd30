"""The ESC/POS commands that the driver sends by itself (Epson ESC/POS reference)."""

from __future__ import annotations

from drivers.errors import LocalProtocolError

INITIALISE = b"\x1b@"
NO_REAL_TIME_PULSE = b"\x1d(D\x03\x00\x14\x01\x00"
"""GS ( D: the bytes DLE DC4 1, wherever they turn up, no longer fire the drawer."""
AUTO_STATUS_ON = b"\x1da\xff"
FEED_AND_CUT = b"\x1dVB\x00"
CLEAR_BUFFERS = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
MAKER, MODEL, SERIAL = 66, 67, 68
_MARKER_CHARS = 4


def select_code_page(number: int) -> bytes:
    """ESC t n; 16 is CP1252, the one page with A-grave, OE ligature and euro together."""
    return bytes((0x1B, 0x74, number))


def feed_lines(lines: int) -> bytes:
    """ESC d n."""
    return bytes((0x1B, 0x64, lines))


def queued_status(n: int) -> bytes:
    """GS r n: 1 paper, 2 drawer; answered when everything before it was carried out."""
    return bytes((0x1D, 0x72, n))


def real_time_status(n: int) -> bytes:
    """DLE EOT n: 1 printer, 2 offline cause, 3 error cause, 4 paper."""
    return bytes((0x10, 0x04, n))


def identity(n: int) -> bytes:
    """GS I n: MAKER, MODEL or SERIAL."""
    return bytes((0x1D, 0x49, n))


def process_id(marker: str) -> bytes:
    """GS ( H 48: report ``marker`` when what went before is printed. Raises LocalProtocolError."""
    if len(marker) != _MARKER_CHARS or not all(" " <= character <= "~" for character in marker):
        raise LocalProtocolError(f"marker {marker!r} is not 4 characters from space to tilde")
    return b"\x1d(H\x06\x00\x30\x30" + marker.encode("ascii")


def drawer_pulse(pin: int) -> bytes:
    """ESC p: 50 ms on, 500 ms off at pin 2 or 5 (the solenoid stands a fifth of the time)."""
    if pin not in (2, 5):
        raise LocalProtocolError(f"a drawer hangs on pin 2 or 5, not {pin}")
    return bytes((0x1B, 0x70, 0 if pin == 2 else 1, 25, 250))
