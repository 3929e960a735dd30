"""A transport that plays a written conversation, for testing a driver against a manual's bytes."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.errors import Unplugged


class ScriptMismatch(AssertionError):
    """The driver did not say or read what the script has."""


class ScriptedTransport:
    """Plays ``(sent, received)`` pairs: when all of ``sent`` was written, ``received`` can be read.

    An empty ``sent`` makes ``received`` readable as soon as the pair is reached.  Each way of
    leaving the script is a ScriptMismatch with a sentence of its own; ``finish`` finds what is left
    over.  Reads return at most ``chunk`` bytes, to try every way of splitting an answer.
    """

    def __init__(self, script: Sequence[tuple[bytes, bytes]], *, chunk: int = 4096) -> None:
        self._script = list(script)
        self._chunk = chunk
        self._step = 0
        self._matched = 0
        self._readable = bytearray()
        self._open = False

    def open(self, timeout_s: float) -> None:
        """Start, or go on after a close."""
        del timeout_s
        self._open = True
        self._reach()

    def write(self, data: bytes, timeout_s: float) -> None:
        """Compare ``data`` with the script, byte by byte."""
        del timeout_s
        if not self._open:
            raise Unplugged("the script is closed")
        for byte in data:
            if self._step == len(self._script):
                raise ScriptMismatch(f"wrote {byte:02x} after the end of the script")
            expected = self._script[self._step][0]
            if self._matched == 0 and self._readable:
                raise ScriptMismatch(
                    f"wrote step {self._step} before reading {self._readable.hex(' ')}"
                )
            if expected[self._matched] != byte:
                raise ScriptMismatch(
                    f"step {self._step}, byte {self._matched}: "
                    f"wrote {byte:02x}, the script has {expected[self._matched]:02x}"
                )
            self._matched += 1
            if self._matched == len(expected):
                self._answer()

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return what the script answers; ``b""`` when it is the driver's turn."""
        del timeout_s
        if not self._open:
            raise Unplugged("the script is closed")
        size = min(limit, self._chunk)
        data = bytes(self._readable[:size])
        del self._readable[:size]
        return data

    def close(self) -> None:
        """Stop; ``open`` goes on where the script was."""
        self._open = False

    def finish(self) -> None:
        """Raise ScriptMismatch unless the whole script was said and read."""
        if self._matched:
            missing = self._script[self._step][0][self._matched :]
            raise ScriptMismatch(f"step {self._step} was not finished: {missing.hex(' ')} missing")
        if self._readable:
            raise ScriptMismatch(f"{self._readable.hex(' ')} was never read")
        if self._step < len(self._script):
            raise ScriptMismatch(f"steps from {self._step} on were never reached")

    def _answer(self) -> None:
        self._readable += self._script[self._step][1]
        self._step += 1
        self._matched = 0
        self._reach()

    def _reach(self) -> None:
        while self._step < len(self._script) and not self._script[self._step][0]:
            self._readable += self._script[self._step][1]
            self._step += 1
