"""The report of a closure (Z), and of what is open now (X), as a document for paper and text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from terminal.core.blocks import Align, Banner, Block, Row, Rule, Spacer, Table, Text
from terminal.core.events import PeriodClosed
from terminal.core.figures import Figures
from terminal.core.numbering import grouped
from terminal.core.receipt import ShopIdentity

REPORT_WORDS = frozenset(
    f"closure.{key}"
    for key in (
        "day", "month", "year", "reading", "duplicate", "number", "period", "opened", "by_itself",
        "by", "receipts", "first", "last", "total", "perpetual", "perpetual_absolute", "vat_detail",
        "vat_rate", "vat_net", "vat_vat", "vat_gross", "tenders", "tender", "expected", "counted",
        "difference", "cash", "cash_machine", "card", "cheque", "voucher", "drawer", "exceptions",
        "payment_unknown", "payment_pending", "sale_open", "sale_parked", "paper_waiting", "till",
        "takings", "rounding",
    )
) | {"receipt.phone", "receipt.training", "receipt.practice"}  # fmt: skip
"""Keys that ``words`` must hold."""


def closure_report(
    event: PeriodClosed,
    shop: ShopIdentity,
    words: Mapping[str, str],
    figures: Figures,
    *,
    opened: str,
    reading: bool = False,
    copy: int = 0,
    training: bool = False,
) -> tuple[Block, ...]:
    """Return the report of a closure.

    Args:
        event: the closure; of what is open now when ``reading``.
        shop: the header.
        words: texts by the keys of ``REPORT_WORDS``.
        figures: how figures are written, and when the closure was made.
        opened: when the period began, as written; empty when nothing was sold.
        reading: an X report, which closes nothing.
        copy: 0 for the original; others are marked and counted.
        training: marks the report of what was practised.
    """
    report = _Report(event, words, figures)
    practised = (
        Banner(f"*** {words['receipt.training']} ***"),
        Text(words["receipt.practice"], Align.CENTER),
        Spacer(),
    )
    return (
        *(practised if training else ()),
        *_header(report, shop, opened, reading=reading, copy=copy),
        *_figures(report),
        *_vat(report),
        *_tenders(report, reading=reading),
        *_exceptions(report),
    )


class _Report:
    """What every part of the report is written from."""

    def __init__(self, event: PeriodClosed, words: Mapping[str, str], figures: Figures) -> None:
        self.event = event
        self.figures = figures
        self._words = words

    def word(self, key: str) -> str:
        return self._words[f"closure.{key}"]

    def tender(self, kind: str) -> str:
        """Return the word of a kind of tender; one that has none is shown as it is."""
        return self._words.get(f"closure.{kind}", kind)


def _header(
    report: _Report, shop: ShopIdentity, opened: str, *, reading: bool, copy: int
) -> Iterator[Block]:
    event = report.event
    yield Text(shop.name, Align.CENTER, bold=True)
    for line in (*shop.address, *shop.registration):
        yield Text(line, Align.CENTER)
    yield Spacer()
    yield Banner(report.word("reading" if reading else event.scope))
    if copy:
        yield Banner(f"*** {report.word('duplicate')} {copy} ***")
    yield Spacer()
    if not reading:
        yield Row(report.word("number"), str(event.number))
    yield Row(report.word("period"), event.period)
    if opened:
        yield Row(report.word("opened"), opened)
    yield Row(report.word("till"), f"{shop.till_number} - {shop.workstation}")
    yield Text(report.figures.date_time)
    who = event.operator_id
    yield Text(f"{report.word('by')} {who}" if who else report.word("by_itself"))
    yield Rule()


def _figures(report: _Report) -> Iterator[Block]:
    event, money = report.event, report.figures.money
    yield Row(report.word("receipts"), str(event.count))
    if event.count:
        yield Row(report.word("first"), grouped(event.first_receipt))
        yield Row(report.word("last"), grouped(event.last_receipt))
    yield Row(report.word("total"), money(event.total_minor), bold=True, double=True)
    yield Row(report.word("perpetual"), money(event.perpetual_minor))
    yield Row(report.word("perpetual_absolute"), money(event.perpetual_absolute_minor))
    yield Spacer()


def _vat(report: _Report) -> Iterator[Block]:
    if not report.event.vat:
        return
    amount = report.figures.amount
    head = tuple(report.word(key) for key in ("vat_rate", "vat_net", "vat_vat", "vat_gross"))
    rows = tuple(
        (report.figures.rate(rate), amount(net), amount(vat), amount(gross))
        for rate, net, vat, gross in report.event.vat
    )
    yield Text(report.word("vat_detail"))
    yield Table((head, *rows))
    yield Spacer()


def _tenders(report: _Report, *, reading: bool) -> Iterator[Block]:
    """What each kind of tender brought in; what was counted, and the difference."""
    event, money = report.event, report.figures.money
    yield Text(report.word("tenders"))
    for kind, expected in event.tenders:
        yield Row(report.tender(kind), money(expected))
    takings = sum(expected for _, expected in event.tenders)
    if takings != event.total_minor:  # cash was rounded: the only way the two may differ
        yield Row(report.word("rounding"), money(takings - event.total_minor))
    yield Row(report.word("takings"), money(takings), bold=True)
    yield Row(report.word("drawer"), money(event.expected_cash_minor), bold=True)
    expectations = dict(event.tenders) | {"cash": event.expected_cash_minor}
    for kind, counted in () if reading else event.counted:
        difference = counted - expectations.get(kind, 0)
        yield Row(f"{report.word('counted')} {report.tender(kind)}", money(counted))
        yield Row(report.word("difference"), money(difference), bold=difference != 0, indent=2)
    if event.explanation and not reading:
        yield Text(event.explanation)
    yield Spacer()


def _exceptions(report: _Report) -> Iterator[Block]:
    if not report.event.exceptions:
        return
    yield Rule()
    yield Text(report.word("exceptions"), bold=True)
    for kind, reference, amount in report.event.exceptions:
        figure = str(amount) if kind == "paper_waiting" else report.figures.money(amount)
        yield Row(f"{report.word(kind)} {reference}".rstrip(), figure if amount else "")
