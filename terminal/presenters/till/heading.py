"""Top line of every till screen: who, where, which sale, when, and how the devices are."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.state import SaleStatus, TerminalState
from terminal.presenters.desk import Entry, change
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action
from terminal.words import Words

DEVICES = ("printer", "poi", "scanner")
"""Devices that a till shows always; a cash machine shows where there is one, drawer and scale only
when something is wrong."""
_TONES = {
    "starting": "warn",
    "ready": "good",
    "degraded": "warn",
    "blocked": "bad",
    "fault": "bad",
    "absent": "bad",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value, side by side."""

    label: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A device and how it is: shape and colour by tone, and its name."""

    text: str = ""
    tone: str = "good"


@dataclass(frozen=True, slots=True)
class Heading:
    """SAL-01: shop and till, sale, operator, salesperson, devices, long date, clock."""

    title: str = ""
    shop: str = ""
    facts: tuple[Fact, ...] = ()
    dots: tuple[Dot, ...] = ()
    date: str = ""
    clock: str = ""
    operator: Action = Action()


def heading(state: TerminalState, surroundings: Surroundings, words: Words) -> Heading:
    """Return the top line; the clock ticks with the application's one heartbeat."""
    at, zone = surroundings.now_ms, surroundings.timezone
    return Heading(
        title=words.text("screen.till.title", till=surroundings.till_name),
        shop=surroundings.shop_name,
        facts=_facts(state, words),
        dots=_dots(surroundings, words),
        date=words.format_long_date(at, zone),
        clock=words.format_time(at, zone, seconds=True),
        operator=_operator(state),
    )


def _facts(state: TerminalState, words: Words) -> tuple[Fact, ...]:
    if state.operator is None:
        return ()
    sale = state.sale
    facts: list[Fact] = []
    going_on = sale is not None and sale.status is not SaleStatus.CANCELLED
    if sale is not None and going_on:
        number = words.text("screen.till.sale_number")
        facts.append(Fact(number, str(sale.ordinal)))
    seller = sale.salesperson_id if sale is not None and going_on else ""
    nobody = words.text("screen.till.nobody")
    facts.append(Fact(words.text("screen.till.salesperson"), seller or nobody))
    return tuple(facts)


def _operator(state: TerminalState) -> Action:
    if state.operator is None:
        return Action()
    return Action(state.operator.name, "user-round", change(overlay="operator", entry=Entry()))


def _dots(surroundings: Surroundings, words: Words) -> tuple[Dot, ...]:
    shown = [
        name
        for name in (*DEVICES, "cash", "drawer")
        if name in DEVICES
        or (name == "cash" and name in surroundings.devices)
        or (name == "drawer" and surroundings.device(name).health not in {"ready", "absent"})
    ]
    scale = surroundings.devices.get("scale")
    if scale is not None and scale.health not in {"ready", "starting"}:
        shown.append("scale")
    return tuple(
        Dot(words.text(f"screen.till.device.{name}"), _TONES[surroundings.device(name).health])
        for name in shown
    )
