"""The icons of the screens: names of one family (Lucide, ISC licence) and their characters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

NAMES = (
    "a-large-small", "accessibility", "apple", "archive", "arrow-big-up", "arrow-left",
    "arrow-right", "badge-check", "banana", "banknote", "barcode", "beef", "beer",
    "bell-ring", "cable", "cake", "calendar", "check", "chevron-down", "chevron-left",
    "chevron-right", "chevron-up", "circle-alert", "circle-check", "circle-question-mark",
    "circle-x", "clock", "coins", "contrast", "cookie", "cooking-pot", "corner-down-left",
    "credit-card", "croissant", "cup-soda", "delete", "drumstick", "egg", "ellipsis", "eye",
    "file-text", "fish", "footprints", "gamepad-2", "gift", "ham", "hand", "hand-helping",
    "hard-drive", "heart", "history", "hourglass", "ice-cream-cone", "id-card", "inbox", "info",
    "key-round", "keyboard", "languages", "layers", "leaf", "life-buoy", "list", "loader-circle",
    "lock", "log-out", "mail", "milk", "minus", "monitor", "nfc", "package", "pause", "pencil",
    "percent", "play", "plug", "plus", "power", "printer", "qr-code", "receipt", "receipt-text",
    "refresh-cw", "rotate-ccw", "salad", "sandwich", "scale", "scan-barcode", "scan-line",
    "search", "shield-check", "shirt", "shopping-basket", "shopping-cart", "snowflake", "sofa",
    "soup", "space", "sparkles", "store", "tag", "ticket-percent", "timer", "trash-2",
    "triangle-alert", "undo-2", "user-check", "user-round", "users", "utensils", "wallet", "wheat",
    "wifi", "wifi-off", "wine", "wrench", "x", "zap",
)  # fmt: skip

_TABLE = Path(__file__).parent / "fonts" / "icons.json"
_GLYPHS: Mapping[str, str] = json.loads(_TABLE.read_text("utf-8")) if _TABLE.exists() else {}


def glyph(name: str) -> str:
    """Return an icon's character in the font ``Icons``; empty for an empty name.

    Raises:
        KeyError: the icon is not in the shipped subset.
    """
    return _GLYPHS[name] if name else ""
