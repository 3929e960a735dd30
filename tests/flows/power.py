"""Cutting a terminal's power within one process, and what must hold afterwards.

What a cut leaves is what is on the disk at that moment, so a cut is a copy of the data folder taken
while every thread that writes there stands still.  The old terminal is then thrown away, and a new
one is started on the copy.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from peewee import SqliteDatabase

from drivers.payment.nexo.driver import Pace
from drivers.payment.waits import Waits
from terminal.app import Running, build
from terminal.cli.statement import sale_of
from terminal.cli.wire import request_of
from terminal.config import with_settings
from terminal.devices.hub import Hub
from terminal.presenters.desk import Desk
from terminal.presenters.routes import route
from terminal.services.answer import Answer
from tests.timeless import no_time_passes

IMMUTABLE = ("catalogue", "keys", "operators", "reprise.toml")
"""Files that no running terminal writes: a copy may share them."""
HEADS = "fiscal-heads"
PATIENCE_S = 60
"""Far above anything a test waits for: reaching it is a failure, not a measurement."""
HEARD_S = 25.0
"""For an answer that comes: longer than a busy machine stands still, and costs nothing."""
SILENT_S = 0.2
"""For an answer that does not come: it is waited out."""


# --- a terminal that can be asked and thrown away -------------------------------------------------


class Till:
    """One running terminal, asked in the console's words."""

    def __init__(self, running: Running) -> None:
        self.running = running

    @property
    def state(self):
        return self.running.state

    @property
    def sale(self) -> Mapping[str, Any]:
        assert self.state.sale is not None
        return sale_of(self.state.sale)

    async def ask(self, do: str, **fields: Any) -> Answer:
        request = request_of({"do": do, **fields})
        assert request is not None
        return await self.running.terminal.submit(request)

    async def ok(self, do: str, **fields: Any) -> Answer:
        answer = await self.ask(do, **fields)
        assert answer.refused is None, f"{do} {fields}: {answer.refused}"
        return answer

    async def refused(self, do: str, **fields: Any) -> str:
        answer = await self.ask(do, **fields)
        assert answer.refused is not None, f"{do} {fields} was carried out"
        return answer.refused.code

    def knob(self, device: str, action: str, **parameters: Any) -> Mapping[str, Any]:
        """Turn a knob of a simulated device."""
        return self.running.hub.bench.control(device, action, **parameters)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that the terminal does by itself, however long it takes."""
        changed = asyncio.Event()
        forget = self.running.subscribe(changed.set)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    changed.clear()
                    # Not wait_for: in Python 3.11 it can lose the cancellation that ends patience.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.05):
                            await changed.wait()
        finally:
            forget()

    async def printed(self) -> None:
        """Wait until nothing waits for the printer."""
        await self.until(lambda: self.running.terminal.spooler.idle)

    def screen(self) -> str:
        return route(self.state, Desk(), self.running.surroundings)

    def papers(self) -> list[str]:
        """Return what stands on every piece that came out, the uncut rest last."""
        printer = self.running.hub.bench.printer
        pieces = [piece["text"] for piece in self.knob("printer", "pieces")["pieces"]]
        rest = printer.look()["current"]
        return pieces + ([rest] if rest.strip() else [])


@asynccontextmanager
async def switched_on(
    data: Path,
    *,
    role: str = "till",
    answer_s: float = 0.0,
    window_s: float = 0.0,
    interval_s: float = 0.05,
    enquiry_s: float = 2.0,
    real_time: bool = False,
    before: Callable[[Running], object] = lambda _: None,
    ready: bool = True,
    settings: Mapping[str, str] = MappingProxyType({}),
    **options: Any,
) -> AsyncIterator[Till]:
    """Start a terminal whose payment terminal lets no one wait; at the end it is thrown away.

    ``real_time`` is for tests in which somebody acts while a payment is waited for: the terminal
    then waits HEARD_S for what comes, and short ``answer_s`` and ``enquiry_s`` are waited out.
    ``before`` turns knobs before recovery asks the devices anything; ``settings`` are of devices.
    """
    running = build(data, role=role, **options)
    running.config = replace(
        with_settings(running.config, settings),
        payment=replace(
            running.config.payment,
            answer_timeout_s=answer_s,
            enquiry_window_s=window_s,
            status_interval_s=interval_s,
            enquiry_timeout_s=enquiry_s,
        ),
    )
    devices = running._devices

    def built() -> Hub:
        hub = devices()
        if real_time or not no_time_passes(hub.poi.driver, hub.bench.poi):
            hurry(hub.poi.driver, enquiry_s)
        if hub.cash is not None and not real_time:
            no_time_passes(hub.cash.driver, hub.bench.cash)
        return hub

    running._devices = built
    await running.__aenter__()
    try:
        before(running)
        if ready:
            await running.ready()
        yield Till(running)
    finally:
        await throw_away(running)


def hurry(driver: Any, recover_s: float) -> None:
    """Let a driver, whatever its protocol, ask often; ``recover_s`` is for a link that was lost."""
    waits = Waits(HEARD_S, HEARD_S, recover_s, retry_s=0.02, slice_s=0.01)
    if hasattr(driver, "_session"):
        driver._session.waits = waits
    if hasattr(driver, "_waits"):
        driver._waits = waits
    if hasattr(driver, "_pace"):
        driver._pace = Pace(silence_s=0.3, poll_s=0.02)


async def throw_away(running: Running) -> None:
    """Let go of a terminal without the record of a clean stop."""
    running._recovered.cancel()
    await asyncio.wait({running._recovered})
    await running._supervisor.stop()
    await running.terminal.payments.close()
    await running.hub.close()
    await running._writer.close()
    running.shelf.close()


# --- the cut --------------------------------------------------------------------------------------


@contextmanager
def standing_still(running: Running):
    """Hold every device, so that nothing happens to paper and money while the disk is copied."""
    bench = running.hub.bench
    with bench.printer.changed, bench.poi.changed, bench.cash.changed:
        yield


def copied(data: Path, to: Path) -> Path:
    """Copy a data folder as a power cut would leave it: no lock, no shared memory."""
    to.mkdir(parents=True)
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data)
        if path.is_dir():
            (to / name).mkdir(exist_ok=True)
        elif path.name.endswith("-shm") or path.name == "writer.lock":
            continue
        elif path.name.startswith(HEADS):
            # Written beside the journal's thread: one that is being renamed away is not there.
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(path, to / name)
        elif str(name).startswith(IMMUTABLE):
            os.link(path, to / name)
        else:
            shutil.copy(path, to / name)
    return to


class _Copying:
    """A job of the writer's thread: while it copies, nothing is written."""

    def __init__(self, data: Path, to: Path) -> None:
        self._folders = (data, to)
        self.done: Future[Path] = Future()

    def run(self) -> None:
        self.done.set_result(copied(*self._folders))


@dataclass
class Cut:
    """Takes the disk at a moment; only the first moment that comes counts."""

    to: Path
    image: Path | None = None
    watched: list[str] = field(default_factory=list)

    def now(self, running: Running) -> Path:
        """Take the disk as it is now."""
        if self.image is None:
            with standing_still(running):
                copying = _Copying(running.folder.path, self.to)
                running._writer._jobs.put(copying)
                self.image = copying.done.result(PATIENCE_S)
        return self.image

    def after_event(self, running: Running, name: str) -> None:
        """Take the disk as soon as an event of this type is durable, before anything follows."""
        append = running._writer.append

        async def watched(events, moment, before):
            state = await append(events, moment, before)
            if any(type(event).__name__ == name for event in events):
                self.now(running)
            return state

        running._writer.append = watched

    def at_poi(self, running: Running, kind: str, *, handled: bool) -> None:
        """Take the disk when a message reaches the payment terminal, before or after its answer."""
        poi = running.hub.bench.poi
        answer = poi._answer

        def watched(message):
            if message.get("type") == kind and not handled:
                self.now(running)
            answer(message)
            if message.get("type") == kind and handled:
                self.now(running)

        poi._answer = watched


# --- the disk as it is ---------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file that matters: not the lock, and not what SQLite keeps beside its file."""
    passing = ("writer.lock", "-wal", "-shm")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(passing)
    }


# --- a disk that fails ----------------------------------------------------------------------------


class Disk:
    """A disk that can be full, or gone: makes databases that fail as SQLite does on such a disk."""

    def __init__(self) -> None:
        self.failure: int = 0
        """SQLite's result code of every commit; 0 while the disk is well."""

    def database(self, *args: Any, **options: Any) -> SqliteDatabase:
        """Open a database on this disk."""
        disk = self

        class OnThisDisk(SqliteDatabase):
            def commit(self) -> None:
                if disk.failure:
                    error = sqlite3.OperationalError("the disk of this test failed")
                    error.sqlite_errorcode = disk.failure
                    raise error
                super().commit()

        return OnThisDisk(*args, **options)
