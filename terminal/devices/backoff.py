"""How long to wait before a device that went away is tried again.

Soon at first and then every five seconds, with a little chance in the wait so that devices that
went together do not come back together.  A plug that is heard of ends the wait at once.
"""

from __future__ import annotations

BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
JITTER = 0.2
"""A wait may be this part shorter or longer."""


def backoff_s(misses: int, chance: float) -> float:
    """Return the wait before the next try after ``misses`` (from 0); ``chance`` is in [0, 1)."""
    return BACKOFF_S[min(misses, len(BACKOFF_S) - 1)] * (1 - JITTER + 2 * JITTER * chance)
