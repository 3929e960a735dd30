"""Choosing a PIN of one's own, where the one that was typed came with the settings."""

from __future__ import annotations

from types import MappingProxyType

from terminal.presenters.desk import Chain, Change, Desk, Entry, Intent, change
from terminal.services.operators import MAX_PIN_LENGTH, MIN_PIN_LENGTH
from terminal.services.requests import SignOnWithPin

ASKED = "new_pin_required"
"""Code of the refusal that this answers."""
CHOSEN, AGAIN = "new_pin", "new_pin_again"
"""Entries of the desk: the new PIN, and the same once more."""


def asked(request: SignOnWithPin) -> Change:
    """Return the change that asks for a new PIN; it remembers who typed the old one."""
    memory = {"operator": request.operator_id, "pin": request.pin}
    return change(entry=_entry(CHOSEN), memory=MappingProxyType(memory))


def chooses(desk: Desk) -> bool:
    """Tell whether a new PIN is being typed."""
    return desk.entry.name in (CHOSEN, AGAIN)


def differs(desk: Desk) -> bool:
    """Tell whether the second PIN is another, as far as it was typed."""
    first = desk.memory.get(CHOSEN, "")
    return desk.entry.name == AGAIN and not first.startswith(desk.entry.text)


def ready(desk: Desk) -> bool:
    """Tell whether what was typed can be confirmed."""
    typed = desk.entry.text
    if desk.entry.name == CHOSEN:
        return len(typed) >= MIN_PIN_LENGTH
    return bool(typed) and typed == desk.memory.get(CHOSEN, "")


def confirmed(desk: Desk, after: Change) -> Intent:
    """Return the intent of the button: the second typing, or the sign-on with the new PIN."""
    kept = dict(desk.memory)
    if desk.entry.name == CHOSEN:
        memory = MappingProxyType({**kept, CHOSEN: desk.entry.text})
        return change(entry=_entry(AGAIN), memory=memory)
    request = SignOnWithPin(kept.get("operator", ""), kept.get("pin", ""), desk.entry.text)
    return Chain((asked(request), request, after))


def _entry(name: str) -> Entry:
    return Entry(name, "", MAX_PIN_LENGTH, digits=True)
