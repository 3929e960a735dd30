"""Notices: what a person must read, written with the events they tell about (REC-08)."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.events import Event, NoticeRaised
from terminal.core.state import TerminalState

Words = tuple[str, Mapping[str, str | int]]
"""A notice before it has a number: (kind, details)."""


def with_notice(
    state: TerminalState, events: tuple[Event, ...], notice: Words
) -> tuple[Event, ...]:
    """Return the events followed by a notice about them."""
    kind, details = notice
    return (*events, NoticeRaised(state.last_notice + 1, kind, dict(details)))


def payment_notice(kind: str, state: TerminalState, attempt_id: str) -> Words:
    """Name the tender, the amount, the time and the last known state of an attempt (REC-08)."""
    attempt = state.attempts[attempt_id]
    return kind, {
        "tender": attempt.tender,
        "sale_id": attempt.sale_id,
        "amount_minor": attempt.amount_minor,
        "at_ms": attempt.sent_at_ms or attempt.intended_at_ms,
        "state": attempt.state.value,
    }
