"""What a fiscal regime adds to a sale: one per country's law, and the core knows none of them."""

from __future__ import annotations

from typing import Protocol

from terminal.core.events import SaleCompleted
from terminal.core.policy import Moment


class Regime(Protocol):
    """The law of one country, as far as the till must carry it out."""

    name: str

    def token(self, sale: SaleCompleted, moment: Moment) -> str:
        """Return the 4-character code printed beside the receipt number (NUM-03)."""

    def proof(self, text: str) -> str:
        """Return a code that shows that a text came from this terminal."""
