"""Watches the drawer: opened by hand, left open, closed again; and learns what its sensor means.

Times are those of the loop's monotonic clock: a clock that is set does not end an alarm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.drawer.base import DrawerState
from terminal.core import device_facts
from terminal.core.authority import right
from terminal.core.errors import Refused
from terminal.core.events import DrawerForced, DrawerOpened, Event
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.device_settings import Devices
from terminal.devices.drawer import DrawerPost
from terminal.services.bus import Changed
from terminal.services.notices import with_notice
from terminal.services.session import Decision, Session

LOOK_S = 0.5
"""Between two looks at the sensor."""
LESSON_LOOK_S = 0.1
KICK_WINDOW_MS = 5000
"""A drawer that opens within this after it was told to was not forced."""
STUCK_MS = 3000
"""A drawer that is still closed so long after it was told to open is stuck."""
LESSON_OPEN_S = 8.0
"""For the drawer to open at the beginning of a lesson."""
LESSON_CLOSE_S = 60.0
"""For a person to close it again."""
LESSON = "sensor"
"""Reason of the opening that a lesson begins with."""


class Finding(StrEnum):
    """What a look at the drawer may find."""

    FORCED = "forced"
    LEFT_OPEN = "left_open"
    CLOSED = "closed"
    STUCK = "stuck"


class Lesson(StrEnum):
    """How far the learning of the sensor is; what a person must do next."""

    NONE = ""
    OPENING = "opening"
    CLOSE_IT = "close_it"


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of the drawer between two looks. Times are milliseconds, monotonic."""

    state: DrawerState = DrawerState.UNKNOWN
    opened_at_ms: int = 0
    kicked_at_ms: int | None = None
    alarmed: bool = False


def looked(
    before: Watched, state: DrawerState, now_ms: int, alarm_ms: int
) -> tuple[Watched, tuple[tuple[Finding, int], ...]]:
    """Return what is known after a look, and what it found with how long the drawer was open.

    ``alarm_ms`` 0 never alarms.  A drawer whose sensor was silent meanwhile is not called forced.
    """
    kicked = before.kicked_at_ms
    since_kick = None if kicked is None else now_ms - kicked
    open_ms = now_ms - before.opened_at_ms
    if state is DrawerState.UNKNOWN:
        return replace(before, state=state), ()
    if state is DrawerState.OPEN and before.state is DrawerState.UNKNOWN and before.alarmed:
        return replace(before, state=state), ()  # its line was silent meanwhile, no more
    if state is DrawerState.OPEN and before.state is not DrawerState.OPEN:
        told = since_kick is not None and since_kick <= KICK_WINDOW_MS
        forced = before.state is DrawerState.CLOSED and not told
        found = ((Finding.FORCED, 0),) if forced else ()
        return Watched(state, now_ms), found
    if state is DrawerState.OPEN:
        alarm = bool(alarm_ms) and not before.alarmed and open_ms >= alarm_ms
        found = ((Finding.LEFT_OPEN, open_ms),) if alarm else ()
        return replace(before, kicked_at_ms=None, alarmed=before.alarmed or alarm), found
    if since_kick is not None and since_kick >= STUCK_MS:
        return Watched(state), ((Finding.STUCK, 0),)
    ended = ((Finding.CLOSED, open_ms),) if before.alarmed else ()
    return Watched(state, kicked_at_ms=kicked), ended


class DrawerWatch:
    """Looks at the drawer of this terminal; ``run`` is a supervised task."""

    def __init__(
        self,
        session: Session,
        drawer: DrawerPost | None,
        devices: Devices,
        changed: Callable[[], None],
    ) -> None:
        self.lesson = Lesson.NONE
        self._session = session
        self._drawer = drawer
        self._alarm_ms = devices.drawer_alarm_s * 1000
        self._changed = changed
        self._watched = Watched()
        self._teaching: asyncio.Task[None] | None = None
        if drawer is not None:
            address = drawer.address
            drawer.open_is_high = lambda: device_facts.open_is_high(session.state, address)

    def hear(self, change: Changed) -> None:
        """Note that the drawer is told to open."""
        if any(isinstance(event, DrawerOpened) for event in change.events):
            self._watched = replace(self._watched, kicked_at_ms=_now_ms())

    async def run(self) -> None:
        """Look, for ever."""
        if self._drawer is None:
            return
        while True:
            if self.lesson is Lesson.NONE:
                await self._look(self._drawer)
            await asyncio.sleep(LOOK_S)

    async def close(self) -> None:
        """Break a lesson off."""
        if self._teaching is not None:
            self._teaching.cancel()
            await asyncio.wait({self._teaching})

    async def _look(self, drawer: DrawerPost) -> None:
        before = self._watched.state
        state = await drawer.look()
        self._watched, found = looked(self._watched, state, _now_ms(), self._alarm_ms)
        for finding, open_ms in found:
            await self._session.record(_decision(finding, open_ms))
        if state is not before:
            self._changed()

    # --- learning ---

    async def learn(self, by: Operator | None = None) -> Decision:
        """Open the drawer and watch its sensor until it was closed again; goes on by itself.

        The drawer must be closed at the beginning.  What came of it is a notice.
        """
        if self._drawer is None:
            return Refused("no_such_device", {"device": "drawer"})
        if self.lesson is not Lesson.NONE:
            return Refused("drawer_lesson_running")
        state = self._session.state
        refused = right(state if by is None else replace(state, operator=by),
                        self._session.policy, "drawer")  # fmt: skip
        if refused is not None:
            return refused
        self.lesson = Lesson.OPENING
        at_rest = await self._drawer.sensor()
        if at_rest is None:
            self._set(Lesson.NONE)
            return Refused("drawer_sensor_silent")
        opened = await self._session.record(
            lambda _state, _moment: (DrawerOpened("", LESSON),), by, "LearnDrawer"
        )
        if isinstance(opened, Refused):
            self._set(Lesson.NONE)
            return opened
        self._teaching = asyncio.ensure_future(self._teach(self._drawer, at_rest))
        return opened

    async def _teach(self, drawer: DrawerPost, at_rest: bool) -> None:
        try:
            learned = await self._turned(drawer, not at_rest, LESSON_OPEN_S)
            if learned:
                self._set(Lesson.CLOSE_IT)
                learned = await self._turned(drawer, at_rest, LESSON_CLOSE_S)
            level = device_facts.LOW if at_rest else device_facts.HIGH
            await self._session.record(_outcome(drawer.address, level if learned else ""))
        finally:
            self._watched = Watched()
            self._set(Lesson.NONE)

    async def _turned(self, drawer: DrawerPost, level: bool, limit_s: float) -> bool:
        """Wait until the sensor has this level."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit_s
        while loop.time() < deadline:
            if await drawer.sensor() is level:
                return True
            await asyncio.sleep(LESSON_LOOK_S)
        return False

    def _set(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self._changed()


def _now_ms() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


def _decision(finding: Finding, open_ms: int) -> Callable[[TerminalState, Moment], Decision]:
    def decide(state: TerminalState, _: Moment) -> tuple[Event, ...]:
        match finding:
            case Finding.FORCED:
                return (DrawerForced(),)
            case Finding.LEFT_OPEN:
                return device_facts.left_open(state, open_ms)
            case Finding.CLOSED:
                return device_facts.closed(state, open_ms)
            case Finding.STUCK:
                return with_notice(state, (), ("drawer_failed", {}))

    return decide


def _outcome(address: str, level: str) -> Callable[[TerminalState, Moment], Decision]:
    def decide(state: TerminalState, _: Moment) -> tuple[Event, ...]:
        if not level:
            return with_notice(state, (), ("drawer_not_learned", {}))
        learned = device_facts.sensor_learned(state, address, level)
        return with_notice(state, learned, ("drawer_learned", {}))

    return decide
