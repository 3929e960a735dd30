"""What a screen asks of a program with more rights: a file in memory, taken once.

Whoever draws the screen can put anything there, so nothing is followed or waited for, and no more
is read than a request may have.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def take(path: Path, max_bytes: int) -> dict[str, Any] | None:
    """Return what was asked and take it away, whatever becomes of it; None when it is no request.

    Raises OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        path.unlink(missing_ok=True)
        return None
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(max_bytes)
    path.unlink(missing_ok=True)
    try:
        plain = json.loads(raw)
    except ValueError:
        return None
    return plain if isinstance(plain, dict) else None
