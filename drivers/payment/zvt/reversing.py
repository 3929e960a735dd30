"""Undoing a payment by its receipt number (06 30), and finding out whether it was undone."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.errors import DriverError
from drivers.payment.base import Outcome, Request, Result
from drivers.payment.judge import doubt
from drivers.payment.waits import TROUBLE, Asking, Silence
from drivers.payment.zvt.conversation import Ending
from drivers.payment.zvt.session import ZvtSession, error_text
from drivers.payment.zvt.status import StatusInformation
from drivers.payment.zvt.tables import ALREADY_REVERSED
from drivers.payment.zvt.verdict import is_baseline, receipt_of, trace_of, transaction_id


def reverse(
    session: ZvtSession, original: Request, transaction: str, ref: str, deadline: float
) -> Result:
    """Undo an approved payment: REVERSED, DECLINED (certainly not undone) or UNKNOWN."""
    receipt = receipt_of(transaction)
    if not receipt:
        return _not_undone(ref, "the payment has no receipt number")
    try:
        if session.reach(deadline).busy:
            return _not_undone(ref, "not sent: the terminal is busy")
        before = session.baseline(deadline)
        command = session.requests.reversal(receipt, original.amount_minor, original.currency)
    except TROUBLE as error:
        return _not_undone(ref, f"not sent: {error}")
    try:
        ending = session.talk.run(command, deadline, again=False)
    except DriverError as error:
        session.talk.drop()
        return _found(session, original, transaction, before, str(error))
    if ending.completed is not None and not ending.statuses:
        return _found(session, original, transaction, before, "the terminal told no result")
    return _told(original, ref, ending)


def _told(original: Request, ref: str, ending: Ending) -> Result:
    said = ending.statuses[-1] if ending.statuses else None
    code = ending.error
    if said is not None and said.result is not None:
        code = code or said.result
        if said.performed and not ending.error:
            if said.amount_minor not in (None, original.amount_minor):
                return doubt(original, "the terminal reversed another amount")
            return _undone(ref, said)
    if code == ALREADY_REVERSED:
        return Result(Outcome.REVERSED, ref, native_code=f"{code:02X}")
    return Result(Outcome.DECLINED, ref, native_code=f"{code:02X}", native_text=error_text(code))


def _found(
    session: ZvtSession,
    original: Request,
    transaction: str,
    before: Mapping[str, str],
    why: str,
) -> Result:
    """Ask for the last transaction: it is the reversal, or still the one from before."""

    def ask() -> StatusInformation | None:
        session.reach(until)
        return session.last(until)

    until = session.soon() + session.waits.recover_s
    last = Asking[StatusInformation | None](
        session.waits, session.closing, session.monotonic
    ).until(until, ask)
    if isinstance(last, Silence):
        return doubt(original, f"{why}; {last.why}")
    if last is None:
        return doubt(original, "the terminal does not tell its last transaction")
    if last.performed and last.original_trace and last.original_trace == trace_of(transaction):
        return _undone(original.ref, last)
    if is_baseline(last, before):
        return _not_undone(original.ref, "the payment still stands")
    return doubt(original, why)


def _undone(ref: str, said: StatusInformation) -> Result:
    return Result(
        Outcome.REVERSED,
        ref,
        native_code=said.code,
        native_text=said.text,
        poi_transaction_id=transaction_id(said.terminal_id, said),
        terminal_id=said.terminal_id,
    )


def _not_undone(ref: str, why: str) -> Result:
    return Result(Outcome.DECLINED, ref, evidence=why)
