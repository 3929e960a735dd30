"""A terminal that is watched over: its pulse, joined to what runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from terminal.app import Running
from terminal.appliance import places, vitals
from terminal.appliance.ends import noted, recent
from terminal.appliance.notify import Notifier
from terminal.presenters.desk import Desk
from terminal.presenters.routes import route
from terminal.services.pulse import Pulse, Signs
from terminal.services.restarts import tell


def pulse_of(running: Running, *, window: bool, file: Path | None) -> Pulse:
    """Return the pulse of a terminal that has not started yet.

    ``file`` is the option ``--vitals``; without it the vitals go to the service's runtime folder,
    and nowhere on a machine that has none.
    """
    target = vitals.target(file)
    return Pulse(
        running.clock,
        role=running.config.terminal.role,
        window=window,
        notifier=Notifier.from_environment(),
        file=target,
        restarts=len(noted(target.parent)) if target is not None else 0,
    )


@asynccontextmanager
async def restarts_told(running: Running, folder: Path = places.RUN) -> AsyncIterator[None]:
    """Tell a person, once the terminal sells again, of the runs before it that ended badly."""

    async def told() -> None:
        await running.ready()
        await tell(running.terminal.session, recent(noted(folder)))

    task = asyncio.create_task(told(), name="restarts")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.result()


def listen(pulse: Pulse, running: Running, screen: Callable[[], str]) -> None:
    """Let the pulse tell of a terminal that has opened its journal; ``screen`` names what shows."""

    def look() -> Signs:
        failed = running.fatal[0] if running.fatal is not None else ""
        session = running.terminal.session
        return Signs(
            state=running.state,
            screen=screen(),
            business_date=session.moment().business_date,
            ready=not running.terminal.recovering,
            fault=failed or session.storage_problem,
            training=running.folder.shop is not None,
        )

    async def newest() -> int:
        return (await running.terminal.session.newest()).seq

    pulse.look = look
    running.terminal.back_office.restarting.idle_s = lambda: pulse.idle_s
    pulse.newest = lambda: asyncio.ensure_future(newest())


def routed(running: Running) -> str:
    """Return the screen that a window would show; recovery has one of its own."""
    return route(running.state, Desk(), running.surroundings)
