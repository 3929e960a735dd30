"""What a fiscal regime adds to the books: one per country's law, and the core knows none of them.

A regime sees every group of events before it is written and returns it with what its law adds:
signed records, the code beside a receipt number.  All of it is one transaction (rule 6 of the
house): there is no receipt without its signature and no signature without its receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.fiscal.signing import Signer


class Regime(Protocol):
    """The law of one country, as far as the till must carry it out."""

    name: str
    trains: bool
    """Training may be kept apart from the books; where the law wants it in them, it may not."""

    def seal(
        self, state: TerminalState, events: tuple[Event, ...], moment: Moment
    ) -> tuple[Event, ...] | Refused:
        """Return the events to write in place of ``events``, in their order, or why they must not.

        Called for every group of events, a scan's too: what does not concern the law goes through
        at once.
        """

    def proof(self, text: str) -> str:
        """Return a code that shows that a text came from this terminal."""

    @property
    def signer(self) -> Signer | None:
        """Who signs; None where the law asks for no signature."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the law does not allow, at the record where it shows."""

    code: str
    """``signature``, ``chain``, ``content``, ``key``, ``missing``, ``perpetual`` or ``head``."""
    detail: str
