"""Driver of a terminal that speaks Concert E or E+ on a serial line or USB.

The protocol has one question, the payment itself, and no memory: after a cut nobody but the
terminal's own journal knows.  So any doubt is UNKNOWN, a person reads the journal, and the driver
only goes on listening for an answer that comes late.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.errors import NotSent, RemoteProtocolError
from drivers.payment.base import Capabilities, Operation, Outcome, Request, Result
from drivers.payment.concert import fixed
from drivers.payment.concert.channel import LineChannel, Timing
from drivers.payment.concert.terminal import ConcertTerminal
from drivers.payment.concert.verdict import agreed
from drivers.payment.currency import NUMBERS
from drivers.payment.judge import doubt
from drivers.payment.waits import TROUBLE, Waits
from drivers.transports.base import Transport


class ConcertETerminal(ConcertTerminal):
    """Concert E. ``till`` is the till's number, two digits; ``mode`` is ``1`` card, ``C`` cheque.

    With ``bids`` False the line is not asked for to see whether the terminal is there: its health
    is then that of the last payment.
    """

    plus = False
    """E+: the request says that the answer is to come at the end."""

    def __init__(
        self,
        transport: Transport,
        till: str = "01",
        mode: str = fixed.CARD,
        *,
        waits: Waits = Waits(),  # noqa: B008 - frozen
        timing: Timing = Timing(),  # noqa: B008 - frozen
        monotonic: Callable[[], float] = time.monotonic,
        bids: bool = True,
    ) -> None:
        line = LineChannel(transport, timing, monotonic)
        super().__init__(line, waits, timing, monotonic)
        self._line = line
        self._bids = bids
        if not (len(till) == 2 and till.isascii() and till.isdigit()):
            raise ValueError(f"a till's number has two digits, not {till!r}")
        if len(mode) != 1:
            raise ValueError(f"a mode has one character, not {mode!r}")
        self._till = till
        self._mode = mode
        self.caps = Capabilities(
            abort=False,
            query_by_ref=False,
            query_last=False,
            reversal=True,
            refund=True,
            partial=False,
            reconcile=False,
            commit_by_ack=False,
            ref_len=fixed.REF_LEN,
            max_amount_minor=fixed.MAX_AMOUNT_MINOR,
        )

    def _body(self, request: Request) -> bytes:
        kind = fixed.CREDIT if request.op is Operation.REFUND else fixed.DEBIT
        return self._encode(request, kind, request.ref)

    def _encode(self, request: Request, kind: str, ref: str) -> bytes:
        number = NUMBERS.get(request.currency)
        if number is None:
            raise NotSent(f"the terminal does not know the currency {request.currency}")
        if not ref.isprintable() or ref != ref.rstrip():
            raise NotSent("the reference holds what no message can carry")
        return fixed.encode_request(
            request.amount_minor,
            ref,
            till=self._till,
            mode=self._mode,
            kind=kind,
            currency=number,
            plus=self.plus,
        )

    def _judge(self, request: Request, answers: tuple[bytes, ...]) -> Result:
        return agreed(
            request.ref,
            answers,
            lambda answer: fixed.judge_fixed(request, self._till, fixed.parse_answer(answer)),
        )

    def _cancellation(self, original: Request, poi_transaction_id: str, ref: str) -> bytes:
        del poi_transaction_id
        return self._encode(original, fixed.CANCELLATION, ref)

    def _judge_cancellation(
        self, original: Request, sent: bytes, answers: tuple[bytes, ...]
    ) -> Result:
        ref = sent[16 : 16 + fixed.REF_LEN].decode("ascii").rstrip()
        cancelling = Request(
            original.attempt_id, ref, original.op, original.amount_minor, original.currency
        )
        result = self._judge(cancelling, answers)
        if result.outcome is Outcome.APPROVED:
            return Result(Outcome.REVERSED, ref, native_code=result.native_code)
        return result

    def _probe(self, deadline: float) -> str:
        """Ask for the line and give it back: a terminal that is there grants it."""
        self._line.open(deadline)
        if self._bids:
            self._line.bid(deadline)
            self._line.withdraw(deadline)
        return "Concert E+" if self.plus else "Concert E"

    def _find_out(self, request: Request, deadline: float, why: str) -> Result:
        """Listen for a late answer; there is no question to ask."""
        try:
            self._line.open(deadline)
            self._keep(self._line.receive(deadline))
        except TROUBLE as error:
            why = f"{why}; {error}"
        return self._late(request) or doubt(
            request, f"{why}; this terminal cannot be asked: read its journal"
        )

    def _names(self, request: Request, answer: bytes) -> bool:
        try:
            return fixed.parse_answer(answer).private == request.ref
        except RemoteProtocolError:
            return False


class ConcertEPlusTerminal(ConcertETerminal):
    """Concert E+."""

    plus = True
