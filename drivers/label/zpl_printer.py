"""Driver of label printers that speak ZPL II, over TCP 9100, USB or a serial line.

Nothing is held open between two calls: most printers serve one connection at a time, and other
programs of the shop print labels too.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drivers.base import Health, Status
from drivers.errors import (
    RemoteProtocolError,
    TransportError,
    TransportTimeout,
)
from drivers.label.base import Label, Printed
from drivers.label.host_status import (
    ASK_IDENTITY,
    ASK_STATUS,
    HostStatus,
    LineReader,
    is_status_line,
    parse_status,
)
from drivers.label.zpl import encode
from drivers.transports.base import Transport

READ_BYTES = 1024
ASK_S = 2.0
"""Longest wait for one answer."""
PAUSE_S = 0.2
"""Between two questions while labels come out."""
MAX_ANSWER_BYTES = 65536
"""A printer that says more than this without an answer in it is none."""


class ZplPrinter:
    """A LabelPrinter; see there for its calls."""

    def __init__(
        self,
        transport: Transport,
        *,
        pause_s: float = PAUSE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._pause_s = pause_s
        self._now = monotonic
        self._answered_at: float | None = None
        self._identity = ""

    def open(self, timeout_s: float) -> Status:
        """Reach the printer and hear how it is. Raises TransportError or RemoteProtocolError."""
        deadline = self._now() + timeout_s
        with self._connected(deadline):
            self._identity = self._ask_identity(deadline)
            return self._healthy(self._ask_status(deadline))

    def poll(self, timeout_s: float) -> Status:
        """Ask how it is; ABSENT when it does not answer."""
        deadline = self._now() + timeout_s
        try:
            with self._connected(deadline):
                return self._healthy(self._ask_status(deadline))
        except TransportTimeout:
            return Status(Health.ABSENT, ("no_answer",), self._answered_at, self._identity)
        except TransportError as error:
            return Status(Health.ABSENT, ("unplugged",), self._answered_at, str(error))
        except RemoteProtocolError as error:
            return Status(Health.FAULT, ("protocol_error",), self._answered_at, str(error))

    def print_labels(self, label: Label, copies: int, timeout_s: float) -> Printed:
        """Print labels; PRINTED when the printer has said that none is left.

        A printer that is not there shows before the label is sent: a network takes bytes for it a
        while longer.  The question after it travels behind the label, and a printer takes in what
        comes in order: an answer without formats in the buffer and labels of the batch is about
        after, not before.
        """
        zpl = encode(label, copies)
        deadline = self._now() + timeout_s
        with self._connected(deadline):
            with contextlib.suppress(TransportTimeout):  # it may be mute while it is blocked
                self._ask_status(min(deadline, self._now() + timeout_s / 3))
            self._transport.write(zpl, max(0.0, deadline - self._now()))
            try:
                return self._outcome(deadline)
            except (TransportError, RemoteProtocolError):
                return Printed.UNCONFIRMED

    def close(self) -> None:
        """Disconnect; wakes a reader in another thread."""
        self._transport.close()

    # --- how ---

    @contextmanager
    def _connected(self, deadline: float) -> Iterator[None]:
        self._transport.open(max(0.0, deadline - self._now()))
        try:
            yield
        finally:
            self._transport.close()

    def _outcome(self, deadline: float) -> Printed:
        while True:
            said = self._ask_status(deadline)
            if said.idle:
                return Printed.PRINTED
            if said.health is Health.BLOCKED:
                return Printed.WAITING
            left = deadline - self._now()
            if left <= 0:
                return Printed.UNCONFIRMED
            self._transport.read(READ_BYTES, min(self._pause_s, left))

    def _healthy(self, said: HostStatus) -> Status:
        return Status(said.health, said.reasons, self._answered_at, self._identity)

    def _ask_status(self, deadline: float) -> HostStatus:
        """Return the next whole answer to ``~HS``. Raises TransportError, RemoteProtocolError."""
        lines = self._ask(ASK_STATUS, deadline, 3)
        self._answered_at = self._now()
        return parse_status(lines)

    def _ask_identity(self, deadline: float) -> str:
        """Return model and firmware, empty when it does not tell (clones)."""
        try:
            found = self._ask(ASK_IDENTITY, min(deadline, self._now() + ASK_S / 4), 1)
        except TransportTimeout:
            return ""
        return " ".join(found[0].split(",")[:2])[:60]

    def _ask(self, question: bytes, deadline: float, wanted: int) -> list[str]:
        until = min(deadline, self._now() + ASK_S)
        reader, lines, taken = LineReader(), list[str](), 0
        self._transport.write(question, max(0.0, until - self._now()))
        while len(lines) < wanted:
            left = until - self._now()
            data = self._transport.read(READ_BYTES, max(0.0, left))
            if not data and left <= 0:
                raise TransportTimeout(f"no answer to {question.decode()}")
            taken += len(data)
            if taken > MAX_ANSWER_BYTES:
                raise RemoteProtocolError("the device talks without end and answers nothing")
            lines += [
                line
                for line in reader.receive(data)
                if is_status_line(line) is (question == ASK_STATUS)
            ]
        return lines[:wanted]
