"""How one Concert message gets to a terminal and back: over TCP, or in an envelope on a line.

A channel sends each body once.  ``bytes_sent`` of its errors counts bytes of the body: 0 says for
certain that the terminal cannot have it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.errors import RemoteProtocolError, TransportError, TransportTimeout, Unplugged
from drivers.payment.concert.envelope import MAX_BIDS, PAUSE_S, STEP_S, Step, TillEnvelope
from drivers.payment.concert.tlv import QUIET_S, AnswerFramer
from drivers.transports.base import Transport

READ_BYTES = 4096
MAX_STRAYS = 8
"""Late answers that are kept; there is one for each request that we gave up waiting for."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The protocol's own times, in seconds; a test may be in a hurry."""

    quiet_s: float = QUIET_S
    step_s: float = STEP_S
    pause_s: float = PAUSE_S
    pending_s: float = 200.0
    """How long a request may go unanswered before nobody listens any more: terminals give up on a
    cardholder after 120 to 180 s."""


class BodyRefused(RemoteProtocolError):
    """The terminal answered NAK to the body: it did not take it."""

    maybe_done = False


class Channel(Protocol):
    """One conversation at a time: ``open``, ``send``, ``receive`` until it says something."""

    def open(self, deadline: float) -> None:
        """Get ready for a new conversation. Raises a TransportError."""

    def send(self, body: bytes, deadline: float) -> None:
        """Send a body, once. Raises a TransportError or BodyRefused."""

    def receive(self, deadline: float) -> tuple[bytes, ...]:
        """Return the next answers, none at ``deadline``. Raises a TransportError, ProtocolError."""

    def strays(self) -> tuple[bytes, ...]:
        """Return answers that came before the last body left, once: they belong to earlier ones."""

    def finish(self) -> None:
        """End a conversation; the next ``open`` begins another."""

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""


class TcpChannel:
    """A connection for each request, as tills do; the answer comes back on it."""

    def __init__(
        self,
        transport: Transport,
        timing: Timing = Timing(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._quiet_s = timing.quiet_s
        self._now = monotonic
        self._framer = AnswerFramer()

    def open(self, deadline: float) -> None:
        """Connect anew. Raises a TransportError."""
        self._transport.open(_left(deadline, self._now))
        self._framer = AnswerFramer()

    def send(self, body: bytes, deadline: float) -> None:
        """Send the body and nothing after it. Raises a TransportError."""
        self._transport.write(body, _left(deadline, self._now))

    def receive(self, deadline: float) -> tuple[bytes, ...]:
        """Return the answers once the line is quiet or the terminal hangs up."""
        while True:
            left = _left(deadline, self._now)
            # an answer that may be whole is given its quiet time, whatever the deadline
            patience = self._quiet_s if self._framer.whole else left
            try:
                data = self._transport.read(READ_BYTES, patience)
            except Unplugged:
                answers = self._framer.closed()
                if answers:
                    return answers
                raise
            if data:
                self._framer.receive(data)
            elif (answers := self._framer.idle()) or left <= patience:
                return answers

    def strays(self) -> tuple[bytes, ...]:
        """Return none: a new connection carries nothing old."""
        return ()

    def finish(self) -> None:
        """Hang up."""
        self._transport.close()

    def close(self) -> None:
        """Hang up; wakes a reader in another thread."""
        self._transport.close()


class LineChannel:
    """A serial line that stays open: an answer may come long after its question."""

    def __init__(
        self,
        transport: Transport,
        timing: Timing = Timing(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._now = monotonic
        self._step_s = timing.step_s
        self._pause_s = timing.pause_s
        self._envelope = TillEnvelope()
        self._strays: tuple[bytes, ...] = ()
        self._open = False

    def open(self, deadline: float) -> None:
        """Open the line, unless it is. Raises a TransportError."""
        if not self._open:
            self._transport.open(_left(deadline, self._now))
            self._envelope = TillEnvelope()
            self._open = True

    def bid(self, deadline: float) -> None:
        """Get the line: the terminal answered. Raises TransportTimeout when it does not."""
        for attempt in range(MAX_BIDS):
            self._envelope.bid()
            until = min(deadline, self._now() + self._step_s)
            self._run(until, deadline, lambda: self._envelope.step is not Step.BIDDING)
            if self._envelope.step is Step.GRANTED:
                return
            if self._envelope.receiving:  # it has something to say first: hear it out
                self._run(self._now() + self._step_s, deadline, self._is_over)
            elif self._envelope.step is Step.BIDDING:
                self.withdraw(deadline)
            if self._now() >= deadline:
                break
            if attempt + 1 < MAX_BIDS:
                self._run(min(deadline, self._now() + self._pause_s), deadline, lambda: False)
        raise TransportTimeout("the terminal does not answer on its line")

    def withdraw(self, deadline: float) -> None:
        """Give the line back unused. Raises a TransportError."""
        self._envelope.withdraw()
        self._flush(min(deadline, self._now() + self._step_s))

    def send(self, body: bytes, deadline: float) -> None:
        """Get the line and send the body. Raises a TransportError or BodyRefused.

        Silence after the body is no error: the terminal may have it, and then it will answer.
        """
        self.bid(deadline)
        self._strays = (*self._strays, *self._heard())[-MAX_STRAYS:]
        self._envelope.say(body)
        self._flush(self._now() + self._step_s)
        until = self._now() + self._step_s
        self._run(until, until, lambda: self._envelope.step is not Step.SENT, sent=len(body))
        if self._envelope.step is Step.REFUSED:
            raise BodyRefused("the terminal did not take the message")

    def receive(self, deadline: float) -> tuple[bytes, ...]:
        """Return what the terminal said, once its turn is over; none at ``deadline``."""
        self._run(deadline, deadline, lambda: bool(self._envelope.answers))
        if self._envelope.answers and self._envelope.receiving:  # its EOT, or one more message
            until = self._now() + self._step_s
            self._run(until, until, self._is_over)
        return self._heard()

    def strays(self) -> tuple[bytes, ...]:
        """Return what the terminal said before the last body left, once."""
        strays, self._strays = self._strays, ()
        return strays

    def finish(self) -> None:
        """Keep the line: a late answer may still come on it."""

    def close(self) -> None:
        """Close the line; wakes a reader in another thread."""
        self._open = False
        self._transport.close()

    def _heard(self) -> tuple[bytes, ...]:
        answers = tuple(self._envelope.answers)
        self._envelope.answers.clear()
        return answers

    def _is_over(self) -> bool:
        return not self._envelope.receiving

    def _run(
        self, until: float, deadline: float, done: Callable[[], bool], *, sent: int = 0
    ) -> None:
        """Let bytes flow both ways until ``done``, at ``until`` at the latest."""
        try:
            self._flush(deadline)
            while not done():
                left = _left(until, self._now)
                data = self._transport.read(READ_BYTES, left)
                if not data:
                    return
                self._envelope.receive(data)
                self._flush(self._now() + self._step_s)
        except TransportError as error:
            self.close()
            error.bytes_sent = sent or error.bytes_sent
            raise
        except RemoteProtocolError:
            self.close()
            raise

    def _flush(self, deadline: float) -> None:
        """Send what is due; an error counts the bytes of a body, not the ENQ before it."""
        data = self._envelope.to_send()
        if not data:
            return
        try:
            self._transport.write(data, _left(deadline, self._now))
        except TransportError as error:
            self.close()
            if self._envelope.step in (Step.IDLE, Step.BIDDING):
                error.bytes_sent = 0
            raise


def _left(deadline: float, now: Callable[[], float]) -> float:
    return max(0.0, deadline - now())
