"""Old payloads made new, one function per step: an event once written is read for ever.

``UPCASTS[(type, version)]`` turns a payload of that version into one of the next.  No event has a
second version yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.core.events import EVENTS, Event, UnknownEvent, from_payload
from terminal.journal.records import Record

Payload = dict[str, Any]
Upcasts = Mapping[tuple[str, int], Callable[[Payload], Payload]]

UPCASTS: Upcasts = {}


def upcast(
    name: str,
    version: int,
    payload: Payload,
    upcasts: Upcasts = UPCASTS,
    *,
    target: int | None = None,
) -> Payload:
    """Return the payload in the version that today's class reads (or ``target``).

    Raises:
        UnknownEvent: the type is unknown, newer than this software, or a step is missing.
    """
    if target is None:
        if name not in EVENTS:
            raise UnknownEvent(name)
        target = EVENTS[name].VERSION
    if version > target:
        raise UnknownEvent(f"{name} version {version} was written by newer software")
    for step in range(version, target):
        if (name, step) not in upcasts:
            raise UnknownEvent(f"{name} version {step} has no upcast")
        payload = upcasts[name, step](payload)
    return payload


def decode(record: Record, upcasts: Upcasts = UPCASTS) -> Event:
    """Return the event of a record in today's shape.

    Raises:
        UnknownEvent: see ``upcast``.
        CoreError: the payload does not fit its type.
    """
    payload = upcast(record.type, record.version, record.payload(), upcasts)
    return from_payload(record.type, payload)
