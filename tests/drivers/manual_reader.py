"""A reader of receipts that shares nothing with the drivers: written from the manuals alone.

It knows the commands of a receipt in ESC/POS and in Star line mode, refuses every other, and
returns the lines as a person reads them; what came as dots is a tilde for each cell of 12 dots.
"""

from __future__ import annotations

# Epson ESC/POS command reference, ESC t; Star Line Mode command specification, ESC GS t.
EPSON_TABLES = {0: "cp437", 2: "cp850", 16: "windows-1252", 19: "cp858"}
STAR_TABLES = {1: "cp437", 4: "cp858", 32: "windows-1252"}


class Unreadable(Exception):
    """A command that does not belong on a receipt, or text before any code table was chosen."""


def read_epson(stream: bytes) -> list[str]:
    """Return the lines of an ESC/POS receipt. Raises Unreadable."""
    lines, line, table, at = [], "", "", 0
    fixed = {
        b"\x1b@": 2, b"\x1bE": 3, b"\x1ba": 3, b"\x1b!": 3, b"\x1bM": 3, b"\x1b-": 3, b"\x1b3": 3,
        b"\x1b2": 2, b"\x1bd": 3, b"\x1b{": 3, b"\x1dB": 3, b"\x1d!": 3, b"\x1dh": 3, b"\x1dw": 3,
        b"\x1df": 3, b"\x1dH": 3, b"\x1dV": 4, b"\x1dP": 4,
    }  # fmt: skip
    while at < len(stream):
        two = stream[at : at + 2]
        if stream[at] >= 0x20:
            if not table:
                raise Unreadable("text before a code table")
            line += bytes([stream[at]]).decode(table)
            at += 1
        elif stream[at] == 0x0A:
            lines.append(line)
            line, at = "", at + 1
        elif two == b"\x1bt":
            table, at = EPSON_TABLES[stream[at + 2]], at + 3
        elif two == b"\x1b*":
            columns = stream[at + 3] + 256 * stream[at + 4]
            line += "~" * (columns // 12)
            at += 5 + columns * (3 if stream[at + 2] in (32, 33) else 1)
        elif two in (b"\x1d(", b"\x1c("):
            at += 5 + stream[at + 3] + 256 * stream[at + 4]
        elif two == b"\x1dv":
            across = stream[at + 4] + 256 * stream[at + 5]
            at += 8 + across * (stream[at + 6] + 256 * stream[at + 7])
        elif two == b"\x1dk":
            at += 4 + stream[at + 3]
        elif two in fixed:
            if two == b"\x1b@":
                table = ""  # whatever the last host chose is gone, and nothing is chosen yet
            at += fixed[two]
        else:
            raise Unreadable(f"{stream[at : at + 6].hex(' ')} at {at}")
    return lines


def read_star(stream: bytes) -> list[str]:
    """Return the lines of a receipt in Star line mode. Raises Unreadable."""
    lines, line, table, at = [], "", "", 0
    fixed = {b"\x1b@": 2, b"\x1bE": 2, b"\x1bF": 2, b"\x1bi": 4, b"\x1bd": 3, b"\x1b0": 2,
             b"\x1bz": 3}  # fmt: skip
    while at < len(stream):
        two, three = stream[at : at + 2], stream[at : at + 3]
        if stream[at] >= 0x20:
            if not table:
                raise Unreadable("text before a code table")
            line += bytes([stream[at]]).decode(table)
            at += 1
        elif stream[at] == 0x0A:
            lines.append(line)
            line, at = "", at + 1
        elif three == b"\x1b\x1dt":
            table, at = STAR_TABLES[stream[at + 3]], at + 4
        elif three in (b"\x1b\x1da", b"\x1b\x1ea"):
            at += 4
        elif three == b"\x1b\x1dy":
            kind = stream[at + 3 : at + 4]
            counted = 8 + stream[at + 6] + 256 * stream[at + 7] if kind == b"D" else 0
            at += {b"S": 6, b"D": counted, b"P": 4}[kind]
        elif two == b"\x1bb":
            at = stream.index(b"\x1e", at) + 1
        elif two == b"\x1bX":
            columns = stream[at + 2] + 256 * stream[at + 3]
            line += "~" * (columns // 12)
            at += 4 + 3 * columns
        elif two == b"\x1bk":
            at += 4 + 24 * (stream[at + 2] + 256 * stream[at + 3])
        elif two in fixed:
            at += fixed[two]
        else:
            raise Unreadable(f"{stream[at : at + 6].hex(' ')} at {at}")
    return lines
