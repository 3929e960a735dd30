"""The receiving end as a small HTTPS server: one address, one verb, hard limits."""

from __future__ import annotations

import hmac
import logging
import ssl
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from terminal.sync.https import PATH
from terminal.sync.receiver import Fork, Receiver, TooMany
from terminal.sync.wire import MAX_BODY_BYTES, NotUnderstood, batch_of, cursor_bytes

log = logging.getLogger(__name__)

REQUEST_S = 30.0
MAX_AT_ONCE = 64
"""Requests carried out at a time; the next is told to come back."""


class Reception(ThreadingHTTPServer):
    """Serves one receiver; ``token`` lets a till in."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], receiver: Receiver, token: str, tls: ssl.SSLContext
    ) -> None:
        self.receiver = receiver
        self.token = token
        self.places = threading.BoundedSemaphore(MAX_AT_ONCE)
        self._tls = tls
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection; its handshake is made on its own thread."""
        connection, address = super().get_request()
        connection.settimeout(REQUEST_S)
        wrapped = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - inherited
        """Log it: a till that went away is no news, anything else has its trace."""
        log.debug("%s: the connection ended early", client_address[0], exc_info=True)  # noqa: LOG014


class _Handler(BaseHTTPRequestHandler):
    server: Reception
    protocol_version = "HTTP/1.1"
    timeout = REQUEST_S
    server_version = "reprise"
    sys_version = ""

    def do_POST(self) -> None:
        """Take a batch."""
        if not self._is_let_in():
            self._say(HTTPStatus.UNAUTHORIZED)
            return
        if self.path != PATH:
            self._say(HTTPStatus.NOT_FOUND)
            return
        if not self.server.places.acquire(blocking=False):
            self._say(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self._take()
        finally:
            self.server.places.release()

    def _take(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            cursor = self.server.receiver.take(batch_of(self.rfile.read(int(length))))
        except NotUnderstood as error:
            log.warning("%s sent what is no batch: %s", self.client_address[0], error)
            self._say(HTTPStatus.BAD_REQUEST)
        except (Fork, TooMany) as error:
            log.warning("%s: %s", self.client_address[0], error)
            self._say(HTTPStatus.CONFLICT)
        except OSError as error:
            log.error("a batch could not be written: %s", error)  # noqa: TRY400 - said, no trace
            self._say(HTTPStatus.INSUFFICIENT_STORAGE)
        else:
            self._say(HTTPStatus.OK, cursor_bytes(cursor))

    def _is_let_in(self) -> bool:
        said = self.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(said, f"Bearer {self.server.token}".encode())

    def _say(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status is not HTTPStatus.OK:  # what is left of the request is not read
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - inherited
        """Requests are counted by nobody here."""
