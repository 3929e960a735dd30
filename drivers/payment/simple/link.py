"""The link to a terminal that speaks the simple POI protocol: transport and protocol joined."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.errors import ProtocolError, RemoteProtocolError, TransportTimeout, Unplugged
from drivers.payment.simple.protocol import (
    FrameDecoder,
    Hello,
    Reply,
    encode_frame,
    parse_reply,
)
from drivers.transports.base import Transport

READ_BYTES = 4096
MAX_STALE_REPLIES = 1000
"""Replies to earlier requests that one wait tolerates: more is a terminal gone wild."""


class SimpleLink:
    """Sends requests, and pairs replies with them by number."""

    def __init__(
        self, transport: Transport, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._decoder = FrameDecoder()
        self._replies: deque[Reply] = deque()
        self._last_n = 0
        self.connected = False

    def connect(self, deadline: float) -> Hello:
        """Connect anew and say hello. Raises a TransportError or ProtocolError."""
        self.drop()
        self._transport.open(self._left(deadline))
        self._decoder = FrameDecoder()
        self._replies.clear()
        self.connected = True
        hello = self.ask(deadline, "hello")
        if not isinstance(hello, Hello):
            self.drop()
            raise RemoteProtocolError("the terminal answered hello with something else")
        return hello

    def ask(self, deadline: float, kind: str, /, **fields: Any) -> Reply:
        """Send a request and return its reply; older replies are dropped.

        Raises a TransportError (also when no reply came by ``deadline``) or a ProtocolError; the
        link is dropped then, so that no half of a conversation is left on it.
        """
        n = self.send(deadline, kind, **fields)
        for _ in range(MAX_STALE_REPLIES):
            reply = self.receive(deadline)
            if reply is None:
                self.drop()
                raise TransportTimeout(f"the terminal did not answer {kind}")
            if reply.n == n:
                return reply
        self.drop()
        raise RemoteProtocolError("the terminal answers questions that nobody asked")

    def send(self, deadline: float, kind: str, /, **fields: Any) -> int:
        """Send a request and return its number. Raises a TransportError with ``bytes_sent``."""
        self._last_n += 1
        frame = encode_frame({"type": kind, "n": self._last_n, **fields})
        try:
            self._transport.write(frame, self._left(deadline))
        except (Unplugged, TransportTimeout):
            self.drop()
            raise
        return self._last_n

    def receive(self, deadline: float) -> Reply | None:
        """Return the next reply, or None at ``deadline``. Raises a TransportError, ProtocolError.

        A deadline in the past still returns what has already arrived.
        """
        while not self._replies:
            left = self._left(deadline)
            try:
                data = self._transport.read(READ_BYTES, left)
                self._replies.extend(map(parse_reply, self._decoder.receive(data)))
            except (Unplugged, ProtocolError):
                self.drop()
                raise
            if not self._replies and (not data or left == 0):
                return None
        return self._replies.popleft()

    def drop(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self.connected = False
        self._transport.close()

    def _left(self, deadline: float) -> float:
        return max(0.0, deadline - self._monotonic())
