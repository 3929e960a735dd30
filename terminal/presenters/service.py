"""The service screen of till and kiosk: how everything is, in tiles, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from terminal.appliance.readings import Group, Judgement, Reading
from terminal.appliance.update_record import IDLE, REFUSED
from terminal.core.state import TerminalState
from terminal.devices.adoption import Stand
from terminal.devices.page import DeviceLine
from terminal.logs import Entry as LogEntry
from terminal.presenters.commissioning import open_commissioning
from terminal.presenters.desk import Desk, Entry, change
from terminal.presenters.device_words import said_of
from terminal.presenters.keys import ESCAPE
from terminal.presenters.service_line import ServiceLine
from terminal.presenters.service_storage import storage_lines
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action
from terminal.services.requests import CheckHealth
from terminal.services.service_page import ServicePage
from terminal.services.service_requests import ExportDiagnostics, OpenService, RestartTerminal
from terminal.words import Words

TONES = MappingProxyType(
    {
        Judgement.GOOD: "good",
        Judgement.UNKNOWN: "quiet",
        Judgement.ATTENTION: "warn",
        Judgement.BAD: "bad",
    }
)
_GRAVITY = ("quiet", "info", "good", "warn", "bad")
"""Tones of lines, from what says least of a tile to what says most."""
_ICONS = MappingProxyType(
    {
        "machine": "monitor",
        "storage": "hard-drive",
        "clock": "clock",
        "network": "wifi",
        "devices": "plug",
        "software": "layers",
        "errors": "file-text",
    }
)
_SAID = MappingProxyType({"good": "good", "info": "good", "warn": "attention", "bad": "bad"})
TILE_LINES, NOTE_LINES = 3, 2
"""What a tile's head and a note weigh against a line, when the columns are balanced."""


@dataclass(frozen=True, slots=True)
class ServiceTile:
    """One group, under the gravest judgement in it."""

    title: str = ""
    icon: str = ""
    state: str = ""
    tone: str = "good"
    lines: tuple[ServiceLine, ...] = ()

    @property
    def weight(self) -> int:
        """Lines that it takes, about."""
        return TILE_LINES + sum(1 + NOTE_LINES * bool(line.note) for line in self.lines)


@dataclass(frozen=True, slots=True)
class ServiceView:
    title: str = ""
    text: str = ""
    note: str = ""
    tone: str = "quiet"
    left: tuple[ServiceTile, ...] = ()
    right: tuple[ServiceTile, ...] = ()
    actions: tuple[Action, ...] = ()
    back: Action = Action()


def open_service(words: Words) -> Action:
    """Return the action that asks for the screen; a right opens it."""
    return Action(words.text("service.open"), "wrench", OpenService())


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> ServiceView:
    """Return the page; the same for till and kiosk."""
    del state, desk
    page = surroundings.service
    tiles = tuple(_tiles(page, surroundings, words))
    overall = _overall(tiles)
    left, right = _columns(tiles)
    measured = (
        words.text("service.measured", at_ms=page.report.at_ms)
        if page.report is not None
        else words.text("service.none")
    )
    return ServiceView(
        title=words.text("service.title"),
        text=words.text(f"service.text.{_SAID.get(overall, 'unknown')}"),
        note=measured,
        tone=overall,
        left=left,
        right=right,
        actions=(
            Action(words.text("service.export"), "archive", ExportDiagnostics()),
            open_commissioning(words),
            Action(words.text("service.test_print"), "printer", CheckHealth("printer")),
            Action(words.text("service.restart"), "rotate-ccw", RestartTerminal()),
        ),
        back=_back(surroundings, words),
    )


def _overall(tiles: Iterable[ServiceTile]) -> str:
    """Return the gravest tone; what was logged once is no state of anything."""
    tones = [tile.tone for tile in tiles if tile.icon != _ICONS["errors"]]
    return max(tones, key=_GRAVITY.index, default="quiet")


def _back(surroundings: Surroundings, words: Words) -> Action:
    """Return to the sale at a till, to the sheet of the staff at a kiosk."""
    overlay = "staff" if surroundings.role == "kiosk" else ""
    leave = change(panel="", overlay=overlay, entry=Entry())
    return Action(words.text("service.back"), "arrow-left", leave, key=ESCAPE)


def _tiles(page: ServicePage, surroundings: Surroundings, words: Words) -> Iterator[ServiceTile]:
    readings = page.report.readings if page.report is not None else ()
    for group in Group:
        lines = [_reading(one, words) for one in readings if one.group is group]
        if group is Group.DEVICES:
            lines = [*_devices(surroundings.page.lines, page, words), *lines]
        elif group is Group.STORAGE:
            lines += storage_lines(page.storage, surroundings.timezone, words)
        elif group is Group.SOFTWARE:
            lines = [ServiceLine(words.text("service.version"), page.program), *lines]
            lines += _update(page, words)
        if lines:
            yield _tile(group.value, lines, words)
    zone = surroundings.timezone
    errors = [_error(entry, zone, words) for entry in page.errors]
    none = ServiceLine(words.text("service.no_errors"))
    yield _tile("errors", errors or [none], words)


def _tile(name: str, lines: Sequence[ServiceLine], words: Words) -> ServiceTile:
    tone = max((line.tone for line in lines), key=_GRAVITY.index)
    judged = _SAID.get(tone, "unknown")
    return ServiceTile(
        title=words.text(f"service.group.{name}"),
        icon=_ICONS[name],
        state=words.text(f"judgement.{judged}"),
        tone="good" if tone == "info" else tone,
        lines=tuple(lines),
    )


def _reading(reading: Reading, words: Words) -> ServiceLine:
    grave = reading.judgement in (Judgement.ATTENTION, Judgement.BAD)
    figures = (
        words.text(f"figure.{reading.name}", **reading.figures).strip(" ,")
        if reading.figures and words.has(f"figure.{reading.name}")
        else ""
    )
    return ServiceLine(
        name=words.text(f"reading.{reading.name}"),
        value=figures or words.text(f"judgement.{reading.judgement}"),
        note=words.text(f"finding.{reading.name}.{reading.finding}") if grave else "",
        tone=TONES[reading.judgement],
    )


def _devices(lines: Iterable[DeviceLine], page: ServicePage, words: Words) -> Iterator[ServiceLine]:
    for line in lines:
        if line.stand == Stand.NONE:
            continue
        said = said_of(line, words)
        note = said.note if said.tone in ("warn", "bad") else ""
        trouble = page.troubles.get(line.role)
        if not note and trouble is not None:
            note = words.text(f"service.trouble.{trouble.kind}", at_ms=trouble.at_ms)
        yield ServiceLine(said.name, said.state, note, said.tone)


def _update(page: ServicePage, words: Words) -> Iterator[ServiceLine]:
    """Say where an update stands, once the updater has said anything."""
    update = page.update
    if update.step == IDLE:
        return
    value = words.text("figure.update", step=update.step, version=update.version[:40])
    refused = update.step == REFUSED
    key = f"update.{update.code}"
    note = words.text(key) if refused and words.has(key) else ""
    yield ServiceLine(words.text("reading.update"), value, note, "warn" if refused else "good")


def _error(entry: LogEntry, zone: str, words: Words) -> ServiceLine:
    """Show an error as the program wrote it: for a technician, in the program's own words."""
    name = entry.logger.rpartition(".")[2]
    what = entry.template or entry.error
    tone = "bad" if entry.level in ("error", "critical") else "warn"
    return ServiceLine(
        words.format_time(entry.at_ms, zone), name, f"{what} {entry.place}".strip(), tone
    )


def _columns(
    tiles: Sequence[ServiceTile],
) -> tuple[tuple[ServiceTile, ...], tuple[ServiceTile, ...]]:
    """Part the tiles where the columns come out most alike; they keep their order."""
    total = sum(tile.weight for tile in tiles)
    best, gap, so_far = len(tiles), total, 0
    for n, tile in enumerate(tiles, 1):
        so_far += tile.weight
        if abs(total - 2 * so_far) < gap:
            best, gap = n, abs(total - 2 * so_far)
    return tuple(tiles[:best]), tuple(tiles[best:])
