"""Serve a simulated device over TCP, so that another process can own it.

One connection at a time, unless the device takes more; the newest wins, as a terminal that comes
back after a cut must get in although its old connection still looks alive.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading

from drivers.errors import DriverError
from drivers.serve_tls import TlsServerEnd
from drivers.simulation import Simulator
from drivers.transports.base import Transport

READ_BYTES = 4096
WRITE_S = 5.0
"""A terminal that reads nothing for so long is cut off."""
WAIT_S = 3600.0
"""How long a pump sleeps when nothing is said; it is woken by a close at once."""


class SimulatorServer:
    """Serves one simulator on ``host:port``; port 0 takes a free one, see ``address``.

    ``connections`` is how many may stand at a time.  With ``tls`` every one of them is encrypted.
    """

    def __init__(
        self,
        simulator: Simulator,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        connections: int = 1,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._simulator = simulator
        self._connections = connections
        self._tls = tls
        self._listener = socket.create_server((host, port))
        self._lock = threading.Lock()
        self._bridges: list[_Bridge] = []
        self._closed = False
        self._accepting = threading.Thread(
            target=self._accept, name=f"serve-{simulator.name}", daemon=True
        )
        self._accepting.start()

    @property
    def address(self) -> str:
        """The address a terminal connects to, such as ``tcp:127.0.0.1:40123``."""
        host, port = self._listener.getsockname()[:2]
        return f"tcp:{host}:{port}"

    def close(self) -> None:
        """Stop serving and wait until all threads have ended."""
        with self._lock:
            self._closed = True
        with contextlib.suppress(OSError):  # Linux wakes accept by this and says ENOTCONN
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        with self._lock:
            bridges, self._bridges = self._bridges, []
        for bridge in bridges:
            bridge.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                leaving = self._make_room()
            for bridge in leaving:
                bridge.close()
            wire = self._simulator.connect()
            try:
                wire.open(0.0)
            except DriverError:
                connection.close()  # unplugged or off
                continue
            end = connection if self._tls is None else TlsServerEnd(connection, self._tls)
            with self._lock:
                self._bridges.append(_Bridge(end, wire, self._simulator.name))

    def _make_room(self) -> list[_Bridge]:
        """Take out the bridges that have ended, and the oldest when there are too many."""
        ended = [bridge for bridge in self._bridges if bridge.ended()]
        standing = [bridge for bridge in self._bridges if bridge not in ended]
        surplus = max(0, len(standing) + 1 - self._connections)
        self._bridges = standing[surplus:]
        return ended + standing[:surplus]


class _Bridge:
    """Pumps bytes both ways between a socket and a simulator's wire until either ends."""

    def __init__(
        self, connection: socket.socket | TlsServerEnd, wire: Transport, name: str
    ) -> None:
        self._connection = connection
        self._wire = wire
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._threads = [
            threading.Thread(target=pump, name=f"serve-{name}-{way}", daemon=True)
            for way, pump in (("in", self._pump_in), ("out", self._pump_out))
        ]
        for thread in self._threads:
            thread.start()

    def ended(self) -> bool:
        """Tell whether both ways have ended by themselves."""
        return not any(thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        """End both ways and wait for them."""
        self._end()
        for thread in self._threads:
            thread.join()
        self._connection.close()

    def _end(self) -> None:
        self._wire.close()
        with contextlib.suppress(OSError):  # the peer may have gone first
            self._connection.shutdown(socket.SHUT_RDWR)

    def _pump_in(self) -> None:
        with contextlib.suppress(DriverError, OSError):
            while data := self._connection.recv(READ_BYTES):
                self._wire.write(data, WRITE_S)
        self._end()

    def _pump_out(self) -> None:
        with contextlib.suppress(DriverError, OSError):
            while True:
                data = self._wire.read(READ_BYTES, WAIT_S)
                while data:
                    if not select.select([], [self._connection], [], WRITE_S)[1]:
                        return self._end()
                    data = data[self._connection.send(data) :]
        return self._end()
