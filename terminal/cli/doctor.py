"""One page that says what is wrong with a terminal and what to do about it.

Every check looks at something real and never changes anything; it works beside a running terminal,
whose devices it leaves alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from binascii import crc_hqx
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from drivers.printer.logo import LogoError, load_logo
from drivers.printer.profiles import profile_of
from drivers.timekeeping.base import LOW_BATTERY_MV, Evidence, Trust, judge
from terminal import config as configuration
from terminal.cli.devices import Finding, drawer_sensor_level, findings, page_of, trace
from terminal.cli.keys import key_findings
from terminal.clock import SystemClock
from terminal.core import weighing
from terminal.core.bagging import learned_band
from terminal.core.evolve import evolve
from terminal.devices.scale import scale_computes
from terminal.devices.timekeeping import clock_evidence
from terminal.folder import DataFolder
from terminal.journal.errors import JournalError
from terminal.services.operators import Operators, OperatorsError
from terminal.settings import ConfigError
from terminal.store.bagging import BaggingTable
from terminal.store.catalogue import Catalogue
from terminal.store.store import Store
from terminal.sync.uplink import STATE_NAME, read_state

LOW_SPACE_MIB = 200
"""About two weeks of sales of a busy shop, with room for a catalogue being built aside."""
MARKS = {"good": "OK  ", "warn": "NOTE", "bad": "BAD "}


def examine(options: argparse.Namespace) -> int:
    """Print the page; 0 when nothing is bad, else 1."""
    folder = DataFolder(options.data)
    if options.trace:
        return trace(folder, options.trace, options.seconds, options.file)
    checks: tuple[Callable[[DataFolder], Iterator[Finding]], ...] = (
        _settings,
        _space,
        _journal,
        _catalogue,
        _operators,
        key_findings,
        _logo,
        _devices,
        _weighing,
        _clock,
    )
    page = [finding for check in checks for finding in check(folder)]
    bad = any(finding.level == "bad" for finding in page)
    if options.json:
        print(json.dumps([asdict(one) for one in page], ensure_ascii=False))
        return int(bad)
    for one in page:
        print(f"{MARKS[one.level]} {one.part:12} {one.words}")
        if one.advice:
            print(f"     {'':12} -> {one.advice}")
    return int(bad)


def _settings(folder: DataFolder) -> Iterator[Finding]:
    try:
        config = configuration.load(folder.settings)
    except ConfigError as error:
        yield Finding("settings", "bad", str(error), "Correct this line, then start again.")
        return
    if folder.practises:
        advice = "Nothing sold now is in the books; leave it at the till: operator, training."
        yield Finding("training", "warn", "this terminal is in training", advice)
    machine = config.terminal
    words = f"{config.shop.name}, {machine.role} {machine.till_number}"
    yield Finding("settings", "good", words)
    if not folder.key.is_file():
        yield Finding("key", "bad", f"{folder.key} is missing", "Restore it from the backup.")


def _space(folder: DataFolder) -> Iterator[Finding]:
    if not folder.path.is_dir():
        yield Finding("disk", "bad", f"{folder.path} is no folder", "Run reprise init first.")
        return
    free = shutil.disk_usage(folder.path).free // 2**20
    if not os.access(folder.path, os.W_OK):
        yield Finding("disk", "bad", "the data folder is read-only", "Check the card's lock.")
    elif free < LOW_SPACE_MIB:
        yield Finding("disk", "warn", f"{free} MiB free", "Free space before the sales stop.")
    else:
        yield Finding("disk", "good", f"{free} MiB free")


def _journal(folder: DataFolder) -> Iterator[Finding]:
    try:
        store = Store.open_read_only(folder.path, evolve=evolve)
    except JournalError as error:
        yield Finding("journal", "bad", str(error), "Keep the file; restore the last copy.")
        return
    try:
        state = store.load()
        link = read_state(folder.path / STATE_NAME)
        outbox = store.outbox(0 if link is None else link.acked_seq)
    except JournalError as error:
        yield Finding("journal", "bad", str(error), "Run reprise verify for the first bad record.")
        return
    finally:
        store.close()
    yield Finding("journal", "good", f"{store.journal.head.seq} records, tail verified")
    if state.sale is not None and state.sale.status.value in ("open", "tendering"):
        words = f"sale {state.sale.ordinal} is open, {len(state.sale.lines)} lines"
        yield Finding("sale", "good", words)
    if state.attempts:
        advice = "Look at the payment terminal's own journal; a supervisor resolves it."
        yield Finding("payments", "warn", f"{len(state.attempts)} without an outcome", advice)
    if state.print_jobs:
        advice = "Look at the printer: paper, cover, cable."
        yield Finding("paper", "warn", f"{len(state.print_jobs)} receipts wait", advice)
    if state.notices:
        words = f"{len(state.notices)} notices not read"
        yield Finding("notices", "warn", words, "Sign on and acknowledge them.")
    waiting = f"{outbox.count} documents wait to go up"
    if link is not None and link.problem:
        advice = "docs/head-office.md says what each problem means."
        yield Finding("outbox", "warn", f"{waiting}; {link.problem}: {link.detail}", advice)
    else:
        yield Finding("outbox", "good", waiting)


def _catalogue(folder: DataFolder) -> Iterator[Finding]:
    try:
        catalogue = Catalogue.open(folder.path)
    except JournalError as error:
        yield Finding("catalogue", "bad", str(error), "Run reprise import with the articles.")
        return
    yield Finding("catalogue", "good", f"{catalogue.count} articles, {catalogue.version}")
    catalogue.close()


def _operators(folder: DataFolder) -> Iterator[Finding]:
    try:
        Operators.load(folder.path, b"")
    except OperatorsError as error:
        yield Finding("operators", "bad", str(error), "Restore the file from the backup.")


def _drawer_sensor(folder: DataFolder, address: str) -> Iterator[Finding]:
    """Say whether the till knows what the drawer's sensor means; the journal's faults are told
    elsewhere."""
    if not address:
        return
    try:
        learned = drawer_sensor_level(folder, address)
    except JournalError:
        return
    if learned is None:
        advice = "At the till: Ticket, Drawer, Learn the sensor."
        yield Finding("drawer", "warn", "its sensor is not learned: no alarm", advice)


def _logo(folder: DataFolder) -> Iterator[Finding]:
    try:
        config = configuration.load(folder.settings)
    except ConfigError:
        return
    if not config.shop.logo:
        return
    dots = profile_of(config.devices.printer_profile).dots
    try:
        image = load_logo(folder.path / config.shop.logo, dots)
    except LogoError as error:
        advice = "Receipts are printed without it. Put a PNG there, or empty shop.logo."
        yield Finding("logo", "warn", str(error), advice)
        return
    yield Finding("logo", "good", f"{config.shop.logo}, {image.width} of {dots} dots wide")


def _devices(folder: DataFolder) -> Iterator[Finding]:
    try:
        config = configuration.load(folder.settings)
    except ConfigError:
        return
    yield from _drawer_sensor(folder, config.devices.drawer)
    try:
        page = page_of(folder, config)
    except ConfigError as error:
        told = configuration.placed(error, folder.settings)
        yield Finding("devices", "bad", str(told), "Correct this line, then start again.")
        return
    yield from findings(folder, page, config)


def _weighing(folder: DataFolder) -> Iterator[Finding]:
    """Who computes the price of a weight, and the module that does or checks it."""
    try:
        devices = configuration.load(folder.settings).devices
    except ConfigError:
        return
    if devices.scale:
        who = "scale" if scale_computes(devices) else "terminal"
        checksum = crc_hqx(Path(weighing.__file__).read_bytes(), 0)
        words = f"the {who} computes prices; weighing {weighing.VERSION}, checksum {checksum:04X}"
        yield Finding("weighing", "good", words)
    if devices.bagging_scale:
        samples = BaggingTable(folder.path).samples
        known = sum(learned_band(one).known for one in samples.values())
        words = f"{known} articles learned, {len(samples) - known} seen too rarely"
        yield Finding("bagging", "good", words)


TRUSTED = {
    Trust.NTP: "set by a time server",
    Trust.RTC: "held by the clock with a battery",
    Trust.GUESS: "a guess",
}
CLOCK_ADVICE = {
    "no_rtc": "Give it a network with a time server, or fit a clock with a battery.",
    "rtc_battery": "Charge or change the battery of the clock; check the network.",
    "rtc_not_used": "The system does not read its clock at boot; check the network.",
    "rtc_unreadable": "The clock does not answer: check its battery and the network.",
    "rtc_differs": "Clock and system disagree: compare the time, check the network.",
}


def _clock(folder: DataFolder) -> Iterator[Finding]:
    try:
        config = configuration.load(folder.settings)
    except ConfigError:
        return
    if config.devices.clock.startswith("sim:"):
        words = 'simulated (set devices.clock = "system" on a real terminal)'
        yield Finding("clock", "good", words)
        return
    now_ms = SystemClock(config.shop.timezone).now_ms()
    yield from clock_findings(clock_evidence(config.devices, None)(now_ms), now_ms)


def clock_findings(evidence: Evidence, now_ms: int) -> Iterator[Finding]:
    """Say what the clock is worth, and how its battery is."""
    judged = judge(evidence, now_ms)
    ago = evidence.synced_ago_s
    when = f", {max(0, ago) // 60} minutes ago" if judged.level is Trust.NTP and ago else ""
    level = "warn" if judged.level is Trust.GUESS else "good"
    words = f"{TRUSTED[judged.level]}{when}"
    yield Finding("clock", level, words, CLOCK_ADVICE.get(judged.source, ""))
    if evidence.rtc and evidence.battery_mv is not None:
        low = evidence.battery_mv < LOW_BATTERY_MV
        advice = (
            "Charge it (dtparam rtc_bbat_vchg on a Raspberry Pi 5) or change it." if low else ""
        )
        words = f"{evidence.rtc}: battery {evidence.battery_mv // 10 / 100:.2f} V"
        yield Finding("clock", "warn" if low else "good", words, advice if low else "")
