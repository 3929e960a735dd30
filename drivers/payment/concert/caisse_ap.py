"""Driver of a terminal that speaks Concert V3 (Caisse-AP), over TCP or on a serial line.

Over TCP the till connects for each request (port 8888 unless the terminal is set otherwise) and the
answer comes back on that connection.  After a cut the terminal goes on with the payment: what it
did can be asked only where its profile says so.  Elsewhere the duplicata of its last operation is
fetched once, as evidence for the person who must judge.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from drivers.card_numbers import scrub
from drivers.errors import (
    DeviceFault,
    NotSent,
    ProtocolError,
    RemoteProtocolError,
    TransportTimeout,
)
from drivers.payment.base import Capabilities, Operation, Outcome, Request, Result
from drivers.payment.concert.channel import LineChannel, TcpChannel, Timing
from drivers.payment.concert.profile import Profile, profile_named
from drivers.payment.concert.terminal import ConcertTerminal
from drivers.payment.concert.tlv import Message, encode, parse
from drivers.payment.concert.verdict import (
    PERFORMED,
    REASONS,
    judge_answer,
    judge_answers,
    judge_cancellation,
    ticket_lines,
)
from drivers.payment.currency import NUMBERS
from drivers.payment.judge import PAID, doubt
from drivers.payment.waits import TROUBLE, Asking, Silence, Waits
from drivers.transports.base import Transport

DEBIT, CREDIT, CANCELLATION, DUPLICATA = "0", "1", "2", "3"
IDENTIFICATION, COLLECTION, TRANSACTION_STATUS = "I", "B", "T"
REF_LEN = 99
MAX_AMOUNT_MINOR = 10**12 - 1
CUSTOMER_TICKET = "100"
MAX_EVIDENCE = 600
"""Characters of a duplicata that are kept as evidence: a customer's ticket has about 400."""
DUPLICATA_EVERY_S = 60.0
_SETTLED = (Outcome.DECLINED, Outcome.CANCELLED, Outcome.TIMED_OUT)


class CaisseApTerminal(ConcertTerminal):
    """Caisse-AP over TCP.  ``till`` is the till's number (CA), two digits.

    ``profile`` is a Profile or the name of one; ValueError when there is none of this name.
    """

    _channel_type: type[TcpChannel | LineChannel] = TcpChannel

    def __init__(
        self,
        transport: Transport,
        profile: Profile | str = "standard",
        till: str = "01",
        *,
        waits: Waits = Waits(),  # noqa: B008 - frozen
        timing: Timing = Timing(),  # noqa: B008 - frozen
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        channel = self._channel_type(transport, timing, monotonic)
        super().__init__(channel, waits, timing, monotonic)
        self._profile = profile_named(profile) if isinstance(profile, str) else profile
        if not (len(till) == 2 and till.isascii() and till.isdigit()):
            raise ValueError(f"a till's number has two digits, not {till!r}")
        self._till = till
        self._duplicata_of: tuple[str, float, Message] | None = None
        """For a reference, when, and what: terminals may print every duplicata."""
        self.caps = Capabilities(
            abort=False,
            query_by_ref=self._profile.transaction_status,
            query_last=self._profile.duplicata,
            reversal=self._profile.cancellation,
            refund=self._profile.refund,
            partial=self._profile.partial,
            reconcile=False,
            commit_by_ack=False,
            ref_len=REF_LEN,
            max_amount_minor=MAX_AMOUNT_MINOR,
        )

    # --- what a person may ask for ---

    def duplicata(self, timeout_s: float) -> tuple[str, ...]:
        """Return the ticket of the terminal's last operation, scrubbed.

        Raises DeviceFault when the terminal has none or refuses, and what a question may meet.
        """
        with self._turn:
            return self._carried_out(self._duplicata_fields(), self._now() + timeout_s)

    def collect(self, timeout_s: float) -> tuple[str, ...]:
        """Send the day's operations to the bank (télécollecte); returns its ticket, scrubbed.

        Raises DeviceFault when the terminal refuses, and what a question may meet: it may then
        have been done, and doing it again is harmless.
        """
        with self._turn:
            if not self._profile.collection:
                raise DeviceFault("this terminal does its télécollecte by itself")
            fields = {**self._fields(COLLECTION), "CK": CUSTOMER_TICKET}
            return self._carried_out(fields, self._now() + timeout_s)

    def _carried_out(self, fields: Mapping[str, str], deadline: float) -> tuple[str, ...]:
        self._settle_earlier()
        said = self._ask(fields, deadline)
        if said.get("AE") != PERFORMED:
            raise DeviceFault(scrub(f"the terminal did not: AF={said.get('AF', '')}"))
        return ticket_lines(said)

    # --- messages ---

    def _fields(self, action: str) -> dict[str, str]:
        profile = self._profile
        return {
            "CZ": profile.version,
            "CJ": profile.identifier,
            "CA": self._till,
            "CD": action,
        }

    def _money_fields(self, request: Request, action: str, ref: str) -> dict[str, str]:
        """Return the fields of a debit, credit or cancellation. Raises NotSent."""
        number = NUMBERS.get(request.currency)
        if number is None:
            raise NotSent(f"the terminal does not know the currency {request.currency}")
        head = self._fields(action)
        del head["CD"]
        fields = {**head, "CE": number, "BA": "0", "CD": action, "CB": f"{request.amount_minor:02}"}
        if action == DEBIT and self._profile.application:
            fields["CC"] = self._profile.application
        if self._profile.echoes_reference:
            fields["CF"] = ref
        if self._profile.ticket:
            fields["CK"] = CUSTOMER_TICKET
        return fields

    def _duplicata_fields(self) -> dict[str, str]:
        """CF is left out: what then comes back in it is the operation's own, if anything."""
        return {**self._fields(DUPLICATA), "CK": CUSTOMER_TICKET}

    def _asked(self, request: Request) -> dict[str, str]:
        action = CREDIT if request.op is Operation.REFUND else DEBIT
        return self._money_fields(request, action, request.ref)

    def _body(self, request: Request) -> bytes:
        if not request.ref.isprintable():
            raise NotSent("the reference holds what no message can carry")
        return encode(self._asked(request))

    def _judge(self, request: Request, answers: tuple[bytes, ...]) -> Result:
        return judge_answers(request, self._asked(request), answers, self._profile)

    def _cancellation(self, original: Request, poi_transaction_id: str, ref: str) -> bytes:
        del poi_transaction_id
        if not self._profile.cancellation:
            raise NotSent("this terminal cannot cancel from the till")
        return encode(self._money_fields(original, CANCELLATION, ref))

    def _judge_cancellation(
        self, original: Request, sent: bytes, answers: tuple[bytes, ...]
    ) -> Result:
        return judge_cancellation(original, parse(sent), answers, self._profile)

    def _names(self, request: Request, answer: bytes) -> bool:
        try:
            said = parse(answer)
        except ProtocolError:
            return False
        return (
            self._profile.echoes_reference
            and said.get("CF") == request.ref
            and said.get("CD") == self._asked(request)["CD"]
        )

    # --- questions without side effect ---

    def _probe(self, deadline: float) -> str:
        """Identify the terminal; any answer that can be read will do."""
        said = self._ask(self._fields(IDENTIFICATION), deadline)
        return f"Caisse-AP {said.get('AQ') or said.get('CJ', '')}"

    def _ask(self, fields: Mapping[str, str], deadline: float) -> Message:
        """Return the answer to a question. Raises one of TROUBLE."""
        body = encode(fields)
        self._channel.open(min(deadline, self._now() + self._waits.connect_s))
        try:
            self._channel.send(body, deadline)
            answers = self._channel.receive(deadline)
        finally:
            self._channel.finish()
        for answer in answers:
            said = parse(answer)
            if said.get("CD", fields["CD"]) == fields["CD"]:
                self._answered_at = self._now()
                return said
        self._keep(answers)
        if answers:
            raise RemoteProtocolError("the terminal answered something else")
        raise TransportTimeout("the terminal did not answer")

    # --- what became of a payment ---

    def _find_out(self, request: Request, deadline: float, why: str) -> Result:
        """Wait until the terminal answers again, then ask what it can be asked."""
        asking: Asking[str] = Asking(self._waits, self._closing, self._now)
        who = asking.until(
            deadline, lambda: self._probe(min(deadline, self._now() + self._waits.answer_s))
        )
        if isinstance(who, Silence):
            return doubt(request, f"{why}; {who.why}" if who.why else why)
        late = self._late(request)
        if late is not None:
            return late
        if self._profile.transaction_status:
            told = self._told_status(request)
            if told.outcome is not Outcome.UNKNOWN:
                return told
            why = f"{why}; {told.evidence}"
        if self._profile.duplicata:
            return self._told_duplicata(request, why)
        return doubt(request, f"{why}; this terminal cannot be asked: read its journal")

    def _told_status(self, request: Request) -> Result:
        """Ask what became of a reference; only a clear word counts."""
        asked = {**self._asked(request), "CD": TRANSACTION_STATUS}
        for tag in ("BA", "CB", "CC"):
            asked.pop(tag, None)
        try:
            said = self._ask(asked, self._now() + self._waits.answer_s)
        except TROUBLE as error:
            return doubt(request, f"no status: {error}")
        result = judge_answer(request, asked, said, self._profile)
        named = said.get("CF") == request.ref and said.get("AF", "")[:2] in REASONS
        if result.outcome in PAID or (result.outcome in _SETTLED and named):
            return result
        return doubt(request, f"status AE={said.get('AE', '')} AF={said.get('AF', '')}")

    def _told_duplicata(self, request: Request, why: str) -> Result:
        """Take the last operation's ticket as evidence, or as proof where the profile says so."""
        try:
            said = self._last_ticket(request.ref)
        except TROUBLE as error:
            return doubt(request, f"{why}; no duplicata: {error}")
        if self._profile.duplicata_has_reference:
            asked = {**self._asked(request), "CD": DUPLICATA}
            result = judge_answer(request, asked, said, self._profile)
            if result.outcome in PAID:
                return result
        ticket = " | ".join(ticket_lines(said)) or "none"
        return doubt(request, f"{why}; last ticket of the terminal: {ticket[:MAX_EVIDENCE]}")

    def _last_ticket(self, ref: str) -> Message:
        """Fetch the duplicata, not too often for one reference. Raises one of TROUBLE."""
        now = self._now()
        fetched = self._duplicata_of
        if fetched is not None and fetched[0] == ref and now - fetched[1] < DUPLICATA_EVERY_S:
            return fetched[2]
        said = self._ask(self._duplicata_fields(), now + self._waits.answer_s)
        self._duplicata_of = (ref, now, said)
        return said


class CaisseApSerialTerminal(CaisseApTerminal):
    """Caisse-AP on a serial line or USB, in the envelope of Concert; the line stays open."""

    _channel_type = LineChannel
