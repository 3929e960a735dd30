"""Hot-plug: what was plugged in or pulled out, within a moment.

udev tells on a netlink socket: after its rules ran where udevd runs (source ``udev``, the
appliance), else straight from the kernel (source ``kernel``, containers and small systems).  Where
there is neither, nothing is watched and that is said once: devices are then found again by being
tried.  ``Plugs`` knows no udev and decides what is news; ``HotplugMonitor`` is the thread.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from drivers.discovery import SUBSYSTEMS, Discovered, look, plugged_in
from drivers.errors import Unplugged

log = logging.getLogger(__name__)

MAX_EVENTS = 64
"""Kept for whoever takes them; more at once come from a hub being plugged, the oldest are lost."""
_UDEV_RUNS = Path("/run/udev/control")


@dataclass(frozen=True, slots=True)
class PlugEvent:
    """A device came or went."""

    added: bool
    device: Discovered


class Plugs:
    """What is plugged in, from what udev says. A removal names a file and no more."""

    def __init__(self) -> None:
        self._present: dict[str, Discovered] = {}

    @property
    def present(self) -> list[Discovered]:
        """What is plugged in, by device file."""
        return [self._present[node] for node in sorted(self._present)]

    def hear(self, action: str, node: str, device: Discovered | None) -> list[PlugEvent]:
        """Take an event of udev (``add``, ``change``, ``remove`` ...); return what is news."""
        if action == "remove":
            gone = self._present.pop(node, None)
            return [] if gone is None else [PlugEvent(added=False, device=gone)]
        if device is None or self._present.get(node) == device:
            return []
        before = self._present.pop(node, None)
        self._present[node] = device
        gone_first = [] if before is None else [PlugEvent(added=False, device=before)]
        return [*gone_first, PlugEvent(added=True, device=device)]

    def compare(self, devices: list[Discovered]) -> list[PlugEvent]:
        """Take all there is, after events were lost; return what is news."""
        nodes = {device.node for device in devices}
        events = [
            event
            for node in sorted(set(self._present) - nodes)
            for event in self.hear("remove", node, None)
        ]
        for device in devices:
            events += self.hear("add", device.node, device)
        return events


class Feed(Protocol):
    """Where events come from."""

    def fileno(self) -> int: ...

    def present(self) -> list[Discovered]:
        """Return what is plugged in now. Raises Unplugged."""

    def next(self) -> tuple[str, str, Discovered | None] | None:
        """Return action, device file and device of one event; None when there is no more.

        Raises OSError when events were lost.
        """

    def close(self) -> None: ...


class UdevFeed:
    """Events of udev, or of the kernel where udevd does not run."""

    def __init__(self) -> None:
        """Begin to listen. Raises Unplugged where there is no udev."""
        try:
            import pyudev  # noqa: PLC0415 - libudev when it is asked for

            context = pyudev.Context()
            source = "udev" if _UDEV_RUNS.exists() else "kernel"
            self._monitor: Any = pyudev.Monitor.from_netlink(context, source=source)
            for subsystem in SUBSYSTEMS:
                self._monitor.filter_by(subsystem)
            self._monitor.start()
        except (ImportError, OSError) as error:
            raise Unplugged(f"hot-plug is not watched: {error}") from error

    def fileno(self) -> int:
        """Return the netlink socket."""
        return int(self._monitor.fileno())

    def present(self) -> list[Discovered]:
        """Return what is plugged in now."""
        return plugged_in()

    def next(self) -> tuple[str, str, Discovered | None] | None:
        """Return the next event. Raises OSError when the socket overflowed."""
        device = self._monitor.poll(timeout=0)
        if device is None:
            return None
        action, node = device.action or "", device.properties.get("DEVNAME", "")
        return action, node, None if action == "remove" else look(device)

    def close(self) -> None:
        """Let go; the socket closes with its monitor."""
        self._monitor = None


class HotplugMonitor:
    """A thread that hears of plugs. ``take`` empties its queue; ``notify`` is called from it."""

    def __init__(self, notify: Callable[[], None], feed: Callable[[], Feed] = UdevFeed) -> None:
        self._notify = notify
        self._feed = feed
        self._plugs = Plugs()
        self._events: deque[PlugEvent] = deque(maxlen=MAX_EVENTS)
        self._lock = threading.Lock()
        self._closing = False
        self._wake = -1
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """Events that nobody took in time."""
        self.watching = False
        """Events are being heard."""

    def start(self) -> None:
        """Begin to listen; what is plugged in already is no event."""
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._thread = threading.Thread(target=self._listen, name="hotplug", daemon=True)
        self._thread.start()

    def take(self) -> tuple[PlugEvent, ...]:
        """Return the events since the last time, the oldest first."""
        with self._lock:
            events = tuple(self._events)
            self._events.clear()
        return events

    def present(self) -> list[Discovered]:
        """Return what is plugged in, as far as events told."""
        with self._lock:
            return self._plugs.present

    def close(self) -> None:
        """Stop listening and wait for the thread; may be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing = True
        os.eventfd_write(self._wake, 1)
        thread.join()
        os.close(self._wake)

    def _listen(self) -> None:
        try:
            feed = self._feed()
        except Unplugged as error:
            log.info("%s; devices are found by trying them", error)
            return
        try:
            with self._lock:
                self._plugs.compare(feed.present())
            self.watching = True
            self._notify()
            poller = select.poll()
            poller.register(feed.fileno(), select.POLLIN)
            poller.register(self._wake, select.POLLIN)
            while not self._closing:
                poller.poll()
                self._hear(feed)
        finally:
            self.watching = False
            feed.close()

    def _hear(self, feed: Feed) -> None:
        try:
            while not self._closing and (event := feed.next()) is not None:
                self._keep(partial(self._plugs.hear, *event))
        except OSError as error:
            log.info("hot-plug events were lost (%s): looking at everything", error)
            self._keep(partial(self._plugs.compare, feed.present()))

    def _keep(self, news: Callable[[], list[PlugEvent]]) -> None:
        with self._lock:
            events = news()
            self.dropped += max(0, len(self._events) + len(events) - MAX_EVENTS)
            self._events.extend(events)
        for event in events:
            log.info("%s %s", event.device.address, "plugged in" if event.added else "pulled out")
        if events:
            self._notify()
