"""How APDUs reach the terminal: bare over TCP, in blocks over a serial line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from drivers.errors import (
    DriverError,
    RemoteProtocolError,
    TransportError,
    TransportTimeout,
)
from drivers.payment.zvt.apdu import Apdu, ApduDecoder, decode_whole
from drivers.payment.zvt.blocks import (
    ACK,
    MAX_REPEATS,
    NAK,
    T1_S,
    T2_S,
    Answer,
    Block,
    BlockDecoder,
    Damaged,
    encode_block,
)
from drivers.transports.base import Transport

READ_BYTES = 4096


class ApduWire(Protocol):
    """Sends and receives whole APDUs. After an error it is dropped, and opened anew."""

    lasting: bool
    """The line stays open between dialogues: there is nothing to connect (serial)."""
    is_open: bool

    def open(self, deadline: float) -> None:
        """Connect. Raises a TransportError."""

    def send(self, apdu: Apdu, deadline: float, *, again: bool) -> None:
        """Send one APDU; ``again`` allows to repeat it when nothing was heard of it.

        Raises a TransportError whose ``bytes_sent`` is 0 when certainly nothing left.
        """

    def receive(self, deadline: float) -> Apdu | None:
        """Return the next APDU, None at ``deadline``. Raises a TransportError, ProtocolError."""

    def drop(self) -> None:
        """Disconnect; may be called twice and from another thread."""


class BareWire:
    """APDUs as they are, over TCP (PA00P016, 2): TCP repeats and checks."""

    lasting = False

    def __init__(self, transport: Transport, monotonic: Callable[[], float]) -> None:
        self._transport = transport
        self._now = monotonic
        self._decoder = ApduDecoder()
        self._arrived: deque[Apdu] = deque()
        self.is_open = False

    def open(self, deadline: float) -> None:
        """Connect anew. Raises a TransportError."""
        self.drop()
        self._transport.open(max(0.0, deadline - self._now()))
        self._decoder = ApduDecoder()
        self._arrived.clear()
        self.is_open = True

    def send(self, apdu: Apdu, deadline: float, *, again: bool) -> None:
        """Send one APDU, once. Raises a TransportError with ``bytes_sent``."""
        del again  # TCP repeats by itself
        try:
            self._transport.write(apdu.encode(), max(0.0, deadline - self._now()))
        except TransportError:
            self.drop()
            raise

    def receive(self, deadline: float) -> Apdu | None:
        """Return the next APDU, None at ``deadline``. Raises a TransportError, ProtocolError."""
        try:
            while not self._arrived:
                left = max(0.0, deadline - self._now())
                data = self._transport.read(READ_BYTES, left)
                self._arrived.extend(self._decoder.receive(data))
                if not self._arrived and (not data or left == 0):
                    return None
        except DriverError:
            self.drop()
            raise
        return self._arrived.popleft()

    def drop(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self.is_open = False
        self._transport.close()


class BlockWire:
    """APDUs in blocks that are answered with ACK or NAK (PA00P016, 1).

    A block is repeated when the terminal says NAK.  When it says nothing, a block that asks for
    money is not repeated, as it may have arrived: the doubt is settled by asking (rule R2).
    """

    lasting = True

    def __init__(self, transport: Transport, monotonic: Callable[[], float]) -> None:
        self._transport = transport
        self._now = monotonic
        self._decoder = BlockDecoder()
        self._arrived: deque[Apdu] = deque()
        self._answers: deque[bool] = deque()
        self._damaged = 0
        self._heard_at = 0.0
        """Monotonic seconds of the last byte."""
        self.is_open = False

    def open(self, deadline: float) -> None:
        """Open the line anew. Raises a TransportError."""
        self.drop()
        self._transport.open(max(0.0, deadline - self._now()))
        self._decoder = BlockDecoder()
        self._arrived.clear()
        self._answers.clear()
        self._damaged = 0
        self.is_open = True

    def send(self, apdu: Apdu, deadline: float, *, again: bool) -> None:
        """Send one APDU until it is acknowledged. Raises a TransportError with ``bytes_sent``."""
        block = encode_block(apdu.encode())
        sent = 0
        try:
            for _ in range(1 + MAX_REPEATS):
                self._answers.clear()
                self._write(block, deadline)
                sent = len(block)
                answer = self._answered(min(deadline, self._now() + T2_S))
                if answer:
                    return
                if answer is None and not again:
                    break
            raise TransportTimeout("the terminal did not acknowledge a block", bytes_sent=sent)
        except DriverError as error:
            self.drop()
            if sent and not error.bytes_sent:
                error.bytes_sent = sent
            raise

    def receive(self, deadline: float) -> Apdu | None:
        """Return the next APDU, None at ``deadline``. Raises a TransportError, ProtocolError."""
        try:
            while not self._arrived and self._read(deadline):
                pass
        except DriverError:
            self.drop()
            raise
        return self._arrived.popleft() if self._arrived else None

    def drop(self) -> None:
        """Close the line; may be called twice and from another thread."""
        self.is_open = False
        self._transport.close()

    def _answered(self, deadline: float) -> bool | None:
        """Return ACK or NAK, None when neither came. A block of the terminal is an ACK too."""
        blocks = len(self._arrived)
        while not self._answers:
            if not self._read(deadline):
                return None
            if len(self._arrived) > blocks:
                return True
        return self._answers.popleft()

    def _read(self, deadline: float) -> bool:
        """Take in what comes; False when nothing more did before ``deadline``."""
        now = self._now()
        left = max(0.0, deadline - now)
        # a caller who looks in for a moment does not end a block: only its own silence does
        quiet = max(0.0, self._heard_at + T1_S - now) if self._decoder.inside else left
        data = self._transport.read(READ_BYTES, min(left, quiet))
        if not data:
            pausing = self._decoder.inside and quiet <= left
            if pausing:
                self._decoder.pause()
                self._refuse()
            return pausing and left > 0
        self._heard_at = self._now()
        for arrival in self._decoder.receive(data):
            match arrival:
                case Answer(positive):
                    self._answers.append(positive)
                case Damaged():
                    self._refuse()
                case Block(payload):
                    self._damaged = 0
                    self._write(bytes([ACK]), self._now() + T2_S)
                    self._arrived.append(decode_whole(payload))
        return left > 0

    def _refuse(self) -> None:
        self._damaged += 1
        if self._damaged > 1 + MAX_REPEATS:
            raise RemoteProtocolError("blocks that arrive damaged again and again")
        self._write(bytes([NAK]), self._now() + T2_S)

    def _write(self, data: bytes, deadline: float) -> None:
        self._transport.write(data, max(0.0, deadline - self._now()))
