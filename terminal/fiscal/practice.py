"""Training under the law: signed too, in a chain of its own that no total and no archive counts.

What is practised must be told from what is sold: own numbers, own journal, own chain (``ECO``), the
word ``ECOLE`` in every signed text (BOI-TVA-DECLA-30-10-30, on training modes).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from terminal.core.books import VatRow
from terminal.core.errors import Refused
from terminal.core.events import (
    Event,
    PeriodClosed,
    PrintJobQueued,
    RecordSigned,
    SaleCompleted,
)
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.fiscal import content
from terminal.fiscal.chain import Chains, adoption, breakdown, local_time
from terminal.fiscal.france import TRAINING
from terminal.fiscal.plain import PlainRegime
from terminal.fiscal.signing import KeyUnusable, Signer, extract

MARK = "ECOLE"
_SIGNED = (SaleCompleted, PrintJobQueued, PeriodClosed)


class PracticeRegime:
    """Signs what a French till does in training."""

    name = "training"
    trains = True
    signer = None
    """Nobody outside needs the key: there is no head record of practice."""

    def __init__(self, key: bytes, signer: Signer, *, till: str, timezone: str) -> None:
        """``key`` proves slips, ``signer`` holds the fiscal key; ``till`` names it in records."""
        self._plain = PlainRegime(key)
        self._signer = signer
        self._till = till
        self._timezone = ZoneInfo(timezone)

    def proof(self, text: str) -> str:
        """Return a code that shows that a text came from this terminal."""
        return self._plain.proof(text)

    def seal(
        self, state: TerminalState, events: tuple[Event, ...], moment: Moment
    ) -> tuple[Event, ...] | Refused:
        """Return the events with their signed records; refused when the key cannot be used."""
        if not any(isinstance(event, _SIGNED) for event in events):
            return events
        chains = Chains(state.chains, self._signer, self._till)
        sealed: list[Event] = (
            [] if state.signing_key == self._signer.key_id else [adoption(self._signer)]
        )
        try:
            for event in events:
                after = evolve(state, event, moment)
                sealed += self._with_record(chains, event, after, moment)
                state = after
        except KeyUnusable:
            return Refused("signature_failed")
        return tuple(sealed)

    def _with_record(
        self, chains: Chains, event: Event, after: TerminalState, moment: Moment
    ) -> list[Event]:
        """Return an event and the record that it asks for."""
        when = local_time(moment.at_ms, self._timezone)

        def sign(document: str, items: tuple[str | int, ...], what: dict[str, Any]) -> RecordSigned:
            return chains.sign(TRAINING, document, (*items, when, MARK), what)

        match event:
            case SaleCompleted() if after.sale is not None:
                sale = after.sale
                items = breakdown(sale.vat), sale.total_minor, sale.receipt_number
                record = sign(sale.receipt_number, items, content.of_sale(sale))
                return [replace(event, token=extract(record.signature)), record]
            case PrintJobQueued(kind="duplicate", receipt_number=number, copy=copy):
                what = {"receipt_number": number, "copy": copy, "at_ms": moment.at_ms}
                return [event, sign(number, (number, copy), what)]
            case PeriodClosed():
                rows = tuple(VatRow(*row) for row in event.vat)
                items = breakdown(rows), event.total_minor, event.period
                return [
                    event,
                    sign(event.period, items, content.of_closure(event, moment.at_ms)),
                ]
        return [event]
