"""One HTTP/1.1 request and its answer over a byte channel, with a deadline and a byte count.

h11 knows HTTP and no sockets; a Transport knows bytes and no HTTP; this joins the two.  Every
exchange has a connection of its own: one that idled may be dead, and money would find out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import h11

from drivers.errors import RemoteProtocolError, TransportError, TransportTimeout, Unplugged
from drivers.transports.base import Transport

READ_BYTES = 65536
MAX_BODY_BYTES = 1_048_576
"""A payment with two receipts, sealed, has about 20,000."""
MAX_HEAD_BYTES = 16384
_FRAMING = (b"content-length", b"transfer-encoding")

Connect = Callable[[], Transport]
"""Makes a transport, not yet connected, to the same peer each time."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: bytes


class HttpExchange:
    """A request that went out, and the answer that is waited for."""

    def __init__(
        self, transport: Transport, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._status = 0
        self._framed = False
        """The body has a length or chunks, so that a cut is noticed."""
        self._body = bytearray()
        self.bytes_sent = 0
        """What left, or may have left, of the request."""

    def send(
        self,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        *,
        connect_s: float,
        deadline: float,
    ) -> None:
        """Connect and send. Raises a TransportError whose ``bytes_sent`` is 0 when nothing left."""
        data = b"".join(
            self._http.send(event) or b""
            for event in (
                h11.Request(
                    method=method,
                    target=target,
                    headers=[
                        *headers,
                        ("Content-Length", str(len(body))),
                        ("Connection", "close"),
                    ],
                ),
                h11.Data(data=body),
                h11.EndOfMessage(),
            )
        )
        try:
            self._transport.open(min(connect_s, self._left(deadline)))
        except TransportError:
            self.close()
            raise
        try:
            self._transport.write(data, self._left(deadline))
        except TransportError as error:
            self.bytes_sent = error.bytes_sent
            self.close()
            raise
        self.bytes_sent = len(data)

    def receive(self, deadline: float) -> HttpAnswer | None:
        """Return the answer, or None when it is not complete at ``deadline``; may be called again.

        Raises:
            Unplugged: the connection ended before the answer did.
            RemoteProtocolError: this is not HTTP, or longer than MAX_BODY_BYTES.
        """
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                self.close()
                raise RemoteProtocolError(
                    f"not HTTP: {error}", bytes_sent=self.bytes_sent
                ) from error
            if isinstance(event, h11.Response):
                self._status = event.status_code
                self._framed = any(name in _FRAMING for name, _ in event.headers)
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > MAX_BODY_BYTES:
                    self.close()
                    raise RemoteProtocolError("a body without end", bytes_sent=self.bytes_sent)
            elif isinstance(event, h11.EndOfMessage):
                self.close()
                return HttpAnswer(self._status, bytes(self._body))
            elif event is h11.NEED_DATA and not self._feed(deadline):
                return None

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._transport.close()

    def _feed(self, deadline: float) -> bool:
        try:
            data = self._transport.read(READ_BYTES, self._left(deadline))
        except Unplugged as error:
            if self._http.their_state is h11.SEND_BODY and not self._framed:
                self._http.receive_data(b"")  # the end of the connection is the end of the body
                return True
            self.close()
            raise Unplugged(str(error), bytes_sent=self.bytes_sent) from error
        if data:
            self._http.receive_data(data)
        return bool(data)

    def _left(self, deadline: float) -> float:
        return max(0.0, deadline - self._monotonic())


class HttpChannel:
    """Requests to one peer; each on a connection of its own, so several may be under way."""

    def __init__(
        self,
        connect: Connect,
        host: str = "terminal",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``host`` is what the header Host says."""
        self._connect = connect
        self._host = host
        self._monotonic = monotonic

    def begin(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        content_type: str = "application/json",
        *,
        connect_s: float,
        deadline: float,
    ) -> HttpExchange:
        """Send a request and return the exchange, whose answer is still to come.

        Raises a TransportError; its ``bytes_sent`` is 0 when certainly no byte left.
        """
        headers = [("Host", self._host), ("Accept", "application/json")]
        if body:
            headers.append(("Content-Type", content_type))
        exchange = HttpExchange(self._connect(), self._monotonic)
        exchange.send(method, target, headers, body, connect_s=connect_s, deadline=deadline)
        return exchange

    def ask(
        self, method: str, target: str, body: bytes = b"", *, connect_s: float, deadline: float
    ) -> HttpAnswer:
        """Send a request and return its answer. Raises a TransportError or RemoteProtocolError."""
        exchange = self.begin(method, target, body, connect_s=connect_s, deadline=deadline)
        answer = exchange.receive(deadline)
        if answer is None:
            exchange.close()
            raise TransportTimeout("no answer in time", bytes_sent=exchange.bytes_sent)
        return answer
