"""The link to the head office: HTTPS with a token, a deadline, and a bounded answer."""

from __future__ import annotations

import http.client
import ssl
import urllib.parse
from http import HTTPStatus
from pathlib import Path

from terminal.sync.uplink import LinkError, Problem
from terminal.sync.wire import MAX_ANSWER_BYTES

TIMEOUT_S = 20.0
"""For connecting and for each read: nobody waits for it."""
PATH = "/v1/journal"
_BUSY = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
    HTTPStatus.INSUFFICIENT_STORAGE,
}


class HttpsLink:
    """A connection that is kept as long as it holds; each request after a fault has a new one."""

    def __init__(self, url: str, token: str, ca_file: Path | None = None) -> None:
        """Raises OSError when the authority's file cannot be read."""
        parts = urllib.parse.urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or 443
        self._path = parts.path.rstrip("/") + PATH
        self._token = token
        self._tls = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        self._connection: http.client.HTTPSConnection | None = None

    def post(self, body: bytes) -> bytes:
        """Send a body and return the answer's. Raises LinkError."""
        try:
            status, answer = self._exchange(body)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise LinkError(Problem.REFUSED, f"its certificate: {error.verify_message}") from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise LinkError(Problem.AWAY, str(error) or type(error).__name__) from error
        if status == HTTPStatus.OK:
            return answer
        raise LinkError(_problem(status), f"it answers {status}")

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, body: bytes) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=TIMEOUT_S, context=self._tls
            )
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        answer = response.read(MAX_ANSWER_BYTES + 1)
        if len(answer) > MAX_ANSWER_BYTES:
            raise http.client.HTTPException("the answer is too long")
        if response.will_close:
            self.close()
        return response.status, answer


def _problem(status: int) -> Problem:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Problem.REFUSED
    if status == HTTPStatus.CONFLICT:
        return Problem.FORK
    return Problem.BUSY if status in _BUSY else Problem.NOT_UNDERSTOOD
