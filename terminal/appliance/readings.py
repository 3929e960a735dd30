"""What a reading of the machine is: a name, figures, a judgement, and what was found.

Words are made elsewhere (``figure.<name>``, ``finding.<name>.<finding>``): a reading holds none.
What could not be read is *unknown*, which is a judgement of its own and never a good one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

Figure = int | str
MAX_READINGS = 64
"""Of one report; a file with more was not written by the health service."""
MAX_FIGURES = 12
MAX_TEXT = 64
"""Characters of a text figure: a card's name, a slot, an address."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LARGEST = 1 << 53
"""Whole numbers above this are not exact in every reader of JSON (RFC 8259, section 6)."""


class Judgement(StrEnum):
    """How a reading is; ``unknown`` is said, never taken for good."""

    GOOD = "good"
    UNKNOWN = "unknown"
    ATTENTION = "attention"
    BAD = "bad"


_GRAVITY = {Judgement.GOOD: 0, Judgement.UNKNOWN: 1, Judgement.ATTENTION: 2, Judgement.BAD: 3}


def gravity(judgement: Judgement) -> int:
    """Return 0 (good) to 3 (bad)."""
    return _GRAVITY[judgement]


def worst(judgements: Iterable[Judgement]) -> Judgement:
    """Return the gravest of some judgements; of none, unknown."""
    return max(judgements, key=gravity, default=Judgement.UNKNOWN)


class Group(StrEnum):
    """Where a reading stands on the service screen."""

    MACHINE = "machine"
    STORAGE = "storage"
    CLOCK = "clock"
    NETWORK = "network"
    DEVICES = "devices"
    SOFTWARE = "software"


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading. ``finding`` is empty when there is nothing to say beyond the figures."""

    name: str
    group: Group
    judgement: Judgement = Judgement.UNKNOWN
    finding: str = ""
    figures: Mapping[str, Figure] = field(default_factory=lambda: MappingProxyType({}))

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "group": self.group.value,
            "judgement": self.judgement.value,
            "finding": self.finding,
            "figures": dict(self.figures),
        }


def reading_of(value: object) -> Reading | None:
    """Return what ``plain`` made; None for anything else. Never raises."""
    if not isinstance(value, dict):
        return None
    name, finding = value.get("name"), value.get("finding")
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        return None
    if not isinstance(finding, str) or not (finding == "" or _NAME.fullmatch(finding)):
        return None
    try:
        group, judgement = Group(str(value.get("group"))), Judgement(str(value.get("judgement")))
    except ValueError:
        return None
    figures = value.get("figures")
    kept = _figures(figures) if isinstance(figures, dict) else {}
    return Reading(name, group, judgement, finding, MappingProxyType(kept))


def _figures(values: Mapping[object, object]) -> dict[str, Figure]:
    kept: dict[str, Figure] = {}
    for name, value in values.items():
        if len(kept) == MAX_FIGURES:
            break
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            continue
        if isinstance(value, str):
            kept[name] = value[:MAX_TEXT]
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
            kept[name] = value
    return kept
