"""The receipts' own small web server: one kind of address, hard limits, nothing to look through.

Answers GET and HEAD for ``/r/<sequence>-<token>`` and its PDF, each on a connection of its own.
Everything else, and every wrong token, gets the same page; who guesses is soon not answered at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from terminal.services.receipt_page import POLICY

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 32
"""At a time; a shop's customers come one by one."""
MAX_HEAD_BYTES = 4096
"""A browser's request for such an address has a few hundred."""
REQUEST_S = 5.0
"""For the whole head of a request: a slow one is dropped."""
ANSWER_S = 20.0
WRONG_TRIES = 10
"""Wrong addresses of one host within WRONG_S before it is no longer answered."""
WRONG_S = 600.0
MAX_HOSTS = 1000
"""Hosts remembered for their wrong tries; the oldest is forgotten first."""
_REQUEST = re.compile(rb"(GET|HEAD) (/[\x21-\x7e]{0,200}) HTTP/1\.[01]\r?\n")
_REASONS = {
    200: "OK", 400: "Bad Request", 404: "Not Found", 410: "Gone", 429: "Too Many Requests",
    503: "Service Unavailable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """An answer; ``wrong`` when the address was none of ours."""

    status: int
    body: bytes
    kind: str = "text/html; charset=utf-8"
    wrong: bool = False


ROBOTS = Page(200, b"User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8")
Find = Callable[[str], Awaitable[Page]]


class WrongTries:
    """Counts wrong addresses by host; bounded."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock()`` returns seconds that never go back."""
        self._clock = clock
        self._hosts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def count(self, host: str) -> None:
        """Count a wrong address of a host."""
        tries, since = self._standing(host)
        self._hosts[host] = (tries + 1, since)
        self._hosts.move_to_end(host)
        if len(self._hosts) > MAX_HOSTS:
            self._hosts.popitem(last=False)

    def is_shut_out(self, host: str) -> bool:
        """Tell whether a host has guessed too often."""
        return self._standing(host)[0] >= WRONG_TRIES

    def _standing(self, host: str) -> tuple[int, float]:
        now = self._clock()
        tries, since = self._hosts.get(host, (0, now))
        return (tries, since) if now - since < WRONG_S else (0, now)


class ReceiptWeb:
    """Serves pages that ``find(path)`` returns; see the limits of this module."""

    def __init__(self, listen: str, find: Find, refusal: Page, clock: Callable[[], float]) -> None:
        """``listen`` is ``host:port``; ``refusal`` is shown to whom nothing else is."""
        self._host, _, port = listen.rpartition(":")
        self._port = int(port)
        self._find = find
        self._refusal = refusal
        self._open = 0
        self.tries = WrongTries(clock)
        self.port = 0
        """Where it listens, once it does."""

    async def run(self) -> None:
        """Serve for ever. Raises OSError when the address cannot be had."""
        server = await asyncio.start_server(
            self._serve, self._host, self._port, limit=MAX_HEAD_BYTES
        )
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._open += 1
        try:
            with contextlib.suppress(TimeoutError, OSError):
                await self._answer(reader, writer)
        finally:
            self._open -= 1
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            async with asyncio.timeout(REQUEST_S):
                head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = b""
        asked = _REQUEST.match(head)
        if self.tries.is_shut_out(host):
            page = Page(429, self._refusal.body)
        elif asked is None:
            page = Page(400, self._refusal.body, wrong=True)
        else:
            page = await self._page(asked[2].decode("ascii"))
        if page.wrong:
            self.tries.count(host)
        headless = asked is not None and asked[1] == b"HEAD"
        async with asyncio.timeout(ANSWER_S):
            writer.write(_head(page) + (b"" if headless else page.body))
            await writer.drain()
            writer.write_eof()
            # Read to the other's end, within bounds: an unread request would tear the answer off.
            await reader.read(MAX_HEAD_BYTES)

    async def _page(self, path: str) -> Page:
        if path == "/robots.txt":
            return ROBOTS
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._find(path)
        except TimeoutError:
            return Page(503, self._refusal.body)


def _head(page: Page) -> bytes:
    lines = (
        f"HTTP/1.1 {page.status} {_REASONS[page.status]}",
        f"Content-Type: {page.kind}",
        f"Content-Length: {len(page.body)}",
        f"Content-Security-Policy: {POLICY}",
        "X-Content-Type-Options: nosniff",
        "X-Robots-Tag: noindex, nofollow",
        "Referrer-Policy: no-referrer",
        "Cache-Control: private, no-store",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")
