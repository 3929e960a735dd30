"""The settings of one terminal: ``reprise.toml`` in its data directory, as frozen values.

A wrong setting is refused rather than guessed: the error names the key, the file and the line, and
says what is allowed.  What a file leaves out has the default written here.
"""

from __future__ import annotations

import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from terminal import settings
from terminal.accounts_settings import Accounts
from terminal.barcode_settings import BarcodeScheme
from terminal.core.policy import ALL_RIGHTS, CASHIER, DEFAULT_RIGHTS, SUPERVISOR, Policy
from terminal.delivery_settings import Delivery
from terminal.device_settings import Devices, check_scanner
from terminal.fiscal_settings import Fiscal
from terminal.head_office_settings import SITE_NAME, HeadOffice
from terminal.invoice_settings import InvoiceSettings
from terminal.poi_settings import Poi, check_address
from terminal.receipt_settings import ReceiptSettings, spelt
from terminal.settings import ConfigError, Said, choice, setting, texts, whole
from terminal.shop_settings import Shop
from terminal.storage_settings import Storage
from terminal.terminal_settings import TerminalSettings
from terminal.update_settings import Updates

FILE_NAME = "reprise.toml"
MAX_FILE_BYTES = 262_144
"""Far above any real file; a larger one is a mistake and is not read into memory."""
MAX_SCHEMES = 32

_RIGHTS = texts(len(ALL_RIGHTS), choice(*sorted(ALL_RIGHTS)), ",")


@dataclass(frozen=True, slots=True)
class Rights:
    """What each kind of operator may do beyond selling."""

    cashier: tuple[str, ...] = setting(tuple(sorted(DEFAULT_RIGHTS[CASHIER])), "", _RIGHTS)
    supervisor: tuple[str, ...] = setting(tuple(sorted(DEFAULT_RIGHTS[SUPERVISOR])), "", _RIGHTS)


@dataclass(frozen=True, slots=True)
class Payment:
    """Waits around a card payment, in seconds."""

    answer_timeout_s: int = setting(
        0,
        "Until the payment terminal is asked to stop; 0: as long as its protocol may take.",
        whole(0, 600, "seconds"),
    )
    enquiry_timeout_s: int = setting(
        2, "For one answer about a lost payment; a till waits this long.", whole(1, 30, "seconds")
    )
    enquiry_window_s: int = setting(
        90,
        "How long a start asks for lost answers before staff decide; 0: once.",
        whole(0, 600, "seconds"),
    )
    status_interval_s: int = setting(5, "Between two such questions.", whole(1, 60, "seconds"))
    kiosk_thank_you_s: int = setting(
        8, "How long a kiosk thanks before the next shopper.", whole(2, 120, "seconds")
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that a shop may want to move."""

    search_results: int = setting(50, "Articles shown by one search.", whole(5, 200))
    kiosk_idle_s: int = setting(
        90, "Without a touch or scan, until a shopper is asked if still there.", whole(20, 600)
    )
    kiosk_idle_warning_s: int = setting(
        30, "How long that question stays before staff is called.", whole(20, 600)
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a terminal."""

    shop: Shop = field(default_factory=Shop)
    terminal: TerminalSettings = field(default_factory=TerminalSettings)
    rights: Rights = field(default_factory=Rights)
    payment: Payment = field(default_factory=Payment)
    devices: Devices = field(default_factory=Devices)
    poi: Poi = field(default_factory=Poi)
    fiscal: Fiscal = field(default_factory=Fiscal)
    invoice: InvoiceSettings = field(default_factory=InvoiceSettings)
    delivery: Delivery = field(default_factory=Delivery)
    receipt: ReceiptSettings = field(default_factory=ReceiptSettings)
    accounts: Accounts = field(default_factory=Accounts)
    head_office: HeadOffice = field(default_factory=HeadOffice)
    storage: Storage = field(default_factory=Storage)
    updates: Updates = field(default_factory=Updates)
    limits: Limits = field(default_factory=Limits)
    barcodes: tuple[BarcodeScheme, ...] = (
        BarcodeScheme(prefix="02", kind="price", decimals=2),
        BarcodeScheme(prefix="21", kind="weight", decimals=3),
        BarcodeScheme(prefix="22", kind="price", decimals=2),
    )

    def policy(self) -> Policy:
        """Return the rules that the core asks."""
        machine = self.terminal
        return Policy(
            role=machine.role,
            currency=self.shop.currency,
            cash_rounding_minor=machine.cash_rounding_minor,
            till_number=machine.till_number,
            workstation=machine.workstation,
            receipt_prefix=machine.receipt_prefix,
            invoice_prefix=self.invoice.prefix,
            coupon_prefix=self.receipt.coupon_prefix,
            paper_on_request=self.receipt.paper_on_request(self.shop.country),
            deposit_vat_rate_bp=self.shop.deposit_vat_rate_bp,
            default_category=self.accounts.default_category,
            deposit_category=self.accounts.deposit_category,
            department_categories=self.accounts.categories(),
            rights={
                CASHIER: frozenset(self.rights.cashier),
                SUPERVISOR: frozenset(self.rights.supervisor),
            },
            express_limit=machine.express_limit,
            shopper_may_void=machine.shopper_may_void,
            default_language=machine.language,
            max_lines=machine.max_lines,
            receipt_choices=self.delivery.choices,
            foreign_returns=self.delivery.foreign_returns,
        )


def defaults() -> Config:
    """Return the settings of a shop that has set nothing: everything simulated."""
    return Config()


def load(path: Path) -> Config:
    """Return the settings in a TOML file.

    Raises:
        ConfigError: the file cannot be read, or a setting cannot be used.
    """
    source = read_source(path)
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else 0
        said = Said("config.toml", {"message": str(error)})
        message = f"this is not TOML: {error}"
        raise ConfigError(message, file=path, line=line, said=said) from error
    try:
        return build(tables)
    except ConfigError as error:
        raise _placed(error, path, source) from None


def placed(error: ConfigError, path: Path) -> ConfigError:
    """Return an error that a setting of this file caused, with its file and line."""
    return error if error.file is not None else _placed(error, path, read_source(path))


def with_settings(config: Config, values: Mapping[str, str]) -> Config:
    """Return the settings with some replaced: ``{"shop.name": "Chez Lise"}``, as typed.

    Lists are typed with ``;`` between lines and ``,`` between words.

    Raises:
        ConfigError: a key does not exist, or its value cannot be used.
    """
    for key, typed in values.items():
        section, _, name = key.partition(".")
        one = _field(_table(section, key), name, key)
        kind = one.metadata["kind"]
        kept = settings.check(kind, kind.read(typed), key)
        config = replace(config, **{section: replace(getattr(config, section), **{name: kept})})
    _check_together(config)
    return config


def dump(config: Config) -> str:
    """Return the settings as commented TOML that ``load`` reads back to an equal value."""
    parts = ["# Settings of this terminal. A wrong one is refused at start, with its line.\n"]
    for name, cls in TABLES.items():
        parts.append(f"\n# {_first_line(cls)}\n[{name}]\n{_dump_table(getattr(config, name))}")
    for rule in config.receipt.properties:
        lines = (f"{name} = {settings.spell(value)}\n" for name, value in spelt(rule).items())
        parts.append(f"\n[[receipt.properties]]\n{''.join(lines)}")
    parts.append(f"\n# {_first_line(BarcodeScheme)}\n")
    if not config.barcodes:
        parts.insert(1, "\nbarcodes = []\n")
    parts.extend(
        f"[[barcodes]]\n{_dump_table(scheme, comments=number == 0)}"
        for number, scheme in enumerate(config.barcodes)
    )
    return "".join(parts)


TABLES: Mapping[str, type[Any]] = {
    "shop": Shop,
    "terminal": TerminalSettings,
    "rights": Rights,
    "payment": Payment,
    "devices": Devices,
    "poi": Poi,
    "fiscal": Fiscal,
    "invoice": InvoiceSettings,
    "delivery": Delivery,
    "receipt": ReceiptSettings,
    "accounts": Accounts,
    "head_office": HeadOffice,
    "storage": Storage,
    "updates": Updates,
    "limits": Limits,
}


def read_source(path: Path) -> str:
    """Return the text of a settings file. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=path) from error
    if len(raw) > MAX_FILE_BYTES:
        said = Said("config.large", {"bytes": str(MAX_FILE_BYTES)})
        raise ConfigError(f"is larger than {MAX_FILE_BYTES} bytes", file=path, said=said)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        said = Said("config.utf8")
        raise ConfigError("this is not UTF-8 text", file=path, line=line, said=said) from error


def build(tables: Mapping[str, Any]) -> Config:
    """Return the settings in parsed tables. Raises ConfigError, without file and line."""
    sections: dict[str, Any] = {}
    for name, value in tables.items():
        if name == "barcodes":
            sections[name] = _schemes(value)
        else:
            sections[name] = _fill(_table(name, name), value, name)
    config = Config(**sections)
    _check_together(config)
    return config


def _schemes(value: Any) -> tuple[BarcodeScheme, ...]:
    if not isinstance(value, list) or len(value) > MAX_SCHEMES:
        raise ConfigError(
            f"it must be at most {MAX_SCHEMES} [[barcodes]] tables",
            key="barcodes",
            said=Said("config.tables", {"count": str(MAX_SCHEMES), "table": "barcodes"}),
        )
    return tuple(
        _fill(BarcodeScheme, table, f"barcodes[{number}]") for number, table in enumerate(value)
    )


def _fill(cls: type[Any], value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        said = Said("config.table", {"table": name})
        raise ConfigError(f"it must be a [{name}] table", key=name, said=said)
    kept = {}
    for key, given in value.items():
        one = _field(cls, key, f"{name}.{key}")
        kept[key] = settings.check(one.metadata["kind"], given, f"{name}.{key}")
    return cls(**kept)


def _table(section: str, key: str) -> type[Any]:
    if section not in TABLES:
        raise settings.unknown(key, (*TABLES, "barcodes"))
    return TABLES[section]


def _field(cls: type[Any], name: str, key: str) -> Field[Any]:
    known = {one.name: one for one in fields(cls)}
    if name not in known:
        raise settings.unknown(key, (key.removesuffix(name) + other for other in known))
    return known[name]


def _check_together(config: Config) -> None:
    """Check what no single setting can tell."""
    machine, shop, limits = config.terminal, config.shop, config.limits
    try:
        zoneinfo.ZoneInfo(shop.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f'{shop.timezone!r} is not known here; it must be like "Europe/Paris"',
            key="shop.timezone",
            said=Said("config.timezone", {"shown": shop.timezone[: settings.MAX_SHOWN]}),
        ) from error
    if machine.language not in machine.languages:
        raise ConfigError(
            "it must be one of terminal.languages",
            key="terminal.language",
            said=Said("config.language"),
        )
    if limits.kiosk_idle_warning_s > limits.kiosk_idle_s:
        raise ConfigError(
            "it must not be longer than limits.kiosk_idle_s",
            key="limits.kiosk_idle_warning_s",
            said=Said("config.idle"),
        )
    config.delivery.check()
    config.updates.check()
    devices = config.devices
    check_address(devices.poi, devices.poi_protocol, key="devices.poi")
    check_scanner(devices)
    if config.head_office.url and SITE_NAME.fullmatch(config.shop.site) is None:
        raise ConfigError(
            "the head office knows this shop by it: letters, digits, dots and dashes",
            key="shop.site",
            said=Said("config.site"),
        )
    if machine.role == "kiosk" and devices.poi_protocol == "manual-poi":
        raise ConfigError(
            "a kiosk has no one to ask; name another",
            key="devices.poi_protocol",
            said=Said("config.kiosk_poi"),
        )
    _check_schemes(config.barcodes)


def _check_schemes(barcodes: tuple[BarcodeScheme, ...]) -> None:
    for number, scheme in enumerate(barcodes):
        if not scheme.prefix:
            raise ConfigError(
                "it must be given: 1 to 4 digits",
                key=f"barcodes[{number}].prefix",
                said=Said("config.prefix"),
            )
        ends = (scheme.item_start + scheme.item_length, scheme.value_start + scheme.value_length)
        if max(ends) > scheme.length - 1:
            raise ConfigError(
                "article number and value must lie before the check digit, the last of the code",
                key=f"barcodes[{number}].length",
                said=Said("config.scheme"),
            )


def _placed(error: ConfigError, path: Path, source: str) -> ConfigError:
    error.file = path
    error.line = line_of(source, error.key)
    return error


def line_of(source: str, key: str) -> int:
    """Return the line of a dotted key, ``barcodes[2].prefix`` included."""
    section, _, name = key.partition(".")
    table, _, number = section.partition("[")
    return settings.line_of(source, table, name, int(number.rstrip("]") or 0)) or (
        settings.line_of(source, "", table)
    )


def _dump_table(section: Any, *, comments: bool = True) -> str:
    lines = []
    for one in fields(section):
        if one.name == "properties":
            continue  # records of their own
        comment = one.metadata["comment"] if comments else ""
        kind = one.metadata["kind"]
        if comments:
            lines.append(f"# {comment} Must be {kind.allowed}.".replace("#  ", "# "))
        lines.append(f"{one.name} = {settings.spell(getattr(section, one.name))}")
    return "\n".join(lines) + "\n"


def _first_line(cls: type[Any]) -> str:
    return (cls.__doc__ or "").splitlines()[0]
