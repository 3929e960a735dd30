"""A byte channel over TLS, to a peer whose certificate is verified. There is no way not to."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable

from drivers.errors import TransportTimeout, Unplugged


class TlsTransport:
    """A TLS connection to a device.

    ``ca_file`` holds the certificates that are trusted (PEM), the system's when empty; ``name`` is
    what the peer's certificate must be made out to, the host when empty.  Raises OSError when the
    file cannot be read or holds no certificate.
    """

    def __init__(
        self,
        host: str,
        port: int,
        ca_file: str = "",
        name: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = (host, port)
        self._name = name or host
        self._context = ssl.create_default_context(cafile=ca_file or None)
        self._monotonic = monotonic
        self._socket: ssl.SSLSocket | None = None

    def open(self, timeout_s: float) -> None:
        """Connect and verify. Raises Unplugged, also for a wrong certificate, TransportTimeout."""
        self.close()
        deadline = self._monotonic() + timeout_s
        try:
            plain = socket.create_connection(self._address, timeout=max(timeout_s, 0.001))
        except TimeoutError as error:
            raise TransportTimeout(f"{self._where()} did not answer") from error
        except OSError as error:
            raise Unplugged(f"{self._where()}: {error.strerror or error}") from error
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(max(deadline - self._monotonic(), 0.001))
            self._socket = self._context.wrap_socket(plain, server_hostname=self._name)
        except TimeoutError as error:
            plain.close()
            raise TransportTimeout(f"{self._where()} did not finish the handshake") from error
        except OSError as error:
            plain.close()
            raise Unplugged(f"{self._where()}: {error.strerror or error}") from error

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout with ``bytes_sent``.

        A record that was begun may have arrived: what failed half-way counts as one byte at least.
        """
        connection = self._connected()
        connection.settimeout(max(timeout_s, 0.001))
        try:
            connection.sendall(data)
        except TimeoutError as error:
            raise TransportTimeout(f"{self._where()} took no more", bytes_sent=1) from error
        except OSError as error:
            self.close()
            raise Unplugged(f"{self._where()}: {error}", bytes_sent=1) from error

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged."""
        connection = self._connected()
        connection.settimeout(max(timeout_s, 0.001))
        try:
            data = connection.recv(limit)
        except TimeoutError:
            return b""
        except OSError as error:
            self.close()
            raise Unplugged(f"{self._where()}: {error}") from error
        if not data:
            self.close()
            raise Unplugged(f"{self._where()} closed the connection")
        return data

    def close(self) -> None:
        """Disconnect; wakes a reader in another thread."""
        connection, self._socket = self._socket, None
        if connection is not None:
            with contextlib.suppress(OSError):  # the peer may have gone first
                # The plain socket's: a reader in another thread is still inside TLS.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            connection.close()

    def _connected(self) -> ssl.SSLSocket:
        if self._socket is None:
            raise Unplugged(f"{self._where()} is not connected")
        return self._socket

    def _where(self) -> str:
        return f"{self._address[0]}:{self._address[1]}"
