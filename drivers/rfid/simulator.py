"""An RFID reader made of software: LLRP on the wire, a field of tags in front of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from drivers.errors import RemoteProtocolError
from drivers.rfid.field import TagField
from drivers.rfid.llrp_wire import VERSION_1_0_1, FrameReader
from drivers.rfid.reader_engine import ReaderEngine
from drivers.rfid.reader_side import ALREADY_CONNECTED, CONNECTED
from drivers.simulation import SimulatedDevice, UnknownAction, at_least
from drivers.transports.memory import MemoryTransport

MAX_TURNED_AWAY = 4
"""Second clients that are told so and kept until they leave; more are refused at the door."""


class RfidSimulator(SimulatedDevice):
    """The simulated reader. One client at a time: a second one is told that it comes too late."""

    name = "rfid"
    wires = 2

    def __init__(self, seed: int = 0, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(monotonic)
        self._field = TagField(seed)
        self._version = VERSION_1_0_1
        self._busy = self._hung = False
        self._antenna = True
        self._turned_away: list[MemoryTransport] = []
        self._inventories = 0
        self._frames = FrameReader()
        self._engine: ReaderEngine | None = None

    # --- who is connected ---

    def attach(self, wire: MemoryTransport) -> bool:
        """Greet the only client; tell a second one that there is one."""
        if not (self._plugged and self._powered):
            return False
        if not self._busy and self._wire in (None, wire):
            return super().attach(wire)
        if len(self._turned_away) >= MAX_TURNED_AWAY:
            return False
        self._turned_away.append(wire)
        ReaderEngine(self._field, self.monotonic, wire.deliver, self._version).greet(
            ALREADY_CONNECTED
        )
        return True

    def detach(self, wire: MemoryTransport) -> None:
        """Notice that a client went away."""
        if wire in self._turned_away:
            self._turned_away.remove(wire)
        super().detach(wire)

    def take(self, wire: MemoryTransport, data: bytes) -> int:
        """Receive bytes of the client; those of one who was turned away lead nowhere."""
        return len(data) if wire in self._turned_away else super().take(wire, data)

    def _cut(self) -> None:
        turned_away, self._turned_away = self._turned_away, []
        for wire in turned_away:
            wire.cut()
        super()._cut()

    def _connected(self) -> None:
        self._leave()
        self._engine = ReaderEngine(self._field, self.monotonic, self._say, self._version)
        self._engine.antenna = self._antenna
        if not self._hung:
            self._engine.greet(CONNECTED)

    def _disconnected(self) -> None:
        self._leave()

    def _stopped(self) -> None:
        self._hung = False

    def _leave(self) -> None:
        """A reader forgets what its client wanted."""
        if self._engine is not None:
            self._inventories += self._engine.inventories
        self._engine = None
        self._frames = FrameReader()

    # --- the wire ---

    def _receive(self, data: bytes) -> int:
        if self._hung or self._engine is None:
            return len(data)
        try:
            frames = self._frames.receive(data)
        except RemoteProtocolError as error:
            self._engine.complain(str(error))
            return len(data)
        for frame in frames:
            self._engine.serve(frame)
        return len(data)

    def advance(self) -> float | None:
        """Do what is due; return the seconds until more is."""
        if self._engine is None or self._hung or not self._powered:
            return None
        return self._engine.advance()

    # --- knobs ---

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "put": self._put,
            "remove": lambda epc: self._turn(lambda: self._field.remove(str(epc))),
            "clear": self._field.clear,
            "noise": self._noise,
            "miss": self._set_miss,
            "busy": self._set_busy,
            "hang": self._set_hung,
            "version": self._set_version,
            "antenna": self._set_antenna,
        }

    def _put(
        self, gtin: str = "", epc: str = "", serial: int | None = None, count: int = 1
    ) -> Mapping[str, Any]:
        """Lay down a tag by its EPC, or ``count`` articles with tags of their own."""
        placed: list[str] = []

        def put() -> None:
            if epc:
                self._field.put(epc)
                placed.append(epc.upper())
                return
            pieces = range(at_least("count", count, 1))
            placed.extend(self._field.put_article(gtin, serial) for _ in pieces)

        self._turn(put)
        return {"placed": placed}

    def _noise(self, count: int) -> None:
        """Tags of others come within reach."""
        self._turn(lambda: self._field.noise(at_least("count", count, 1)))

    def _turn(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (ValueError, TypeError, AttributeError) as error:
            raise UnknownAction(str(error)) from error

    def _set_miss(self, percent: int) -> None:
        if at_least("percent", percent, 0) > 100:
            raise UnknownAction("percent is at most 100")
        self._field.miss_percent = percent

    def _set_busy(self, on: bool) -> None:
        """Somebody else holds the reader."""
        self._busy = bool(on)
        if self._busy:
            self._cut()

    def _set_hung(self, on: bool) -> None:
        """The reader says nothing any more, and its socket stays open."""
        self._hung = bool(on)

    def _set_version(self, number: int) -> None:
        if at_least("number", number, 0) > 7:
            raise UnknownAction("a version has three bits")
        self._version = number

    def _set_antenna(self, on: bool) -> None:
        self._antenna = bool(on)
        if self._engine is not None and not self._hung:
            self._engine.antenna_changed(connected=self._antenna)

    def _visible(self) -> Mapping[str, Any]:
        engine = self._engine
        return {
            "tags": list(self._field.tags),
            "reading": engine is not None and engine.reading,
            "inventories": self._inventories + (engine.inventories if engine else 0),
            "connected": engine is not None,
            "miss_percent": self._field.miss_percent,
        }
