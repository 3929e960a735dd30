"""The technician's file: found on the card whatever it came to be called, read, and checked whole.

Nothing here changes anything.  Every line that cannot be used is reported, not only the first, with
what is allowed, as sentences that the screen says in its reader's language.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from terminal import config as configuration
from terminal import settings
from terminal.appliance.card import MAX_CARD_BYTES, files
from terminal.appliance.provisioning_settings import (
    MAX_OPERATORS,
    OPERATOR_SECRET,
    OPERATORS,
    SECRETS,
    TABLES,
    Access,
    CatalogueFile,
    Enrolment,
    Network,
    OperatorEntry,
)
from terminal.config import Config
from terminal.settings import ConfigError, Said

MAX_CATALOGUE_BYTES = 512 * 1024 * 1024
MAX_BESIDE_BYTES = 1_048_576
"""A logo or a certificate beside the file."""
MAX_PROBLEMS = 20
"""Problems reported at once; who mends these sees the next."""
MASK = "•••"
_KINDS = {
    name: tuple(tables[name] for tables in (configuration.TABLES, TABLES) if name in tables)
    for name in (*configuration.TABLES, *TABLES)
}
_SECTIONS = tuple(dict.fromkeys((*_KINDS, "barcodes", OPERATORS)))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that cannot be used: where, and what to do."""

    said: Said
    key: str = ""
    line: int = 0
    """From 1; 0 when it is not about a line."""


class FileRefused(Exception):
    """The file cannot be read at all."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(problems[0].said.key)


@dataclass(frozen=True, slots=True)
class Known:
    """What this machine has already, and a file need not say again."""

    operators: frozenset[str] = frozenset()
    """Numbers of those who have a PIN."""
    wifi_ssid: str = ""
    """The Wi-Fi whose key is kept."""
    files: Path | None = None
    """Where those are kept that came beside an earlier one."""
    people_settled: bool = False
    """Who works here came another way: nobody of the file is taken, and none is missing."""


@dataclass(frozen=True, slots=True)
class Provisioning:
    """A file that can be applied."""

    config: Config
    network: Network = field(default_factory=Network)
    head_office: Enrolment = field(default_factory=Enrolment)
    access: Access = field(default_factory=Access)
    catalogue: CatalogueFile = field(default_factory=CatalogueFile)
    operators: tuple[OperatorEntry, ...] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)
    """What the file says, plain, without its secrets."""


def find(card: Path) -> Path | None:
    """Return the technician's file on the card. Raises FileRefused when there are two."""
    found = files(card)
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise FileRefused(Problem(Said("config.two_files", {"names": names})))
    return found[0] if found else None


def text_of(raw: bytes) -> str:
    """Return a file's text with plain line ends, whatever editor saved it. Raises FileRefused."""
    if len(raw) > MAX_CARD_BYTES:
        raise FileRefused(Problem(Said("config.large", {"bytes": str(MAX_CARD_BYTES)})))
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileRefused(Problem(Said("config.utf8"), line=line)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str) -> dict[str, Any]:
    """Return the tables of TOML text. Raises FileRefused."""
    try:
        return tomllib.loads(source)
    except RecursionError as error:
        said = Said("config.toml", {"message": "too deep"})
        raise FileRefused(Problem(said)) from error
    except ValueError as error:  # also of numbers with thousands of digits
        place = re.search(r"at line (\d+)", str(error))
        at_end = "end of document" in str(error)
        line = int(place[1]) if place else source.rstrip("\n").count("\n") + 1 if at_end else 0
        message = str(error)[: settings.MAX_SHOWN]
        raise FileRefused(Problem(Said("config.toml", {"message": message}), line=line)) from error


def check(source: str, card: Path | None = None, known: Known | None = None) -> Provisioning:
    """Return what a file says, checked whole.

    Args:
        source: its text.
        card: where the files beside it are.
        known: what the machine has already.

    Raises:
        FileRefused: with every line that cannot be used.
    """
    reading = _Reading(source, parse(source))
    made = reading.provisioning(known or Known(), card)
    if reading.problems or made is None:
        found = sorted(reading.problems, key=lambda one: one.line)
        raise FileRefused(*found[:MAX_PROBLEMS])
    return made


def without_secrets(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables without what must not stay on the card."""
    kept = {
        name: {key: v for key, v in table.items() if f"{name}.{key}" not in SECRETS}
        if isinstance(table, dict)
        else table
        for name, table in tables.items()
    }
    if isinstance(rows := tables.get(OPERATORS), list):
        kept[OPERATORS] = [
            {key: v for key, v in row.items() if key != OPERATOR_SECRET} for row in rows
        ]
    return kept


def is_secret(key: str) -> bool:
    """Tell whether a key, as a problem names it, holds a secret."""
    return key in SECRETS or (key.startswith(OPERATORS) and key.endswith(f".{OPERATOR_SECRET}"))


def _of(cls: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(cls)}
    return {name: value for name, value in values.items() if name in names}


class _Reading:
    """One file on its way to being understood, and what is wrong with it."""

    def __init__(self, source: str, tables: dict[str, Any]) -> None:
        self.source, self.tables = source, tables
        self.problems: list[Problem] = []

    def provisioning(self, known: Known, card: Path | None) -> Provisioning | None:
        for name in self.tables:
            if name not in _SECTIONS:
                self._wrong(settings.unknown(name, _SECTIONS))
        told = {
            name: self._values(classes, self.tables[name], name)
            for name, classes in _KINDS.items()
            if name in self.tables
        }
        config = self._config(told)
        machine = {name: cls(**_of(cls, told.get(name, {}))) for name, cls in TABLES.items()}
        operators = tuple(self._operators())
        self._check_operators(operators, known)
        self._check_network(machine["network"], known)
        office: Enrolment = machine["head_office"]
        if office.enrolment_token and config is not None and not config.head_office.url:
            self._say("head_office.enrolment_token", "config.needs", needs="head_office.url")
        logo = config.shop.logo if config is not None else ""
        if logo and (known.files is None or not (known.files / logo).is_file()):
            self._check_file("shop.logo", logo, card)
        self._check_file("head_office.authority", office.authority, card)
        self._check_file("catalogue.file", machine["catalogue"].file, card, MAX_CATALOGUE_BYTES)
        if config is None or self.problems:
            return None
        return Provisioning(
            config, **machine, operators=operators, tables=without_secrets(self.tables)
        )

    # --- tables -----------------------------------------------------------------------------------

    def _config(self, told: Mapping[str, Mapping[str, Any]]) -> Config | None:
        """Return the terminal's settings; the default stands in for each that is wrong."""
        before = len(self.problems)
        tables: dict[str, Any] = {
            name: _of(cls, told[name]) for name, cls in configuration.TABLES.items() if name in told
        }
        if "barcodes" in self.tables:
            tables["barcodes"] = self.tables["barcodes"]
        try:
            return configuration.build(tables)
        except ConfigError as error:
            if len(self.problems) == before:  # else it may be for want of what is wrong already
                self._wrong(error)
            return None

    def _values(self, classes: tuple[type[Any], ...], table: Any, name: str) -> dict[str, Any]:
        if not isinstance(table, dict):
            message = f"it must be a [{name}] table"
            self._wrong(ConfigError(message, key=name, said=Said("config.table", {"table": name})))
            return {}
        known = {one.name: one for cls in classes for one in fields(cls)}
        kept = {}
        for key, value in table.items():
            try:
                if key not in known:
                    raise settings.unknown(f"{name}.{key}", (f"{name}.{one}" for one in known))
                kept[key] = settings.check(known[key].metadata["kind"], value, f"{name}.{key}")
            except ConfigError as error:
                self._wrong(error)
        return kept

    def _operators(self) -> Iterator[OperatorEntry]:
        rows = self.tables.get(OPERATORS, [])
        if not isinstance(rows, list) or len(rows) > MAX_OPERATORS:
            self._say(OPERATORS, "config.tables", count=str(MAX_OPERATORS), table=OPERATORS)
            return
        for n, row in enumerate(rows):
            yield OperatorEntry(**self._values((OperatorEntry,), row, f"{OPERATORS}[{n}]"))

    # --- what no single setting can tell ----------------------------------------------------------

    def _check_operators(self, operators: tuple[OperatorEntry, ...], known: Known) -> None:
        seen: set[str] = set()
        for n, one in enumerate(operators):
            place = f"{OPERATORS}[{n}]"
            for key in ("number", "name"):
                if not getattr(one, key) and not self._told(f"{place}.{key}"):
                    self._say(f"{place}.{key}", "config.missing")
            if one.number in seen:
                self._say(f"{place}.number", "config.twice", shown=one.number)
            seen.add(one.number)
            pin = f"{place}.{OPERATOR_SECRET}"
            has_pin = one.pin or known.people_settled or one.number in known.operators
            if not has_pin and not self._told(pin):
                self._say(pin, "config.pin_missing", number=one.number or "?")
        led = known.people_settled or any(one.role == "supervisor" for one in operators)
        if not led and not self.problems:
            self._say(OPERATORS, "config.no_supervisor")

    def _check_network(self, network: Network, known: Known) -> None:
        if network.mode == "static" and not network.address:
            self._say("network.mode", "config.needs", needs="network.address")
        if network.mode != "static" and (network.address or network.gateway):
            key = "network.address" if network.address else "network.gateway"
            self._say(key, "config.only_static")
        if not network.reaches_gateway and not self._told("network.gateway"):
            self._say("network.gateway", "config.gateway", address=network.address)
        if not network.wifi_ssid:
            return
        if len(network.wifi_ssid.encode()) > 32:  # IEEE 802.11: octets, not letters
            self._say("network.wifi_ssid", "config.ssid")
        if not network.wifi_country and not self._told("network.wifi_country"):
            self._say("network.wifi_ssid", "config.needs", needs="network.wifi_country")
        kept = network.wifi_psk or network.wifi_ssid == known.wifi_ssid
        if not kept and not self._told("network.wifi_psk"):
            self._say("network.wifi_ssid", "config.needs", needs="network.wifi_psk")

    def _check_file(
        self, key: str, name: str, card: Path | None, most_bytes: int = MAX_BESIDE_BYTES
    ) -> None:
        if not name or card is None:
            return
        try:
            size = (card / name).stat().st_size
        except OSError:
            self._say(key, "config.no_file", file=name)
            return
        if size > most_bytes:
            self._say(key, "config.large", bytes=str(most_bytes))
        elif size == 0 or not (card / name).is_file():
            self._say(key, "config.no_file", file=name)

    # --- saying so --------------------------------------------------------------------------------

    def _told(self, key: str) -> bool:
        return any(one.key == key for one in self.problems)

    def _say(self, key: str, word: str, **values: str) -> None:
        self._wrong(ConfigError("", key=key, said=Said(word, values)))

    def _wrong(self, error: ConfigError) -> None:
        said = error.said
        if is_secret(error.key) and "shown" in said.values:
            said = Said(said.key, {**said.values, "shown": MASK})
        line = configuration.line_of(self.source, error.key) if error.key else 0
        self.problems.append(Problem(said, error.key, line))
