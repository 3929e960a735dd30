"""What looks at the customer beside the screen: the display on its pole and the light tower.

They show what is on the disk, they live from the first moment of a start, and nothing waits for
them: unplugged in the middle of a sale they are missed by nobody but the customer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from drivers.display.base import CustomerDisplay
from drivers.errors import DriverError
from terminal.config import Config
from terminal.core.state import TerminalState
from terminal.devices.display import SHOW_S
from terminal.devices.feed import AWAY, Feed
from terminal.devices.host import DeviceHost
from terminal.devices.hub import Hub
from terminal.devices.keeper import Keeper
from terminal.presenters import customer_display, light_tower
from terminal.presenters.surroundings import Surroundings
from terminal.shop_settings import Shop
from terminal.tasks import Supervisor
from terminal.words import Words

log = logging.getLogger(__name__)


@cache
def spoken(language: str, shop: Shop, *, paper: bool = False) -> Words:
    """Return the words of a language with the money and the hours of a shop."""
    return Words(language, currency=shop.currency, timezone=shop.timezone, paper=paper)


class Counter:
    """Keeps display and lamps open and equal to the state; keeps the other devices open."""

    def __init__(
        self,
        hub: Hub,
        config: Config,
        look: Callable[[], tuple[TerminalState, Surroundings]],
        changed: Callable[[], None],
    ) -> None:
        """``look()`` returns what stands now; ``changed()`` is told of a change of health."""
        self._hub = hub
        self._config = config
        self._look = look
        self._changed = changed
        own = None if hub.drawer is None else hub.drawer.kept
        kept: tuple[DeviceHost[Any] | None, ...] = (
            hub.display,
            hub.lights,
            own,
            hub.scale,
            hub.bagging_scale,
            hub.label,
            hub.rfid,
        )
        self._kept = tuple(host for host in kept if host is not None)
        self._feeds: list[Feed[Any]] = []
        if hub.display is not None:
            self._feeds.append(Feed(hub.display, self._rows, _show_rows))
        if hub.lights is not None:
            lamps = lambda: light_tower.lamps(*self._look())  # noqa: E731 - named for what it is
            self._feeds.append(Feed(hub.lights, lamps, lambda tower, shown: tower.show(shown)))

    def start(self, supervisor: Supervisor) -> None:
        """Start a keeper and a feed for each device."""
        for host in self._kept:
            keeper = Keeper(host, self._changed)
            self._hub.when_plugged(keeper.wake)
            supervisor.start(f"{host.role} keeper", keeper.run, on_failure="restart")
        for n, feed in enumerate(self._feeds):
            supervisor.start(f"feed {n}", feed.run, on_failure="restart")

    def changed(self) -> None:
        """Say that something may look different now."""
        for feed in self._feeds:
            feed.changed()

    def again(self) -> None:
        """Show everything anew: something else was shown for a test."""
        for feed in self._feeds:
            feed.again()

    async def leave(self) -> None:
        """Say on the display that nothing is sold here any more; lamps go dark by themselves."""
        display = self._hub.display
        if display is None or display.status.health in AWAY:
            return
        rows = customer_display.out_of_service(self._look()[1], self._own_words())
        try:
            await display.call(lambda driver: driver.show(rows, SHOW_S))
        except DriverError as error:
            log.debug("display: %s", error)

    def _rows(self) -> customer_display.Rows:
        """In the customer's language at a kiosk; at a till, in that of the receipt."""
        state, surroundings = self._look()
        return customer_display.rows(state, surroundings, self._own_words())

    def _own_words(self) -> Words:
        shop, machine = self._config.shop, self._config.terminal
        chosen = self._look()[0].language or machine.language
        language = shop.receipt_language if machine.role == "till" else chosen
        return spoken(language, shop, paper=True)


def _show_rows(display: CustomerDisplay, rows: customer_display.Rows) -> None:
    display.show(rows, SHOW_S)
