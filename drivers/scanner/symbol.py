"""From the bytes or characters of one symbol to a ``Scan``, alike for every kind of scanner."""

from __future__ import annotations

import re

from drivers.scanner.base import MAX_SCAN_CHARS, Scan

AIM_CHARS = 3
MAX_HELD_BYTES = 4 * MAX_SCAN_CHARS + AIM_CHARS
"""Bytes of a symbol that are held: enough for MAX_SCAN_CHARS characters of UTF-8."""
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")


def scan_of_bytes(raw: bytes, aim: str = "", device: str = "") -> Scan:
    """Return the scan that these bytes are: UTF-8 where they are, else Latin-1, which fits all.

    Without ``aim`` the text's own beginning is looked at.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return scan_of_text(text, aim, raw, device)


def scan_of_text(text: str, aim: str, raw: bytes, device: str) -> Scan:
    """Return the scan of a text, its AIM identifier taken off the front when ``aim`` is empty."""
    if not aim and _AIM.match(text):
        aim, text = text[:AIM_CHARS], text[AIM_CHARS:]
    return Scan(
        text[:MAX_SCAN_CHARS],
        aim,
        too_long=len(text) > MAX_SCAN_CHARS,
        raw=raw[:MAX_HELD_BYTES],
        device=device,
    )
