"""What lies on a simulated scale: a load that swings until it comes to rest."""

from __future__ import annotations

import random
from collections.abc import Callable

DEFAULT_CAPACITY_G = 15_000
DEFAULT_MINIMUM_G = 20
"""Twenty divisions of a gram: less may not be priced (EN 45501)."""
ZERO_RANGE_PERCENT = 2
"""Of the capacity: what the zero key takes away at most (EN 45501)."""


class Platter:
    """A load in grams. All is integer; the noise is tossed from a seed."""

    def __init__(self, seed: int, monotonic: Callable[[], float]) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a simulation
        self._now = monotonic
        self._from_g = self._load_g = 0
        self._since_s = monotonic()
        self._zero_g = 0
        self.settle_ms = 0
        """Time that a load swings; 0: none."""
        self.noise_g = 0
        """Largest deviation while it swings."""
        self.wobbling = False
        """Somebody leans on it: it never comes to rest."""
        self.capacity_g = DEFAULT_CAPACITY_G
        self.minimum_g = DEFAULT_MINIMUM_G
        self.tare_g = 0
        """Taken by the scale's own key."""
        self.changes = 0
        """How often the load was changed."""

    @property
    def load_g(self) -> int:
        """What really lies on it."""
        return self._load_g

    def put(self, grams: int) -> None:
        """Replace the load; it swings from where it is now."""
        self._from_g, self._since_s = self.gross_g + self._zero_g, self._now()
        self._load_g = grams
        self.changes += 1

    def wobble(self, *, on: bool) -> None:
        """Lean on the scale, or let go: then it swings once more."""
        self.wobbling = on
        self._from_g, self._since_s = self._load_g, self._now()
        self.changes += 1

    def _left_ms(self) -> int:
        return max(0, self.settle_ms - int(1000 * (self._now() - self._since_s)))

    @property
    def moving(self) -> bool:
        return self.wobbling or self._left_ms() > 0

    @property
    def gross_g(self) -> int:
        """What it shows without any tare: a curve towards the load, and noise, while it moves."""
        if not self.moving:
            return self._load_g - self._zero_g
        left = self._left_ms()
        swing = (self._from_g - self._load_g) * left // self.settle_ms if left else 0
        noise = self._chance.randint(-self.noise_g, self.noise_g)
        return self._load_g + swing + noise - self._zero_g

    @property
    def overloaded(self) -> bool:
        return self.gross_g > self.capacity_g

    def zero(self) -> bool:
        """Press the zero key; False when it moves, or too much lies on it."""
        limit = self.capacity_g * ZERO_RANGE_PERCENT // 100
        if self.moving or abs(self._load_g) > limit:
            return False
        self._zero_g, self.tare_g = self._load_g, 0
        return True

    def restart(self) -> None:
        """Power came on: what lies there is zero when it is little, and no tare is in force."""
        self._zero_g, self.tare_g = 0, 0
        self.zero()
