"""What every simulated device has in common: a wire, and knobs.

A simulator speaks its device's wire protocol over a byte channel and is steered by a person or a
test through ``control``.  What a real device keeps without power (a payment terminal's journal, the
paper that has come out) a simulator keeps in files under its memory folder, written before it
answers, so that killing the terminal's process is like cutting its mains.
"""

from __future__ import annotations

import inspect
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from drivers.transports.base import Transport
from drivers.transports.memory import MemoryTransport


class UnknownAction(ValueError):
    """The simulator has no such knob, or the value does not fit it."""


class Simulator(Protocol):
    """A simulated device. Thread-safe: the wire and the knobs belong to different threads."""

    name: str
    """Role: ``printer``, ``scanner``, ``drawer`` or ``poi``."""

    def connect(self) -> Transport:
        """Return the host's end of a new in-process wire to this device."""

    def control(self, action: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Turn a knob; returns what can be seen of the device afterwards. Raises UnknownAction."""

    def look(self) -> Mapping[str, Any]:
        """Return what a person standing before the device sees, as plain values."""


class SimulatedDevice:
    """What all simulators share: one wire at a time, a plug, power, and a fuse.

    A fuse unplugs the device, or cuts its power, at an exact byte of what the host sends.  All
    methods whose names begin with an underscore are called with ``changed`` held.
    """

    name = "device"
    keeps_borders = False
    """Each ``_say`` is read as one piece within the process, as reports of a HID device are."""
    wires = 1
    """Connections that a server lets stand at a time."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        changed: threading.Condition | None = None,
    ) -> None:
        """``changed`` is given when devices hang on one another and must share a lock."""
        self.changed = changed or threading.Condition(threading.RLock())
        self.monotonic = monotonic
        self._wire: MemoryTransport | None = None
        self._plugged = True
        self._powered = True
        self._fuse: tuple[int, Callable[[], None]] | None = None
        self._fuse_failed = ""

    def connect(self) -> Transport:
        """Return the host's end of a new wire; opening it takes the place of the one before."""
        return MemoryTransport(self, self.monotonic)

    def look(self) -> Mapping[str, Any]:
        """Return what a person sees, as plain values."""
        with self.changed:
            self.advance()
            return {
                "plugged": self._plugged,
                "powered": self._powered,
                "fuse": None if self._fuse is None else self._fuse[0],
                "fuse_failed": self._fuse_failed,
                **self._visible(),
            }

    def control(self, action: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Turn the knob ``action``; returns ``look()``. Raises UnknownAction."""
        with self.changed:
            knob = self._knob(action, parameters)
            self.advance()
            shown = knob(**parameters)
            self.changed.notify_all()
            return {**self.look(), **(shown or {})}

    def knobs(self) -> tuple[str, ...]:
        """Return the names of its knobs."""
        return tuple(self._knobs())

    def check(self, action: str, parameters: Mapping[str, Any]) -> None:
        """See that there is such a knob with such parameters, without touching it.

        Raises UnknownAction; whether a value is right shows when the knob is turned.
        """
        self._knob(action, parameters)

    def _knob(
        self, action: str, parameters: Mapping[str, Any]
    ) -> Callable[..., Mapping[str, Any] | None]:
        knob = self._knobs().get(action)
        if knob is None:
            known = ", ".join(sorted(self._knobs()))
            raise UnknownAction(f"{self.name} has no knob {action!r}; it has {known}")
        try:
            inspect.signature(knob).bind(**parameters)
        except TypeError as error:
            raise UnknownAction(f"{self.name} {action}: {error}") from error
        return knob

    # --- the wire's side (DeviceEnd) ---

    def attach(self, wire: MemoryTransport) -> bool:
        """Let the newest connection win, when the device can be reached at all."""
        if not (self._plugged and self._powered):
            return False
        if self._wire is not None and self._wire is not wire:
            self._cut()
        self._wire = wire
        self._connected()
        self.changed.notify_all()
        return True

    def detach(self, wire: MemoryTransport) -> None:
        """Notice that the host went away."""
        if self._wire is wire:
            self._wire = None
            self._disconnected()

    def take(self, wire: MemoryTransport, data: bytes) -> int:
        """Receive bytes, up to the fuse."""
        if self._wire is not wire:
            return 0
        if self._fuse is None:
            return self._receive(data)
        left, blow = self._fuse
        taken = self._receive(data[:left])
        self._fuse = (left - taken, blow)
        if left == taken:
            self._fuse = None
            blow()
        return taken

    def advance(self) -> float | None:
        """Do what is due. A device that takes no time has nothing planned."""
        return None

    # --- for the devices ---

    def _say(self, data: bytes) -> None:
        """Send to the host; lost when none is connected."""
        if self._wire is not None:
            self._wire.deliver(data)

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        """Return the knobs; what one returns is added to what can be seen."""
        return {
            "look": _nothing,
            "plug": self._plug,
            "unplug": self._unplug,
            "power_on": self._power_on,
            "power_off": self._power_off,
            "unplug_after": self._unplug_after,
            "power_off_after": self._power_off_after,
            "at_byte": self._at_byte,
        }

    def _plug(self) -> None:
        """Plug in with a sound cable: a fuse that has not blown is gone."""
        self._plugged = True
        self._fuse = None

    def _unplug(self) -> None:
        self._plugged = False
        self._cut()

    def _power_on(self) -> None:
        if not self._powered:
            self._powered = True
            self._started()

    def _power_off(self) -> None:
        if self._powered:
            self._powered = False
            self._stopped()
            self._cut()

    def _unplug_after(self, bytes: int) -> None:  # noqa: A002 - the knob's public name
        self._fuse = (at_least("bytes", bytes, 0), self._unplug)
        self._blow_now()

    def _power_off_after(self, bytes: int) -> None:  # noqa: A002 - the knob's public name
        self._fuse = (at_least("bytes", bytes, 0), self._power_off)
        self._blow_now()

    def _at_byte(
        self,
        bytes: int,  # noqa: A002 - the knob's public name
        knob: str,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        """Turn another knob at the byte that comes then; what is wrong with it is seen after."""
        given = dict(parameters or {})
        turned = self._knob(knob, given)

        def blow() -> None:
            try:
                turned(**given)
            except UnknownAction as error:
                self._fuse_failed = str(error)

        self._fuse_failed = ""
        self._fuse = (at_least("bytes", bytes, 0), blow)
        self._blow_now()

    def _blow_now(self) -> None:
        if self._fuse is not None and self._fuse[0] == 0:
            blow, self._fuse = self._fuse[1], None
            blow()

    def _cut(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.cut()
            self._disconnected()

    def _visible(self) -> Mapping[str, Any]:
        return {}

    def _receive(self, data: bytes) -> int:
        """Accept bytes from the host and return how many."""
        return len(data)

    def _connected(self) -> None:
        """A host connected."""

    def _disconnected(self) -> None:
        """The host went away or the wire was cut."""

    def _started(self) -> None:
        """Power came on."""

    def _stopped(self) -> None:
        """Power went: everything volatile is gone."""


def at_least(name: str, value: object, least: int) -> int:
    """Return ``value`` when it is an integer not below ``least``; raises UnknownAction."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UnknownAction(f"{name} must be an integer of at least {least}, not {value!r}")
    return value


def _nothing() -> None:
    """Look without touching anything."""


class DurableLines:
    """What a device keeps without power: JSON objects, one a line, synced before it answers.

    With no path the memory lasts as long as the object.  A line that a cut tore is dropped when the
    file is read, as the write it belonged to was never answered.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def load(self) -> list[dict[str, Any]]:
        """Return every whole line, and remove a torn last one from the file."""
        if self._path is None or not self._path.exists():
            return []
        raw = self._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) != len(raw):
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
        return [json.loads(line) for line in whole.splitlines()]

    def append(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write the records and return when they are on the disk."""
        if self._path is None:
            return
        with self._path.open("ab") as file:
            file.write(self._encode(records))
            file.flush()
            os.fsync(file.fileno())

    def replace(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Put these records in place of all there are, all or nothing."""
        if self._path is None:
            return
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(self._encode(records))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    @staticmethod
    def _encode(records: Iterable[Mapping[str, Any]]) -> bytes:
        return b"".join(
            json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            for record in records
        )
