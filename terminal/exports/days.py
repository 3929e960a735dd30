"""One closed trading day as the exports see it, checked: its parts add up to what was closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from terminal.core import categories
from terminal.core.books import CategoryRow
from terminal.core.categories import NOT_TURNOVER
from terminal.core.errors import CoreError
from terminal.core.events import PeriodClosed


class NotBalanced(CoreError):
    """Figures that should be equal are not: nothing may be handed out."""


@dataclass(frozen=True, slots=True)
class Day:
    """A closure of a day. Amounts are minor units; a refund is negative."""

    event: PeriodClosed
    rows: tuple[CategoryRow, ...]
    """By kind of line, category and rate; every row has a category."""
    closed_at_ms: int = 0
    """0 when the day is not closed: its figures are provisional."""
    entry: int = 0
    """Number of its entry in the accounts, from 1; 0 when there is nothing to enter."""

    @property
    def date(self) -> str:
        return self.event.period

    @property
    def turnover(self) -> tuple[CategoryRow, ...]:
        """What was sold."""
        return tuple(row for row in self.rows if row.kind not in NOT_TURNOVER)

    @property
    def other(self) -> tuple[CategoryRow, ...]:
        """What was paid for and is no sale yet."""
        return tuple(row for row in self.rows if row.kind in NOT_TURNOVER)

    @property
    def rounding_minor(self) -> int:
        """What cash rounding brought: tenders less receipts."""
        return sum(amount for _, amount in self.event.tenders) - self.event.total_minor

    @property
    def counted_minor(self) -> int | None:
        """Cash that was counted; None when nobody counted."""
        return dict(self.event.counted).get("cash")

    @property
    def difference_minor(self) -> int:
        """Cash that was counted, less what the drawer should have held."""
        counted = self.counted_minor
        return 0 if counted is None else counted - self.event.expected_cash_minor

    def services(self, codes: Iterable[str]) -> tuple[tuple[int, int], ...]:
        """Return (rate, gross) of services, which were all paid on this day: tills give no
        credit."""
        wanted, sums = frozenset(codes), dict[int, int]()
        for row in self.turnover:
            if row.category in wanted:
                sums[row.rate_bp] = sums.get(row.rate_bp, 0) + row.gross_minor
        return tuple(sorted(sums.items()))


def rows_of(event: PeriodClosed) -> tuple[CategoryRow, ...]:
    """Return the rows that a closure carries; none in closures from before there were any."""
    return tuple(CategoryRow(*row) for row in event.categories)


def day_of(
    event: PeriodClosed,
    rows: Iterable[CategoryRow],
    default_category: str,
    closed_at_ms: int = 0,
    entry: int = 0,
) -> Day:
    """Return a day; what was sold without a category counts under the default.

    Raises:
        NotBalanced: the rows are not what was closed.
    """
    named = [replace(row, category=row.category or default_category) for row in rows]
    day = Day(event, categories.added((), named), closed_at_ms, entry)
    sums: dict[int, list[int]] = {}
    for row in day.rows:
        kept = sums.setdefault(row.rate_bp, [0, 0, 0])
        for at, amount in enumerate((row.net_minor, row.vat_minor, row.gross_minor)):
            kept[at] += amount
    closed = {rate: list(amounts) for rate, *amounts in event.vat}
    total = sum(amounts[2] for amounts in sums.values())
    if sums != closed or total != event.total_minor:
        what = f"closure {event.number} of {event.period}"
        raise NotBalanced(f"{what}: the categories say {total}, the receipts {event.total_minor}")
    return day


def has_entry(event: PeriodClosed) -> bool:
    """Tell whether a closure leaves anything to enter in the accounts: figures other than 0."""
    counted = dict(event.counted).get("cash", event.expected_cash_minor)
    tenders = [amount for _, amount in event.tenders]
    return any(
        (
            *tenders,
            *(row.net_minor for row in rows_of(event)),
            *(amount for _, *amounts in event.vat for amount in amounts),
            *(amount for _, amount in event.movements),
            sum(tenders) - event.total_minor,
            counted - event.expected_cash_minor,
        )
    )
