"""A device and its driver between which no time passes but by waiting for it.

A simulated device answers while it is written to, so a driver that waits in vain may as well move
the clock on: the protocol's own waits then cost nothing, and a machine that stands still for
seconds lets none of them lapse.  Not for tests in which somebody acts while the driver waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from drivers.flight import RecordingTransport
from drivers.transports.base import Transport
from drivers.transports.instant import InstantTransport, WaitingClock
from drivers.transports.memory import MemoryTransport


def no_time_passes(driver: object, device: Any) -> bool:
    """Let no time pass between a driver and its simulated device; False when they are no pair."""
    if not any(isinstance(part, WIRES) or name == "_connect" for _, name, part in parts(driver)):
        return False
    clock = _clock_of(device)

    def due() -> float | None:
        with device.changed:
            return device.advance()

    def wire(inner: Transport) -> Transport:
        return InstantTransport(inner, clock, due)

    for owner, name, part in parts(device):
        if part is time.monotonic:
            _put(owner, name, clock)
    for owner, name, part in tuple(parts(driver)):
        if part is time.monotonic:
            _put(owner, name, clock)
        elif isinstance(part, WIRES):
            _put(owner, name, wire(part))
        elif name == "_connect":
            _put(owner, name, lambda connect=part: wire(connect()))
        elif isinstance(part, threading.Event):
            part.wait = _waiting(part, clock)
    return True


def _clock_of(device: Any) -> WaitingClock:
    """Return the clock that another driver was given with this device, or a new one."""
    if isinstance(device.monotonic, WaitingClock):
        return device.monotonic
    clock = WaitingClock()
    clock.now_s = time.monotonic()  # what it says of its last answer is compared with the real time
    return clock


WIRES = (RecordingTransport, MemoryTransport)


def parts(root: object) -> Iterator[tuple[object, str, Any]]:
    """Yield what a driver or a simulator is made of: owner, name and value, wires not opened."""
    seen: set[int] = set()
    left = [root]
    while left:
        owner = left.pop()
        if id(owner) in seen:
            continue
        seen.add(id(owner))
        for name in _names(owner):
            part = getattr(owner, name)
            yield owner, name, part
            if type(part).__module__.startswith("drivers.") and not isinstance(part, WIRES):
                left.append(part)


def _names(owner: object) -> list[str]:
    slots = [name for kind in type(owner).__mro__ for name in getattr(kind, "__slots__", ())]
    return [name for name in (*getattr(owner, "__dict__", ()), *slots) if hasattr(owner, name)]


def _put(owner: object, name: str, value: object) -> None:
    object.__setattr__(owner, name, value)


def _waiting(event: threading.Event, clock: WaitingClock) -> Callable[..., bool]:
    def wait(timeout: float | None = None) -> bool:
        clock.now_s += timeout or 0.0
        return event.is_set()

    return wait
