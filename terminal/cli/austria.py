"""Austria: the data collection log, zero receipts on request, and any receipt's code again."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TextIO, cast

from drivers.printer.encoder import encode
from drivers.printer.profiles import profile_of
from terminal import config as configuration
from terminal.cli.archive import period_of
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.blocks import Block
from terminal.core.errors import Refused
from terminal.core.events import Event, RecordSigned, SigningKeyAdopted
from terminal.core.evolve import evolve
from terminal.core.layout import as_text, lay_out
from terminal.core.policy import Moment
from terminal.devices.paper import print_items
from terminal.fiscal import austria_paper, dep7, rksv
from terminal.fiscal.austria import CHAIN, AustriaRegime
from terminal.fiscal.regimes import regime_of, register_of
from terminal.folder import DataFolder
from terminal.journal.upcast import decode
from terminal.settings import ConfigError
from terminal.store.store import Store

_TYPES = (SigningKeyAdopted.__name__, RecordSigned.__name__)
WRITE_S = 5.0
"""For a printer that is software: it takes everything at once."""
KEYS_WARNING = (
    "{file} holds the AES key of this till: whoever has it reads the turnover off every receipt.\n"
    "It is for the tax office and its verifier alone; delete it when the check is done.\n"
)


def export(options: argparse.Namespace) -> int:
    """``reprise dep7``: write the receipts of a period; may run beside the terminal."""
    folder = DataFolder(options.data)
    config = _austrian(folder)
    if bool(options.period) == options.all:
        raise ConfigError("name a period, or --all for everything", key="period")
    period = period_of(options.period) if options.period else None
    first, last = (period.first, period.last) if period else ("", "")
    passed = dep7.Passed()
    with (
        closing(Store.open_read_only(folder.path, evolve=evolve)) as store,
        _whole(options.out, 0o644) as file,
    ):
        dep7.write_dep7(dep7.receipts_of(_events(store), first, last, passed), file)
    if not passed.count:
        options.out.unlink()
        raise ConfigError("nothing was signed then", key="period")
    print(f"{options.out}: {passed.count} receipts, {passed.first} to {passed.last}")
    if options.keys:
        _write_keys(options.keys, config, folder, passed)
    return 0


def _write_keys(file: Path, config: Config, folder: DataFolder, passed: dep7.Passed) -> None:
    register = register_of(config, folder.path / "keys")
    with _whole(file, 0o600) as out:
        out.write(dep7.key_container(register, passed.keys))
    print(KEYS_WARNING.format(file=file), end="", file=sys.stderr)
    print(f"{file}: till {register.till}, check value {rksv.check_value(register.aes_key)}")


def zero_receipt(options: argparse.Namespace) -> int:
    """``reprise zero-receipt``: make one; the terminal must not be running."""
    folder = DataFolder(options.data)
    config = _austrian(folder)
    regime = cast("AustriaRegime", regime_of(config, folder.path / "keys", folder.key.read_bytes()))
    with closing(Store.open(folder.path, evolve=evolve)) as store:
        state = store.load()
        clock = SystemClock(config.shop.timezone, config.terminal.business_day_ends)
        now = max(clock.now_ms(), state.last_at_ms)
        moment = Moment(now, max(clock.business_date(now), state.business_date))
        events = regime.zero_receipt(state, options.kind, moment)
        if isinstance(events, Refused):
            raise ConfigError("the till has no start receipt yet: start it once", key="kind")
        store.append(events, moment, state)
    made = [event for event in events if isinstance(event, RecordSigned)]
    print(as_text(lay_out(_slip(made[-1]), config.devices.columns)), end="")
    return 1 if rksv.is_unsigned(made[-1].signature) else 0


def receipt_code(options: argparse.Namespace) -> int:
    """``reprise receipt-code``: write the code of a receipt; may run beside the terminal."""
    folder = DataFolder(options.data)
    config = _austrian(folder)
    wanted = options.number.replace(" ", "")
    with closing(Store.open_read_only(folder.path, evolve=evolve)) as store:
        found = next((r for r in _receipts(store) if r.document == wanted), None)
    if found is None:
        print(f"reprise: no receipt has the number {options.number}", file=sys.stderr)
        return 1
    match options.format:
        case "qr":
            print(rksv.qr_text(found.signature))
        case "ocr":
            print(rksv.ocr_text(found.signature))
        case "text":
            print(as_text(lay_out(_slip(found), config.devices.columns)), end="")
        case "png":
            sys.stdout.buffer.write(_picture(_slip(found), config))
    return 0


def _austrian(folder: DataFolder) -> Config:
    config = configuration.load(folder.settings)
    if config.fiscal.regime != "austria":
        raise ConfigError("this is for a till in Austria", key="fiscal.regime")
    return config


def _events(store: Store) -> Iterator[tuple[str, Event]]:
    for record in store.journal.read():
        if record.type in _TYPES:
            yield record.business_date, decode(record)


def _receipts(store: Store) -> Iterator[RecordSigned]:
    for _, event in _events(store):
        if isinstance(event, RecordSigned) and event.chain == CHAIN:
            yield event


def _slip(record: RecordSigned) -> tuple[Block, ...]:
    kind = str(json.loads(record.content)["kind"])
    time = rksv.read_code(record.canonical).time
    return austria_paper.zero_slip(kind, record.document, time, rksv.qr_text(record.signature))


def _picture(blocks: tuple[Block, ...], config: Config) -> bytes:
    # Drawing is for this command alone: Pillow is not loaded for an export.
    from drivers.printer.picture import png  # noqa: PLC0415
    from drivers.printer.simulator import printer_simulator  # noqa: PLC0415

    profile = profile_of(config.devices.printer_profile)
    job = encode(print_items(lay_out(blocks, config.devices.columns)), profile)
    printer = printer_simulator(profile=profile)
    wire = printer.connect()
    wire.open(0)
    wire.write(bytes(job.begin + job.body + job.cut), WRITE_S)
    return png(printer.elements(1) or printer.elements(), dots=profile.dots)


@contextmanager
def _whole(file: Path, mode: int) -> Iterator[TextIO]:
    """Write a file beside its name and put it there when it is whole."""
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=mode)
    try:
        with beside.open("w", encoding="utf-8") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
