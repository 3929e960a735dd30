"""Scales made of software: Toledo 8217, Dialog 06 and NCI over one platter.

Knobs: ``put`` and ``add`` grams, ``remove``, ``wobble``, ``tare`` and ``zero`` (the scale's own
keys), ``settle`` (how long and how far a load swings), ``mute``, ``garbage``; a scale that computes
prices has ``challenge`` and ``price_error`` besides.
"""

from __future__ import annotations

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from drivers.scale import nci_protocol as nci
from drivers.scale import toledo_8217_protocol as toledo
from drivers.scale.platter import Platter
from drivers.simulation import SimulatedDevice, UnknownAction, at_least

MAX_LOAD_G = 60_000
MAX_SWING_MS = 60_000
MAX_NOISE_G = 5_000
MAX_GARBAGE_BYTES = 65_536
MAX_COMMAND_BYTES = 64
"""A command that is longer is noise."""


class ScaleSimulator(SimulatedDevice, ABC):
    """What all simulated scales share: the platter, its knobs, and the way to hear commands."""

    name = "scale"
    protocol: ClassVar[str]

    def __init__(self, seed: int = 0, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(monotonic)
        self.platter = Platter(seed, monotonic)
        self._chance = random.Random(seed)  # noqa: S311 - a simulation
        self._heard = b""
        self._mute = False

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "put": self._put,
            "add": self._add,
            "remove": self._remove,
            "wobble": self._wobble,
            "tare": self._tare,
            "zero": self._zero,
            "settle": self._settle,
            "mute": self._set_mute,
            "garbage": self._garbage,
        }

    def _put(self, grams: int) -> None:
        if at_least("grams", grams, -MAX_LOAD_G) > MAX_LOAD_G:
            raise UnknownAction(f"the platter breaks under more than {MAX_LOAD_G} g")
        self.platter.put(grams)

    def _add(self, grams: int) -> None:
        self._put(self.platter.load_g + at_least("grams", grams, -MAX_LOAD_G))

    def _remove(self) -> None:
        self.platter.put(0)

    def _wobble(self, on: bool = True) -> None:
        self.platter.wobble(on=on)

    def _tare(self, grams: int = 0) -> None:
        self.platter.tare_g = at_least("grams", grams, 0)

    def _zero(self) -> Mapping[str, Any]:
        return {"zeroed": self.platter.zero()}

    def _settle(self, ms: int = 0, noise_g: int = 0) -> None:
        if at_least("ms", ms, 0) > MAX_SWING_MS or at_least("noise_g", noise_g, 0) > MAX_NOISE_G:
            raise UnknownAction(f"at most {MAX_SWING_MS} ms and {MAX_NOISE_G} g")
        self.platter.settle_ms, self.platter.noise_g = ms, noise_g

    def _set_mute(self, on: bool = True) -> None:
        self._mute = on

    def _garbage(self, bytes: int = 64) -> None:  # noqa: A002 - the knob's public name
        if at_least("bytes", bytes, 1) > MAX_GARBAGE_BYTES:
            raise UnknownAction(f"at most {MAX_GARBAGE_BYTES} bytes")
        self._say(self._chance.randbytes(bytes))

    def _visible(self) -> Mapping[str, Any]:
        platter = self.platter
        return {
            "protocol": self.protocol,
            "load_g": platter.load_g,
            "shown_g": platter.gross_g - platter.tare_g,
            "moving": platter.moving,
            "tare_g": platter.tare_g,
            "settle_ms": platter.settle_ms,
            "listened_to": self._wire is not None,
        }

    def _connected(self) -> None:
        self._heard = b""

    def _started(self) -> None:
        self.platter.restart()

    def _receive(self, data: bytes) -> int:
        self._heard += data
        while (command := self._command()) is not None:
            if not self._mute:
                self._obey(command)
        self._heard = self._heard[-MAX_COMMAND_BYTES:]
        return len(data)

    @abstractmethod
    def _command(self) -> bytes | None:
        """Take the next whole command out of ``_heard``; None when there is none."""

    @abstractmethod
    def _obey(self, command: bytes) -> None:
        """Carry out a command, and answer it."""


class Toledo8217Simulator(ScaleSimulator):
    """Speaks Toledo 8217; the knob ``once`` makes it tell a weight once, then nothing new."""

    protocol = "toledo-8217"

    def __init__(self, seed: int = 0, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(seed, monotonic)
        self._echoing = False
        self._once = False
        self._told = -1

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {**super()._knobs(), "once": self._set_once}

    def _set_once(self, on: bool = True) -> None:
        self._once, self._told = on, -1

    def _connected(self) -> None:
        super()._connected()
        self._echoing, self._told = False, -1

    def _command(self) -> bytes | None:
        if not self._heard:
            return None
        command, self._heard = self._heard[:1], self._heard[1:]
        return command

    def _obey(self, command: bytes) -> None:
        if command == b"F" and self._echoing:
            self._echoing = False
            self._say(b"\x02F\r")
        elif self._echoing:
            self._say(command)
        elif command == b"E":
            self._echoing = True
            self._say(b"\x02E\r")
        elif command == b"W":
            self._say(self._weight())
        elif command == b"Z":
            self.platter.zero()
            self._say(toledo.say_status(self._status()))
        else:
            self._say(toledo.say_status(toledo.BAD_COMMAND))

    def _status(self) -> int:
        platter = self.platter
        status = toledo.NET if platter.tare_g else 0
        if platter.overloaded:
            return status | toledo.OVER
        if platter.moving:
            return status | toledo.MOTION
        if platter.gross_g < 0:
            return status | toledo.UNDER
        return status | (0 if platter.gross_g else toledo.AT_ZERO)

    def _weight(self) -> bytes:
        platter, status = self.platter, self._status()
        net = platter.gross_g - platter.tare_g
        if status & (toledo.OVER | toledo.MOTION | toledo.UNDER) or net < 0:
            self._told = -1
            return toledo.say_status(status if net >= 0 else status | toledo.UNDER)
        if self._once and self._told == platter.changes:
            return toledo.say_status(0)
        self._told = platter.changes
        return toledo.say_weight(_kilograms(net), net=bool(platter.tare_g))


class NciSimulator(ScaleSimulator):
    """Speaks NCI; the knob ``unit`` sets the unit of weight that it shows."""

    protocol = "nci"
    _unit = "KG"

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {**super()._knobs(), "unit": self._set_unit}

    def _set_unit(self, unit: str) -> None:
        if unit not in ("KG", "LB", "OZ", "G"):
            raise UnknownAction("unit is KG, LB, OZ or G")
        self._unit = unit

    def _command(self) -> bytes | None:
        command, end, rest = self._heard.partition(b"\r")
        if not end:
            return None
        self._heard = rest
        return command

    def _obey(self, command: bytes) -> None:
        platter = self.platter
        if command == b"W":
            self._say(self._weight())
        elif command == b"S":
            self._say(nci.say_status(*self._status()))
        elif command == b"Z":
            platter.zero()
            self._say(nci.say_status(*self._status()))
        else:
            self._say(b"\n?\r\x03")

    def _status(self) -> tuple[int, ...]:
        platter = self.platter
        first = nci.MOTION if platter.moving else 0 if platter.gross_g else nci.AT_ZERO
        second = nci.OVER if platter.overloaded else nci.UNDER if platter.gross_g < 0 else 0
        return (first, second, nci.NET) if platter.tare_g else (first, second)

    def _weight(self) -> bytes:
        net, status = self.platter.gross_g - self.platter.tare_g, self._status()
        if status[1] or status[0] & nci.MOTION or net < 0:
            return nci.say_status(status[0], status[1] or (nci.UNDER if net < 0 else 0))
        weight = Decimal(net) if self._unit == "G" else _kilograms(net)
        return nci.say_weight(weight, *status, unit=self._unit)


def _kilograms(grams: int) -> Decimal:
    return Decimal(grams).scaleb(-3)


SCALES: Mapping[str, str] = MappingProxyType(
    {
        "dialog-06": "drivers.scale.dialog_06_simulator:Dialog06Simulator",
        "toledo-8217": "drivers.scale.simulator:Toledo8217Simulator",
        "nci": "drivers.scale.simulator:NciSimulator",
    }
)
"""Protocol -> module and class of the simulated scale that speaks it."""
