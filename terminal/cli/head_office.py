"""``reprise sync`` carries the journal up; ``reprise head-office`` is where it may go."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import signal
import ssl
import stat
import threading
from pathlib import Path

from terminal import config as configuration
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.folder import DataFolder
from terminal.settings import ConfigError
from terminal.store.store import DATABASE_NAME
from terminal.sync.https import HttpsLink
from terminal.sync.receiver import Receiver
from terminal.sync.reception import Reception
from terminal.sync.uplink import STATE_NAME, Uplink, UplinkState, wait_s, write_state

log = logging.getLogger(__name__)

TOKEN_NAME = "head-office-token"  # noqa: S105 - the name of a file
MIN_TOKEN = 16
"""Letters of a token: a short one is a password somebody chose."""
MAX_TOKEN_BYTES = 4096


def sync(options: argparse.Namespace) -> int:
    """``reprise sync``: carry the journal up until told to stop; ``--once`` to its end."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    if not config.head_office.url:
        print("No head office is set (head_office.url): nothing goes up.")
        return 0
    link = _link(folder, config)
    clock = SystemClock()
    uplink = Uplink(
        folder.path / DATABASE_NAME,
        config.shop.site,
        config.terminal.till_number,
        link,
        clock.now_ms,
    )
    try:
        if options.once:
            return _once(uplink, folder)
        return asyncio.run(_keep_on(uplink, folder, config.head_office.interval_s))
    finally:
        link.close()


def receive(options: argparse.Namespace) -> int:
    """``reprise head-office``: keep the journals of tills until SIGTERM or SIGINT."""
    host, _, port = options.listen.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigError("write it as HOST:PORT", key="--listen")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(options.certificate, options.key)
    options.store.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = _token(options.token)
    with Reception((host, int(port)), Receiver(options.store), token, tls) as server:
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(
                signum, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
            )
        shown = ":".join(str(part) for part in server.server_address[:2])
        print(f"listening on {shown}", flush=True)
        server.serve_forever()
    return 0


def _link(folder: DataFolder, config: Config) -> HttpsLink:
    settings = config.head_office
    token = _token(Path(settings.token_file) if settings.token_file else folder.keys / TOKEN_NAME)
    ca_file = Path(settings.ca_file) if settings.ca_file else None
    try:
        return HttpsLink(settings.url, token, ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"cannot be used: {error}", key="head_office.ca_file") from error


def _token(path: Path) -> str:
    with path.open("rb") as file:
        text = file.read(MAX_TOKEN_BYTES).decode("ascii", "replace").strip()
    if len(text) < MIN_TOKEN or not text.isprintable() or " " in text:
        raise ConfigError(
            f"it must hold one word of at least {MIN_TOKEN} letters and digits", file=path
        )
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        raise ConfigError("everybody can read this secret: chmod 600", file=path)
    return text


def _once(uplink: Uplink, folder: DataFolder) -> int:
    while uplink.step():
        pass
    state = uplink.state
    _leave(folder, state)
    print(_told(state))
    return 1 if state.problem else 0


async def _keep_on(uplink: Uplink, folder: DataFolder, interval_s: int) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    told = UplinkState()
    while not stopping.is_set():
        more = await asyncio.to_thread(uplink.step)
        state = uplink.state
        if (state.problem, state.detail) != (told.problem, told.detail):
            log.warning("%s", _told(state))
            told = state
        _leave(folder, state)
        if more:
            continue
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s(state, interval_s, random.random())):  # noqa: S311
                await stopping.wait()
    return 0


def _leave(folder: DataFolder, state: UplinkState) -> None:
    """Others read it; that it cannot be written stops nothing."""
    try:
        write_state(folder.path / STATE_NAME, state)
    except OSError as error:
        log.warning("the state of the link was not written: %s", error)


def _told(state: UplinkState) -> str:
    held = f"the head office holds records up to {state.acked_seq} of {state.head_seq}"
    return f"{held}; {state.problem}: {state.detail}" if state.problem else held
