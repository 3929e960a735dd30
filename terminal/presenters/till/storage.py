"""Out of service: the storage refuses to write, so nothing may be sold."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.basket import totals
from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.actions import open_sale
from terminal.presenters.till.heading import Heading, heading
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class StorageView:
    heading: Heading = field(default_factory=Heading)
    title: str = ""
    text: str = ""
    safe: str = ""
    code: str = ""


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> StorageView:
    """Return what is wrong, what is safe, and whom to call."""
    del desk
    key = f"notice.{surroundings.storage_problem}"
    sale = open_sale(state)
    safe = words.text("screen.till.storage.safe")
    if sale is not None:
        figures = totals(sale)
        safe = words.text(
            "screen.till.storage.sale",
            articles=words.counted("screen.till.articles", figures.article_count),
            amount=words.format_money(figures.total_minor, sale.currency),
        )
    return StorageView(
        heading=heading(state, surroundings, words),
        title=words.text("screen.till.storage.title"),
        text=words.text(key if words.has(key) else "notice.storage_failed"),
        safe=safe,
        code=surroundings.storage_problem,
    )
