"""``reprise second-copy``: keep a second copy of the journal on a stick, beside the terminal."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from pathlib import Path

from terminal import config as configuration
from terminal.appliance.copy_state import CopyState, save
from terminal.clock import SystemClock
from terminal.folder import DataFolder
from terminal.services.second_copy import Refusal, SecondCopy, adopt
from terminal.settings import ConfigError

log = logging.getLogger(__name__)

POLL_S = 2.0
"""Between two looks at a journal with nothing new: what a till loses with its card, at most."""
AWAY_S = 5.0
"""Between two looks for a stick that is not there or refuses."""


def run(options: argparse.Namespace) -> int:
    """Copy until told to stop; with ``--once`` until everything is copied, 1 when it cannot be."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    if options.adopt is not None:
        return _adopt(config, options.adopt)
    clock = SystemClock(config.shop.timezone, config.terminal.business_day_ends)
    copy = SecondCopy(folder, clock)
    if options.once:
        while copy.step():
            pass
        _tell(copy.state, options.state)
        print(_words(copy.state))
        return int(bool(copy.state.problem))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    follow(copy, options.state, stop)
    return 0


def follow(copy: SecondCopy, state: Path, stop: threading.Event) -> None:
    """Copy what is new, again and again, until ``stop`` is set; say in ``state`` how it stands."""
    told = ""
    while not stop.is_set():
        more = copy.step()
        _tell(copy.state, state)
        if copy.state.problem != told:
            told = copy.state.problem
            log.log(logging.WARNING if told else logging.INFO, "%s", _words(copy.state))
        if not more:
            stop.wait(AWAY_S if copy.state.problem else POLL_S)


def _adopt(config: configuration.Config, folder: Path) -> int:
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    try:
        adopt(config, folder)
    except Refusal as why:
        raise ConfigError(why.words, key="adopt") from why
    print(f"{folder}: this till's second copy goes here from now on")
    return 0


def _tell(state: CopyState, path: Path | None) -> None:
    if path is None:
        return
    try:
        save(path, state)
    except OSError as error:
        log.warning("%s was not written: %s", path, error)


def _words(state: CopyState) -> str:
    if state.problem:
        return f"second copy: {state.problem}: {state.words}"
    beside = f" ({state.words})" if state.words else ""
    return f"second copy: up to record {state.seq} on {state.medium}{beside}"
