"""Somebody who signs on with a PIN that came with the settings chooses another."""

from __future__ import annotations

from types import MappingProxyType

from terminal.core.state import TerminalState
from terminal.presenters import own_pin
from terminal.presenters.desk import Desk, Entry
from terminal.presenters.till import routes
from terminal.ui.samples.world import World, shop


def own_pins() -> dict[str, Desk]:
    """Return the stages of it."""
    who = MappingProxyType({"operator": "9", "pin": "9999"})
    kept = MappingProxyType({**who, own_pin.CHOSEN: "4821"})
    return {
        "new": Desk(entry=Entry(own_pin.CHOSEN, "482", 12, digits=True), memory=who),
        "again": Desk(entry=Entry(own_pin.AGAIN, "4821", 12, digits=True), memory=kept),
        "differs": Desk(entry=Entry(own_pin.AGAIN, "483", 12, digits=True), memory=kept),
    }


def own_pin_worlds() -> tuple[World, ...]:
    """Return them at a till."""
    return tuple(
        World(f"own-pin-{name}", TerminalState(), desk, shop(role="till"), routes.SIGN_ON)
        for name, desk in own_pins().items()
    )
