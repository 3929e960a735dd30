"""The fault scripts on the panel: which there are, which runs, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.simulators import BENCH
from terminal.presenters.view import Action
from terminal.services.requests import SteerDevice
from terminal.ui.panel.devices import deed_name, device_name
from terminal.words import Words

MAX_NAMED = 3
"""Devices that a line names; with more it says how many."""


@dataclass(frozen=True, slots=True)
class FaultsView:
    """The page of the fault scripts."""

    scripts: tuple[Action, ...] = ()
    stop: Action = Action()
    status: str = ""
    tone: str = "good"
    next: str = ""
    done: str = ""


def present_faults(scripts: Sequence[str], seen: Mapping[str, Any], words: Words) -> FaultsView:
    """Return the page; ``seen`` is what can be seen of the bench."""
    running = bool(seen["running"])
    name = Path(str(seen["script"])).stem
    return FaultsView(
        scripts=tuple(
            Action(
                script_name(one, words), "play",
                SteerDevice(BENCH, "faults", (("script", one),)),
                chosen=running and name == one,
            )
            for one in scripts
        ),
        stop=Action(words.text("panel.faults.stop"), "pause", SteerDevice(BENCH, "stop"), running),
        status=_status(seen, name, words),
        tone="bad" if seen["failed"] else "warn" if running else "good",
        next=_next(seen["next"], words) if seen["next"] else "",
        done=_done(seen["done"], words),
    )  # fmt: skip


def script_name(name: str, words: Words) -> str:
    """Return what a script is called; one without words by its file."""
    key = f"panel.fault.{name}"
    return words.text(key) if words.has(key) else name


def _status(seen: Mapping[str, Any], name: str, words: Words) -> str:
    if seen["failed"]:
        return words.text("panel.faults.failed", why=str(seen["failed"]))
    if seen["running"]:
        return words.text("panel.faults.running", name=script_name(name, words))
    return words.text("panel.faults.over" if seen["done"] else "panel.faults.none")


def _next(coming: Mapping[str, Any], words: Words) -> str:
    turns = coming["turns"]
    deed = " / ".join(dict.fromkeys(_turn(one["devices"], one["do"], words) for one in turns))
    if len(turns) > 1:
        deed = words.text("panel.faults.chance")
    if coming["watching"]:
        device = device_name(coming["watching"], words)
        return words.text("panel.faults.when_seen", deed=deed, device=device)
    seconds = -(-int(coming["in_ms"] or 0) // 1000)
    return words.text("panel.faults.next", deed=deed, count=seconds)


def _done(done: Sequence[Mapping[str, Any]], words: Words) -> str:
    if not done:
        return ""
    last = done[-1]
    devices = last["device"] if isinstance(last["device"], list) else [last["device"]]
    return words.text("panel.faults.last", deed=_turn(devices, last["do"], words))


def _turn(devices: Sequence[str], action: str, words: Words) -> str:
    if list(devices) == ["all"] or len(devices) > MAX_NAMED:
        named = words.text("panel.faults.all")
    else:
        named = ", ".join(device_name(one, words) for one in devices)
    return words.text("panel.faults.deed", device=named, deed=deed_name(action, words))
