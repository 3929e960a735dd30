"""The devices on the command line: their part of the page of ``doctor``, adoption, and traces."""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from drivers.discovery import Discovered, plugged_in
from drivers.errors import DriverError, Unplugged
from terminal import config as configuration
from terminal import config_edit
from terminal.cli.recording import record
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.device_facts import open_is_high
from terminal.core.errors import Refused
from terminal.core.events import DeviceAdopted
from terminal.core.evolve import evolve
from terminal.core.state import TerminalState
from terminal.device_settings import Devices
from terminal.devices.adoption import Offer, Stand
from terminal.devices.asking import ask_all, listen
from terminal.devices.hub import Hub
from terminal.devices.page import RUNNING, DeviceLine, DevicesPage, Seen, make_page, surveyed
from terminal.devices.roles import addresses, roles
from terminal.devices.scanner import LAYOUT_FILE, learned_layout
from terminal.fiscal.regimes import regime_of
from terminal.folder import DataFolder
from terminal.journal.database import data_lock
from terminal.journal.errors import JournalError, StoreInUse
from terminal.presenters.device_words import said_of
from terminal.services.adoption import probe, wanted
from terminal.settings import ConfigError
from terminal.store.store import Store
from terminal.words import Words

log = logging.getLogger(__name__)

LEVELS: Mapping[str, str] = {"good": "good", "quiet": "good", "info": "warn", "warn": "warn"}
"""Tone of a device -> level on the page; all others are bad."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the page of ``doctor``."""

    part: str
    level: str
    """``good``, ``warn`` (works, wants attention) or ``bad`` (it does not do its work)."""
    words: str
    advice: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """All that is known, for programs."""


def clock_of(config: Config) -> SystemClock:
    return SystemClock(config.shop.timezone, config.terminal.business_day_ends)


# --- the page -------------------------------------------------------------------------------------


def page_of(
    folder: DataFolder, config: Config, discover: Callable[[], Sequence[Discovered]] | None = None
) -> DevicesPage:
    """Ask every device and return the page; those that a running terminal holds are left alone.

    Raises ConfigError.
    """
    devices = config.devices
    found = surveyed(devices, _discovered(discover or plugged_in), _state(folder).adopted)
    real = [
        role
        for role, url in addresses(devices).items()
        if url and not url.startswith(("sim:", "trace:", "scripted:"))
    ]
    with ExitStack() as stack:
        try:
            stack.enter_context(data_lock(folder.path))
        except StoreInUse:
            seen: Mapping[str, Seen] = {role: Seen(RUNNING) for role in real}
            return make_page(devices, found, seen)
        except JournalError as error:
            log.debug("no lock: %s", error)  # where nothing can be locked no terminal runs
        clock = clock_of(config)
        hub = Hub.build(config, folder.path, clock, remember=False)
        if hub.drawer is not None:
            with contextlib.suppress(JournalError):  # the journal's faults are told elsewhere
                level = drawer_sensor_level(folder, hub.drawer.address)
                hub.drawer.open_is_high = lambda: level
        seen = ask_all(hub, real, clock.now_ms())
    behind = {role: Seen(status) for role, status in hub.statuses().items() if role not in seen}
    return make_page(devices, found, {**behind, **seen})


def drawer_sensor_level(folder: DataFolder, address: str) -> bool | None:
    """Return whether the drawer's sensor is high when it is open; None when nobody taught it.

    Raises JournalError.
    """
    store = Store.open_read_only(folder.path, evolve=evolve)
    try:
        return open_is_high(store.load(), address)
    finally:
        store.close()


def _discovered(discover: Callable[[], Sequence[Discovered]]) -> Sequence[Discovered]:
    try:
        return discover()
    except Unplugged:
        return ()


def _state(folder: DataFolder) -> TerminalState:
    """Return what the journal says; an empty state when it cannot be read (said elsewhere)."""
    try:
        store = Store.open_read_only(folder.path, evolve=evolve)
    except JournalError:
        return TerminalState()
    try:
        return store.load()
    except JournalError:
        return TerminalState()
    finally:
        store.close()


def findings(folder: DataFolder, page: DevicesPage, config: Config) -> Iterator[Finding]:
    """Say of each device what it is and what to do, and what could be adopted by which command."""
    words = Words("en", timezone=config.shop.timezone)
    for line in page.lines:
        speaks = _speech(line.role, config.devices, folder) if line.address else ""
        yield _finding(line, speaks, folder, words)
    for offer in page.unknown:
        command = _command("ROLE", offer, folder)
        advice = f"If you know what it is: {command} (ROLE: {', '.join(page.for_lines)})"
        said = f"{offer.name}, a serial line of unknown use"
        yield Finding("plugged in", "warn", said, advice, {"offer": asdict(offer)})


def _finding(line: DeviceLine, speaks: str, folder: DataFolder, words: Words) -> Finding:
    said = said_of(line, words)
    running = "in_use" in line.reasons
    unit = f"{said.unit}, " if said.unit and said.unit != line.address else ""
    state = "in use by the running terminal" if running else said.state[:1].lower() + said.state[1:]
    if line.stand == Stand.NONE:
        told = "none"
    elif line.simulated:
        told = f"{line.address}{speaks} (simulated: adopt a real one before selling)"
    else:
        told = f"{unit}{line.address}{speaks}: {state}{_counts(line)}"
    level = "good" if running else LEVELS.get(said.tone, "bad")
    offered = " or ".join(f"{one.name}: {_command(line.role, one, folder)}" for one in line.offers)
    advice = said.note if level != "good" and not running else ""
    if offered:
        level = "warn" if level == "good" else level
        advice = f"{advice} Plugged in: {offered}".strip()
    return Finding(line.role, level, told, advice, _plain(line))


def _speech(role: str, devices: Devices, folder: DataFolder) -> str:
    """Return how a device is spoken with, where there is a choice."""
    if role != "scanner":
        spoken = getattr(devices, f"{role}_protocol", "")
        return f", {spoken}" if spoken else ""
    layout = devices.scanner_layout
    if layout == "auto":
        layout = f"{learned_layout(folder.path / LAYOUT_FILE)} (see reprise calibration)"
    return f", {devices.scanner_speaks}" + (
        f", layout {layout}" if devices.scanner_speaks == "keyboard" else ""
    )


def _counts(line: DeviceLine) -> str:
    """Return what was counted while it was asked."""
    count = line.statistics
    if not count or "in_use" in line.reasons:
        return ""
    return f" ({count['bytes_out']} bytes to it, {count['bytes_in']} from it)"


def _plain(line: DeviceLine) -> Mapping[str, Any]:
    """Return a line as plain values."""
    values = {name: getattr(line, name) for name in line.__dataclass_fields__}
    values["statistics"] = dict(line.statistics)
    values["offers"] = [asdict(offer) for offer in line.offers]
    values["test"] = None if line.test is None else asdict(line.test)
    return values


def _command(role: str, offer: Offer, folder: DataFolder) -> str:
    return f"reprise adopt {role} {offer.address} --data {folder.path}"


# --- adoption -------------------------------------------------------------------------------------


def adopt(options: argparse.Namespace) -> int:
    """``reprise adopt``: make a device this terminal's own; the terminal must not be running."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    store = Store.open(folder.path, evolve=evolve)  # it holds the folder: no terminal starts now
    try:
        offer = _chosen(store.load(), config, options.role, options.address)
        refused = probe(offer.address)
        if refused is not None:
            raise _told(refused, options.role, offer.address)
        key = f"devices.{roles()[options.role]}"
        edit = config_edit.prepare(folder.settings, key, offer.address)
        try:
            regime = regime_of(config, folder.path / "keys", folder.key.read_bytes())
            record(store, config, regime, _adopted(options.role, offer))
        except (ConfigError, JournalError):
            edit.discard()
            raise
        edit.commit()
    finally:
        store.close()
    print(f"{options.role}: {offer.name} at {offer.address}; it serves from the next start on")
    return 0


def _chosen(state: TerminalState, config: Config, role: str, address: str) -> Offer:
    """Return what is to be adopted. Raises ConfigError."""
    found = surveyed(config.devices, _discovered(plugged_in), state.adopted)
    page = make_page(config.devices, found, {})
    offer = wanted(page, role, address)
    if isinstance(offer, Offer):
        return offer
    line = page.line(role)
    if line is not None and not address:
        known = ", ".join(one.address for one in (*line.offers, *page.unknown)) or "nothing"
        raise ConfigError(f"say which, by its address; plugged in: {known}", key=role)
    raise _told(offer, role, address)


def _told(refused: Refused, role: str, address: str) -> ConfigError:
    if refused.code == "no_such_role":
        return ConfigError(f"there is no such role; there are {', '.join(roles())}", key=role)
    text = Words("en").text(f"refused.{refused.code}", **refused.details)
    return ConfigError(text, key=address or role)


def _adopted(role: str, offer: Offer) -> DeviceAdopted:
    return DeviceAdopted(role, offer.address, offer.maker, offer.model, offer.serial, "")


# --- traces ---------------------------------------------------------------------------------------


def trace(folder: DataFolder, role: str, seconds: int, file: Path | None) -> int:
    """Record what is said with one device, masked, as a file that ``trace:`` plays."""
    config = configuration.load(folder.settings)
    if file is None:
        raise ConfigError("name the file to write", key="--trace")
    with data_lock(folder.path):
        hub = Hub.build(config, folder.path, clock_of(config), remember=False)
        there = [one for one in hub.hosts if addresses(config.devices)[one]]
        if role not in there:
            known = ", ".join(there)
            raise ConfigError(f"no device of its own has this role; there are {known}", key=role)
        recorder = hub.hosts[role].recorder
        recording = recorder.record_to(file, f"{role} at {addresses(config.devices)[role]}")
        try:
            listen(hub, role, seconds)
        except DriverError as error:
            print(f"reprise: {role}: {error}", file=sys.stderr)
        finally:
            recording.stop()
    counted = recorder.statistics
    print(f"{file}: {counted.bytes_out} bytes to it, {counted.bytes_in} from it, numbers masked")
    print(f'to replay it, in reprise.toml: {roles()[role]} = "trace:{file.resolve()}"')
    return int(recording.error != "" or counted.bytes_in + counted.bytes_out == 0)
