"""The tags in the field of a simulated reader, and the chance by which they are seen."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from drivers.rfid.base import MAX_EPC_BYTES
from drivers.rfid.epc import NoSgtin, encode_sgtin_96

MAX_PLACED = 4000
DEFAULT_RSSI_DBM = -52
NOISE_RSSI_DBM = -74


@dataclass(frozen=True, slots=True)
class Reading:
    """A tag as it was seen between two reports."""

    epc: str
    rssi_dbm: int
    count: int
    first_us: int
    last_us: int


class TagField:
    """What lies on the antenna. Deterministic by its seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a simulation, no secret
        self._tags: dict[str, int] = {}
        self.miss_percent = 0
        """Chance that a tag is not seen in one round."""

    @property
    def tags(self) -> tuple[str, ...]:
        """EPCs of the tags that lie there."""
        return tuple(self._tags)

    def put(self, epc: str, rssi_dbm: int = DEFAULT_RSSI_DBM) -> None:
        """Lay a tag down. Raises ValueError when it is no EPC."""
        raw = bytes.fromhex(epc)
        if not 0 < len(raw) <= MAX_EPC_BYTES or len(raw) % 2:
            raise ValueError(f"an EPC has 2 to {MAX_EPC_BYTES} bytes, in pairs")
        if not -128 <= rssi_dbm <= 0:
            raise ValueError("a signal has -128 to 0 dBm")
        if len(self._tags) >= MAX_PLACED:
            raise ValueError("no more tags fit")
        self._tags[raw.hex().upper()] = rssi_dbm

    def put_article(self, gtin: str, serial: int | None = None) -> str:
        """Lay down an article with a tag of its own; returns its EPC. Raises ValueError."""
        number = self._random.getrandbits(38) if serial is None else serial
        try:
            epc = encode_sgtin_96(gtin, number)
        except NoSgtin as error:
            raise ValueError(str(error)) from error
        self.put(epc)
        return epc

    def remove(self, epc: str) -> None:
        """Take a tag away. Raises ValueError when it does not lie there."""
        if self._tags.pop(epc.upper(), None) is None:
            raise ValueError(f"no tag {epc[:40]!r} lies here")

    def clear(self) -> None:
        """Take all tags away."""
        self._tags.clear()

    def noise(self, count: int) -> None:
        """Let ``count`` tags of others come within reach, weakly: none of them is an article."""
        for _ in range(count):
            self.put(f"E2{self._random.getrandbits(88):022X}", NOISE_RSSI_DBM)

    def round(self, at_us: int, seen: dict[str, Reading]) -> None:
        """Inventory once, into ``seen``."""
        for epc, rssi in self._tags.items():
            if self._random.randrange(100) < self.miss_percent:
                continue
            strength = max(-128, min(0, rssi + self._random.randint(-3, 3)))
            before = seen.get(epc)
            if before is None:
                seen[epc] = Reading(epc, strength, 1, at_us, at_us)
            else:
                seen[epc] = replace(
                    before,
                    rssi_dbm=max(before.rssi_dbm, strength),
                    count=min(before.count + 1, 0xFFFF),
                    last_us=at_us,
                )
