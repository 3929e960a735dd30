"""A card for every simulated device: its name, how it is in words, its plug and its knobs.

Devices come from the bench: a new simulator has its card without a line here.  The tables add what
is worth a button and a word: a knob that can be turned back is one button, chosen while it is on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from terminal.presenters.view import Action
from terminal.services.requests import SteerDevice
from terminal.words import Words

GOODS_G = 842
"""What is put on a scale: a hand of bananas."""
NOTE_MINOR = 1000
"""What is put into the cash machine."""
MAX_WITH_ICONS = 4
"""Knobs of one card that have room for a picture beside their words."""
_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Knob:
    """A knob of its own; ``off`` turns it back while ``key`` is seen to be ``value``."""

    on: str
    off: str = ""
    key: str = ""
    value: object = True
    given: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    given_off: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    icon: str = ""
    other: bool = False
    """It is on while ``key`` is seen to be anything but ``value``."""

    def is_on(self, look: Mapping[str, Any]) -> bool:
        """Tell whether it was turned, as far as can be seen."""
        return bool(self.off) and (look.get(self.key) == self.value) is not self.other


def _switch(on: str, key: str, icon: str) -> Knob:
    return Knob(on, on, key, True, {"on": True}, {"on": False}, icon)


_LOAD = Knob("put", "remove", "load_g", 0, {"grams": GOODS_G}, icon="package", other=True)
_JAM = Knob("jam", "unjam", "jammed", icon="triangle-alert")
KNOBS: Mapping[str, tuple[Knob, ...]] = MappingProxyType(
    {
        "printer": (
            Knob("paper_out", "refill", "paper", "out", icon="receipt"),
            Knob("cover_open", "cover_close", "cover", "open", icon="printer"),
            Knob("jam_cutter", "free_cutter", "cutter", "jammed", icon="triangle-alert"),
        ),
        "drawer": (Knob("open", "close", "state", "open", icon="inbox"), _JAM),
        "poi": (_switch("auto", "auto", "user-check"),),
        "cash": (
            Knob("insert", given={"value": NOTE_MINOR}, icon="banknote"),
            _switch("jam", "jammed", "triangle-alert"),
        ),
        "scale": (_LOAD, _switch("wobble", "moving", "hand")),
        "bagging_scale": (_LOAD, _switch("wobble", "moving", "hand")),
        "label": (
            Knob("paper_out", "refill", "paper_out", icon="tag"),
            Knob("head_open", "head_close", "head_open", icon="printer"),
            Knob("pause", "resume", "paused", icon="pause"),
        ),
        "rfid": (Knob("clear", icon="trash-2"),),
        "power": (Knob("fail", "restore", "mains", value=False, icon="zap"),),
    }
)
STATES: Mapping[str, tuple[tuple[str, object, str, str], ...]] = MappingProxyType(
    {
        "printer": (
            ("paper", "out", "paper_out", "bad"),
            ("cover", "open", "cover_open", "bad"),
            ("cutter", "jammed", "jammed", "bad"),
            ("printing", True, "working", "good"),
        ),
        "drawer": (("jammed", True, "jammed", "bad"), ("state", "open", "open", "warn")),
        "cash": (
            ("jammed", True, "jammed", "bad"),
            ("stage", "taking", "working", "good"),
            ("stage", "paying", "working", "good"),
        ),
        "scale": (("moving", True, "moving", "warn"),),
        "bagging_scale": (("moving", True, "moving", "warn"),),
        "label": (
            ("head_open", True, "cover_open", "bad"),
            ("paper_out", True, "paper_out", "bad"),
            ("paused", True, "paused", "warn"),
        ),
        "rfid": (("reading", True, "working", "good"),),
        "lights": (
            ("red", True, "red", "bad"),
            ("amber", True, "amber", "warn"),
            ("green", True, "green", "good"),
            ("green", False, "dark", "warn"),
        ),
        "power": (("mains", False, "mains_failed", "bad"),),
    }
)
"""Device -> what is seen, its value, the word for it, its tone; the first that fits is said."""
ICONS: Mapping[str, str] = MappingProxyType(
    {
        "printer": "printer",
        "drawer": "inbox",
        "scanner": "scan-barcode",
        "poi": "credit-card",
        "cash": "coins",
        "scale": "scale",
        "bagging_scale": "shopping-basket",
        "label": "tag",
        "rfid": "nfc",
        "clock": "clock",
        "display": "monitor",
        "lights": "bell-ring",
        "power": "zap",
    }
)
OTHER_ICON = "wrench"


@dataclass(frozen=True, slots=True)
class DeviceCardView:
    """One device, in words."""

    name: str = ""
    icon: str = ""
    status: str = ""
    tone: str = "good"
    actions: tuple[Action, ...] = ()


def device_card(
    device: str, look: Mapping[str, Any], knobs: Collection[str], words: Words
) -> DeviceCardView:
    """Return the card of a device of which ``look`` is seen and which has these knobs."""
    status, tone = _state(device, look, words)
    return DeviceCardView(
        name=device_name(device, words),
        icon=ICONS.get(device, OTHER_ICON),
        status=status,
        tone=tone,
        actions=_actions(device, look, knobs, words),
    )


def device_name(device: str, words: Words) -> str:
    """Return a device's name; one that has no words yet is called as its simulator is."""
    key = f"panel.device.{device}"
    return words.text(key) if words.has(key) else device.replace("_", " ").capitalize()


def deed_name(action: str, words: Words) -> str:
    """Return what turning a knob is called; one without words is called as it is."""
    key = f"panel.do.{action}"
    if not words.has(key):
        return action.replace("_", " ")
    return words.text(key, weight_g=GOODS_G, amount_minor=NOTE_MINOR)


def _state(device: str, look: Mapping[str, Any], words: Words) -> tuple[str, str]:
    if not look.get("powered", True):
        return words.text("panel.state.off"), "bad"
    if not look.get("plugged", True):
        return words.text("panel.state.unplugged"), "bad"
    for key, value, word, tone in STATES.get(device, ()):
        if look.get(key) == value:
            return words.text(f"panel.state.{word}"), tone
    shown = _shown(look, words)
    return shown or words.text("panel.state.ready"), "good"


def _shown(look: Mapping[str, Any], words: Words) -> str:
    """Return what stands on the device itself: a weight, or the lines of its display."""
    if "shown_g" in look:
        return words.format_weight(int(look["shown_g"]))
    lines = look.get("rows") or look.get("display") or ()
    return " / ".join(text for line in lines if (text := str(line).strip()))


def _actions(
    device: str, look: Mapping[str, Any], knobs: Collection[str], words: Words
) -> tuple[Action, ...]:
    actions = []
    for key, on, off, icon in (
        ("plugged", "plug", "unplug", "cable"),
        ("powered", "power_on", "power_off", "power"),
    ):
        if on in knobs and off in knobs:
            well = bool(look.get(key, True))
            deed = off if well else on
            label, intent = deed_name(deed, words), SteerDevice(device, deed)
            actions.append(Action(label, icon, intent, chosen=not well))
    for one in KNOBS.get(device, ()):
        if one.on in knobs:
            turned = one.is_on(look)
            deed, given = (one.off, one.given_off) if turned else (one.on, one.given)
            intent = SteerDevice(device, deed, tuple(given.items()))
            actions.append(Action(deed_name(one.on, words), one.icon, intent, chosen=turned))
    if len(actions) > MAX_WITH_ICONS:
        actions = [replace(action, icon="") for action in actions]
    return tuple(actions)
