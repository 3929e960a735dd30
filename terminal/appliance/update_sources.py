"""Where bundles come from: a stick somebody plugged in, or a server that lists them.

The index is JSON, ``{"bundles": [{"version", "channel", "compatible", "size", "sha256", "url"}]}``.
Nothing of it is trusted beyond which file to fetch: what goes in is what the signature says.  A
download goes on where it stopped, into the data partition, and never fills it.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import json
import logging
import shutil
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from terminal.appliance.bundle import MAX_BUNDLE_BYTES
from terminal.appliance.release import order
from terminal.appliance.update_record import UpdateRefused
from terminal.update_settings import LOOPBACK

log = logging.getLogger(__name__)

MEDIA = (Path("/media"), Path("/run/media"))
"""Where sticks are mounted."""
FOLDER = "reprise"
PATTERN = "*.raucb"
MAX_LOOKED_AT = 64
"""Files and folders of sticks looked at: a stick full of bundles is somebody's archive."""
MAX_INDEX_BYTES = 65_536
"""Some four hundred versions."""
TIMEOUT_S = 30.0
CHUNK = 1 << 20
RESERVE_BYTES = 512 * 1024 * 1024
"""Left free on the data partition: years of sales, and the copy of a rehearsal."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One bundle of a server's index."""

    version: str
    compatible: str
    size: int
    sha256: str
    url: str


def on_sticks(media: Iterable[Path] = MEDIA) -> tuple[Path, ...]:
    """Return the bundles in the root, or the folder ``reprise``, of what is plugged in."""
    found: list[Path] = []
    for folder in _mounted(media):
        for place in (folder, folder / FOLDER):
            try:
                found.extend(sorted(place.glob(PATTERN)))
            except OSError:
                continue  # pulled in this moment, or not readable: there is nothing then
    return tuple(found[:MAX_LOOKED_AT])


def _mounted(media: Iterable[Path]) -> list[Path]:
    """Return the mounted folders, whether a user's folder is between or not (``/run/media``)."""
    folders: list[Path] = []
    for place in media:
        try:
            children = [child for child in place.iterdir() if child.is_dir()]
            for child in children:
                folders += [child, *(inner for inner in child.iterdir() if inner.is_dir())]
        except OSError:
            continue
    return folders[:MAX_LOOKED_AT]


def newest(offers: Iterable[Offer], compatible: str) -> Offer | None:
    """Return the newest version that is for this product."""
    mine = [one for one in offers if not compatible or one.compatible == compatible]
    return max(mine, key=lambda one: order(one.version) or (), default=None)


def offered(url: str, channel: str) -> tuple[Offer, ...]:
    """Fetch an index and return the offers of a channel that can be understood.

    Raises:
        UpdateRefused: the server does not answer, or nothing of what it answers can be read.
    """
    with _answer(url, {}) as answer:
        if answer.status != HTTPStatus.OK:
            raise UpdateRefused("server_unreachable", f"it answers {answer.status}")
        raw = answer.read(MAX_INDEX_BYTES + 1)
    if len(raw) > MAX_INDEX_BYTES:
        raise UpdateRefused("server_unreachable", f"its index is longer than {MAX_INDEX_BYTES}")
    try:
        said: Any = json.loads(raw)
        return _understood(said["bundles"], channel, url)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UpdateRefused("server_unreachable", f"its index cannot be read: {error}") from error


def _understood(entries: Iterable[Any], channel: str, index: str) -> tuple[Offer, ...]:
    """Return the offers that can be read; one that cannot bars no other."""
    offers: list[Offer] = []
    wrong: Exception | None = None
    for one in entries:
        try:
            if one["channel"] == channel:
                offers.append(_offer(one, index))
        except (ValueError, TypeError, KeyError) as error:
            log.warning("an entry of the index cannot be read: %r", error)
            wrong = error
    if wrong is not None and not offers:
        raise wrong
    return tuple(offers)


def _offer(entry: Any, index: str) -> Offer:
    size, sha256 = entry["size"], str(entry["sha256"])
    if type(size) is not int or not 0 < size <= MAX_BUNDLE_BYTES:
        raise ValueError(f"a bundle of {size} bytes")
    if len(sha256) != hashlib.sha256().digest_size * 2:
        raise ValueError("a checksum of another length")
    version = str(entry["version"])
    if order(version) is None:
        raise ValueError(f"{version!r} is no version")
    return Offer(version, str(entry["compatible"]), size, sha256, urljoin(index, entry["url"]))


def fetch(offer: Offer, folder: Path, *, reserve: int = RESERVE_BYTES) -> Path:
    """Download a bundle, going on where an earlier try stopped; return the whole file.

    Raises:
        UpdateRefused: no room, no connection, or not what the index promised.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part, whole = folder / f"{offer.sha256}.part", folder / f"{offer.sha256}.raucb"
    for other in folder.iterdir():
        if other not in (part, whole):
            other.unlink()  # of a version that was offered before
    if whole.exists() and _sha256(whole) == offer.sha256:
        return whole
    have = part.stat().st_size if part.exists() else 0
    if shutil.disk_usage(folder).free < offer.size - have + reserve:
        raise UpdateRefused("no_room", f"{offer.size} bytes and {reserve} to spare")
    if have < offer.size:
        _go_on(offer, part, have)
    if _sha256(part) != offer.sha256:
        part.unlink()
        raise UpdateRefused("wrong_checksum", f"{offer.version} is not what the index promised")
    part.replace(whole)
    return whole


def _go_on(offer: Offer, part: Path, have: int) -> None:
    with _answer(offer.url, {"Range": f"bytes={have}-"} if have else {}) as answer:
        if answer.status == HTTPStatus.PARTIAL_CONTENT and have:
            mode = "ab"
        elif answer.status == HTTPStatus.OK:
            mode, have = "wb", 0
        else:
            raise UpdateRefused("download_failed", f"it answers {answer.status}")
        with part.open(mode) as file:
            while have < offer.size and (piece := answer.read(min(CHUNK, offer.size - have))):
                _write(file, piece)
                have += len(piece)
    if have < offer.size:
        raise UpdateRefused("download_failed", f"{have} of {offer.size} bytes came")


def _write(file: IO[bytes], piece: bytes) -> None:
    try:
        file.write(piece)
        file.flush()
    except OSError as error:  # the machine's own, not the server's
        code = "no_room" if error.errno == errno.ENOSPC else "download_failed"
        raise UpdateRefused(code, f"it cannot be written: {error.strerror}") from error


def discard(folder: Path) -> None:
    """Remove what was downloaded and is not wanted any more: hundreds of megabytes."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _answer(url: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    """Ask a server; no redirection is followed. Raises UpdateRefused."""
    try:
        parts = urlsplit(url)
        host, port, tls = parts.hostname or "", parts.port, parts.scheme == "https"
    except ValueError as error:
        raise UpdateRefused("server_unreachable", f"{url[:80]} is no address: {error}") from error
    if not tls and (parts.scheme != "http" or host not in LOOPBACK):
        raise UpdateRefused("server_unreachable", f"{url[:80]} is no https address")
    connection: http.client.HTTPConnection
    if tls:
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", path or "/", headers=headers)
        yield connection.getresponse()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        # A name or a path may hold what neither DNS nor HTTP has letters for.
        raise UpdateRefused("server_unreachable", f"{host[:80]}: {error}") from error
    finally:
        connection.close()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
