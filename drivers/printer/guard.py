"""Keeps a printer's real-time commands out of what is only data.

A printer carries DLE EOT, DLE ENQ and DLE DC4 out wherever they stand, inside a picture too; one of
them fires the drawer (Epson ESC/POS reference, "notes on real-time commands").  A dot that nobody
sees breaks the pair.
"""

from __future__ import annotations

import re

ESCPOS_TRIGGER = re.compile(rb"\x10(?=[\x04\x05\x14])")
STAR_TRIGGER = re.compile(rb"\x1b(?=\x06)")
_OTHER_DOT = {0x10: b"\x11", 0x1B: b"\x1a"}


def has_trigger(data: bytes, trigger: re.Pattern[bytes] = ESCPOS_TRIGGER) -> bool:
    """Tell whether a printer would act on something inside ``data``."""
    return trigger.search(data) is not None


def disarmed(data: bytes, trigger: re.Pattern[bytes] = ESCPOS_TRIGGER) -> bytes:
    """Return dots without such a pair: one dot differs for each that was there."""
    return trigger.sub(lambda hit: _OTHER_DOT[hit[0][0]], data)
