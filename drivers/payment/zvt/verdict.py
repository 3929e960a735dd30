"""What a status information proves about an attempt.

ZVT carries no reference of ours.  What ties an answer to an attempt is the dialogue it came in, or,
after a cut, its marks (receipt, trace, turnover number): they differ from the baseline, which was
read and stored before the request went out, and follow on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.payment.base import Outcome, Request, Result
from drivers.payment.judge import doubt, judge
from drivers.payment.transaction import APPROVED, CANCELLED, DECLINED, REVERSED, Transaction
from drivers.payment.zvt.slip import slip_of
from drivers.payment.zvt.status import StatusInformation
from drivers.payment.zvt.tables import ABORTED, ERRORS, OK

TERMINAL, SEEN = "terminal_id", "seen"
NOTHING, SOMETHING = "nothing", "transaction"
"""What 06 20 gave for the baseline."""
MARKS = ("receipt", "trace", "turnover")
RECEIPTS = 10_000
"""Receipt numbers have four digits and begin anew."""


def baseline_of(terminal_id: str, last: StatusInformation | None) -> Mapping[str, str]:
    """Return the marks to store before a request goes out."""
    if last is None:
        return {TERMINAL: terminal_id, SEEN: NOTHING}
    return {TERMINAL: terminal_id or last.terminal_id, SEEN: SOMETHING, **last.marks}


def judge_answer(request: Request, said: StatusInformation) -> Result:
    """Return what a status information in the request's own dialogue says (rule R3)."""
    if said.result is None:
        return doubt(request, "the terminal told no result")
    if not said.performed:
        return _judged(request, said, _negative(said))
    if said.original_trace:
        return doubt(request, "the terminal answered with a reversal")
    if request.baseline.get(SEEN) == SOMETHING and is_baseline(said, request.baseline):
        return doubt(request, "the terminal answered with its previous transaction")
    if not _same_terminal(said, request.baseline):
        return doubt(request, "another terminal answered")
    return _judged(request, said, APPROVED)


def judge_last(request: Request, terminal_id: str, last: StatusInformation | None) -> Result:
    """Return what the terminal's last transaction (06 20) says about an attempt (rule R9).

    The terminal was asked before, and is idle.
    """
    baseline = request.baseline
    if not baseline.get(SEEN):
        return doubt(request, "nothing was stored of the terminal before the request")
    if last is None:
        return doubt(request, "the terminal does not tell its last transaction")
    known = last.terminal_id or terminal_id
    if baseline.get(TERMINAL) and known and baseline[TERMINAL] != known:
        return doubt(request, f"terminal {baseline[TERMINAL]} was replaced by {known}")
    if baseline[SEEN] == SOMETHING and is_baseline(last, baseline):
        return Result(
            Outcome.NOT_PROCESSED,
            request.ref,
            terminal_id=known,
            evidence="the terminal's last transaction is the one before",
        )
    if not last.marked:
        return doubt(request, "the terminal's last transaction has no number")
    if not _follows(last, baseline):
        return doubt(request, "other transactions were made at the terminal since")
    if last.original_trace and last.performed:
        return _judged(request, last, REVERSED)
    if last.result is None:
        return doubt(request, "the terminal told no result")
    if not last.performed and last.amount_minor not in (None, request.amount_minor):
        return doubt(request, "the terminal's last transaction has another amount")
    return _judged(request, last, APPROVED if last.performed else _negative(last))


def judge_error(request: Request, code: int) -> Result:
    """Return what a negative end (06 1E) says: the terminal itself tells that nothing was paid."""
    outcome = Outcome.CANCELLED if code == ABORTED else Outcome.DECLINED
    return Result(outcome, request.ref, native_code=f"{code:02X}", native_text=ERRORS.get(code, ""))


def is_baseline(said: StatusInformation, baseline: Mapping[str, str]) -> bool:
    """Tell whether a transaction is the one that was the last before the request."""
    return all(said.marks[name] == baseline.get(name, "") for name in MARKS)


def transaction_id(terminal_id: str, said: StatusInformation) -> str:
    """Return TERMINAL/RECEIPT/TRACE, which ``receipt_of`` and ``trace_of`` take apart.

    The strokes keep the numbers from looking like one card number.
    """
    return f"{terminal_id or said.terminal_id}/{said.receipt}/{said.trace}" if said.marked else ""


def receipt_of(transaction: str) -> str:
    """Return the receipt number in a transaction id; empty when there is none."""
    parts = transaction.split("/")
    return parts[1] if len(parts) == 3 and parts[1].isdecimal() else ""


def trace_of(transaction: str) -> str:
    """Return the trace number in a transaction id; empty when there is none."""
    parts = transaction.split("/")
    return parts[2] if len(parts) == 3 else ""


def _negative(said: StatusInformation) -> str:
    return CANCELLED if said.result == ABORTED else DECLINED


def _judged(request: Request, said: StatusInformation, outcome: str) -> Result:
    """Compare amount and currency; a terminal that tells no currency has only its contract's."""
    terminal_id = said.terminal_id or request.baseline.get(TERMINAL, "")
    judged = judge(
        request,
        Transaction(
            ref=request.ref,
            op=request.op.value,
            amount=said.amount_minor or 0,
            currency=said.currency or request.currency,
            outcome=outcome,
            authorized=said.amount_minor or 0,
            transaction=transaction_id(terminal_id, said),
            approval=said.approval,
            terminal=terminal_id,
            brand=said.card_name,
            last4=said.last4,
            entry=said.entry,
            aid=said.aid,
            code=said.code,
            text=said.text or ("" if said.result == OK else ERRORS.get(said.result or 0, "")),
            slip=slip_of(request, said),
        ),
        approval_code=False,
    )
    return judged if judged.outcome is Outcome.APPROVED else replace(judged, slip=())


def _same_terminal(said: StatusInformation, baseline: Mapping[str, str]) -> bool:
    expected = baseline.get(TERMINAL, "")
    return not expected or not said.terminal_id or expected == said.terminal_id


def _follows(said: StatusInformation, baseline: Mapping[str, str]) -> bool:
    """Tell whether no other receipt lies between; a number may be used again (chapter 4)."""
    before = baseline.get("receipt", "")
    if not before or not said.receipt:
        return True
    ahead = (int(said.receipt) - int(before)) % RECEIPTS
    wrapped = int(said.receipt) <= 1 and int(before) == RECEIPTS - 1
    return ahead <= 1 or wrapped
