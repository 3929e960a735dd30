"""Hot-plug: how soon a pulled plug is seen, and how soon a device that is back can be used."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from drivers.errors import DriverError, Unplugged
from drivers.hotplug import HotplugMonitor
from drivers.printer.base import Confirm
from drivers.printer.escpos import EscposPrinter
from drivers.simulators import Bench
from drivers.transports.address import open_transport
from tests.devices_bench import gadgets, scanning
from tests.devices_bench.behind import Socket
from tests.devices_bench.printing import ADDRESS
from tests.devices_bench.report import Row

CYCLES = 5
SEEN_S, USABLE_S = 1.0, 3.0
LOOK_S = 0.02
WAIT_S = 20.0


class _News:
    """Notes when something is heard of a device."""

    def __init__(self) -> None:
        self.monitor = HotplugMonitor(self._hear)
        self._changed = threading.Condition()
        self._heard: list[tuple[float, bool, str]] = []

    def _hear(self) -> None:
        now = time.monotonic()
        with self._changed:
            for event in self.monitor.take():
                self._heard.append((now, event.added, event.device.scheme))
            self._changed.notify_all()

    def heard_after(self, moment: float, scheme: str, *, added: bool) -> float:
        """Wait for news of a device; returns how long after ``moment`` it came, in seconds."""

        def found() -> list[float]:
            return [
                at for at, was, of in self._heard if at >= moment and (was, of) == (added, scheme)
            ]

        with self._changed:
            if not self._changed.wait_for(found, WAIT_S):
                raise TimeoutError(f"no news of {scheme}")
            return found()[0] - moment


def rows() -> Iterator[Row]:
    """Pull and push every plug."""
    news = _News()
    news.monitor.start()
    gadgets.wait_for(lambda: news.monitor.watching, "udev's netlink socket")
    bench = Bench()
    printer = EscposPrinter(open_transport(ADDRESS, {}))
    socket = Socket(gadgets.printer(0), bench.printer)
    socket.plug()
    _until_usable(lambda: _prints(printer))
    yield from _cycles(("printer (usblp)", "usblp"), socket, news, lambda: _prints(printer),
                       lambda: _silent_printer(printer))  # fmt: skip
    printer.close()
    socket.pull()
    for mode, scheme in zip(scanning.modes(1), ("hidraw", "serial", "evdev"), strict=True):
        scanning.plug(mode)
        yield from _cycles(
            (mode.name, scheme), mode.socket, news, lambda mode=mode: _scans(mode),
            lambda mode=mode: mode.scanner.read(WAIT_S),
        )  # fmt: skip
        mode.scanner.close()
        mode.socket.pull()
    yield Row("hot-plug: no event was lost", news.monitor.dropped == 0)
    news.monitor.close()


def _cycles(
    names: tuple[str, str],
    socket: Socket,
    news: _News,
    works: Callable[[], bool],
    listen: Callable[[], Any],
) -> Iterator[Row]:
    name, scheme = names
    seen, noticed, usable, node = [], [], [], []
    for _ in range(CYCLES):
        ended: list[float] = []
        listening = threading.Thread(target=_until_unplugged, args=(listen, ended))
        listening.start()
        pulled = socket.pull()
        seen.append(news.heard_after(pulled, scheme, added=False))
        listening.join(WAIT_S)
        noticed.append(ended[0] - pulled if ended else WAIT_S)
        back = socket.plug()
        node.append(news.heard_after(back, scheme, added=True))
        _until_usable(works)
        usable.append(time.monotonic() - back)
    yield Row(
        f"{name}: a pulled plug is seen within {SEEN_S:g} s",
        max(*seen, *noticed) <= SEEN_S,
        f"{CYCLES} times: hot-plug {max(seen):.2f} s, driver {max(noticed):.2f} s at most",
    )
    yield Row(
        f"{name}: usable within {USABLE_S:g} s of its return",
        max(usable) <= USABLE_S,
        f"{CYCLES} times: device file {max(node):.2f} s, used {max(usable):.2f} s at most",
    )


def _until_unplugged(listen: Callable[[], Any], ended: list[float]) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            listen()
        except Unplugged:
            ended.append(time.monotonic())
            return


def _until_usable(works: Callable[[], bool]) -> None:
    """Try as a keeper does, but more often: what is measured is the device."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            if works():
                return
        except DriverError:
            time.sleep(LOOK_S)
    raise TimeoutError("the device did not come back")


def _prints(printer: EscposPrinter) -> bool:
    printer.open(2)
    printer.send(b"again\n" + printer.mark("BACK"), 2)
    return printer.confirm("BACK", 2) is Confirm.PRINTED


def _silent_printer(printer: EscposPrinter) -> None:
    """Wait for a report that never comes, as during a job."""
    printer.send(printer.mark("GONE")[:1], 1)
    if printer.confirm("GONE", 1) is Confirm.LOST:
        raise Unplugged("lost")


def _scans(mode: scanning.Mode) -> bool:
    mode.scanner.open(2)
    return mode.scan(scanning.EAN, scanning.EAN_AIM)[0]
