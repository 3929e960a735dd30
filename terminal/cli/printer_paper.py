"""The simulated printer on the command line: its commands as lines, its paper as files.

``reprise simulate printer --decode FILE`` renders a captured stream and says whether every byte of
it was understood.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from drivers.drawer.simulator import DrawerSimulator
from drivers.printer.mechanism import PrinterMechanism
from drivers.printer.paper import Element, as_text
from drivers.printer.picture import png
from drivers.printer.profiles import DEFAULT, Profile, UnknownProfile, profile_of
from drivers.printer.simulator import printer_simulator
from drivers.printer.tokens import Token
from drivers.simulators import Bench
from terminal.settings import ConfigError

DECODE_S = 60.0
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_SHOWN = 256
"""Bytes of a command that a line shows."""


def printer(options: argparse.Namespace) -> tuple[PrinterMechanism, DrawerSimulator]:
    """Return a printer, watched as the options say, and its drawer. Raises ConfigError."""
    profile = _profile(options.model)
    bench = Bench(options.memory, options.seed, printer_profile=profile.name)
    device = bench.printer
    if options.tokens:
        device.watch = _show
    if options.out is not None:
        _keep(device, options.out)
    return device, bench.drawer


def decode(options: argparse.Namespace) -> int:
    """Render a captured stream; 0 when nothing in it was unknown and nothing was left over."""
    profile = _profile(options.model)
    try:
        data = options.decode.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=options.decode) from error
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError(f"is larger than {MAX_FILE_BYTES} bytes", file=options.decode)
    device = printer_simulator(profile=profile)
    counted: dict[str, int] = {"tokens": 0}

    def watch(token: Token) -> None:
        counted["tokens"] += 1
        if options.tokens:
            _show(token)

    device.watch = watch
    pieces: list[tuple[Element, ...]] = []
    device.on_piece = lambda _, elements: pieces.append(elements)
    wire = device.connect()
    wire.open(DECODE_S)
    wire.write(data, DECODE_S)
    rest = device.elements(0)
    if rest:
        pieces.append(rest)
    if options.out is not None:
        for number, elements in enumerate(pieces, 1):
            _save(options.out, number, elements, device)
    seen = device.look()
    left = {"unknown": seen["unknown"], "leftover": seen["leftover"]}
    _say({**counted, "pieces": len(pieces), "pulses": seen["pulses"], **left})
    return int(any(left.values()))


def _profile(model: str) -> Profile:
    try:
        return profile_of(model or DEFAULT)
    except UnknownProfile as error:
        raise ConfigError(str(error)) from error


def _keep(device: PrinterMechanism, folder: Path) -> None:
    """Save every piece that is cut off; drawing does not hold the printer up."""
    cut: SimpleQueue[tuple[int, tuple[Element, ...]]] = SimpleQueue()
    device.on_piece = lambda number, elements: cut.put((number, elements))

    def save() -> None:
        while True:
            number, elements = cut.get()
            _save(folder, number, elements, device)

    threading.Thread(target=save, name="paper", daemon=True).start()


def _save(
    folder: Path, number: int, elements: tuple[Element, ...], device: PrinterMechanism
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    profile = device.profile
    text = as_text(elements, profile.columns) + "\n"
    (folder / f"receipt-{number:04}.txt").write_text(text, encoding="utf-8")
    picture = png(elements, dots=profile.dots)
    beside = folder / f"receipt-{number:04}.png.new"
    beside.write_bytes(picture)
    beside.replace(folder / f"receipt-{number:04}.png")  # who sees it sees all of it


def _show(token: Token) -> None:
    shown: dict[str, Any] = {"token": token.name, "bytes": len(token.data)}
    if token.name == "text":
        shown["text"] = token.data[:MAX_SHOWN].decode("cp1252", "replace")
    else:
        shown["hex"] = token.data[:MAX_SHOWN].hex(" ")
    _say(shown)


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
