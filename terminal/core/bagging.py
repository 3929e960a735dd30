"""The scale under the bags: after every scan, what was scanned has to lie there.

    state        says                                          until
    OK           all that was scanned lies there, no more      the next scan or change of weight
    WAIT_PLACE   something scanned is not in the bags yet      its weight comes, or staff approves
    UNEXPECTED   something lies there that was not scanned     it goes or is scanned, or staff does
    REMOVED      something was taken out                       it comes back, or staff approves
    STAFF        the customer cannot mend it                   staff approves

Expected increments are learned per article.  All weights are stable, gross, in whole grams; what
moves is no weight and changes nothing here.  Taking things out and putting them back (packing them
better) is no fault: the sum decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isqrt

from terminal.core.frozen import replace

TOLERANCE_G = 4
"""Noise of the scale: a change this small is none."""
OWN_BAG_LIMIT_G = 500
"""A heavier bag is looked into by staff."""
UNKNOWN_LIMIT_G = 5_000
"""The most that an article nobody has weighed yet may weigh."""
MAX_ODDITIES = 3
"""Unexpected weights before staff is called."""
MAX_WAITING = 50
"""Articles scanned and not yet placed; far above what hands can hold."""
MIN_SAMPLES = 5
MAX_SAMPLES = 32
"""Newest increments kept per article: packaging changes, and old ones fade."""
CUT = 5
"""An increment further than this many median deviations from the median teaches nothing."""
LEAST_REACH_G = 20
"""Nothing nearer to the median than this is cut, even where all the rest are alike."""
LEAST_SPREAD_G = 6
SPREADS = 3
"""Standard deviations to either side that are accepted."""
PERCENT = 2
"""Of the mean, accepted at least: heavy goods vary more."""


class BagStatus(StrEnum):
    """What is to be said of the bags."""

    OK = "ok"
    WAIT_PLACE = "wait_place"
    UNEXPECTED = "unexpected"
    REMOVED = "removed"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Band:
    """Increments that an article may cause, in grams, both bounds allowed."""

    least_g: int
    most_g: int
    known: bool = True

    def holds(self, grams: int) -> bool:
        """Tell whether an increment is one of them."""
        return self.least_g <= grams <= self.most_g

    @property
    def holds_noise(self) -> bool:
        return self.least_g <= TOLERANCE_G and self.most_g >= -TOLERANCE_G


UNKNOWN = Band(1, UNKNOWN_LIMIT_G, known=False)


def learned_band(samples: tuple[int, ...]) -> Band:
    """Return what an article's increments teach; UNKNOWN while they are too few.

    Mean and standard deviation of what lies near the median, in whole grams.
    """
    kept = _without_outliers(samples)
    if len(kept) < MIN_SAMPLES:
        return UNKNOWN
    mean = sum(kept) // len(kept)
    deviation = isqrt(sum((grams - mean) ** 2 for grams in kept) // (len(kept) - 1))
    spread = max(LEAST_SPREAD_G, SPREADS * deviation, mean * PERCENT // 100)
    return Band(max(1, mean - spread), mean + spread)


def _without_outliers(samples: tuple[int, ...]) -> tuple[int, ...]:
    if not samples:
        return ()
    middle = _median(samples)
    reach = max(LEAST_REACH_G, CUT * _median(tuple(abs(g - middle) for g in samples)))
    return tuple(grams for grams in samples if abs(grams - middle) <= reach)


def _median(values: tuple[int, ...]) -> int:
    return sorted(values)[len(values) // 2]


def with_sample(samples: tuple[int, ...], grams: int) -> tuple[int, ...]:
    """Return the newest samples, this one last; what is out of any range is not kept."""
    return (*samples, grams)[-MAX_SAMPLES:] if UNKNOWN.holds(grams) else samples


@dataclass(frozen=True, slots=True)
class Awaited:
    """An article that was scanned and is not in the bags yet."""

    code: str
    band: Band


@dataclass(frozen=True, slots=True)
class Lesson:
    """What an article was seen to weigh, alone: to be learned."""

    code: str
    grams: int


@dataclass(frozen=True, slots=True)
class Bags:
    """What lies on the scale, and what should."""

    agreed_g: int = 0
    """Weight up to which everything is accounted for."""
    seen_g: int = 0
    """The last stable weight."""
    awaited: tuple[Awaited, ...] = ()
    own_bag: bool = False
    """The customer is about to put an own bag down."""
    oddities: int = 0
    status: BagStatus = BagStatus.OK
    lessons: tuple[Lesson, ...] = ()
    """What the last step taught."""


def scanned(bags: Bags, code: str, band: Band) -> Bags:
    """Return the bags after an article was scanned; it may lie there already."""
    if len(bags.awaited) >= MAX_WAITING:
        return replace(bags, status=BagStatus.STAFF, lessons=())
    return _judged(replace(bags, awaited=(*bags.awaited, Awaited(code, band)), lessons=()))


def voided(bags: Bags, code: str, band: Band) -> Bags:
    """Return the bags after a line was voided: no longer awaited, or to be taken out again."""
    for n, one in enumerate(bags.awaited):
        if one.code == code:
            rest = (*bags.awaited[:n], *bags.awaited[n + 1 :])
            return _judged(replace(bags, awaited=rest, lessons=()))
    taken_out = Awaited(code, Band(-band.most_g, -band.least_g, band.known))
    return _judged(replace(bags, awaited=(*bags.awaited, taken_out), lessons=()))


def weighed(bags: Bags, gross_g: int) -> Bags:
    """Return the bags after the scale came to rest at a weight."""
    moved = abs(gross_g - bags.seen_g) > TOLERANCE_G
    judged = _judged(replace(bags, seen_g=gross_g, lessons=()))
    odd = judged.status in (BagStatus.UNEXPECTED, BagStatus.REMOVED)
    if not (moved and odd):
        return judged
    count = judged.oddities + 1
    status = BagStatus.STAFF if count > MAX_ODDITIES else judged.status
    return replace(judged, oddities=count, status=status)


def with_own_bag(bags: Bags) -> Bags:
    """Return the bags once the customer has said that an own bag comes."""
    return replace(bags, own_bag=True, lessons=())


def approved(bags: Bags) -> Bags:
    """Return the bags after staff has looked: all that lies there is right."""
    return Bags(agreed_g=bags.seen_g, seen_g=bags.seen_g)


def _judged(bags: Bags) -> Bags:
    if bags.status is BagStatus.STAFF:
        return bags
    change = bags.seen_g - bags.agreed_g
    if abs(change) <= TOLERANCE_G:
        return replace(bags, status=_at_rest(bags.awaited), oddities=0)
    if bags.own_bag and change > 0 and not bags.awaited:
        if change > OWN_BAG_LIMIT_G:
            return replace(bags, status=BagStatus.STAFF)
        return _agreed(replace(bags, own_bag=False), ())
    placed = _placed(bags.awaited, change)
    if placed:
        return _agreed(bags, placed)
    return replace(bags, status=BagStatus.UNEXPECTED if change > 0 else BagStatus.REMOVED)


def _placed(awaited: tuple[Awaited, ...], change: int) -> tuple[Awaited, ...]:
    """Return which of the awaited articles a change of weight is: one of them, or all together.

    One that is known goes before one that is not, whose band would hold almost anything.
    """
    for one in sorted(awaited, key=lambda one: not one.band.known):
        if one.band.holds(change):
            return (one,)
    least, most = sum(a.band.least_g for a in awaited), sum(a.band.most_g for a in awaited)
    return awaited if len(awaited) > 1 and least <= change <= most else ()


def _agreed(bags: Bags, placed: tuple[Awaited, ...]) -> Bags:
    change = bags.seen_g - bags.agreed_g
    rest = list(bags.awaited)
    for one in placed:
        rest.remove(one)
    lessons = (Lesson(placed[0].code, change),) if len(placed) == 1 and change > 0 else ()
    return replace(
        bags,
        agreed_g=bags.seen_g,
        awaited=tuple(rest),
        oddities=0,
        status=_at_rest(tuple(rest)),
        lessons=lessons,
    )


def _at_rest(awaited: tuple[Awaited, ...]) -> BagStatus:
    """What is known to be lighter than the scale's noise is not waited for."""
    if all(one.band.known and one.band.holds_noise for one in awaited):
        return BagStatus.OK
    return BagStatus.WAIT_PLACE
