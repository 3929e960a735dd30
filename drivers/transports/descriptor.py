"""What all transports over a device file share: deadlines, hang-ups, and a close that wakes.

A subclass says how its file is opened.  Bytes move by ``os.read`` and ``os.write`` on a descriptor
that does not block, because libraries forget how many bytes had left when a write times out, and
money and paper depend on that number.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import threading
import time
from collections.abc import Callable, Iterator

from drivers.discovery import UsbName, node_of
from drivers.errors import Claimed, Locus, TransportError, TransportTimeout, Unplugged

LEAVE_S = 1.0
"""A close waits this long for a reader to let go of the descriptor; it has been woken."""
EMPTY_PAUSE_S = 0.01
"""Between two looks at a device that answers with nothing: it must not keep a core busy."""
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


def claim(descriptor: int, path: str) -> None:
    """Hold the file for ourselves, until it is closed or the process dies. Raises Claimed.

    ``flock`` and not TIOCEXCL: the latter outlives a killed process on a line that the other end
    keeps open, and would then shut out the restarted terminal.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise claimed(path) from error


def claimed(path: str) -> Claimed:
    """Return the error that says that another program holds a device."""
    return Claimed(
        f"{path} is held by another program; `fuser -v {path}` names it: stop it, then try again"
    )


def open_claimed(path: str) -> int:
    """Open a device file for reading and writing and hold it. Raises OSError, Claimed."""
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        claim(descriptor, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class _Held:
    """An open descriptor, how to wake who waits for it, and how many use it at present."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self.users = 0
        self.closing = False


class DescriptorTransport:
    """A device file opened for ourselves alone."""

    scheme = ""
    """Of the addresses that mean it, and of what is plugged in."""
    empty_is_end = True
    """A read of nothing means that the device went away."""

    def __init__(
        self, target: str | UsbName, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """``target`` is a path, or the name of a device that is looked for at each opening."""
        self._target = target
        self._where = str(target)
        self._monotonic = monotonic
        self._held: _Held | None = None
        self._changed = threading.Condition()

    def open(self, timeout_s: float) -> None:
        """Open the file. Raises Unplugged when it is not there, Claimed when it is taken."""
        del timeout_s  # opening a device file waits for nothing
        self.close()
        target = self._target
        path = target if isinstance(target, str) else node_of(self.scheme, target)
        try:
            descriptor = self._open_path(path)
        except OSError as error:
            if error.errno in (errno.EBUSY, errno.EWOULDBLOCK):
                raise claimed(path) from error
            raise Unplugged(f"{path}: {error.strerror or error}") from error
        os.set_blocking(descriptor, False)
        with self._changed:
            self._held = _Held(descriptor)

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout with ``bytes_sent``."""
        deadline = self._monotonic() + timeout_s
        sent = 0
        with self._use() as held:
            while sent < len(data):
                try:
                    sent += os.write(held.descriptor, data[sent:])
                except BlockingIOError:
                    if not self._wait(held, deadline, select.POLLOUT, sent):
                        raise TransportTimeout(
                            f"{self._where} took no more bytes", bytes_sent=sent
                        ) from None
                except OSError as error:
                    raise self._lost(error, sent) from error

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged.

        What a device said before it went away is read first.
        """
        deadline = self._monotonic() + timeout_s
        with self._use() as held:
            while True:
                try:
                    data = self._take(held.descriptor, limit)
                except BlockingIOError:
                    if not self._wait(held, deadline, select.POLLIN, 0):
                        return b""
                    continue
                except OSError as error:
                    raise self._lost(error, 0, Locus.INPUT) from error
                if data:
                    return data
                if not self._silence(held, deadline):
                    return b""

    def close(self) -> None:
        """Close the file; may be called twice, and from another thread: it wakes a reader."""
        with self._changed:
            held, self._held = self._held, None
            if held is None:
                return
            held.closing = True
            os.eventfd_write(held.wake, 1)
            self._changed.wait_for(lambda: held.users == 0, LEAVE_S)
            if held.users == 0:
                self._release(held)

    # --- for the subclasses ---

    def _open_path(self, path: str) -> int:
        """Return a new descriptor that is ours alone. Raises OSError, or Claimed."""
        return open_claimed(path)

    def _take(self, descriptor: int, limit: int) -> bytes:
        """Read once; ``b""`` is nothing. Raises OSError."""
        return os.read(descriptor, limit)

    # --- within ---

    @contextlib.contextmanager
    def _use(self) -> Iterator[_Held]:
        with self._changed:
            held = self._held
            if held is None:
                raise Unplugged(f"{self._where} is not open")
            held.users += 1
        try:
            yield held
        finally:
            with self._changed:
                held.users -= 1
                if held.closing and held.users == 0:
                    self._release(held)
                self._changed.notify_all()

    def _release(self, held: _Held) -> None:
        if held.descriptor >= 0:
            # Let go of the claim here: a process that looks at our descriptors at this moment
            # (fuser, /proc) would keep the file, and the claim with it, beyond our close.
            with contextlib.suppress(OSError):
                fcntl.flock(held.descriptor, fcntl.LOCK_UN)
            os.close(held.descriptor)
            os.close(held.wake)
            held.descriptor = held.wake = -1

    def _wait(self, held: _Held, deadline: float, wanted: int, sent: int) -> bool:
        """Wait until the file is ready; False when time is up. Raises Unplugged."""
        remaining = deadline - self._monotonic()
        if remaining <= 0:
            return False
        poller = select.poll()
        poller.register(held.descriptor, wanted)
        poller.register(held.wake, select.POLLIN)
        events = dict(poller.poll(remaining * 1000))
        locus = Locus.OUTPUT if wanted == select.POLLOUT else Locus.INPUT
        if held.closing:
            raise Unplugged(f"{self._where} was closed", bytes_sent=sent, locus=locus)
        seen = events.get(held.descriptor, 0)
        # A device that hung up may have left something to read; its read says when it is over.
        if seen & _GONE and not (wanted == select.POLLIN and seen & select.POLLIN):
            raise Unplugged(f"{self._where} went away", bytes_sent=sent, locus=locus)
        return True

    def _silence(self, held: _Held, deadline: float) -> bool:
        """Nothing was read: go on when the device may do that; False when time is up."""
        if self.empty_is_end:
            raise Unplugged(f"{self._where} went away", locus=Locus.INPUT)
        remaining = deadline - self._monotonic()
        if remaining <= 0:
            return False
        poller = select.poll()
        poller.register(held.wake, select.POLLIN)
        poller.poll(min(remaining, EMPTY_PAUSE_S) * 1000)
        if held.closing:
            raise Unplugged(f"{self._where} was closed", locus=Locus.INPUT)
        poller.unregister(held.wake)
        poller.register(held.descriptor, 0)
        if poller.poll(0):
            raise Unplugged(f"{self._where} went away", locus=Locus.INPUT)
        return True

    def _lost(self, error: OSError, sent: int, locus: Locus = Locus.OUTPUT) -> TransportError:
        return Unplugged(f"{self._where}: {error.strerror or error}", bytes_sent=sent, locus=locus)
