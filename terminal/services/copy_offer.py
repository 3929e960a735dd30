"""What a stick with a second copy would bring back: looked at quickly, before anything is proved.

The end of a copy tells nearly everything; its newest segments are read backwards until the last
sale and the people are found.  Whether the chain holds is only known when it is restored.
"""

from __future__ import annotations

import json
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from terminal import config as configuration
from terminal.core.events import SaleCompleted
from terminal.devices.media import Machine, Medium
from terminal.services import operators as people
from terminal.services.copied_catalogue import kept
from terminal.services.second_copy import FOLDER, copies_of
from terminal.store.copy_format import (
    FORMAT,
    MAX_LINE_BYTES,
    SUM_CHARS,
    Copied,
    CopiedFile,
    SegmentHead,
    lines,
    segments,
)

ARTICLES = "articles.csv"
"""A catalogue as a file, on the stick or on the card: it is taken rather than the copied one."""
SALE_SEGMENTS = 4
"""Segments of 8 MiB in which the last sale is looked for: a day of sales is in one."""
MAX_SUPERVISORS = 6
"""Shown by name; others are typed by number."""
SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class LastSale:
    """The newest receipt of a copy."""

    number: str
    total_minor: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class CopyOffer:
    """A copy that was found, and what is known of it."""

    folder: Path
    """Of the copy, on its stick."""
    medium: str = ""
    till: str = ""
    shop: str = ""
    seq: int = 0
    at_ms: int = 0
    """Time of its newest record."""
    last_sale: LastSale | None = None
    supervisors: tuple[tuple[str, str], ...] = ()
    """(number, name) of those who may sign on again."""
    timezone: str = "UTC"
    currency: str = "EUR"
    language: str = ""
    articles: Path | None = None
    """None: the catalogue beside the copy."""
    problem: str = ""
    """Why it cannot be restored here: the last part of a key ``restore.problem``."""

    @property
    def usable(self) -> bool:
        return not self.problem


def look(machine: Machine, card: Path) -> CopyOffer | None:
    """Return what the newest stick that holds a copy offers; None when there is none.

    ``card`` is the folder of the FAT partition, which may hold the articles.
    """
    for medium in machine.media():
        try:
            found = _copy_of(medium)
            if found is not None:
                return _with_articles(found, medium, card)
        except OSError:
            continue  # pulled out while it was looked at: the next look finds it, or does not
    return None


@dataclass(slots=True)
class StickWatch:
    """Looks again and again; reads a copy anew only when it, or what lies beside, has changed."""

    machine: Machine
    card: Path
    _seen: object = None
    _offer: CopyOffer | None = None

    def look(self) -> CopyOffer | None:
        """Return what is offered now; may read some 30 MB."""
        seen = tuple(_mark(medium, self.card) for medium in self.machine.media())
        if seen != self._seen:
            self._offer = look(self.machine, self.card)
            self._seen = seen
        return self._offer


def _mark(medium: Medium, card: Path) -> object:
    """Return what changes when the copy of a stick does, or when articles are put beside it."""
    home = medium.folder / FOLDER
    try:
        newest = segments(copies_of(home)[-1])[-1]
        size = newest.stat().st_size
    except (OSError, IndexError):
        return medium.folder, "", 0
    with_articles = tuple((folder / ARTICLES).is_file() for folder in (medium.folder, card))
    return medium.folder, newest, size, with_articles, kept(home) is not None


def _copy_of(medium: Medium) -> CopyOffer | None:
    home = medium.folder / FOLDER
    copies = copies_of(home) if home.is_dir() else []
    with_records = [copy for copy in copies if segments(copy)]
    if not with_records:
        return None
    return described(with_records[-1], medium.label)


def described(copy: Path, medium: str = "") -> CopyOffer:
    """Return what the end of a copy says. Raises OSError."""
    offer = CopyOffer(copy, medium)
    newest_first = list(reversed(segments(copy)))
    files: dict[str, str] = {}
    for number, path in enumerate(newest_first):
        if number >= SALE_SEGMENTS and {configuration.FILE_NAME, people.FILE} <= files.keys():
            break
        if foreign(path):
            return replace(offer, problem="newer")
        offer = _of_segment(path, offer, files)
        if offer.last_sale is not None and {configuration.FILE_NAME, people.FILE} <= files.keys():
            break
    if not offer.seq:
        return replace(offer, problem="empty")
    return _with_files(offer, files)


def foreign(path: Path) -> bool:
    """Tell whether a segment is of another format than ours. Raises OSError."""
    with path.open("rb") as file:
        first = file.readline(MAX_LINE_BYTES)
    try:
        said = json.loads(first[SUM_CHARS + 1 :])
        return bool(said["kind"] == "head" and said["format"] != FORMAT)
    except (ValueError, TypeError, KeyError, RecursionError):
        return False  # damaged, not foreign


def _of_segment(path: Path, offer: CopyOffer, files: dict[str, str]) -> CopyOffer:
    """Add what one segment says, which is older than those looked at before."""
    here: dict[str, str] = {}
    newest: Copied | None = None
    sale: LastSale | None = None
    till, shop = offer.till, offer.shop
    with path.open("rb") as file:
        for line in lines(file):
            match line.body:
                case SegmentHead(owner=owner):
                    till, shop = owner.till, owner.shop
                case CopiedFile(name=name, text=text):
                    here[name] = text
                case Copied(record=record, whole=whole) as copied:
                    newest = copied if whole else newest
                    if record.type == SaleCompleted.__name__:
                        sale = _sale(record.payload_json, record.at_ms) or sale
    for name, text in here.items():
        files.setdefault(name, text)
    if offer.seq == 0 and newest is not None:
        offer = replace(offer, seq=newest.record.seq, at_ms=newest.record.at_ms)
    return replace(offer, till=till, shop=shop, last_sale=offer.last_sale or sale)


def _sale(payload: str, at_ms: int) -> LastSale | None:
    try:
        said = json.loads(payload)
        return LastSale(str(said["receipt_number"]), int(said["total_minor"]), at_ms)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None  # a newer version writes it otherwise: restoring will say so


def _with_files(offer: CopyOffer, files: Mapping[str, str]) -> CopyOffer:
    text = files.get(configuration.FILE_NAME, "")
    shop, fiscal, terminal = (_table(text, name) for name in ("shop", "fiscal", "terminal"))
    found = _supervisors(files.get(people.FILE, ""))
    problem = ""
    if fiscal.get("regime") == "austria" or (
        fiscal.get("regime", "plain") != "plain" and fiscal.get("key", "file") != "file"
    ):
        problem = "sealed_key"
    elif not found:
        problem = "operators"
    return replace(
        offer,
        supervisors=found,
        timezone=_timezone(shop),
        currency=str(shop.get("currency", "EUR")),
        language=str(terminal.get("language", "")),
        problem=problem,
    )


def _table(text: str, name: str) -> dict[str, Any]:
    """Return a table of copied settings; an empty one when they are none."""
    try:
        found = tomllib.loads(text).get(name)
    except (ValueError, RecursionError):  # also of numbers with thousands of digits
        return {}
    return found if isinstance(found, dict) else {}


def _timezone(shop: Mapping[str, Any]) -> str:
    """Return the shop's time zone where this machine knows it, for a screen to show times in."""
    name = str(shop.get("timezone", "Europe/Paris"))
    try:
        return zoneinfo.ZoneInfo(name).key
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return "UTC"


def _supervisors(text: str) -> tuple[tuple[str, str], ...]:
    try:
        rows = [
            (str(row["operator_id"]), str(row["name"]))
            for row in json.loads(text)
            if row["role"] == SUPERVISOR
        ]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()
    return tuple(rows[:MAX_SUPERVISORS])


def _with_articles(offer: CopyOffer, medium: Medium, card: Path) -> CopyOffer:
    for folder in (medium.folder, card):
        if (folder / ARTICLES).is_file():
            return replace(offer, articles=folder / ARTICLES)
    if kept(medium.folder / FOLDER) is not None:
        return offer
    return replace(offer, problem=offer.problem or "articles")
