"""The envelope of Concert on a serial line, till's side, sans-IO.

    till      ENQ -> terminal ACK     (NAK or silence: EOT, a pause of a second, again)
    till      STX body ETX LRC -> ACK
    till      EOT
    terminal  ENQ -> till ACK         (minutes later, when the answer comes at the end)
    terminal  STX body ETX LRC -> till ACK
    terminal  EOT

LRC is the exclusive or of all after STX up to and with ETX.  A side has 3 seconds for each answer.
The till never says its body twice: after its last byte left, only the terminal knows.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import reduce

from drivers.errors import LocalProtocolError, RemoteProtocolError

STX, ETX, EOT, ENQ, ACK, NAK = 0x02, 0x03, 0x04, 0x05, 0x06, 0x15
STEP_S = 3.0
"""What each side has to answer one step; a rule of the terminals' maker."""
PAUSE_S = 1.0
"""Between two attempts to get the line."""
MAX_BIDS = 3
MAX_BODY = 1024
MAX_REFUSALS = 3
"""Spoilt answers that are asked for again; after that the line is beyond use."""
_CONTROLS = frozenset({STX, ETX, EOT, ENQ, ACK, NAK})


class Step(Enum):
    """Where an exchange stands."""

    IDLE = auto()
    BIDDING = auto()
    """ENQ left; nothing of the body has."""
    GRANTED = auto()
    """The terminal listens: the body may be sent."""
    SENT = auto()
    """The body left, unconfirmed."""
    TAKEN = auto()
    """The terminal has the body."""
    REFUSED = auto()
    """The terminal did not take the body (NAK)."""


def lrc(data: bytes) -> int:
    """Return the check byte of ``data``: body and ETX."""
    return reduce(lambda check, byte: check ^ byte, data, 0)


def wrap(body: bytes) -> bytes:
    """Return the frame of a body. Raises LocalProtocolError for one that would break it."""
    if not 0 < len(body) <= MAX_BODY or not _CONTROLS.isdisjoint(body):
        raise LocalProtocolError(f"a body of {len(body)} bytes, or with control characters")
    return bytes([STX, *body, ETX, lrc(body + bytes([ETX]))])


class TillEnvelope:
    """Both directions of one line: feed ``receive``, send what ``to_send`` gives, look at ``step``.

    ``answers`` collects the bodies that the terminal sent, whenever it did.
    """

    def __init__(self) -> None:
        self.step = Step.IDLE
        self.answers: list[bytes] = []
        self._out = bytearray()
        self._frame: bytearray | None = None
        self._refusals = 0

    def bid(self) -> None:
        """Ask for the line; a turn of the terminal that it never finished is over."""
        self.step = Step.BIDDING
        self._frame = None
        self._refusals = 0
        self._out.append(ENQ)

    def withdraw(self) -> None:
        """Give the line up without a body."""
        self.step = Step.IDLE
        self._out.append(EOT)

    def say(self, body: bytes) -> None:
        """Send the body, once the line is granted. Raises LocalProtocolError."""
        if self.step is not Step.GRANTED:
            raise LocalProtocolError("the line was not granted")
        self._out += wrap(body)
        self.step = Step.SENT

    def to_send(self) -> bytes:
        """Return what must leave now, and forget it."""
        data = bytes(self._out)
        self._out.clear()
        return data

    @property
    def receiving(self) -> bool:
        """True while the terminal has the line."""
        return self._frame is not None

    def receive(self, data: bytes) -> None:
        """Take bytes in. Raises RemoteProtocolError when the terminal cannot be understood."""
        for byte in data:
            if self._frame is None:
                self._control(byte)
            else:
                self._collect(self._frame, byte)

    def _control(self, byte: int) -> None:
        """Take a byte outside of a frame; what means nothing here is line noise."""
        if byte == ENQ:
            if self.step is Step.BIDDING:
                self.step = Step.IDLE  # both asked for the line: the answer goes first
            elif self.step is Step.SENT:
                self.step = Step.TAKEN  # its acknowledgement was lost; it would not bid otherwise
            self._out.append(ACK)
            self._frame = bytearray()
        elif byte == ACK and self.step is Step.BIDDING:
            self.step = Step.GRANTED
        elif byte == ACK and self.step is Step.SENT:
            self.step = Step.TAKEN
            self._out.append(EOT)
        elif byte == NAK and self.step is Step.BIDDING:
            self.withdraw()
        elif self.step is Step.BIDDING and byte not in _CONTROLS:
            self.step = Step.IDLE  # noise: what comes after it grants nothing
        elif byte == NAK and self.step is Step.SENT:
            self.step = Step.REFUSED
            self._out.append(EOT)

    def _collect(self, frame: bytearray, byte: int) -> None:
        """Take a byte of the terminal's turn: STX body ETX LRC, then EOT."""
        if not frame and byte != STX:
            if byte == ENQ:
                self._out.append(ACK)  # it did not hear ours
            elif byte == EOT:
                self._frame = None
            return
        frame.append(byte)
        if len(frame) >= 3 and frame[-2] == ETX:
            self._close(bytes(frame))
            frame.clear()
        elif len(frame) > MAX_BODY + 3:
            self._frame = None
            raise RemoteProtocolError("a frame without an end")

    def _close(self, frame: bytes) -> None:
        body = frame[1:-2]
        if lrc(frame[1:-1]) == frame[-1] and body:
            self.answers.append(body)
            self._out.append(ACK)
            return
        self._refusals += 1
        if self._refusals > MAX_REFUSALS:
            self._frame = None
            raise RemoteProtocolError("frames with wrong check bytes only")
        self._out.append(NAK)
