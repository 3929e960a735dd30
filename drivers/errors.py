"""Everything that can go wrong with a device, as one tree.

    DriverError
      TransportError          the way to the device
        Unplugged             it is not there, or it went away
        TransportTimeout      it did not take or give bytes before the deadline
      ProtocolError           what was said on the wire
        LocalProtocolError    we misused the protocol: a fault in our code
        RemoteProtocolError   the device misbehaved
      DeviceFault             the device says that it cannot (paper out, cover open ...)
      NotSent                 a money request of which no byte left the terminal

``retryable`` says that asking again is harmless; ``maybe_done`` says that the effect may have
happened although no answer came: never repeat money or paper on it.
"""

from __future__ import annotations


class DriverError(Exception):
    """Base of all errors of this package."""

    retryable = False
    maybe_done = False

    def __init__(self, message: str, *, bytes_sent: int = 0) -> None:
        super().__init__(message)
        self.bytes_sent = bytes_sent
        """Bytes of the current message that left before the error."""


class TransportError(DriverError):
    """The way to the device failed."""

    retryable = True


class Unplugged(TransportError):
    """The device is not there, or it went away."""


class TransportTimeout(TransportError):
    """No bytes could be written or read before the deadline."""


class ProtocolError(DriverError):
    """What was said on the wire breaks the protocol."""


class LocalProtocolError(ProtocolError):
    """We broke the protocol: a fault in our own code."""


class RemoteProtocolError(ProtocolError):
    """The device broke the protocol."""

    maybe_done = True


class DeviceFault(DriverError):
    """The device answered that it cannot do this."""


class NotSent(DriverError):
    """A money request of which no byte left the terminal: it certainly did not happen."""

    retryable = True
