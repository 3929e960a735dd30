"""Everything that can go wrong with a device, as one tree.

    DriverError
      TransportError          the way to the device
        Unplugged             it is not there, or it went away
        Claimed               another program holds it
        TransportTimeout      it did not take or give bytes before the deadline
      ProtocolError           what was said on the wire
        LocalProtocolError    we misused the protocol: a fault in our code
        RemoteProtocolError   the device misbehaved
      DeviceFault             the device says that it cannot (paper out, cover open ...)
      NotSent                 a money request of which no byte left the terminal

``retryable`` says that asking again is harmless; ``maybe_done`` says that the effect may have
happened although no answer came: never repeat money or paper on it.  No error is both.
"""

from __future__ import annotations

from enum import StrEnum


class Locus(StrEnum):
    """Which way the bytes were going (UnifiedPOS, ErrorEvent, ErrorLocus)."""

    OUTPUT = "output"
    """Something that we wanted of the device failed."""
    INPUT = "input"
    """Hearing the device failed; nothing that came before waits to be taken."""
    INPUT_DATA = "input_data"
    """Hearing the device failed; what came before is whole and can still be taken."""


class DriverError(Exception):
    """Base of all errors of this package: not retryable, and certainly without effect."""

    def __init__(self, message: str, *, bytes_sent: int = 0, locus: Locus = Locus.OUTPUT) -> None:
        super().__init__(message)
        self.bytes_sent = bytes_sent
        """Bytes of the current message that left before the error."""
        self.locus = locus

    @property
    def retryable(self) -> bool:
        """Tell whether asking again is harmless."""
        return False

    @property
    def maybe_done(self) -> bool:
        """Tell whether the effect may have happened: money or paper is never repeated on it."""
        return False


class TransportError(DriverError):
    """The way to the device failed: harmless as long as no byte of the message had left."""

    @property
    def retryable(self) -> bool:
        """Tell whether nothing had left."""
        return not self.maybe_done

    @property
    def maybe_done(self) -> bool:
        """Tell whether some of the message had left; whoever heard no answer sets the count."""
        return self.bytes_sent > 0


class Unplugged(TransportError):
    """The device is not there, or it went away."""


class Claimed(TransportError):
    """Another program holds the device, and two masters would garble it.

    The message says which device, and what a technician can do: find the other program and stop it
    (``fuser -v PATH`` names it).
    """


class TransportTimeout(TransportError):
    """No bytes could be written or read before the deadline."""


class ProtocolError(DriverError):
    """What was said on the wire breaks the protocol."""


class LocalProtocolError(ProtocolError):
    """We broke the protocol: a fault in our own code."""


class RemoteProtocolError(ProtocolError):
    """The device broke the protocol: what it did with our request cannot be known."""

    def __init__(self, message: str, *, bytes_sent: int = 0, locus: Locus = Locus.INPUT) -> None:
        super().__init__(message, bytes_sent=bytes_sent, locus=locus)

    @property
    def maybe_done(self) -> bool:
        """Return True: the answer is lost, the effect perhaps not."""
        return True


class DeviceFault(DriverError):
    """The device answered that it cannot do this."""


class NotSent(DriverError):
    """A money request of which no byte left the terminal: it certainly did not happen."""

    @property
    def retryable(self) -> bool:
        """Return True."""
        return True
