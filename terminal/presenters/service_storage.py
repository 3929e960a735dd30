"""What the service screen says of the card and of the second copy."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.journal.latency import Percentiles
from terminal.presenters.service_line import ServiceLine
from terminal.services.copy_watch import SLACK
from terminal.services.service_page import StoragePage
from terminal.services.wear_watch import WORN_DAYS, CardFigures
from terminal.words import Words

MILLISECOND_US = 1000
KIB, MIB = 1024, 1_048_576


def storage_lines(page: StoragePage | None, timezone: str, words: Words) -> Iterator[ServiceLine]:
    """Yield how long commits take, what the card has to take, and where the copy stands."""
    if page is None:
        return
    card = page.card
    yield _commits("now", card.recent, words, slow=card.slow)
    yield _commits("today", card.today, words)
    yield _written(card, words)
    if card.days_left is not None:
        yield _lasts(card.days_left, words)
    yield _copy(page, timezone, words)


def _commits(when: str, took: Percentiles, words: Words, *, slow: bool = False) -> ServiceLine:
    name = words.text(f"service.commits.{when}")
    if not took.count:
        return ServiceLine(name, words.text("judgement.unknown"), tone="quiet")
    value = words.text(
        "service.commits.value",
        half=_ms(took.p50_us),
        most=_ms(took.p99_us),
        longest=_ms(took.max_us),
    )
    note = words.text("service.commits.slow") if slow else ""
    return ServiceLine(name, value, note, "warn" if slow else "good")


def _ms(micros: int) -> str:
    """Return whole milliseconds, rounded up: a wait is never told shorter than it was."""
    return str(-(-micros // MILLISECOND_US))


def _written(card: CardFigures, words: Words) -> ServiceLine:
    name = words.text("service.written")
    if not card.bytes_per_day:
        return ServiceLine(name, words.text("judgement.unknown"), tone="quiet")
    value = words.text(
        "service.written.value",
        day=words.format_quantity(-(-card.bytes_per_day // MIB)),
        sale=words.format_quantity(-(-card.bytes_per_sale // KIB)) if card.bytes_per_sale else "",
    )
    return ServiceLine(name, value)


def _lasts(days: int, words: Words) -> ServiceLine:
    worn = days <= WORN_DAYS
    note = words.text("service.lasts.worn") if worn else ""
    value = words.counted("service.lasts.days", days)
    return ServiceLine(words.text("service.lasts"), value, note, "warn" if worn else "good")


def _copy(page: StoragePage, timezone: str, words: Words) -> ServiceLine:
    name, copy = words.text("service.copy"), page.copy
    if not page.wanted and (not copy.alive or copy.problem == "no_stick"):
        return ServiceLine(name, words.text("service.copy.none"), tone="quiet")
    if not copy.alive or copy.problem:
        problem = copy.problem or "silent"
        note = words.text(f"service.copy.{problem}.way")
        return ServiceLine(name, words.text(f"service.copy.{problem}"), note, "warn")
    if page.missing > SLACK:
        missing = words.format_quantity(page.missing)
        return ServiceLine(name, words.text("service.copy.behind", missing=missing), tone="info")
    at = words.format_time(copy.copied_at_ms, timezone)
    return ServiceLine(name, words.text("service.copy.whole", medium=copy.medium, at=at))
