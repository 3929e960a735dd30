"""The print spooler's table of legal moves: a job is DONE only when the printer has said so.

    from         to
    queued       sending, wait_paper, wait_device, cancelled
    sending      begun, queued, wait_paper, wait_device, cancelled
    begun        printed, wait_paper, wait_device, ambiguous, unconfirmed, cancelled
    printed      cut, done, wait_paper, wait_device, unconfirmed
    cut          done, wait_paper, wait_device, unconfirmed
    wait_paper   queued, sending, begun, printed, cut, done, wait_device, ambiguous, unconfirmed,
                 cancelled
    wait_device  as wait_paper, and wait_paper
    ambiguous    queued, sending, done, unconfirmed, cancelled

``done``, ``unconfirmed`` and ``cancelled`` are final. A job may also move to the state it is in: a
new attempt, or another reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.events import PrintJobQueued
from terminal.core.policy import Policy
from terminal.core.state import PrintState, TerminalState

_P = PrintState
_WAITING = frozenset(
    {
        _P.QUEUED, _P.SENDING, _P.BEGUN, _P.PRINTED, _P.CUT, _P.DONE, _P.WAIT_PAPER,
        _P.WAIT_DEVICE, _P.AMBIGUOUS, _P.UNCONFIRMED, _P.CANCELLED,
    }
)  # fmt: skip
_BLOCKED = frozenset({_P.WAIT_PAPER, _P.WAIT_DEVICE})

MOVES: Mapping[PrintState, frozenset[PrintState]] = {
    _P.QUEUED: _BLOCKED | {_P.SENDING, _P.CANCELLED},
    _P.SENDING: _BLOCKED | {_P.BEGUN, _P.QUEUED, _P.CANCELLED},
    _P.BEGUN: _BLOCKED | {_P.PRINTED, _P.AMBIGUOUS, _P.UNCONFIRMED, _P.CANCELLED},
    _P.PRINTED: _BLOCKED | {_P.CUT, _P.DONE, _P.UNCONFIRMED},
    _P.CUT: _BLOCKED | {_P.DONE, _P.UNCONFIRMED},
    _P.WAIT_PAPER: _WAITING,
    _P.WAIT_DEVICE: _WAITING,
    _P.AMBIGUOUS: frozenset({_P.QUEUED, _P.SENDING, _P.DONE, _P.UNCONFIRMED, _P.CANCELLED}),
}
GIFT = "gift"
"""Kind of the job that prints a receipt without prices; it is no receipt in the books."""
COMMISSIONING = "commissioning"
"""Kind of the job that prints a commissioning's test receipt and report; no receipt either."""
FINAL = frozenset({_P.DONE, _P.UNCONFIRMED, _P.CANCELLED})


def queue(
    state: TerminalState,
    policy: Policy,
    *,
    kind: str,
    sale_id: str,
    receipt_number: str,
    copy: int = 0,
    language: str = "",
) -> PrintJobQueued:
    """Return the event that queues the next job.

    Fiscal paper is in the shop's own language unless a ``language`` is asked for.
    """
    return PrintJobQueued(
        job_id=state.last_job + 1,
        kind=kind,
        sale_id=sale_id,
        receipt_number=receipt_number,
        copy=copy,
        language=language or policy.default_language,
    )
