"""The guard of presentation scanners, which read what lies before them again and again."""

from __future__ import annotations

from drivers.scanner.base import Scan


class RepeatGuard:
    """Tells a symbol that is still in sight from one that was shown again.

    Two equal articles are two articles: the guard is for scanners that stand on the counter, is off
    unless a shop turns it on, and forgets a symbol that was out of sight for ``window_s``.
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._last: Scan | None = None
        self._seen_s = 0.0
        self.repeated = 0
        """Scans that were held back."""

    def is_repeat(self, scan: Scan, now_s: float) -> bool:
        """Tell whether this is the symbol of a moment ago; ``now_s`` is monotonic."""
        if self._window_s <= 0 or scan.dropped:
            return False
        again = scan == self._last and now_s - self._seen_s <= self._window_s
        self._last, self._seen_s = scan, now_s
        self.repeated += again
        return again
