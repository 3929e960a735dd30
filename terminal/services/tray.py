"""The RFID tray: all that lies on it is read at once, shown, and sold once agreed to (CHK-04).

A tag counts once: within an inventory, and within a sale, where the line of each tag keeps its EPC,
so that neither a second inventory nor a power cut sells it twice.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from drivers.errors import DriverError
from drivers.rfid.base import RfidReader, Tag
from drivers.rfid.epc import NoSgtin, decode_sgtin
from terminal.core.commands import AddItem
from terminal.core.decide import decide
from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.evolve import evolve
from terminal.core.items import Article, Unit
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.devices.host import DeviceHost
from terminal.services.checkout import Checkout
from terminal.services.session import Decision, Session

log = logging.getLogger(__name__)

READ_S = 1.5
"""A tray of fifty tags is read whole in less than a second; the rest is for weak ones."""
ANSWER_S = 5.0
EPC = "epc"
"""Attribute of a line: the tag that was sold."""


@dataclass(frozen=True, slots=True)
class TrayRow:
    """One article on the tray."""

    code: str
    label: str
    count: int
    price_minor: int
    epcs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrayInventory:
    """What lay on the tray; ``inventory`` is the number by which a person agrees to it."""

    inventory: int
    rows: tuple[TrayRow, ...] = ()
    count: int = 0
    """Pieces that would be added."""
    sold: tuple[str, ...] = ()
    """Tags that are in the sale already."""
    unknown: tuple[str, ...] = ()
    """Tags of no article here: strangers, or goods that the catalogue does not know."""


class Tray:
    """Reads the tray and sells what was agreed to."""

    def __init__(
        self, session: Session, reader: DeviceHost[RfidReader] | None, checkout: Checkout
    ) -> None:
        self._session = session
        self._reader = reader
        self._checkout = checkout
        self._inventories = 0
        self._agreed_on = TrayInventory(0)
        self._articles: dict[str, Article] = {}
        """EPC -> article, of the newest inventory."""

    async def read(self) -> TrayInventory | Refused:
        """Read what lies on the tray. Reading again replaces the inventory before."""
        if self._reader is None:
            return Refused("no_such_device", {"device": "rfid"})
        try:
            tags = await self._reader.call(lambda driver: driver.inventory(READ_S, ANSWER_S))
        except DriverError as error:
            log.warning("the tray was not read: %s", error)
            return Refused("device_failed")
        return self._taken(tags)

    async def add(self, inventory: int, by: Operator | None = None) -> Decision:
        """Add every article of an inventory in one durable step, or none of them."""
        if inventory != self._agreed_on.inventory or not self._articles:
            return Refused("tray_changed")
        articles = dict(self._articles)
        policy = self._session.policy

        def make(state: TerminalState, moment: Moment) -> Decision:
            sold = _sold(state)
            events: list[Event] = []
            for epc, article in articles.items():
                if epc in sold:
                    continue
                decided = decide(state, _line(epc, article), policy, moment)
                if isinstance(decided, Refused):
                    return decided
                for event in decided:
                    state = evolve(state, event, moment)
                events += decided
            return tuple(events)

        decided = await self._session.record(make, by, "AddTray")
        if not isinstance(decided, Refused):
            self._articles = {}
        return decided

    def _taken(self, tags: tuple[Tag, ...]) -> TrayInventory:
        already = _sold(self._session.state)
        articles: dict[str, Article] = {}
        sold, unknown = [], []
        for tag in tags:
            article = self._article(tag.epc)
            if tag.epc in already:
                sold.append(tag.epc)
            elif article is None:
                unknown.append(tag.epc)
            else:
                articles[tag.epc] = article
        self._inventories += 1
        self._articles = articles
        self._agreed_on = TrayInventory(
            self._inventories, _rows(articles), len(articles), tuple(sold), tuple(unknown)
        )
        return self._agreed_on

    def _article(self, epc: str) -> Article | None:
        try:
            gtin = decode_sgtin(epc).gtin
        except NoSgtin:
            return None
        found = self._checkout.article(gtin)
        # What is sold by weight has no price by the piece: its tag alone cannot sell it.
        if isinstance(found, Refused) or found.unit is not Unit.PIECE:
            return None
        return found


def _sold(state: TerminalState) -> frozenset[str]:
    """Return the tags whose lines stand in the present sale."""
    lines = state.sale.lines if state.sale is not None else ()
    return frozenset(
        value for line in lines if not line.void for name, value in line.attributes if name == EPC
    )


def _line(epc: str, article: Article) -> AddItem:
    marked = replace(article, attributes=(*article.attributes, (EPC, epc)))
    return AddItem(code=article.code, article=marked)


def _rows(articles: dict[str, Article]) -> tuple[TrayRow, ...]:
    tags: dict[str, list[str]] = {}
    known: dict[str, Article] = {}
    for epc, article in articles.items():
        tags.setdefault(article.code, []).append(epc)
        known[article.code] = article
    return tuple(
        TrayRow(code, known[code].label, len(epcs), known[code].price_minor, tuple(epcs))
        for code, epcs in sorted(tags.items(), key=lambda pair: known[pair[0]].label)
    )
