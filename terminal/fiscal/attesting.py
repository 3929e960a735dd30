"""Receipts that prove themselves without their terminal: the seal on their compact statement.

Whatever the law of the country, a completed sale gets a signature over its statement in its own
transaction: by the fiscal key where there is one, else a digest that only this terminal can check.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import replace

from terminal.core.errors import Refused
from terminal.core.events import Event, SaleCompleted
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import Sale, TerminalState
from terminal.fiscal import statement as stated
from terminal.fiscal.base import Regime
from terminal.fiscal.signing import KeyUnusable, Signer, b64url, from_b64url

log = logging.getLogger(__name__)


class AttestingRegime:
    """A regime, and behind it the seal of each receipt."""

    def __init__(self, regime: Regime, key: bytes, till: str) -> None:
        """``key`` makes the digest of a terminal that signs nothing; ``till`` is its number."""
        self._regime = regime
        self._key = key
        self._till = till
        self.name, self.trains = regime.name, regime.trains

    @property
    def signer(self) -> Signer | None:
        """Who signs; None where the law asks for no signature."""
        return self._regime.signer

    def proof(self, text: str) -> str:
        """Return a code that shows that a text came from this terminal."""
        return self._regime.proof(text)

    def seal(
        self, state: TerminalState, events: tuple[Event, ...], moment: Moment
    ) -> tuple[Event, ...] | Refused:
        """Return what the regime makes of the events, receipts sealed."""
        sealed = self._regime.seal(state, events, moment)
        if isinstance(sealed, Refused) or not any(isinstance(e, SaleCompleted) for e in sealed):
            return sealed
        for place, event in enumerate(sealed):
            state = evolve(state, event, moment)
            if isinstance(event, SaleCompleted) and state.sale is not None:
                # What follows changes no statement: it is not folded here, on a sale's path.
                return (*sealed[:place], self._sealed(event, state.sale), *sealed[place + 1 :])
        return sealed

    def _sealed(self, event: SaleCompleted, sale: Sale) -> SaleCompleted:
        try:
            body = stated.pack(stated.statement_of(sale, self._till))
        except stated.NotAStatement:
            return event  # such a receipt is brought back by its number alone
        signer = self._regime.signer
        if signer is None:
            return replace(event, seal=b64url(digest(self._key, body)))
        try:
            seal = signer.sign(stated.signed_text(body))
        except KeyUnusable as error:
            # The regime has let the sale end without its key (Austria): so does its code.
            log.warning("receipt %s has no code: %s", event.receipt_number, error)
            return event
        return replace(event, seal=seal, seal_key=signer.key_id)


def digest(key: bytes, body: bytes) -> bytes:
    """Return what a terminal without a signing key seals a packed statement with."""
    text = stated.signed_text(body).encode()
    return hmac.digest(key, text, hashlib.sha256)[: stated.SIGNATURE_BYTES[stated.DIGEST]]


def code_of_sale(sale: Sale, till: str) -> str:
    """Return the digits of a receipt's code; empty for a sale that has none."""
    if not sale.seal:
        return ""
    try:
        body = stated.pack(stated.statement_of(sale, till))
    except stated.NotAStatement:
        return ""
    method = stated.ES256 if sale.seal_key else stated.DIGEST
    envelope = stated.Envelope(method, sale.seal_key, from_b64url(sale.seal), body)
    return stated.code_of(envelope)
