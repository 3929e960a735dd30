"""A byte channel over TCP."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable

from drivers.errors import TransportTimeout, Unplugged


class TcpTransport:
    """A TCP connection to a device. A write that returns proves only that the kernel took it."""

    def __init__(
        self, host: str, port: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = (host, port)
        self._monotonic = monotonic
        self._socket: socket.socket | None = None

    def open(self, timeout_s: float) -> None:
        """Connect. Raises Unplugged when refused and TransportTimeout when nobody answers."""
        self.close()
        try:
            connection = socket.create_connection(self._address, timeout=timeout_s)
        except TimeoutError as error:
            raise TransportTimeout(f"{self._where()} did not answer") from error
        except OSError as error:
            raise Unplugged(f"{self._where()}: {error.strerror or error}") from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        self._socket = connection

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout with ``bytes_sent``."""
        deadline = self._monotonic() + timeout_s
        sent = 0
        while sent < len(data):
            connection = self._connected(sent)
            try:
                sent += connection.send(data[sent:])
            except BlockingIOError:
                if not self._wait(deadline, write=True, sent=sent):
                    raise TransportTimeout(
                        f"{self._where()} took no more bytes", bytes_sent=sent
                    ) from None
            except OSError as error:
                self._lost(error, sent)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged."""
        deadline = self._monotonic() + timeout_s
        while True:
            connection = self._connected(0)
            try:
                data = connection.recv(limit)
            except BlockingIOError:
                if not self._wait(deadline, write=False, sent=0):
                    return b""
                continue
            except OSError as error:
                self._lost(error, 0)
                continue
            if not data:
                self.close()
                raise Unplugged(f"{self._where()} closed the connection")
            return data

    def close(self) -> None:
        """Disconnect; wakes a reader in another thread."""
        connection, self._socket = self._socket, None
        if connection is not None:
            with contextlib.suppress(OSError):  # the peer may have gone first
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _connected(self, sent: int) -> socket.socket:
        if self._socket is None:
            raise Unplugged(f"{self._where()} is not connected", bytes_sent=sent)
        return self._socket

    def _lost(self, error: OSError, sent: int) -> None:
        self.close()
        raise Unplugged(f"{self._where()}: {error.strerror or error}", bytes_sent=sent) from error

    def _wait(self, deadline: float, *, write: bool, sent: int) -> bool:
        """Wait until the socket is ready; False when time is up."""
        remaining = deadline - self._monotonic()
        if remaining <= 0:
            return False
        connection = self._connected(sent)
        poller = select.poll()
        try:
            poller.register(connection, select.POLLOUT if write else select.POLLIN)
        except (OSError, ValueError) as error:
            raise Unplugged(f"{self._where()} was closed", bytes_sent=sent) from error
        poller.poll(remaining * 1000)
        return True

    def _where(self) -> str:
        return f"{self._address[0]}:{self._address[1]}"
