"""The server's end of an encrypted connection, read by one thread and written by another.

Python's SSLSocket is not to be used by two threads at once; here OpenSSL works in memory under a
lock, and only the plain socket is waited on.
"""

from __future__ import annotations

import socket
import ssl
import threading

READ_BYTES = 16384


class TlsServerEnd:
    """The part of a socket that a bridge uses, over TLS. The handshake happens while reading."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        self._connection = connection
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._lock = threading.Lock()

    def recv(self, limit: int) -> bytes:
        """Return what was decrypted next, b"" at the end. Raises OSError."""
        while True:
            with self._lock:
                try:
                    return self._tls.read(limit)
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLZeroReturnError:
                    return b""
                finally:
                    self._flush()
            data = self._connection.recv(READ_BYTES)
            if not data:
                return b""
            with self._lock:
                self._incoming.write(data)

    def send(self, data: bytes) -> int:
        """Encrypt and send all of ``data``. Raises OSError."""
        with self._lock:
            sent = self._tls.write(data)
            self._flush()
            return sent

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._connection.sendall(self._outgoing.read())

    def fileno(self) -> int:
        return self._connection.fileno()

    def setsockopt(self, level: int, name: int, value: int) -> None:
        self._connection.setsockopt(level, name, value)

    def shutdown(self, how: int) -> None:
        self._connection.shutdown(how)

    def close(self) -> None:
        self._connection.close()
