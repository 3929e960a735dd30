"""The devices screen: who serves each role, how it is, what to do, and what could be adopted."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.core.state import TerminalState
from terminal.devices.adoption import Offer
from terminal.devices.page import DeviceLine
from terminal.presenters.commissioning import open_commissioning
from terminal.presenters.desk import Chain, Desk, Entry, change
from terminal.presenters.device_words import name_of, said_of, said_of_offer
from terminal.presenters.keys import ESCAPE
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.form import FormView, cancel, put_away
from terminal.presenters.till.heading import Heading, heading
from terminal.presenters.till.routes import DEVICES
from terminal.presenters.view import Action, Banner, Row
from terminal.services.requests import Adopt, CheckHealth, DeclineOffer
from terminal.words import Words

WHICH = "which"
"""The dialog that asks what is connected to a serial line."""
_ICONS = MappingProxyType(
    {
        "printer": "printer",
        "scanner": "scan-barcode",
        "drawer": "inbox",
        "poi": "credit-card",
        "cash": "coins",
        "scale": "scale",
        "bagging_scale": "shopping-basket",
        "customer_display": "monitor",
        "lights": "bell-ring",
        "power": "zap",
        "label": "tag",
        "rfid": "nfc",
    }
)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One role."""

    icon: str = ""
    name: str = ""
    unit: str = ""
    state: str = ""
    tone: str = "good"
    note: str = ""
    test: Action = Action()


@dataclass(frozen=True, slots=True)
class DevicesView:
    heading: Heading = field(default_factory=Heading)
    title: str = ""
    text: str = ""
    offers: tuple[Banner, ...] = ()
    rows: tuple[DeviceRow, ...] = ()
    commission: Action = Action()
    back: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> DevicesView:
    """Return the page of the devices; what is offered stands first, what there is none of last."""
    del desk
    page = surroundings.page
    lines = sorted(page.lines, key=lambda line: line.stand == "none")
    offers = (*page.offers, *page.unknown)
    return DevicesView(
        heading=heading(state, surroundings, words),
        title=words.text("screen.till.action.devices"),
        text=words.text("screen.till.devices.text"),
        offers=tuple(_offer(offer, words) for offer in offers),
        rows=tuple(_row(line, words) for line in lines),
        commission=open_commissioning(words),
        back=Action(words.text("screen.till.back"), "arrow-left", change(panel=""), key=ESCAPE),
    )


def which(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask what is connected to a serial line; picking a role adopts it."""
    del state
    address = desk.memory.get("address", "")
    roles = surroundings.page.for_lines
    return FormView(
        title=words.text("screen.till.devices.which"),
        text=words.text("screen.till.devices.which.text", address=desk.memory.get("name", address)),
        rows=tuple(_choice(role, address, words) for role in roles),
        listing=True,
        cancel=cancel(words),
    )


def _choice(role: str, address: str, words: Words) -> Row:
    name = name_of(role, words)
    adopt = Chain((Adopt(role, address), put_away()))
    return Row(label=name, icon=_ICONS.get(role, "plug"), press=Action(name, "", adopt))


def open_devices(words: Words) -> Action:
    """Return the action that opens the screen."""
    show = change(panel=DEVICES, overlay="", entry=Entry())
    return Action(words.text("screen.till.action.devices"), "plug", show)


def _offer(offer: Offer, words: Words) -> Banner:
    title, text = said_of_offer(offer, words)
    later = Action(words.text("screen.till.devices.not_now"), "", DeclineOffer(offer.address))
    if offer.role:
        yes = Action(
            words.text("screen.till.devices.adopt"), "check", Adopt(offer.role, offer.address)
        )
    else:
        memory = MappingProxyType({"address": offer.address, "name": offer.name})
        ask = change(overlay=WHICH, entry=Entry(), memory=memory)
        yes = Action(words.text("screen.till.devices.which"), "cable", ask)
    tone = "warn" if offer.another else "info"
    return Banner(title, text, _ICONS.get(offer.role, "cable"), tone, (later, yes))


def _row(line: DeviceLine, words: Words) -> DeviceRow:
    said = said_of(line, words)
    test = Action(words.text("screen.till.devices.test"), "", CheckHealth(line.role))
    return DeviceRow(
        icon=_ICONS.get(line.role, "plug"),
        name=said.name,
        unit=said.unit,
        state=said.state,
        tone=said.tone,
        note=said.note,
        test=test if line.can_test else Action(),
    )
