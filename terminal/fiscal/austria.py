"""Austria: every receipt is signed and tied to the one before it (RKSV, BGBl. II Nr. 410/2015).

One chain, ``RKSV``, holds all of them: a start receipt before the first sale, one for each sale,
zero receipts behind the closures of months and years, a collective one after the signature device
was out of order.  A record's ``signature`` is the whole compact JWS, which is what the next one is
tied to; ``canonical`` is the text that it signs.

A signature device that fails does not stop a sale: the law has its own words for that, and they
take the place of the signature.  Only the start receipt must be signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from terminal.core.errors import Refused
from terminal.core.events import (
    Event,
    NoticeRaised,
    PeriodClosed,
    RecordSigned,
    SaleCompleted,
    SaleOpened,
)
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import Sale, TerminalState
from terminal.fiscal import rksv
from terminal.fiscal.chain import adoption
from terminal.fiscal.plain import PlainRegime
from terminal.fiscal.signing import KeyUnusable, Signer
from terminal.journal.records import canonical_json

CHAIN = "RKSV"
SALE, CANCELLED, START, MONTH, YEAR, COLLECTIVE, CONTROL, END = (
    "sale", "cancellation", "start", "month", "year", "collective", "control", "end",
)  # fmt: skip
"""Kinds of receipts; ``austria_paper.KINDS`` has the law's words for them."""
BY_HAND = (CONTROL, MONTH, YEAR, END)
"""Zero receipts that somebody may ask for."""
FAILED_NOTICE = "signature_device_failed"


@dataclass(frozen=True, slots=True)
class Register:
    """A till as the tax office knows it."""

    till: str
    """Kassenidentifikationsnummer; no other till of the company has it."""
    company: str
    """``U:`` and the VAT number, ``S:`` and the tax number, or ``G:`` and the GLN."""
    aes_key: bytes
    timezone: ZoneInfo
    columns: Mapping[int, str]
    """Rate in hundredths of a percent -> column of the code."""

    def key_name(self, key_id: str) -> str:
        """Return how a receipt names the key that signs it."""
        return f"{self.company}-{key_id}"


class AustriaRegime:
    """Signs what an Austrian till has to sign, in the transaction of what it signs."""

    name = "austria"
    trains = False
    """The law wants training receipts in the chain of all others: a journal apart is none."""

    def __init__(self, key: bytes, signer: Signer, register: Register) -> None:
        """``key`` proves slips and short codes; ``signer`` stands for the signature device."""
        self._plain = PlainRegime(key)
        self.signer = signer
        self.register = register

    def proof(self, text: str) -> str:
        """Return a code that shows that a text came from this terminal."""
        return self._plain.proof(text)

    def seal(
        self, state: TerminalState, events: tuple[Event, ...], moment: Moment
    ) -> tuple[Event, ...] | Refused:
        """Return the events with their receipts.

        Refused when a sale would be opened, or end, before the till could begin: on books that hold
        other receipts, or with a start receipt that cannot be signed.
        """
        begun = CHAIN in state.chains
        if begun and not any(type(event) in _SEALERS for event in events):
            return events
        sells = any(isinstance(event, SaleOpened | SaleCompleted) for event in events)
        if not begun and state.last_receipt_sequence:
            return Refused("books_not_new") if sells else events
        sealing = _Sealing(self, state, events, moment)
        try:
            sealing.begin()
        except KeyUnusable:
            return Refused("signature_failed") if sells else events
        for event in events:
            sealing.take(event)
        return tuple(sealing.events)

    def zero_receipt(
        self, state: TerminalState, kind: str, moment: Moment
    ) -> tuple[Event, ...] | Refused:
        """Return a zero receipt that somebody asks for, ``kind`` one of ``BY_HAND``."""
        if CHAIN not in state.chains:
            return Refused("bad_request")
        sealing = _Sealing(self, state, (), moment)
        sealing.begin()
        sealing.zero(kind)
        return tuple(sealing.events)

    def short_code(self, event: SaleCompleted, moment: Moment) -> str:
        """Return the code beside a receipt's number."""
        return self._plain.token(event, moment)


class _Sealing:
    """One transaction: its events so far, and the state after them."""

    def __init__(
        self, regime: AustriaRegime, state: TerminalState, group: tuple[Event, ...], moment: Moment
    ) -> None:
        self.events: list[Event] = []
        self.state = state
        self._regime = regime
        self._register = regime.register
        self._signer = regime.signer
        self._group = group
        self._moment = moment
        self._when = rksv.local_iso(moment.at_ms, regime.register.timezone)
        self._failed = False
        """The device failed in this transaction: it is not waited for again."""

    def begin(self) -> None:
        """Let the key sign from here on; make the start receipt. Raises KeyUnusable."""
        if self.state.signing_key != self._signer.key_id:
            self._put(adoption(self._signer))
        if CHAIN not in self.state.chains:
            code = self._code(f"N{self._sequence}", rksv.NOTHING, 0)
            self._put(self._record(START, code, rksv.signed(code.text(), self._signer), 0))

    def take(self, event: Event) -> None:
        """Add an event, and the receipt that it asks for behind it."""
        sealer = _SEALERS.get(type(event))
        if sealer is None:
            self._put(event)
        else:
            sealer(self, event)

    def completed(self, event: SaleCompleted) -> None:
        """Sign the receipt of a sale; what is printed of it goes with the sale."""
        self._recover()
        sold = evolve(self.state, event, self._moment)
        sale = sold.sale
        if sale is None:
            raise AssertionError("a sale that completes is on the screen")
        sums = rksv.sums_of(
            {row.rate_bp: row.gross_minor for row in sale.vat}, self._register.columns
        )
        kind = CANCELLED if takes_back(sale) else SALE
        turnover = sold.books.perpetual_minor
        code = self._code(sale.receipt_number, sums, turnover, kind)
        jws = self._jws(code)
        token = self._regime.short_code(event, self._moment)
        self._put(replace(event, token=token, fiscal_code=rksv.qr_text(jws)))
        self._secured(kind, code, jws, turnover)

    def closed(self, event: PeriodClosed) -> None:
        """Make the zero receipt of a month or a year; December's is that of the year."""
        self._put(event)
        if event.scope == YEAR or (event.scope == MONTH and not self._year_follows(event)):
            self.zero(event.scope)

    def zero(self, kind: str) -> None:
        """Add a zero receipt."""
        self._recover()
        turnover = self.state.books.perpetual_minor
        code = self._code(f"N{self._sequence}", rksv.NOTHING, turnover)
        self._secured(kind, code, self._jws(code), turnover)

    def _year_follows(self, month: PeriodClosed) -> bool:
        return any(
            isinstance(one, PeriodClosed)
            and one.scope == YEAR
            and month.period.startswith(one.period)
            for one in self._group
        )

    def _recover(self) -> None:
        """After an outage: one collective zero receipt, signed, before anything else (section 17).

        While the device still fails there is none, and what follows is not signed either.
        """
        if self._failed or not rksv.is_unsigned(self._head):
            return
        turnover = self.state.books.perpetual_minor
        code = self._code(f"N{self._sequence}", rksv.NOTHING, turnover)
        jws = self._jws(code)
        if not self._failed:
            self._put(self._record(COLLECTIVE, code, jws, turnover))

    def _jws(self, code: rksv.Code) -> str:
        """Return the JWS of a code, with the law's words when the device does not sign."""
        if not self._failed:
            try:
                return rksv.signed(code.text(), self._signer)
            except KeyUnusable:
                self._failed = True
        return rksv.unsigned(code.text())

    def _secured(self, kind: str, code: rksv.Code, jws: str, turnover_minor: int) -> None:
        """Add a receipt; staff are told of the first one that was not signed."""
        outage = rksv.is_unsigned(jws) and not rksv.is_unsigned(self._head)
        self._put(self._record(kind, code, jws, turnover_minor))
        if outage:
            details = {"receipt": code.number}
            self._put(NoticeRaised(self.state.last_notice + 1, FAILED_NOTICE, details))

    @property
    def _head(self) -> str:
        head = self.state.chains.get(CHAIN)
        return head.signature if head else ""

    @property
    def _sequence(self) -> int:
        head = self.state.chains.get(CHAIN)
        return (head.sequence if head else 0) + 1

    def _code(
        self, number: str, sums: rksv.Sums, turnover_minor: int, kind: str = SALE
    ) -> rksv.Code:
        register = self._register
        turnover = (
            rksv.CANCELLATION
            if kind == CANCELLED
            else rksv.encrypted(turnover_minor, register.till, number, register.aes_key)
        )
        return rksv.Code(
            till=register.till,
            number=number,
            time=self._when,
            sums=sums,
            turnover=turnover,
            key=register.key_name(self._signer.key_id),
            link=rksv.link_to(self._head or register.till),
        )

    def _record(self, kind: str, code: rksv.Code, jws: str, turnover_minor: int) -> RecordSigned:
        return RecordSigned(
            chain=CHAIN,
            sequence=self._sequence,
            document=code.number,
            canonical=code.text(),
            content=canonical_json(
                {
                    "kind": kind,
                    "number": code.number,
                    "at_ms": self._moment.at_ms,
                    "sums_minor": list(code.sums),
                    "turnover_minor": turnover_minor,
                }
            ),
            signature=jws,
            key_id=self._signer.key_id,
        )

    def _put(self, event: Event) -> None:
        self.state = evolve(self.state, event, self._moment)
        self.events.append(event)


def takes_back(sale: Sale) -> bool:
    """Tell whether a sale only takes goods back: the law's cancellation receipt."""
    return sale.total_minor < 0 and all(line.is_return for line in sale.lines if not line.void)


_SEALERS: Mapping[type[Event], Callable[[_Sealing, Any], None]] = MappingProxyType(
    {SaleCompleted: _Sealing.completed, PeriodClosed: _Sealing.closed}
)
