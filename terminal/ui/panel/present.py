"""What is seen of the devices, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from terminal.presenters.departments import department_look
from terminal.presenters.view import Action, Row
from terminal.services.requests import SteerDevice
from terminal.ui.panel.devices import GOODS_G, DeviceCardView, device_card
from terminal.ui.panel.faults import FaultsView, present_faults
from terminal.ui.panel.shelf import TRICKS, WARES, Ware
from terminal.words import Words

_TRICK_ICONS = {
    "unknown": "circle-question-mark",
    "check_digit": "scan-line",
    "hostile": "qr-code",
    "controls": "zap",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person standing before the bench sees."""

    devices: Mapping[str, Mapping[str, Any]]
    running: bool
    returning: bool
    returns: bool
    cuts: int
    knobs: Mapping[str, tuple[str, ...]]
    """Device -> the names of its knobs."""
    connected: tuple[str, ...]
    """Devices that have a card."""
    bench: Mapping[str, Any]
    """What can be seen of the bench itself: the fault script that runs."""
    scripts: tuple[str, ...]
    page: str
    staffed: bool
    """The terminal is a till: somebody must sign on."""


@dataclass(frozen=True, slots=True)
class MainsView:
    status: str = ""
    tone: str = "good"
    note: str = ""
    plug: Action = Action()
    returns: Action = Action()


@dataclass(frozen=True, slots=True)
class PoiView:
    title: str = ""
    lines: tuple[str, ...] = ()
    lit: bool = True
    card: Action = Action()
    ok: Action = Action()
    red: Action = Action()
    outcome_title: str = ""
    outcomes: tuple[Action, ...] = ()
    plug: Action = Action()


@dataclass(frozen=True, slots=True)
class PrinterView:
    title: str = ""
    status: str = ""
    tone: str = "good"
    lit: bool = True
    paper: Action = Action()
    plug: Action = Action()
    power: Action = Action()
    tear: Action = Action()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class DrawerView:
    title: str = ""
    status: str = ""
    is_open: bool = False
    press: Action = Action()


@dataclass(frozen=True, slots=True)
class PanelView:
    title: str = ""
    hint: str = ""
    """Who may sign on, where somebody must."""
    mains: MainsView = field(default_factory=MainsView)
    poi: PoiView = field(default_factory=PoiView)
    printer: PrinterView = field(default_factory=PrinterView)
    drawer: DrawerView = field(default_factory=DrawerView)
    shelf_note: str = ""
    shelf: tuple[Row, ...] = ()
    tricks: tuple[Action, ...] = ()
    scale: tuple[Action, ...] = ()
    page: str = "shelf"
    tabs: tuple[Action, ...] = ()
    devices: tuple[DeviceCardView, ...] = ()
    faults: FaultsView = field(default_factory=FaultsView)


def present(seen: Seen, words: Words) -> PanelView:
    """Return the panel as it looks now."""
    listened = bool(seen.devices["scanner"].get("listened_to"))
    note = "" if listened else words.text("panel.shelf.unheard")
    return PanelView(
        title=words.text("panel.title"),
        hint=words.text("panel.hint") if seen.staffed else "",
        mains=_mains(seen, words),
        poi=_poi(seen.devices["poi"], words),
        printer=_printer(seen.devices["printer"], words),
        drawer=_drawer(seen.devices["drawer"], words),
        shelf_note=note,
        shelf=tuple(_ware(ware, words) for ware in WARES),
        tricks=tuple(
            Action(
                words.text(f"panel.trick.{name}"), _TRICK_ICONS[name],
                knob("scanner", "scan", code=code),
            )
            for name, code in TRICKS.items()
        ),
        scale=_scale(seen.devices["scale"], words),
        page=seen.page,
        tabs=_tabs(seen, words),
        devices=tuple(
            device_card(name, seen.devices[name], seen.knobs[name], words)
            for name in seen.connected
        ) if seen.page == "devices" else (),
        faults=present_faults(seen.scripts, seen.bench, words),
    )  # fmt: skip


def _tabs(seen: Seen, words: Words) -> tuple[Action, ...]:
    """Return the pages; one on which something is wrong or runs is marked by its icon."""
    ill = any(
        not (one["plugged"] and one["powered"])
        for one in map(seen.devices.__getitem__, seen.connected)
    )
    icons = {
        "shelf": "shopping-basket",
        "devices": "triangle-alert" if ill else "layers",
        "faults": "play" if seen.bench["running"] else "zap",
    }
    return tuple(
        Action(
            words.text(f"panel.page.{name}"), icon, knob("panel", "page", name=name),
            chosen=name == seen.page,
        )
        for name, icon in icons.items()
    )  # fmt: skip


def knob(device: str, action: str, **parameters: object) -> SteerDevice:
    """Return the request to turn a knob."""
    return SteerDevice(device, action, tuple(parameters.items()))


def _mains(seen: Seen, words: Words) -> MainsView:
    state = "running" if seen.running else "returning" if seen.returning else "off"
    plug = (
        Action(words.text("panel.pull"), "plug", knob("mains", "pull"))
        if seen.running
        else Action(words.text("panel.on"), "power", knob("mains", "on"))
    )
    returns = Action(
        words.text("panel.returns"),
        "circle-check" if seen.returns else "minus",
        knob("mains", "returns"),
    )
    tone = {"running": "good", "returning": "warn", "off": "bad"}[state]
    note = words.counted("panel.cuts", seen.cuts) if seen.cuts else words.text("panel.promise")
    return MainsView(words.text(f"panel.mains.{state}"), tone, note, plug, returns)


def _plug(device: str, look: Mapping[str, Any], words: Words) -> Action:
    plugged = bool(look["plugged"])
    name = "unplug" if plugged else "plug"
    return Action(words.text(f"panel.{name}"), "cable", knob(device, name), chosen=not plugged)


def _poi(look: Mapping[str, Any], words: Words) -> PoiView:
    keys = set(look["keys"])
    planned = list(look["planned"])
    lines = tuple(look["display"]) or ("",)
    return PoiView(
        title=words.text("panel.poi"),
        lines=lines,
        lit=bool(look["powered"] and look["plugged"]),
        card=Action(
            words.text("panel.poi.card"), "nfc", knob("poi", "present_card"), "present_card" in keys
        ),
        ok=Action("OK", "check", knob("poi", "press", key="ok"), "ok" in keys),
        red=Action(
            words.text("panel.poi.stop"), "x", knob("poi", "press", key="red"), "cancel" in keys
        ),
        outcome_title=words.text("panel.poi.next"),
        outcomes=tuple(
            Action(
                words.text(f"panel.outcome.{name}"), "", knob("poi", "next", outcome=name),
                chosen=bool(planned) and planned[0] == name,
            )
            for name in look["offers"]
        ),
        plug=replace(_plug("poi", look, words), icon=""),
    )  # fmt: skip


def _printer(look: Mapping[str, Any], words: Words) -> PrinterView:
    out = look["paper"] == "out"
    lit = bool(look["powered"])
    state = (
        "off" if not lit
        else "unplugged" if not look["plugged"]
        else "cover_open" if look["cover"] == "open"
        else "paper_out" if out
        else "jammed" if look["cutter"] == "jammed"
        else "printing" if look["printing"]
        else "ready"
    )  # fmt: skip
    paper = "refill" if out else "paper_out"
    power = "power_off" if lit else "power_on"
    return PrinterView(
        title=words.text("panel.printer"),
        status=words.text(f"panel.printer.{state}"),
        tone="good" if state in {"ready", "printing"} else "bad",
        lit=lit,
        paper=Action(
            words.text(f"panel.printer.{paper}.do"), "receipt", knob("printer", paper), chosen=out
        ),
        plug=_plug("printer", look, words),
        power=Action(words.text(f"panel.{power}"), "power", knob("printer", power), chosen=not lit),
        tear=Action(words.text("panel.printer.tear"), "arrow-right", knob("paper", "tear")),
        empty=words.text("panel.printer.empty"),
    )


def _drawer(look: Mapping[str, Any], words: Words) -> DrawerView:
    is_open = look["state"] == "open"
    state = "open" if is_open else "closed"
    act = Action(words.text("panel.drawer.close"), "inbox", knob("drawer", "close"), is_open)
    return DrawerView(words.text("panel.drawer"), words.text(f"panel.drawer.{state}"), is_open, act)


def _scale(look: Mapping[str, Any], words: Words) -> tuple[Action, ...]:
    """Put goods on the scale or take them off, lean on it, pull its plug."""
    loaded = bool(look["load_g"])
    goods = (
        Action(words.text("panel.scale.remove"), "scale", knob("scale", "remove"), chosen=True)
        if loaded
        else Action(
            words.text("panel.scale.put", weight_g=GOODS_G), "scale",
            knob("scale", "put", grams=GOODS_G),
        )
    )  # fmt: skip
    return (goods, _plug("scale", look, words))


def _ware(ware: Ware, words: Words) -> Row:
    look = department_look(ware.department)
    return Row(
        label=f"{ware.label}\n{words.format_weight(ware.weight_g)}"
        if ware.weight_g
        else ware.label,
        icon="scale" if ware.weight_g else look.icon,
        tint=look.tint,
        press=Action(ware.label, "", knob("scanner", "scan", code=ware.scanned)),
    )
