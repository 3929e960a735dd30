"""Publish and subscribe, in order, on the loop's thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terminal.core.events import Event
from terminal.core.state import TerminalState


@dataclass(frozen=True, slots=True)
class Changed:
    """The state after some events, which are on disk."""

    state: TerminalState
    events: tuple[Event, ...]


Subscriber = Callable[[Changed], None]


class Bus:
    """Hands every change to each subscriber, in the order they subscribed.

    A subscriber that publishes is heard after the present change has reached everybody, so that all
    of them see the same order.
    """

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._waiting: list[Changed] = []
        self._publishing = False

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Add a subscriber; returns the function that removes it."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def publish(self, change: Changed) -> None:
        """Tell everybody."""
        self._waiting.append(change)
        if self._publishing:
            return
        self._publishing = True
        try:
            while self._waiting:
                present = self._waiting.pop(0)
                for subscriber in tuple(self._subscribers):
                    subscriber(present)
        finally:
            self._publishing = False
