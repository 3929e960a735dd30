"""The terminal's side of a Concert line: ENQ, ACK, STX ... ETX LRC, ACK, EOT, both ways."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

STX, ETX, EOT, ENQ, ACK, NAK = b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x15"
STEP_S = 3.0
MAX_TRIES = 3
MAX_FRAME = 1024


def check_byte(data: bytes) -> bytes:
    """Return the LRC of what follows STX, ETX included."""
    check = 0
    for byte in data:
        check ^= byte
    return bytes([check])


class PoiLine:
    """Grants the line to the till, takes its message, and gets the line for the answer.

    ``send`` puts bytes on the wire, ``heard`` gets each whole message, ``busy`` says when the
    terminal does not want to be asked.  ``due`` is when something happens without a byte.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        heard: Callable[[bytes], None],
        busy: Callable[[], bool],
        monotonic: Callable[[], float],
    ) -> None:
        self._send = send
        self._heard = heard
        self._busy = busy
        self._now = monotonic
        self._answers: deque[bytes] = deque()
        self.reset()

    def reset(self) -> None:
        """Begin anew: power came on, or the cable was plugged in."""
        self._state = "free"
        self._frame = b""
        self._message = b""
        self._tries = 0
        self._answers.clear()
        self.due: float | None = None

    def tell(self, body: bytes) -> None:
        """Say something to the till as soon as the line is free."""
        self._answers.append(body)
        if self._state == "free":
            self._bid()

    def receive(self, data: bytes) -> None:
        """Take bytes from the till."""
        for value in data:
            byte = bytes([value])
            match self._state:
                case "free":
                    self._when_free(byte)
                case "granted":
                    self._when_granted(byte)
                case "taken":
                    self._when_taken(byte)
                case "bidding":
                    self._when_bidding(byte)
                case "told":
                    self._when_told(byte)

    def run(self) -> float | None:
        """Do what is due; return the seconds until more is, None when nothing is planned."""
        if self.due is not None and self._now() >= self.due:
            self._overdue()
        return None if self.due is None else max(0.0, self.due - self._now())

    def _go(self, state: str, wait_s: float | None = None) -> None:
        self._state = state
        self.due = None if wait_s is None else self._now() + wait_s

    def _when_free(self, byte: bytes) -> None:
        if byte != ENQ:
            return
        if self._busy():
            self._send(NAK)
            return
        self._frame = b""
        self._go("granted", STEP_S)
        self._send(ACK)

    def _when_granted(self, byte: bytes) -> None:
        if not self._frame and byte != STX:
            if byte == ENQ:
                self._send(ACK)
            elif byte == EOT:
                self._free()
            return
        self._frame += byte
        if len(self._frame) > MAX_FRAME:
            self._frame = b""
            self._send(NAK)
        elif self._frame[-2:-1] == ETX:
            frame, self._frame = self._frame, b""
            if check_byte(frame[1:-1]) != frame[-1:]:
                self._send(NAK)
                return
            self._message = frame[1:-2]
            self._go("taken", STEP_S)
            self._send(ACK)

    def _when_taken(self, byte: bytes) -> None:
        if byte in (EOT, ENQ):
            self._begin()
            if byte == ENQ and self._state == "free":
                self._when_free(byte)

    def _begin(self) -> None:
        """The till's turn is over: act on its message."""
        self._go("free")
        self._heard(self._message)
        if self._state == "free":
            self._free()

    def _when_bidding(self, byte: bytes) -> None:
        if byte == ACK:
            body = self._answers[0] + ETX
            self._go("told", STEP_S)
            self._send(STX + body + check_byte(body))

    def _when_told(self, byte: bytes) -> None:
        if byte == ACK:
            self._answers.popleft()
            self._tries = 0
            self._send(EOT)
            self._free()
        elif byte == NAK:
            self._again()

    def _overdue(self) -> None:
        if self._state == "taken":
            self._begin()
        elif self._state in ("bidding", "told"):
            self._send(EOT)
            self._again()
        else:
            self._free()

    def _again(self) -> None:
        """Try once more to tell the answer, or give it up."""
        self._tries += 1
        if self._tries >= MAX_TRIES:
            self._tries = 0
            self._answers.popleft()
        self._free()

    def _free(self) -> None:
        self._go("free")
        if self._answers:
            self._bid()

    def _bid(self) -> None:
        self._go("bidding", STEP_S)
        self._send(ENQ)
