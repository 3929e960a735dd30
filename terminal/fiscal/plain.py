"""No fiscal law: receipts carry a keyed digest that proves they came from this shop's terminal.

The code is 4 characters of [0-9A-Za-z] from HMAC-SHA-256 over number, total, VAT and business date,
under a key made on this terminal at initialisation.  Four characters (14.8 million values) tell a
mistyped or invented number from a real one; they are not a signature.
"""

from __future__ import annotations

import hashlib
import hmac
import string
from dataclasses import replace

from terminal.core.events import Event, SaleCompleted
from terminal.core.policy import Moment
from terminal.core.state import TerminalState

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
TOKEN_LENGTH = 4
PROOF_LENGTH = 10
"""All that 64 bits of the digest hold in 62 letters."""


class PlainRegime:
    """The regime of a shop whose country asks for nothing."""

    name = "plain"
    trains = True
    signer = None

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(
        self, _state: TerminalState, events: tuple[Event, ...], moment: Moment
    ) -> tuple[Event, ...]:
        """Give completed sales their short code; everything else goes through."""
        if not any(isinstance(event, SaleCompleted) for event in events):
            return events
        return tuple(
            replace(event, token=self.token(event, moment))
            if isinstance(event, SaleCompleted)
            else event
            for event in events
        )

    def token(self, sale: SaleCompleted, moment: Moment) -> str:
        """Return the short code of a receipt."""
        text = "|".join(
            (
                sale.receipt_number,
                str(sale.total_minor),
                ",".join(":".join(map(str, row)) for row in sale.vat),
                moment.business_date,
            )
        )
        return self.proof(text)[:TOKEN_LENGTH]

    def proof(self, text: str) -> str:
        """Return 10 characters that only this terminal can give for a text."""
        value = int.from_bytes(hmac.digest(self._key, text.encode(), hashlib.sha256)[:8], "big")
        characters = []
        for _ in range(PROOF_LENGTH):
            value, place = divmod(value, len(ALPHABET))
            characters.append(ALPHABET[place])
        return "".join(characters)
