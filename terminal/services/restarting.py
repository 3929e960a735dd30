"""Room for a restart: an update waits for a moment in which nobody sells, and never makes one.

The updater says that it wants a restart by a file; the terminal answers with another when nothing
is open that a restart could interrupt (no sale, payment or paper), nobody has touched it for a
while, and the hour is one that the shop allows.  From then on nothing is taken any more, so that
nothing begins in the seconds that the machine still runs.  If the wish is withdrawn, the terminal
goes on.

A supervisor can say "not now", or "now": then neither hour nor quiet is waited for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from terminal.appliance import places
from terminal.clock import Clock
from terminal.core.errors import Refused
from terminal.core.sale_facts import IN_PROGRESS
from terminal.core.state import Operator, TerminalState
from terminal.services.restart_requests import OfRestart, PostponeRestart
from terminal.services.session import Decision, Session
from terminal.services.update_news import UpdateNews
from terminal.update_settings import in_window

log = logging.getLogger(__name__)

LOOK_S = 1.0
QUIET_S = 30.0
"""Without a touch, before the machine takes itself away from whoever may stand there."""
CLOSED_LIMIT_S = 300.0
"""A machine that was allowed to restart and has not within this will not: the shop sells on."""
NOT_NOW_S = 4 * 3600.0
"""How long "not now" lasts: a shift, not a forgotten update."""
MAX_VERSION = 60


@dataclass(frozen=True, slots=True)
class RestartView:
    """What the screens show of a restart that is wanted."""

    version: str = ""
    """The version that waits; empty: none does, or somebody said "not now"."""
    closed: bool = False
    """The machine is about to restart: nothing is taken any more."""


NONE = RestartView()


class Restarting:
    """Watches for the wish, and makes room for it."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        *,
        window: str,
        timezone: str,
        news: UpdateNews | None = None,
        changed: Callable[[], None],
        wanted: Path = places.WANT_RESTART,
        allowed: Path = places.MAY_RESTART,
    ) -> None:
        self.idle_s: Callable[[], float] = lambda: 0.0
        """Seconds since somebody was there; whoever runs the terminal knows it."""
        self._session, self._clock = session, clock
        self._window, self._changed = window, changed
        self._news = news
        self._zone = ZoneInfo(timezone)
        self._wanted, self._allowed = wanted, allowed
        self._view = NONE
        self._not_before_s = 0.0
        self._closed_at_s = 0.0
        self._now = False

    @property
    def view(self) -> RestartView:
        return self._view

    async def run(self) -> None:
        """Look every second, for ever."""
        # Of a run that ended in the moment between its answer and the restart.
        self._withdraw()
        while True:
            self.look()
            if self._news is not None:
                await self._news.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """See what is wanted, and make room for it if the moment is right."""
        version = self._version()
        if not version:
            self._now = False
        if self._view.closed and self._clock.monotonic_s() - self._closed_at_s > CLOSED_LIMIT_S:
            log.warning("the machine did not restart within %.0f s: selling on", CLOSED_LIMIT_S)
            self._put_off()
            self._view = RestartView(self._view.version, closed=self._withdraw())
            self._changed()
        closed = bool(version) and (self._view.closed or self._is_the_moment())
        if closed != self._view.closed:
            closed = self._allow() if closed else self._withdraw()
        later = self._clock.monotonic_s() < self._not_before_s
        self._show(RestartView("" if later and not closed else version, closed))

    def _version(self) -> str:
        try:
            with self._wanted.open(encoding="utf-8", errors="replace") as file:
                return file.read(MAX_VERSION).strip() or "?"
        except OSError:
            return ""

    def _is_the_moment(self) -> bool:
        if is_busy(self._session.state) or self._session.storage_problem:
            return False
        if self._now:
            return True
        if self._clock.monotonic_s() < self._not_before_s or self.idle_s() < QUIET_S:
            return False
        return in_window(self._window, self._time_of_day())

    def _time_of_day(self) -> str:
        at = datetime.fromtimestamp(self._clock.now_ms() // 1000, self._zone)
        return at.strftime("%H:%M")

    def _allow(self) -> bool:
        try:
            self._allowed.touch()
        except OSError as error:
            log.warning("%s cannot be made: %s", self._allowed, error)
            return False
        self._closed_at_s = self._clock.monotonic_s()
        log.info("the machine may restart for an update")
        return True

    def _withdraw(self) -> bool:
        """The wish is gone: sell on."""
        try:
            self._allowed.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be taken away: %s", self._allowed, error)
        return False

    def _show(self, view: RestartView) -> None:
        if view != self._view:
            self._view = view
            self._changed()

    # --- what a supervisor says -------------------------------------------------------------------

    def decide(self, request: OfRestart, by: Operator | None) -> Decision:
        """Put the restart off, or let it be now."""
        state = self._session.state
        operator = by or state.operator
        policy = self._session.policy
        if not policy.allows(operator.role if operator else None, "devices"):
            return Refused("right_required", {"right": "devices"})
        if not self._version():
            return Refused("no_restart_wanted")
        if isinstance(request, PostponeRestart):
            self._put_off()
        else:
            if is_busy(state):
                return Refused("sale_in_progress")
            self._not_before_s, self._now = 0.0, True
        self.look()
        return ()

    def _put_off(self) -> None:
        self._not_before_s = self._clock.monotonic_s() + NOT_NOW_S
        self._now = False


def is_busy(state: TerminalState) -> bool:
    """Tell whether something is open that a restart would interrupt."""
    selling = state.sale is not None and state.sale.status in IN_PROGRESS
    return bool(selling or state.attempts or state.print_jobs)
