"""Books as a till may see them: a day under way, a count that differs, closures made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

from terminal.core.books import Books, Period, VatRow
from terminal.core.events import PeriodClosed
from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk, Entry
from terminal.presenters.till import routes
from terminal.presenters.till.closing_forms import CASH, CLOSE, CLOSURE, COUNT
from terminal.ui.samples.world import NOW_MS, World, shop

DAY_MS = 86_400_000
DAY = Period(
    key="2021-09-08",
    opened_at_ms=NOW_MS - 2 * 3_600_000,
    first_receipt="820030010000004415",
    last_receipt="820030010000004514",
    count=41,
    total_minor=128_340,
    absolute_minor=130_140,
    vat=(VatRow(550, 51_943, 2857, 54_800), VatRow(2000, 61_283, 12_257, 73_540)),
    tenders=(("card", 84_190), ("cash", 39_150), ("cheque", 5000)),
)
BOOKS = Books(
    day=DAY,
    month=replace(DAY, key="2021-09"),
    year=replace(DAY, key="2021"),
    perpetual_minor=18_274_015,
    perpetual_absolute_minor=18_501_115,
    drawer_minor=54_150,
    numbers=MappingProxyType({"day": 212, "month": 7}),
    closed=MappingProxyType({"day": "2021-09-07", "month": "2021-08"}),
    extracted=MappingProxyType({"day": 210, "month": 7}),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list of closures."""

    closed_at_ms: int
    event: PeriodClosed
    extractions: int = 1


def _closure(scope: str, period: str, number: int, total_minor: int, by: str) -> PeriodClosed:
    net = total_minor * 100 // 120
    cash = total_minor // 3
    return PeriodClosed(
        scope=scope, period=period, number=number, opened_at_ms=NOW_MS - DAY_MS,
        first_receipt="820030010000004307", last_receipt="820030010000004408", count=57,
        total_minor=total_minor, absolute_minor=total_minor + 1800, perpetual_minor=18_145_675,
        perpetual_absolute_minor=18_370_975,
        vat=((2000, net, total_minor - net, total_minor),),
        tenders=(("card", total_minor - cash), ("cash", cash)),
        counted=(("cash", cash + 15_000 - 200),) if by else (), expected_cash_minor=cash + 15_000,
        exceptions=() if by else (("sale_parked", "s204", 0),), operator_id=by,
        explanation="Erreur de rendu" if by else "",
    )  # fmt: skip


CLOSURES = (
    Row(NOW_MS - 14 * 3_600_000, _closure("day", "2021-09-07", 212, 164_210, "9"), 0),
    Row(NOW_MS - 38 * 3_600_000, _closure("day", "2021-09-06", 211, 98_745, "9"), 0),
    Row(NOW_MS - 3 * DAY_MS, _closure("day", "2021-09-05", 210, 0, "")),
    Row(NOW_MS - 4 * DAY_MS, _closure("day", "2021-09-04", 209, 231_480, "9"), 2),
    Row(NOW_MS - 8 * DAY_MS, _closure("month", "2021-08", 7, 4_812_350, "")),
)


def books_worlds(operator: TerminalState) -> tuple[World, ...]:
    """Return the screen of the books and its dialogs, for somebody who is signed on."""
    state = replace(operator, books=BOOKS)
    around = shop(role="till", extracts=True)
    here = Desk(panel=routes.CLOSURES, closures=CLOSURES)

    def dialog(name: str, field: Entry, **typed: str) -> Desk:
        return replace(here, overlay=name, entry=field, memory=MappingProxyType(typed))

    cash = Entry("amount", "15000", 8, digits=True)
    counting = Entry("cash", "53950", 8, digits=True)
    why = Entry("reason", "Erreur de rendu", 60)
    counted = {"cash": "53950", "card": "84190", "cheque": "5000"}
    found = dialog(CLOSURE, Entry(), scope="day", number="212")
    worlds = {
        "closures": here,
        "closures-empty": replace(here, closures=()),
        "closures-cash": dialog(CASH, cash, kind="float"),
        "closures-count": dialog(COUNT, counting, cheque="5000", card="84190"),
        "closures-close-differs": dialog(CLOSE, Entry(), **counted),
        "closures-close-explained": dialog(CLOSE, why, **counted),
        "closures-close": dialog(CLOSE, Entry(), **(counted | {"cash": "54150"})),
        "closures-close-uncounted": dialog(CLOSE, Entry()),
        "closures-one": found,
    }
    fresh = replace(operator, books=Books())
    return tuple(
        World(name, fresh if name == "closures-empty" else state, desk, around, routes.CLOSURES)
        for name, desk in worlds.items()
    )
