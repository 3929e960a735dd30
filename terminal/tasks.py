"""Supervised tasks: an exception is seen, counted, and answered by a restart or by stopping.

An asyncio task that fails on its own loses its exception and the program goes on half alive; every
task of the terminal is therefore started here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Literal

log = logging.getLogger(__name__)

STOP_DEADLINE_S = 5.0
"""systemd kills after 10 s; half of it leaves time to close the journal."""

CoroutineFactory = Callable[[], Coroutine[Any, Any, None]]
OnFailure = Literal["stop", "restart"]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between restarts: they double up to a limit, and start again after a healthy run."""

    first_s: float = 0.5
    limit_s: float = 30.0
    healthy_s: float = 60.0
    """A run this long forgets the failures before it."""

    def delay_s(self, failures_in_a_row: int) -> float:
        """Return the wait before the next start, after this many failures (at least 1)."""
        doublings = min(failures_in_a_row - 1, 20)
        return min(self.first_s * (1 << doublings), self.limit_s)


DEFAULT_BACKOFF = Backoff()


class _Supervised:
    """One task: how to make it, and what became of it."""

    __slots__ = (
        "backoff", "factory", "failures", "in_a_row", "name", "on_failure", "restart",
        "started_s", "task",
    )  # fmt: skip

    def __init__(
        self, name: str, factory: CoroutineFactory, on_failure: OnFailure, backoff: Backoff
    ) -> None:
        self.name = name
        self.factory = factory
        self.on_failure = on_failure
        self.backoff = backoff
        self.failures = 0
        self.in_a_row = 0
        self.started_s = 0.0
        self.task: asyncio.Task[None] | None = None
        self.restart: asyncio.TimerHandle | None = None


class Supervisor:
    """Starts tasks in order and cancels them in reverse. Belongs to one running loop."""

    def __init__(self, on_fatal: Callable[[str, BaseException], None]) -> None:
        """``on_fatal(name, error)`` is told, once per failure, that the terminal must stop."""
        self._on_fatal = on_fatal
        self._supervised: dict[str, _Supervised] = {}
        self._stopping = False

    @property
    def failures(self) -> Mapping[str, int]:
        """How often each task has failed since it was started."""
        return {name: one.failures for name, one in self._supervised.items()}

    def start(
        self,
        name: str,
        factory: CoroutineFactory,
        *,
        on_failure: OnFailure = "stop",
        backoff: Backoff = DEFAULT_BACKOFF,
    ) -> None:
        """Start a task and keep it under watch; one that returns has ended well.

        Raises:
            ValueError: a task of this name is still running or waits for its restart.
            RuntimeError: the supervisor is stopping.
        """
        if self._stopping:
            raise RuntimeError(f"cannot start {name}: the terminal is stopping")
        if name in self._supervised:
            raise ValueError(f"a task named {name} exists already")
        one = _Supervised(name, factory, on_failure, backoff)
        self._supervised[name] = one
        self._launch(one)

    async def stop(self, deadline_s: float = STOP_DEADLINE_S) -> tuple[str, ...]:
        """Cancel all tasks, the last started first, each ended before the next is cancelled.

        Returns the names of those that did not end before the deadline (shared by all).
        """
        self._stopping = True
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + deadline_s
        late = []
        for one in reversed(tuple(self._supervised.values())):
            if one.restart is not None:
                one.restart.cancel()
            if one.task is None or one.task.done():
                continue
            one.task.cancel()
            await asyncio.wait({one.task}, timeout=max(0.0, ends_s - loop.time()))
            if not one.task.done():
                log.error("task %s did not end in time", one.name)
                late.append(one.name)
        self._supervised.clear()
        return tuple(late)

    def _launch(self, one: _Supervised) -> None:
        loop = asyncio.get_running_loop()
        one.restart = None
        one.started_s = loop.time()
        one.task = loop.create_task(one.factory(), name=one.name)
        one.task.add_done_callback(lambda task: self._ended(one, task))

    def _ended(self, one: _Supervised, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            if not self._stopping:
                self._supervised.pop(one.name, None)
            return
        one.failures += 1
        log.error("task %s failed (%d so far)", one.name, one.failures, exc_info=error)
        if self._stopping:
            return
        if one.on_failure == "stop":
            self._on_fatal(one.name, error)
            return
        loop = asyncio.get_running_loop()
        healthy = loop.time() - one.started_s >= one.backoff.healthy_s
        one.in_a_row = 1 if healthy else one.in_a_row + 1
        one.restart = loop.call_later(one.backoff.delay_s(one.in_a_row), self._launch, one)


async def pause(plugged: asyncio.Event, seconds: float) -> None:
    """Wait; a plug is looked at without waiting."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await plugged.wait()
    plugged.clear()
