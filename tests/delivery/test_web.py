"""The receipts' page: what it shows to whom has the link, and what to everybody else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tracemalloc
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.services import receipt_web
from terminal.services.links import PATH, Links
from terminal.services.receipt_web import Page, ReceiptWeb, WrongTries
from tests.conftest import Shop

TONG = "2000000000084"
WEB = (
    "fiscal.regime=france",
    "delivery.choices=link,print,none",
    "delivery.web_listen=127.0.0.1:0",
    "delivery.web_address=http://127.0.0.1",
)


async def fetched(port: int, request: bytes, *, close: bool = False) -> bytes:
    """Send raw bytes and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        if close:
            writer.write_eof()
        async with asyncio.timeout(60):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def get(port: int, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    said = await fetched(port, f"{method} {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


async def served(till) -> tuple[int, str]:
    """Sell something; returns the page's port and the path of its receipt."""
    await till.ok("sign_on", operator="1", pin="1111")
    await till.ok("scan", code=TONG)
    await till.ok("pay", tender="cash", amount_minor=500)
    await till.ok("receipt_choice", choice="link")
    web = till.running.terminal.delivery.web
    await till.until(lambda: web.port)
    return web.port, till.running.surroundings.delivery.link.removeprefix("http://127.0.0.1")


async def test_who_has_the_link_reads_the_receipt(tmp_path):
    """RCP-01, RCP-02, NUM-03."""
    async with Shop(tmp_path / "shop").create(*WEB).open() as till:
        port, path = await served(till)
        status, headers, body = await get(port, path)
        assert status == 200
        page = body.decode()
        assert "Tong Temax Vert" in page
        assert "<svg" in page
        assert 'name="robots" content="noindex' in page
        assert "<script" not in page
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        status, headers, body = await get(port, f"{path}.pdf")
        assert (status, headers["Content-Type"]) == (200, "application/pdf")
        assert body.startswith(b"%PDF-")
        status, headers, body = await get(port, path, "HEAD")
        assert (status, body) == (200, b"")
        assert int(headers["Content-Length"]) == len(page.encode())
        assert (await get(port, "/robots.txt"))[2] == b"User-agent: *\nDisallow: /\n"


async def test_a_number_alone_opens_nothing_and_who_guesses_is_shut_out(tmp_path):
    """RCP-02: at least 128 bits stand between a stranger and a receipt."""
    async with Shop(tmp_path / "shop").create(*WEB).open() as till:
        port, path = await served(till)
        number, found = till.state.sale.receipt_number, PATH.fullmatch(path)
        assert found is not None
        assert len(found[2]) * 6 >= 128
        other = "A" if found[2][-1] != "A" else "B"
        wrong = (
            f"/r/{number}", "/r/1", "/", f"/r/2-{found[2]}", f"{path[:-1]}{other}",
            f"{path}.html", f"{path}/..", "/r/", f"/r/0-{found[2]}",
        )  # fmt: skip
        bodies = {(await get(port, one))[0::2] for one in wrong}
        assert {status for status, _ in bodies} == {404}
        assert len(bodies) == 1, "a wrong address says nothing about what was wrong"
        await get(port, "/once-too-often")
        assert (await get(port, path))[0] == 429


async def test_a_link_ends(tmp_path, monkeypatch):
    async with Shop(tmp_path / "shop").create(*WEB, "delivery.web_days=1").open() as till:
        port, path = await served(till)
        monkeypatch.setattr(Links, "is_over", lambda *_: True)
        status, _, body = await get(port, path)
        assert status == 410
        assert b"Tong" not in body


@pytest.mark.parametrize(("age_days", "over"), [(0, False), (29, False), (31, True)])
def test_days_are_counted_from_the_sale(age_days, over):
    links = Links(b"k" * 32, "http://shop", 30)
    assert links.is_over(1_000, 1_000 + age_days * 86_400_000) is over


# --- rubbish --------------------------------------------------------------------------------------


class _Standing:
    """A page on a port, without a terminal; ``asked`` is what got through to it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = 0.0
        refusal = Page(404, b"none", wrong=True)
        self.web = ReceiptWeb("127.0.0.1:0", self.find, refusal, lambda: self.now)

    async def find(self, path: str) -> Page:
        self.asked.append(path)
        return Page(200, b"here") if path == "/r/here" else Page(404, b"none", wrong=True)

    async def __aenter__(self) -> Self:
        self.task = asyncio.ensure_future(self.web.run())
        async with asyncio.timeout(60):
            while not self.web.port:  # noqa: ASYNC110 - it listens in a turn or two
                await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


PIECES = st.sampled_from(
    (b"GET ", b"HEAD ", b"POST ", b"/r/here", b"/", b" HTTP/1.1", b" HTTP/9", b"\r\n", b"\n",
     b"\r\n\r\n", b"\0", b"\xff\xfe", b"Content-Length: -1", b"%2e%2e/", b"A" * 5000, b": ")
)  # fmt: skip
RUBBISH = st.lists(st.one_of(PIECES, st.binary(max_size=60)), max_size=12).map(b"".join)


@given(st.lists(RUBBISH, min_size=1, max_size=4))
def test_rubbish_is_answered_or_dropped_and_harms_nobody(requests):
    async def play() -> None:
        loop = asyncio.get_running_loop()
        faults: list[dict] = []
        loop.set_exception_handler(lambda _, context: faults.append(context))
        async with _Standing() as page:
            for request in requests:
                said = await fetched(page.web.port, request, close=True)
                assert said == b"" or said.startswith(b"HTTP/1.1 ")
            page.now += receipt_web.WRONG_S
            status, _, body = await get(page.web.port, "/r/here")
            assert (status, body) == (200, b"here")
        assert faults == []

    asyncio.run(play())


async def test_a_flood_takes_a_bounded_place():
    async with _Standing() as page:
        tracemalloc.start()
        for _ in range(3):
            rubbish = (fetched(page.web.port, os.urandom(20_000), close=True) for _ in range(40))
            await asyncio.gather(*rubbish, return_exceptions=True)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        page.now += receipt_web.WRONG_S
        assert (await get(page.web.port, "/r/here"))[0] == 200
    assert most < 16_000_000


async def test_who_says_nothing_is_dropped_and_there_is_room_for_others(monkeypatch):
    monkeypatch.setattr(receipt_web, "REQUEST_S", 0.2)
    async with _Standing() as page:
        idle = [
            await asyncio.open_connection("127.0.0.1", page.web.port)
            for _ in range(receipt_web.MAX_CONNECTIONS + 5)
        ]
        async with asyncio.timeout(60):
            # Those within the limit are dropped when their time is up, the others at once.
            for reader, _ in idle:
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
        monkeypatch.setattr(receipt_web, "REQUEST_S", 60)
        assert (await get(page.web.port, "/r/here"))[0] == 200
        for _, writer in idle:
            writer.close()


def test_wrong_tries_are_counted_by_host_and_forgotten_in_time():
    now = 0.0
    tries = WrongTries(lambda: now)
    for _ in range(receipt_web.WRONG_TRIES):
        assert not tries.is_shut_out("a")
        tries.count("a")
    assert tries.is_shut_out("a")
    assert not tries.is_shut_out("b")
    now = receipt_web.WRONG_S
    assert not tries.is_shut_out("a")
    for n in range(receipt_web.MAX_HOSTS + 50):
        tries.count(str(n))
    assert len(tries._hosts) == receipt_web.MAX_HOSTS


def test_a_receipts_link_is_not_another_terminals():
    number = "820300100000000014"
    token = Links(b"k" * 32, "", 1).token(number)
    assert re.fullmatch("[A-Za-z0-9_-]{32}", token)
    assert Links(b"k" * 32, "", 1).opens(number, token)
    assert not Links(b"l" * 32, "", 1).opens(number, token)
    assert not Links(b"k" * 32, "", 1).opens("820300100000000021", token)
