"""What a terminal's answer is worth: rule R3, a result counts only if it matches the attempt."""

from __future__ import annotations

from dataclasses import replace

from drivers.card_numbers import scrub
from drivers.errors import NotSent
from drivers.payment.base import Capabilities, Operation, Outcome, Request, Result
from drivers.payment.transaction import (
    APPROVED,
    CANCELLED,
    DECLINED,
    PARTIAL,
    REVERSED,
    STANDING,
    TIMED_OUT,
    Transaction,
)

PAID = (Outcome.APPROVED, Outcome.PARTIAL)
_NEGATIVE = {
    DECLINED: Outcome.DECLINED,
    CANCELLED: Outcome.CANCELLED,
    TIMED_OUT: Outcome.TIMED_OUT,
}


def check_sendable(request: Request, caps: Capabilities) -> None:
    """Refuse what the protocol cannot carry, before any byte. Raises NotSent."""
    if not 0 < request.amount_minor <= caps.max_amount_minor:
        raise NotSent("the amount is out of the terminal's range")
    fits = 0 < len(request.ref) <= caps.ref_len and request.ref.isascii()
    if caps.ref_len and not fits:
        raise NotSent(f"the reference does not fit in {caps.ref_len} ASCII characters")
    if request.op is not Operation.PAYMENT and not caps.refund:
        raise NotSent("the terminal does not know this operation")


def judge(request: Request, said: Transaction, *, approval_code: bool = True) -> Result:
    """Return the result of an attempt as the terminal tells it, scrubbed.

    Approved, but for another reference, amount, currency or operation, or without the marks that
    an approval must have, is UNKNOWN.  A refusal counts with the reference alone: terminals leave
    the rest out of refusals.  ``approval_code`` False is for protocols where approvals may have
    none.
    """
    result = _scrubbed(request, said)
    if said.ref != request.ref:
        return _doubt(result, "the terminal answered for another reference")
    if said.outcome in _NEGATIVE:
        return replace(result, outcome=_NEGATIVE[said.outcome])
    if said.outcome == REVERSED:
        return replace(result, outcome=Outcome.REVERSED)
    if said.outcome not in STANDING:
        return _doubt(result, "the terminal gave an outcome that it does not have")
    asked = (request.op.value, request.amount_minor, request.currency)
    if (said.op, said.amount, said.currency) != asked:
        return _doubt(result, f"approved {said.op} of {said.amount} {said.currency} was not asked")
    if not said.transaction or (approval_code and not said.approval):
        return _doubt(result, "approved without approval code or transaction number")
    if said.outcome == APPROVED and said.authorized == request.amount_minor:
        return replace(result, outcome=Outcome.APPROVED, authorized_minor=said.authorized)
    if said.outcome == PARTIAL and 0 < said.authorized < request.amount_minor:
        return replace(result, outcome=Outcome.PARTIAL, authorized_minor=said.authorized)
    return _doubt(result, f"{said.outcome} for {said.authorized}, which does not fit the amount")


def doubt(request: Request, why: str) -> Result:
    """Return UNKNOWN with the reason, for the person who must judge it."""
    return Result(Outcome.UNKNOWN, request.ref, evidence=scrub(why))


def in_progress(request: Request) -> Result:
    """Return that the terminal still works on it."""
    return Result(Outcome.IN_PROGRESS, request.ref, evidence="the terminal still works on it")


def _doubt(result: Result, why: str) -> Result:
    return replace(result, outcome=Outcome.UNKNOWN, evidence=scrub(why))


def _scrubbed(request: Request, said: Transaction) -> Result:
    return Result(
        outcome=Outcome.UNKNOWN,
        ref=request.ref,
        native_code=scrub(said.code),
        native_text=scrub(said.text),
        poi_transaction_id=scrub(said.transaction),
        approval_code=scrub(said.approval),
        terminal_id=scrub(said.terminal),
        brand=scrub(said.brand),
        last4=said.last4[-4:],
        entry_mode=scrub(said.entry),
        aid=scrub(said.aid),
        slip=tuple(scrub(line) for line in said.slip),
    )
