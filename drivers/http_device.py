"""What simulated devices that speak HTTP have in common: several wires, each with one request.

h11 reads the requests, however they are split, chunked or not; a device answers when it can, which
may be minutes later, and other requests are answered meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import h11

from drivers.simulation import SimulatedDevice
from drivers.transports.memory import MemoryTransport

MAX_WIRES = 16
"""Connections at a time; the oldest goes when another comes."""
MAX_BODY_BYTES = 1_048_576
MAX_HEAD_BYTES = 16384


@dataclass(slots=True, eq=False)
class HttpCall:
    """A request that has come, and the wire that its answer goes to."""

    wire: MemoryTransport
    method: str
    target: str
    body: bytes


@dataclass(slots=True)
class _Line:
    """One connection."""

    http: h11.Connection = field(
        default_factory=lambda: h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
    )
    request: h11.Request | None = None
    body: bytearray = field(default_factory=bytearray)


class HttpDevice(SimulatedDevice):
    """A simulated device that is an HTTP server; a front end says what it answers."""

    wires = MAX_WIRES

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Take what the device that this is mixed into takes."""
        self._lines: dict[MemoryTransport, _Line] = {}
        super().__init__(*arguments, **named)

    def _serve(self, call: HttpCall) -> None:
        """Take a request; ``_answer`` now or later."""

    def _answer(self, call: HttpCall, status: int, body: bytes = b"") -> None:
        """Answer a request, if the connection it came on is still there."""
        line = self._lines.get(call.wire)
        if line is None:
            return
        kind = [("Content-Type", "application/json")] if body else []
        head = h11.Response(status_code=status, headers=[*kind, ("Content-Length", str(len(body)))])
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            call.wire.deliver(line.http.send(event) or b"")

    # --- several wires ---

    def attach(self, wire: MemoryTransport) -> bool:
        """Take one more connection, when the device can be reached at all."""
        if not (self._plugged and self._powered):
            return False
        if len(self._lines) >= MAX_WIRES:
            oldest = next(iter(self._lines))
            del self._lines[oldest]
            oldest.cut()
        self._lines[wire] = _Line()
        return True

    def detach(self, wire: MemoryTransport) -> None:
        """Notice that the host gave up a connection: what it asked for goes on."""
        self._lines.pop(wire, None)

    def take(self, wire: MemoryTransport, data: bytes) -> int:
        """Receive bytes on one of the connections, up to the fuse."""
        if wire not in self._lines:
            return 0
        self._wire = wire
        return super().take(wire, data)

    def _cut(self) -> None:
        self._wire = None
        lines, self._lines = self._lines, {}
        for wire in lines:
            wire.cut()

    # --- requests ---

    def _read(self, data: bytes) -> None:
        wire = self._wire
        line = self._lines.get(wire) if wire is not None else None
        if wire is None or line is None:
            return
        try:
            line.http.receive_data(data)
            while (call := self._next(wire, line)) is not None:
                self._serve(call)
        except (h11.RemoteProtocolError, h11.LocalProtocolError):
            self._lines.pop(wire, None)
            wire.deliver(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    def _next(self, wire: MemoryTransport, line: _Line) -> HttpCall | None:
        """Return the next whole request of a connection; none before the last was answered."""
        if line.http.our_state is h11.DONE and line.http.their_state is h11.DONE:
            line.http.start_next_cycle()
        while True:
            event = line.http.next_event()
            if isinstance(event, h11.Request):
                line.request, line.body = event, bytearray()
                if line.http.they_are_waiting_for_100_continue:
                    go_on = h11.InformationalResponse(status_code=100, headers=[])
                    wire.deliver(line.http.send(go_on) or b"")
            elif isinstance(event, h11.Data):
                line.body += event.data
                if len(line.body) > MAX_BODY_BYTES:
                    raise h11.RemoteProtocolError("too long", error_status_hint=413)
            elif isinstance(event, h11.EndOfMessage) and line.request is not None:
                return HttpCall(
                    wire,
                    line.request.method.decode("ascii"),
                    line.request.target.decode("ascii"),
                    bytes(line.body),
                )
            else:
                return None
