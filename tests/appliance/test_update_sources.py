"""Bundles from a server: an index of which nothing is believed, and downloads that go on."""

from __future__ import annotations

import hashlib
import json
import resource
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from terminal.appliance import update_sources
from terminal.appliance.update_record import UpdateRefused


@contextmanager
def serving(files: dict[str, bytes], *, cut: int = 0):
    """A server of files that knows ranges, and can break off the first answer after some bytes."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            asked.append(f"{self.path} {wanted}".strip())
            body = files.get(self.path)
            if body is None:
                self.send_error(404)
                return
            begin = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
            self.send_response(206 if begin else 200)
            self.send_header("Content-Length", str(len(body) - begin))
            self.end_headers()
            broken = cut and len(asked) == 1
            self.wfile.write(body[begin:cut] if broken else body[begin:])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def offer(url: str, body: bytes, **changes) -> update_sources.Offer:
    sha256 = hashlib.sha256(body).hexdigest()
    one = update_sources.Offer("0.3.0", "reprise-arm64", len(body), sha256, f"{url}/a")
    return replace(one, **changes)


def test_a_download_goes_on_where_it_broke_off(tmp_path):
    body = bytes(100_000)
    with serving({"/a": body}, cut=40_000) as (url, asked):
        with pytest.raises(UpdateRefused) as refused:
            update_sources.fetch(offer(url, body), tmp_path, reserve=0)
        assert refused.value.code in ("download_failed", "server_unreachable")
        assert update_sources.fetch(offer(url, body), tmp_path, reserve=0).read_bytes() == body
        update_sources.fetch(offer(url, body), tmp_path, reserve=0)
    assert asked == ["/a", "/a bytes=40000-"]


def test_another_file_than_promised_is_thrown_away(tmp_path):
    body = bytes(5_000)
    with (
        serving({"/a": body}) as (url, _),
        pytest.raises(UpdateRefused) as refused,
    ):
        update_sources.fetch(offer(url, body, sha256="0" * 64), tmp_path, reserve=0)
    assert refused.value.code == "wrong_checksum"
    assert list(tmp_path.iterdir()) == []


def test_a_download_never_fills_the_partition(tmp_path):
    with pytest.raises(UpdateRefused) as refused:
        update_sources.fetch(offer("http://127.0.0.1:9", b"x"), tmp_path, reserve=1 << 60)
    assert refused.value.code == "no_room"


def test_a_disk_that_takes_no_more_is_not_the_servers_fault(tmp_path):
    body = bytes(100_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with serving({"/a": body}) as (url, _):
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            with pytest.raises(UpdateRefused, match="cannot be written: File too large") as refused:
                update_sources.fetch(offer(url, body), tmp_path, reserve=0)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused.value.code == "download_failed"


def test_an_entry_that_cannot_be_read_bars_no_other():
    entry = {"channel": "stable", "compatible": "reprise-arm64", "size": 9, "sha256": "0" * 64}
    wrong = [{**entry, "version": "next", "url": "x"}, 3, {"channel": "stable"}]
    index = {"bundles": [*wrong * 60, {**entry, "version": "0.3.0", "url": "3"}]}
    with serving({"/": json.dumps(index).encode()}) as (url, _):
        (found,) = update_sources.offered(f"{url}/", "stable")
    assert found.version == "0.3.0"


def test_the_newest_of_the_channel_and_the_product_is_taken():
    entry = {"channel": "stable", "compatible": "reprise-arm64", "size": 9, "sha256": "0" * 64}
    index = {
        "bundles": [
            {**entry, "version": "0.3.0", "url": "3"},
            {**entry, "version": "0.10.0", "url": "10"},
            {**entry, "version": "0.11.0", "url": "11", "channel": "beta"},
            {**entry, "version": "0.12.0", "url": "12", "compatible": "reprise-amd64"},
        ]
    }
    with serving({"/updates/": json.dumps(index).encode()}) as (url, _):
        found = update_sources.newest(
            update_sources.offered(f"{url}/updates/", "stable"), "reprise-arm64"
        )
    assert (found.version, found.url) == ("0.10.0", f"{url}/updates/10")


@pytest.mark.parametrize(
    "index",
    [b"", b"[]", b'{"bundles": 3}', b"x" * 70_000, b'{"bundles": [{"channel": "stable"}]}'],
)
def test_an_index_that_cannot_be_read_is_no_server(index):
    with serving({"/": index}) as (url, _), pytest.raises(UpdateRefused) as refused:
        update_sources.offered(f"{url}/", "stable")
    assert refused.value.code == "server_unreachable"


@pytest.mark.parametrize("url", ["http://example.org/", "ftp://127.0.0.1/", "/etc/passwd"])
def test_only_https_is_asked(url):
    with pytest.raises(UpdateRefused, match="no https"):
        update_sources.offered(url, "stable")


@pytest.mark.parametrize(
    "url", ["https://updates:99999/", "https://[::1/", f"https://{'a' * 70}.example/"]
)
def test_an_address_that_is_none_is_refused_in_words(url):
    """It may come from an index: nothing of it is believed."""
    with pytest.raises(UpdateRefused) as refused:
        update_sources.offered(url, "stable")
    assert refused.value.code == "server_unreachable"


def test_a_path_that_http_has_no_letters_for_is_refused_in_words(tmp_path):
    wrong = replace(offer("http://127.0.0.1:9", b"x"), url="http://127.0.0.1:9/é")
    with pytest.raises(UpdateRefused) as refused:
        update_sources.fetch(wrong, tmp_path, reserve=0)
    assert refused.value.code == "server_unreachable"
