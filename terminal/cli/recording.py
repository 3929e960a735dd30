"""Journals what a tool did to a terminal that is not running, with what the law adds to it."""

from __future__ import annotations

from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.policy import Moment
from terminal.fiscal.base import Regime
from terminal.settings import ConfigError
from terminal.store.store import Store


def record(store: Store, config: Config, regime: Regime, event: Event) -> None:
    """Write an event to a store that is open for writing.

    Raises:
        ConfigError: the signing key cannot be used; nothing was written.
        JournalError: it cannot be written.
    """
    clock = SystemClock(config.shop.timezone, config.terminal.business_day_ends)
    state = store.load()
    now = max(clock.now_ms(), state.last_at_ms)
    moment = Moment(now, max(clock.business_date(now), state.business_date))
    sealed = regime.seal(state, (event,), moment)
    if isinstance(sealed, Refused):
        raise ConfigError("the signing key cannot be used", key="fiscal.key")
    store.append(sealed, moment, state)
