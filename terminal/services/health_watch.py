"""Watches over the machine's health: staff is told when a reading turns, once for each change.

The health service measures; this reads its report from memory, beside the sale, and raises a
notice.  A reading that hovers at its threshold is said once a trading day, one that stays wrong is
not said again, and one that gets worse is.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from terminal.appliance.health import STALE_MS, Report, read_report
from terminal.appliance.health_memory import write_whole
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.readings import Judgement, Reading, gravity
from terminal.clock import Clock
from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.state import TerminalState
from terminal.services.notices import with_notice
from terminal.services.session import Decision, Session

log = logging.getLogger(__name__)

LOOK_S = 20.0
"""Between two readings of a report that is made once a minute."""
CALM_REPORTS = 10
"""Ten minutes of reports: then a trouble is over, and its return on another day is news."""
QUIET = frozenset({"clock", "clock_step", "terminal", "slot", "space"})
"""Told of by others already (the clock watch, the storage), or no trouble of the machine."""
ATTENTION, BAD = "health_attention", "health_bad"
TOLD = "health-told.json"
TURNED = (Judgement.ATTENTION, Judgement.BAD)


@dataclass(frozen=True, slots=True)
class Said:
    """What staff was told of one reading."""

    judgement: Judgement
    day: str
    over: bool = False
    """It has been well since, for as long as counts."""


class HealthWatch:
    """Reads the report; ``run`` is a supervised task."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        *,
        report: Path,
        folder: Path,
        changed: Callable[[], None],
    ) -> None:
        """``report`` is the health service's file; what was told is kept in ``folder``."""
        self._session, self._clock = session, clock
        self._path, self._memory = report, folder / TOLD
        self._changed = changed
        self._newest: Report | None = None
        self._said: dict[str, Said] | None = None
        self._calm: dict[str, int] = {}

    @property
    def report(self) -> Report | None:
        """The newest report; None when there is none, or it is too old to say anything of now."""
        report = self._newest
        if report is None or abs(self._clock.now_ms() - report.at_ms) > STALE_MS:
            return None
        return report

    async def run(self) -> None:
        """Look every LOOK_S seconds, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Read the report, and tell what has turned."""
        loop = asyncio.get_running_loop()
        if self._said is None:
            self._said = await loop.run_in_executor(None, read_said, self._memory)
        before = self._newest
        self._newest = await loop.run_in_executor(None, read_report, self._path)
        report = self.report
        if report is None or report == before:
            return
        self._changed()
        day = self._session.moment().business_date
        said, news = turned(self._said, report.readings, self._calm, day)
        if news:
            done = await self._session.record(lambda state, _: _notices(state, news))
            if isinstance(done, Refused):
                return  # said again at the next report, when the disk takes it
        if said != self._said:
            self._said = said
            plain = {name: _plain(one) for name, one in said.items()}
            keep = partial(write_whole, self._memory, json.dumps(plain), durable=True)
            await loop.run_in_executor(None, keep)


def turned(
    said: dict[str, Said], readings: tuple[Reading, ...], calm: dict[str, int], day: str
) -> tuple[dict[str, Said], tuple[Reading, ...]]:
    """Return what staff knows after these readings, and those that are news.

    ``calm`` counts the reports in a row in which a reading was well.
    """
    known, news = dict(said), []
    for one in readings:
        if one.name in QUIET or one.judgement is Judgement.UNKNOWN:
            continue
        before = known.get(one.name)
        if one.judgement not in TURNED:
            calm[one.name] = calm.get(one.name, 0) + 1
            if before is not None and calm[one.name] >= CALM_REPORTS:
                known[one.name] = replace(before, over=True)
            continue
        calm[one.name] = 0
        worse = before is None or gravity(one.judgement) > gravity(before.judgement)
        again = before is not None and before.over and before.day != day
        if worse or again:
            news.append(one)
            known[one.name] = Said(one.judgement, day)
    return known, tuple(news)


def _notices(state: TerminalState, news: tuple[Reading, ...]) -> Decision:
    events: tuple[Event, ...] = ()
    for one in news:
        kind = BAD if one.judgement is Judgement.BAD else ATTENTION
        details: dict[str, str | int] = {"finding": f"{one.name}.{one.finding}"}
        if not any(n.kind == kind and n.details == details for n in state.notices):
            events = with_notice(state, events, (kind, details))
    return events


def _plain(said: Said) -> dict[str, object]:
    return {"judgement": said.judgement.value, "day": said.day, "over": said.over}


def read_said(path: Path) -> dict[str, Said]:
    """Return what was told before; nothing where that cannot be read."""
    found: dict[str, Said] = {}
    for name, told in MachineFiles(path.parent).json(path.name).items():
        if not isinstance(told, dict) or len(found) >= 64:
            continue
        try:
            judgement = Judgement(str(told.get("judgement")))
        except ValueError:
            continue
        found[name[:32]] = Said(judgement, str(told.get("day"))[:10], told.get("over") is True)
    return found
