"""The diagnostics: what a technician far away needs, and nothing of a person or a secret.

Nothing is taken and then cleaned: everything in it is chosen.  Settings by name, log lines without
what was filled into them, conversations of devices by their shape, the journal by its numbers.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from importlib.metadata import distributions
from pathlib import Path
from types import MappingProxyType
from typing import Any

from drivers.flight import FlightRecorder
from drivers.transports.exchange import Piece, Way
from terminal import __version__
from terminal.appliance import places
from terminal.appliance.health import Report
from terminal.appliance.health_history import DAYS, HISTORY
from terminal.appliance.machine_files import MachineFiles
from terminal.config import Config
from terminal.core.evolve import evolve
from terminal.devices.page import DevicesPage
from terminal.devices.recorders import PACKED_ROLES
from terminal.journal.errors import JournalError
from terminal.logs import Entry
from terminal.store.store import Store

MAX_PIECES = 2000
"""Of one device's conversation: the newest."""
MAX_UNITS = 40
MAX_TEXT = 80
SHORT = 4
"""Bytes of an answer that is a status and no text: ENQ, ACK, the four of a printer's state."""
HANDSHAKES = frozenset({b"\x04", b"\x05", b"\x06", b"\x15"})
"""EOT, ENQ, ACK, NAK: all that is shown of devices that pack two digits of a card into a byte."""
OPEN_ROLES = frozenset({"scale", "bagging_scale", "lights", "power", "drawer"})
"""Devices whose conversation can hold neither a person, nor money, nor what was bought."""
SAID = frozenset(
    {
        "shop.country", "shop.currency", "shop.timezone", "shop.receipt_language",
        "terminal.role", "terminal.language", "terminal.business_day_ends",
        "fiscal.regime", "fiscal.key",
        "devices.scanner_mode", "devices.scanner_layout", "devices.scanner_suffix",
        "devices.poi_protocol", "devices.clock", "devices.display_protocol",
        "devices.display_code_page", "devices.scale_protocol", "devices.scale_legal_mode",
        "devices.bagging_scale_protocol", "devices.printer_profile",
        "receipt.paper", "delivery.mail_security", "delivery.foreign_returns",
    }
)  # fmt: skip
"""Settings whose text is said; of all others only whether they are set. Numbers are all said."""
ADDRESSES = frozenset(
    {
        "devices.receipt_printer", "devices.scanner", "devices.drawer", "devices.poi",
        "devices.cash_machine", "devices.label_printer", "devices.rfid",
        "devices.customer_display", "devices.lights", "devices.power", "devices.scale",
        "devices.bagging_scale",
    }
)  # fmt: skip
"""Settings that are addresses of devices: said without options and names of users."""
_WORD = re.compile(r"[A-Za-z0-9_.+:-]{1,40}")
_CODE = re.compile(r"[a-z0-9_]{1,40}")
_UNIT = re.compile(r"(?:terminal|reprise-[a-z-]{1,30})\.service")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the diagnostics are taken from."""

    config: Config
    data: Path
    """The data folder, whose journal is counted."""
    at_ms: int
    report: Report | None = None
    page: DevicesPage = field(default_factory=DevicesPage)
    recorders: Mapping[str, FlightRecorder] = field(default_factory=lambda: MappingProxyType({}))
    entries: Sequence[Entry] = ()
    files: MachineFiles = field(default_factory=MachineFiles)


def write(sources: Sources) -> bytes:
    """Return the diagnostics as a ZIP; each part that cannot be had says so instead."""
    documents: dict[str, object] = {
        "health.json": sources.report.plain() if sources.report else {"absent": "no report"},
        "history.json": _history(sources.files),
        "versions.json": versions(),
        "settings.json": settings(sources.config),
        "devices.json": devices(sources.page),
        "log.json": [asdict(entry) for entry in sources.entries],
        "journal.json": journal(sources.data),
        "vitals.json": plain(_at(sources.files, places.VITALS)),
        "update.json": plain(_at(sources.files, places.UPDATE_STATE)),
        "release.json": plain(_at(sources.files, places.RELEASE)),
        "units.json": units(sources.files),
    }
    texts = {name: json.dumps(what, indent=1) + "\n" for name, what in documents.items()}
    for role, recorder in sources.recorders.items():
        texts[f"devices/{role}.txt"] = conversation(role, recorder.pieces())
    contents = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    about = {"program": __version__, "at_ms": sources.at_ms, "sha256": contents}
    texts["contents.json"] = json.dumps(about, indent=1) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(texts):
            archive.writestr(zipfile.ZipInfo(name), texts[name].encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def versions() -> dict[str, object]:
    """Return what runs: program, interpreter, database, kernel, and every package with it."""
    return {
        "program": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "packages": {
            str(one.metadata["Name"])[:MAX_TEXT]: str(one.version)[:MAX_TEXT]
            for one in sorted(distributions(), key=lambda one: str(one.metadata["Name"]))
        },
    }


def settings(config: Config) -> dict[str, object]:
    """Return the settings: numbers and switches, texts that are a choice, of others if they are."""
    return dict(_settings("", config))


def _settings(prefix: str, section: Any) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for one in fields(section):
        name, value = f"{prefix}{one.name}", getattr(section, one.name)
        if is_dataclass(value) and not prefix:
            found += _settings(f"{name}.", value)
        elif isinstance(value, bool | int):
            found.append((name, value))
        elif isinstance(value, str) and name in ADDRESSES:
            found.append((name, address(value)))
        elif isinstance(value, str) and name in SAID:
            found.append((name, value if _WORD.fullmatch(value.replace("/", ".")) else "(set)"))
        else:
            found.append((name, "(set)" if value else ""))
    return found


def address(url: str) -> str:
    """Return an address without its options and without who signs on there."""
    scheme, colon, rest = url.partition("?")[0].partition(":")
    return f"{scheme}{colon}{rest.rpartition('@')[2]}"[:MAX_TEXT]


def devices(page: DevicesPage) -> list[dict[str, object]]:
    """Return each role: who serves, how it is, and its counters."""
    return [
        {
            "role": line.role,
            "address": address(line.address),
            "stand": str(line.stand),
            "health": str(line.health),
            "reasons": [reason for reason in line.reasons if _CODE.fullmatch(reason)],
            "maker": line.maker[:MAX_TEXT],
            "model": line.model[:MAX_TEXT],
            "protocol": line.protocol[:MAX_TEXT],
            "since_ms": line.since_ms,
            "heard_ms": line.heard_ms,
            "statistics": {n: v for n, v in line.statistics.items() if isinstance(v, int)},
        }
        for line in page.lines
    ]


def conversation(role: str, pieces: Sequence[Piece]) -> str:
    """Return what a device and we said to each other, by its shape where it may hold more."""
    lines = [f"# {role}: '>' to the device, '<' from it, '*' the line itself; seconds"]
    newest = list(pieces)[-MAX_PIECES:]
    began = newest[0].at_s if newest else 0.0
    for piece in newest:
        after = f"+{piece.at_s - began:.3f}"
        if piece.way is Way.NOTE:
            lines.append(f"{after} * {piece.data.decode('ascii', 'replace')[:20]}")
            continue
        arrow = ">" if piece.way is Way.TO else "<"
        lines.append(f"{after} {arrow} {_shape(role, piece)}")
    return "\n".join(lines) + "\n"


def _shape(role: str, piece: Piece) -> str:
    data = piece.data
    if role in OPEN_ROLES:
        return data.hex(" ")
    if role in PACKED_ROLES:
        return data.hex() if data in HANDSHAKES else f"{len(data)} bytes"
    status = not any(0x20 <= byte < 0x7F or byte >= 0xA0 for byte in data)
    if len(data) <= SHORT and (status or (role == "printer" and piece.way is Way.FROM)):
        return data.hex(" ")
    return f"{len(data)} bytes"


def journal(data: Path) -> dict[str, object]:
    """Return how many records of each kind the journal has; nothing of what is in them.

    Read beside the terminal, on a connection of its own.
    """
    try:
        store = Store.open_read_only(data, evolve=evolve)
    except JournalError as error:
        return {"absent": type(error).__name__}
    try:
        types = store.journal.counts()
    except JournalError as error:
        return {"absent": type(error).__name__}
    finally:
        store.close()
    return {"newest": store.journal.head.seq, "base": store.journal.base.seq, "types": types}


def units(files: MachineFiles) -> dict[str, object]:
    """Return the memory and the processes of our services, from the kernel's control groups."""
    found: dict[str, object] = {}
    for folder in files.folders("sys/fs/cgroup/system.slice", "*.service")[:256]:
        name = folder.rpartition("/")[2]
        if _UNIT.fullmatch(name) and len(found) < MAX_UNITS:
            figures = {
                file: files.whole(f"{folder}/{file}")
                for file in ("memory.current", "memory.peak", "pids.current")
            }
            found[name] = {key: value for key, value in figures.items() if value is not None}
    return found


def _history(files: MachineFiles) -> dict[str, object]:
    """Return the minutes and the days that the health service kept, numbers only."""
    minutes = files.list(f"{_relative(places.HEALTH.parent)}/{HISTORY}")
    days = files.json(f"{_relative(places.HEALTH_STATE)}/{DAYS}")
    return {
        "minutes": [plain(one) for one in minutes if isinstance(one, dict)],
        "days": {
            day: {str(k)[:20]: [n for n in v if isinstance(n, int)] for k, v in extremes.items()
                  if isinstance(v, list)}
            for day, extremes in days.items()
            if re.fullmatch(r"\d{4}-\d\d-\d\d", day) and isinstance(extremes, dict)
        },
    }  # fmt: skip


def plain(told: Mapping[str, Any]) -> dict[str, object]:
    """Return numbers, switches and single words of an object; of other texts only that they are."""
    kept: dict[str, object] = {}
    for name, value in told.items():
        if not _CODE.fullmatch(name):
            continue
        if isinstance(value, bool | int):
            kept[name] = value
        elif isinstance(value, str):
            kept[name] = value if not value or _WORD.fullmatch(value) else "(a text)"
    return kept


def _at(files: MachineFiles, path: Path) -> dict[str, Any]:
    return files.json(_relative(path))


def _relative(path: Path) -> str:
    return path.as_posix().lstrip("/")
