"""What an answer of a Caisse-AP terminal is worth (rule R3).

AE says whether the operation was performed (10) or not (01); anything else is no answer to a
payment.  What we sent must come back, but only when money moved: a terminal whose customer pressed
the red key leaves the amount out.  An AE=10 that contradicts itself or our request is UNKNOWN,
never a failure: the money may be gone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from drivers.card_numbers import KEPT_DIGITS, scrub
from drivers.errors import RemoteProtocolError
from drivers.payment.base import Outcome, Request, Result
from drivers.payment.concert.profile import ECHOES, Profile
from drivers.payment.concert.tlv import Message, nested, parse

PERFORMED, NOT_PERFORMED = "10", "01"
_AUTHORISED = ("01", "03")
"""AF of an approval: authorised, forced. Most terminals send none."""

REASONS: Mapping[str, tuple[Outcome, str]] = MappingProxyType(
    {
        "00": (Outcome.NOT_PROCESSED, "not performed, for an unknown reason"),
        "02": (Outcome.DECLINED, "the bank wants to be called"),
        "04": (Outcome.DECLINED, "refused"),
        "05": (Outcome.DECLINED, "forbidden"),
        "06": (Outcome.CANCELLED, "abandoned"),
        "07": (Outcome.NOT_PROCESSED, "not completed"),
        "08": (Outcome.TIMED_OUT, "nobody did anything in time"),
        "09": (Outcome.NOT_PROCESSED, "the terminal found a mistake in the message"),
        "10": (Outcome.NOT_PROCESSED, "the terminal found a mistake in the selection"),
        "11": (Outcome.CANCELLED, "abandoned by the operator"),
        "12": (Outcome.NOT_PROCESSED, "the terminal does not know this operation"),
        "13": (Outcome.NOT_PROCESSED, "the terminal does not take this currency"),
    }
)
"""AF of an operation that was not performed, by its first two characters."""

_BRANDS = {
    "001": "CB",
    "00B": "CB",
    "002": "American Express",
    "00D": "American Express",
    "006": "Diners",
    "009": "JCB",
    "00C": "Chèque",
    "00E": "Conecs",
    "10E": "Conecs",
    "00U": "UnionPay",
    "00F": "DCC",
}
_ENTRIES = {"1": "contact", "2": "contactless", "3": "stripe", "4": "manual"}
MAX_SLIP_LINES = 60
MAX_SLIP_LINE = 120


def judge_answers(
    request: Request, asked: Message, answers: tuple[bytes, ...], profile: Profile
) -> Result:
    """Return the result that all answers to one message agree on; UNKNOWN when they do not."""
    return agreed(
        request.ref,
        answers,
        lambda answer: judge_answer(request, asked, parse(answer), profile),
    )


def judge_cancellation(
    original: Request, asked: Message, answers: tuple[bytes, ...], profile: Profile
) -> Result:
    """Return REVERSED, DECLINED (certainly not undone) or UNKNOWN for answers to a cancellation.

    The amount may be missing from the answer: a cancellation is always of the whole.
    """

    def one(answer: bytes) -> Result:
        said = parse(answer)
        whole = {**said, "CB": said.get("CB", str(original.amount_minor))}
        result = judge_answer(original, asked, whole, replace(profile, partial=False))
        if result.outcome is Outcome.UNKNOWN:
            return result
        approved = result.outcome is Outcome.APPROVED
        return replace(result, outcome=Outcome.REVERSED if approved else Outcome.DECLINED)

    return agreed(original.ref, answers, one)


def agreed(ref: str, answers: tuple[bytes, ...], judge: Callable[[bytes], Result]) -> Result:
    """Return what all answers to one message say alike; UNKNOWN when they do not."""
    try:
        results = [judge(answer) for answer in answers]
    except RemoteProtocolError as error:
        return _unknown(ref, f"an answer that cannot be read: {error}")
    if not results:
        return _unknown(ref, "the terminal said nothing")
    first = results[0]
    if any(
        (other.outcome, other.authorized_minor) != (first.outcome, first.authorized_minor)
        for other in results
    ):
        return _unknown(ref, "the terminal gave answers that contradict one another")
    return first


def judge_answer(request: Request, asked: Message, said: Message, profile: Profile) -> Result:
    """Return what one answer to the message ``asked`` means, scrubbed."""
    result = _details(request, said)
    status, reason = said.get("AE", ""), said.get("AF", "")[:2]
    sent = asked.get("CF", "")
    if profile.echoes_reference and said.get("CF", sent) != sent:
        return _doubt(result, "the terminal answered for another reference")
    if status == NOT_PERFORMED:
        if reason in _AUTHORISED:
            return _doubt(result, f"not performed, and yet authorised (AF={reason})")
        outcome, text = REASONS.get(reason, (Outcome.DECLINED, "not performed"))
        return replace(result, outcome=outcome, native_text=text)
    if status != PERFORMED:
        return _doubt(result, f"the terminal gave the status AE={scrub(status)}")
    if reason and reason not in _AUTHORISED:
        return _doubt(result, f"performed, and yet refused (AF={scrub(reason)})")
    return _judge_approval(result, request, asked, said, profile)


def _judge_approval(
    result: Result, request: Request, asked: Message, said: Message, profile: Profile
) -> Result:
    """Compare what comes back of an operation that was performed with what was asked."""
    wanted = ECHOES if profile.echoes_reference else ECHOES[:-1]
    wrong = [tag for tag in wanted if not _came_back(tag, asked, said, profile)]
    if wrong:
        return _doubt(result, f"performed, but {', '.join(wrong)} did not come back as sent")
    amount = said.get("CB", "")
    if not (amount.isascii() and amount.isdigit()):
        return _doubt(result, "performed, without an amount")
    authorized = int(amount)
    if authorized == request.amount_minor:
        return replace(result, outcome=Outcome.APPROVED, authorized_minor=authorized)
    if profile.partial and 0 < authorized < request.amount_minor:
        return replace(result, outcome=Outcome.PARTIAL, authorized_minor=authorized)
    return _doubt(result, f"performed for {authorized}, which was not asked")


def _came_back(tag: str, asked: Message, said: Message, profile: Profile) -> bool:
    left_out = tag in profile.omits and tag not in said
    return left_out or said.get(tag) == asked.get(tag)


def ticket_lines(said: Message) -> tuple[str, ...]:
    """Return the lines of the customer's ticket (AK inside ZT), scrubbed; none when there is none.

    A ticket that cannot be read is left out: it never decides about money.
    """
    try:
        text = base64.b64decode(nested(said.get("ZT", "")).get("AK", ""), validate=True)
    except (RemoteProtocolError, binascii.Error):
        return ()
    lines = text.decode("latin-1").replace("\r", "\n").split("\n")
    readable = ("".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines)
    return tuple(scrub(line[:MAX_SLIP_LINE]) for line in readable if line)[:MAX_SLIP_LINES]


def _details(request: Request, said: Message) -> Result:
    """Return all but the outcome; of the card no more than its last four digits (PCI DSS 3.4.1)."""
    approval, contract = said.get("AC", "").strip(), said.get("CG", "")
    transaction = said.get("CH") or said.get("ID") or "-".join(filter(None, (contract, approval)))
    last4 = said.get("AA", "").rstrip()[-KEPT_DIGITS:]
    return Result(
        outcome=Outcome.UNKNOWN,
        ref=request.ref,
        native_code=scrub(" ".join(f"{t}={said[t].strip()}" for t in ("AE", "AF") if t in said)),
        poi_transaction_id=scrub(transaction),
        approval_code=scrub(approval),
        terminal_id=scrub(said.get("AQ") or contract),
        brand=_BRANDS.get(said.get("CC", ""), ""),
        last4=last4 if len(last4) == KEPT_DIGITS and last4.isdigit() else "",
        entry_mode=_ENTRIES.get(said.get("CI", ""), ""),
        aid=scrub(said.get("AI", "")),
        slip=ticket_lines(said),
    )


def _doubt(result: Result, why: str) -> Result:
    return replace(result, outcome=Outcome.UNKNOWN, evidence=scrub(why))


def _unknown(ref: str, why: str) -> Result:
    return Result(Outcome.UNKNOWN, ref, evidence=scrub(why))
