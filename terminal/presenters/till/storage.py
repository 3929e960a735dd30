"""Out of service: the storage refuses to write, or has no room for another sale."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.basket import totals
from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk, Entry, change
from terminal.presenters.service import open_service
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.actions import open_sale
from terminal.presenters.till.closures import open_closures
from terminal.presenters.till.devices import open_devices
from terminal.presenters.till.heading import Heading, heading
from terminal.presenters.view import Action
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class StorageView:
    heading: Heading = field(default_factory=Heading)
    title: str = ""
    text: str = ""
    safe: str = ""
    code: str = ""
    actions: tuple[Action, ...] = ()
    """What still can be done: parked sales, the day, the devices, the service screen."""


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> StorageView:
    """Return what is wrong, what is safe, and whom to call."""
    del desk
    if not surroundings.storage_problem:
        return _full(state, surroundings, words)
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
        actions=(open_service(words),) if state.operator is not None else (),
    )


def _full(state: TerminalState, surroundings: Surroundings, words: Words) -> StorageView:
    """Say what to do: what is begun can be ended, and it goes on by itself once there is room."""
    recall = Action(
        words.text("screen.till.action.recall"),
        "history",
        change(overlay="parked", entry=Entry()),
        bool(state.parked),
        "F2",
    )
    return StorageView(
        heading=heading(state, surroundings, words),
        title=words.text("screen.till.full.title"),
        text=words.text("screen.till.full.text"),
        safe=words.text("screen.till.full.safe"),
        code="disk_full",
        actions=(recall, open_closures(words), open_devices(words)),
    )
