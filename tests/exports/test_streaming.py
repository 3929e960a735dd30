"""A year of receipts takes the memory of one: what was read is written before more is read."""

from __future__ import annotations

import io
from collections.abc import Iterator

from terminal.core import commands as c
from terminal.exports import poslog, saf_t
from terminal.exports.ledger import Entry
from tests.exports.told import ARTICLES, COMPANY, Told, ToldLedger

PERIOD = ("2026-11-28", "2026-11-28")
SALES = 30


class Watched(io.StringIO):
    """Counts the receipts that were written."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self.mark = mark
        self.written = 0

    def write(self, text: str) -> int:
        self.written += self.mark in text
        return super().write(text)


class WatchedLedger(ToldLedger):
    """Notes how far reading is ahead of writing, in receipts, in its last reading."""

    def __init__(self, story: Told, out: Watched) -> None:
        super().__init__(story)
        self.out = out
        self.ahead: list[int] = []

    def entries(self) -> Iterator[Entry]:
        self.ahead, read = [], 0
        for entry in super().entries():
            if entry.sale is not None:
                self.ahead.append(read - self.out.written)
                read += 1
            yield entry


def day() -> Told:
    story = Told()
    story.do(c.SignOn("9", "Dominique", "supervisor"))
    for number in range(SALES):
        story.add(number % 5, 1, taken_back=False)
        story.finish(0)
    story.do(c.ClosePeriod("day"))
    return story


def test_a_poslog_is_written_as_it_is_read():
    out = Watched("</RetailTransaction>")
    ledger = WatchedLedger(day(), out)
    poslog.write(out, COMPANY, ledger, ())
    assert ledger.ahead == [0] * SALES


def test_the_receipts_of_a_saf_t_file_are_written_as_they_are_read():
    out = Watched("</cashtransaction>")
    ledger = WatchedLedger(day(), out)
    saf_t.write(out, COMPANY, ledger, PERIOD, created_ms=0, vat_codes={})
    assert ledger.ahead == [0] * SALES
    assert out.written == SALES


def test_what_a_saf_t_file_keeps_in_mind_grows_with_articles_and_not_with_receipts():
    from terminal.exports.saf_t_master import gather

    few = gather(ToldLedger(day()))
    assert len(few.articles) == 5
    assert len(few.reports) == 1
    assert len(ARTICLES) > len(few.articles)
