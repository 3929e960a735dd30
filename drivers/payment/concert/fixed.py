"""Messages of Concert E and E+, sans-IO: fields of fixed width in ASCII, one after the other.

    request  till 2 | amount 8 | IND 1 | mode 1 | type 1 | currency 3 | private 10
             E+ adds DELAY 4 | AUTO 4
    answer   till 2 | STAT 1 | amount 8 | mode 1 | [REP 55] | currency 3 | private 10

IND is always 0: with 1 the terminal would put the card's data (REP) into its answer.  Should it do
so all the same, REP is dropped unread (PCI DSS 3.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from drivers.card_numbers import scrub
from drivers.errors import LocalProtocolError, RemoteProtocolError
from drivers.payment.base import Outcome, Request, Result
from drivers.payment.currency import NUMBERS

MAX_AMOUNT_MINOR = 99_999_999
REF_LEN = 10
CARD, CHEQUE = "1", "C"
DEBIT, CREDIT, CANCELLATION = "0", "1", "2"
_AT_THE_END = "A010"
"""DELAY: answer when the transaction has ended. ``A011`` answers before the customer paid."""
_NOT_FORCED = "B010"
_ANSWER = re.compile(
    rb"(?P<till>[0-9]{2})(?P<status>.)(?P<amount>[0-9]{8})(?P<mode>.)(?:.{55})?"
    rb"(?P<currency>[0-9]{3})(?P<private>.{10})",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class FixedAnswer:
    """What a terminal said, without REP."""

    till: str
    status: str
    amount_minor: int
    mode: str
    currency: str
    private: str


def encode_request(
    amount_minor: int, private: str, *, till: str, mode: str, kind: str, currency: str, plus: bool
) -> bytes:
    """Return a request of 26 characters, or of 34 when ``plus``. Raises LocalProtocolError."""
    text = f"{till}{amount_minor:08}0{mode}{kind}{currency}{private:<10}"
    text += _AT_THE_END + _NOT_FORCED if plus else ""
    if len(text) != (34 if plus else 26) or not (text.isascii() and text.isprintable()):
        raise LocalProtocolError("a field that does not fit in its width")
    return text.encode("ascii")


def parse_answer(body: bytes) -> FixedAnswer:
    """Return an answer of 25 characters, or of 80 with REP dropped. Raises RemoteProtocolError."""
    found = _ANSWER.fullmatch(body)
    if found is None:
        raise RemoteProtocolError(f"{len(body)} bytes that are no answer of Concert E")
    text = {name: value.decode("latin-1") for name, value in found.groupdict().items()}
    return FixedAnswer(
        till=text["till"],
        status=text["status"],
        amount_minor=int(text["amount"]),
        mode=text["mode"],
        currency=text["currency"],
        private=text["private"].rstrip(),
    )


def judge_fixed(request: Request, till: str, said: FixedAnswer) -> Result:
    """Return what an answer means: it counts only with our reference, amount and currency.

    STAT 0 is accepted, 7 is not accepted; 9 says that the message arrived and nothing of the money.
    """
    result = Result(Outcome.UNKNOWN, request.ref, native_code=scrub(f"STAT={said.status}"))
    asked = (till, request.ref, request.amount_minor, NUMBERS.get(request.currency, ""))
    if (said.till, said.private, said.amount_minor, said.currency) != asked:
        return replace(result, evidence="the terminal answered for something that was not asked")
    if said.status == "0":
        return replace(result, outcome=Outcome.APPROVED, authorized_minor=said.amount_minor)
    if said.status == "7":
        return replace(result, outcome=Outcome.DECLINED, native_text="not accepted")
    return replace(result, evidence=scrub(f"the terminal gave the status {said.status!r}"))
