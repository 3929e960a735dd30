"""The simulated ZVT terminal: the side of the specification that the driver is not on.

It asks to be acknowledged for everything it sends, one message at a time, and gives up a dialogue
when nothing comes for T3.  An approval is in its ledger, to be undone, before it is told; what
undoes it is the terminal's personality.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from drivers.payment.currency import letters_of
from drivers.payment.simulator import Running
from drivers.payment.transaction import (
    CANCELLED,
    PAYMENT,
    REFUND,
    STANDING,
    TIMED_OUT,
    Transaction,
)
from drivers.payment.zvt.simulator.line import DECLINED, HOLDS, Personality, ZvtLine
from drivers.payment.zvt.simulator.status import (
    PERFORMED,
    card_slip,
    day_slip,
    day_status,
    registration_answer,
    status_of,
)
from drivers.payment.zvt.simulator.wire import (
    Malformed,
    Said,
    elements,
    message,
    tags,
    unpacked,
)
from drivers.payment.zvt.tables import (
    ABORTED,
    ALREADY_REVERSED,
    NOT_POSSIBLE,
    NOT_REGISTERED,
    OK,
    PLEASE_WAIT,
    PROCESSING_ERROR,
    REVERSAL_NOT_POSSIBLE,
    WRONG_CURRENCY,
    Bmp,
    Command,
    Tag,
)

VERSION = b"\xf0\xf0\xf71.00.00"
PASSWORD_BYTES = 3
PRINT_COMMANDS = 0x80
STAGES = {"insert_card": 0x0A, "pin": 0x01, "online": 0x04}


class ZvtPoiSimulator(ZvtLine):
    """A front end of the engine that speaks ZVT over TCP."""

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        personality: Personality = Personality(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(memory, seed, monotonic, personality=personality)
        self._prints = False
        self._dialogue = 0

    # --- commands ---

    def _command(self, said: Said) -> None:
        answers: Mapping[int, Callable[[bytes], None]] = {
            Command.REGISTRATION: self._on_registration,
            Command.AUTHORISATION: self._on_authorisation,
            Command.REFUND: self._on_refund,
            Command.REVERSAL: self._on_reversal,
            Command.REPEAT_RECEIPT: self._on_repeat_receipt,
            Command.STATUS_ENQUIRY: self._on_status_enquiry,
            Command.END_OF_DAY: self._on_end_of_day,
            Command.ABORT_REQUEST: self._on_abort,
            Command.LOG_OFF: self._on_log_off,
            Command.RESET: self._on_log_off,
            Command.DIAGNOSIS: self._on_service,
            Command.INITIALISATION: self._on_service,
        }
        answer = answers.get(said.control)
        if answer is None:
            self._answer(NOT_POSSIBLE)
            return
        try:
            answer(said.data)
        except Malformed:
            self._answer(PROCESSING_ERROR)

    def _on_registration(self, data: bytes) -> None:
        if len(data) <= PASSWORD_BYTES:
            raise Malformed("registration")
        if self._running is not None:
            self._answer(PLEASE_WAIT)
            return
        self._registered = True
        self._prints = bool(data[PASSWORD_BYTES] & PRINT_COMMANDS)
        self._answer()
        self._tell(message(Command.COMPLETION, registration_answer()))

    def _on_log_off(self, data: bytes) -> None:
        del data
        self._registered = False
        self._answer()

    def _on_service(self, data: bytes) -> None:
        del data
        self._answer()
        self._tell(message(Command.COMPLETION))

    def _on_status_enquiry(self, data: bytes) -> None:
        del data
        self._answer()
        state = PLEASE_WAIT if self._running is not None else OK
        self._tell(message(Command.COMPLETION, VERSION + bytes((state,))))

    def _on_authorisation(self, data: bytes) -> None:
        self._on_money(PAYMENT, data)

    def _on_refund(self, data: bytes) -> None:
        self._on_money(REFUND, data[PASSWORD_BYTES:])

    def _on_money(self, op: str, data: bytes) -> None:
        asked = elements(data)
        amount = unpacked(asked.get(Bmp.AMOUNT, b""))
        currency = _currency(asked)
        ref = f"{self._ledger.count + 1:06}"
        if not self._registered:
            self._answer(NOT_REGISTERED)
        elif self._refusal(ref) or self._owed is not None:
            self._answer(PLEASE_WAIT)
        elif not currency:
            self._answer(WRONG_CURRENCY)
        elif not amount:
            self._answer(PROCESSING_ERROR)
        else:
            self._settle_held(tags(asked.get(Bmp.TLV, b"")).get(Tag.KNOWN_RECEIPT))
            self._answer()
            self._dialogue += 1
            self._begin(self._dialogue, ref, op, amount, currency)

    def _settle_held(self, known: bytes | None) -> None:
        """Chapter 4: one less than the last number undoes the last transaction."""
        for ref in self._ledger.waiting():
            if known and unpacked(known) == (int(ref) - 1) % 10_000:
                self._ledger.reverse(ref, "not known to the cash register")
            else:
                self._acknowledge(ref)

    def _on_abort(self, data: bytes) -> None:
        del data
        stoppable = self._personality.stoppable and self._abortable()
        self._answer(OK if stoppable else NOT_POSSIBLE)
        if stoppable:
            self._abort()

    # --- how a request ends ---

    def _tell_progress(self, running: Running, kind: str) -> None:
        del running
        self._tell(message(Command.INTERMEDIATE_STATUS, bytes((STAGES[kind], 0x03))))

    def _tell_end(self, running: Running, said: Transaction) -> None:
        del running
        approved = said.outcome in STANDING
        status = status_of(said, holds=self._personality.unacknowledged == HOLDS)
        self._tell(
            message(Command.STATUS_INFORMATION, status),
            lambda positive: self._status_answered(said, positive=positive),
        )
        if approved:
            return
        code = ABORTED if said.outcome in (CANCELLED, TIMED_OUT) else 0x05
        self._tell(message(Command.ABORT, bytes((code,))))

    def _status_answered(self, said: Transaction, *, positive: bool) -> None:
        if said.outcome not in STANDING:
            return
        if not positive:
            self._undo(said)
            self._tell(message(Command.ABORT, bytes((ABORTED,))))
        elif self._prints:
            self._tell(
                message(Command.PRINT_BLOCK, card_slip(said)),
                lambda printed: self._printed(said, printed=printed),
            )
        else:
            self._acknowledge(said.ref)
            self._tell(message(Command.COMPLETION))

    def _printed(self, said: Transaction, *, printed: bool) -> None:
        """With print commands a payment is final when the last of them is acknowledged (2.2.9)."""
        if printed:
            self._acknowledge(said.ref)
            self._tell(message(Command.COMPLETION))
        else:
            self._undo(said)
            self._tell(message(Command.ABORT, bytes((ABORTED,))))

    def _undo(self, said: Transaction) -> None:
        if self._ledger.stands(said.ref):
            self._ledger.reverse(said.ref, "refused by the cash register")

    # --- what was done before ---

    def _on_repeat_receipt(self, data: bytes) -> None:
        del data
        if self._running is not None or self._owed is not None:
            self._answer(PLEASE_WAIT)
            return
        if not self._registered:
            self._answer(NOT_REGISTERED)
            return
        self._answer()
        last = self._shown_last() if self._personality.repeats else None
        if last is not None:
            held = self._personality.unacknowledged == HOLDS
            self._tell(message(Command.STATUS_INFORMATION, status_of(last, holds=held)))
        self._tell(message(Command.COMPLETION))

    def _shown_last(self) -> Transaction | None:
        if self._personality.undone_shows == DECLINED:
            return self._ledger.find_last()
        return self._ledger.newest(lambda said: said.outcome in (*STANDING, PERFORMED))

    def _on_reversal(self, data: bytes) -> None:
        asked = elements(data[PASSWORD_BYTES:])
        number = unpacked(asked.get(Bmp.RECEIPT, b""))
        amount = unpacked(asked.get(Bmp.AMOUNT, b""))
        found = self._ledger.newest(
            lambda said: int(said.ref) % 10_000 == number and bool(said.transaction)
        )
        if self._running is not None:
            self._answer(PLEASE_WAIT)
            return
        self._answer()
        if found is None or (amount and amount != found.authorized) or found.op != PAYMENT:
            self._tell(message(Command.ABORT, bytes((REVERSAL_NOT_POSSIBLE,))))
        elif not self._ledger.stands(found.ref):
            self._tell(message(Command.ABORT, bytes((ALREADY_REVERSED,))))
        else:
            self._carry_out_reversal(found)

    def _carry_out_reversal(self, found: Transaction) -> None:
        undone, say = self._reverse(found, "06 30")
        if undone is None:
            self._tell(message(Command.ABORT, bytes((REVERSAL_NOT_POSSIBLE,))))
            return
        record = replace(
            undone,
            ref=f"{self._ledger.count + 1:06}",
            op="reversal",
            outcome=PERFORMED,
            text=found.ref,
        )
        self._ledger.end(record)
        if say:
            self._tell(message(Command.STATUS_INFORMATION, status_of(record, holds=False)))
            self._tell(message(Command.COMPLETION))

    def _on_end_of_day(self, data: bytes) -> None:
        del data
        if self._running is not None:
            self._answer(PLEASE_WAIT)
            return
        self._answer()
        first = self._ledger.count
        day = self._close_day()
        self._tell(message(Command.STATUS_INFORMATION, day_status(day, first)))
        if self._prints:
            self._tell(message(Command.PRINT_BLOCK, day_slip(day)))
        self._tell(message(Command.COMPLETION))


def _currency(asked: Mapping[int, bytes]) -> str:
    number = unpacked(asked.get(Bmp.CURRENCY, b"\x09\x78"))
    return letters_of(f"{number:03d}")
