"""One payment or refund while its dialogue lasts: what was heard, and when it was acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drivers.payment.abort_wish import AbortWish
from drivers.payment.base import AbortAnswer, Outcome, Progress, Request, Result
from drivers.payment.judge import PAID
from drivers.payment.zvt.conversation import Conversation
from drivers.payment.zvt.dialogue import (
    Aborted,
    Completed,
    Intermediate,
    Printed,
    Refused,
    Status,
    StopAnswered,
)
from drivers.payment.zvt.dialogue import Event as ZvtEvent
from drivers.payment.zvt.printing import MAX_LINES, is_for_cardholder
from drivers.payment.zvt.status import StatusInformation
from drivers.payment.zvt.tables import PROCESSING_ERROR
from drivers.payment.zvt.verdict import judge_answer, judge_error

SILENT = "the terminal gave no result in time"


class PaymentRun:
    """Listens until the dialogue ends; ``result`` is what is certain by then, None is doubt.

    An approval is made durable by ``commit`` before 80 00 00 goes out, as that answer commits the
    payment (2.2.8).  One that does not fit the request is refused with 84 66: the terminal then
    reverses it.
    """

    def __init__(
        self,
        request: Request,
        talk: Conversation,
        commit: Callable[[Result], None],
        note: Callable[[StatusInformation], None],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._request = request
        self._talk = talk
        self._commit = commit
        self._note = note
        self._on_progress = on_progress
        self._approved: StatusInformation | None = None
        self._slip: list[str] = []
        self.committed: Result | None = None
        """The approval that was made durable."""
        self.result: Result | None = None
        self.why = SILENT
        self.ended = False

    def listen(
        self, deadline: float, wish: AbortWish, slice_s: float, now: Callable[[], float]
    ) -> None:
        """Listen until the dialogue has ended or ``deadline``.

        Raises a TransportError or ProtocolError when the link is lost, and what ``commit`` raises.
        """
        stopping = False
        while not self.ended:
            if wish.wanted() and not stopping:
                self._talk.stop()
                stopping = True
            event = self._talk.next(min(deadline, now() + slice_s))
            if event is None:
                if now() >= deadline:
                    return
            elif isinstance(event, StopAnswered):
                wish.answer(AbortAnswer.ACCEPTED if event.accepted else AbortAnswer.TOO_LATE)
            else:
                self._hear(event)

    def _hear(self, event: ZvtEvent) -> None:
        match event:
            case Intermediate(kind, text):
                self._on_progress(Progress(kind, text))
                self._talk.reply()
            case Status(information):
                self._hear_status(information)
            case Printed(printed):
                if is_for_cardholder(printed):
                    self._slip += printed.lines[: MAX_LINES - len(self._slip)]
                self._talk.reply()
            case Refused(code):
                self.ended = True
                told = judge_error(self._request, code)
                self.result = replace(told, outcome=Outcome.NOT_PROCESSED)
            case Completed():
                self._end(None)
            case Aborted(code):
                self._end(code)

    def _hear_status(self, said: StatusInformation) -> None:
        if self._approved is not None and said.marks == self._approved.marks and said.performed:
            self._talk.reply()  # said again, as our answer was lost
            return
        told = judge_answer(self._request, said)
        if told.outcome in PAID and self.committed is None:
            self._hear_approval(said, told)
        elif told.outcome in PAID or told.outcome is Outcome.UNKNOWN:
            self.result, self.why = None, told.evidence or "the terminal approved twice"
            self._talk.reply(PROCESSING_ERROR)
        else:
            self.result = None if self.committed is not None else told
            self.why = "the terminal approved and then refused"
            self._talk.reply()

    def _hear_approval(self, said: StatusInformation, told: Result) -> None:
        try:
            self._commit(told)
        except BaseException:
            self._talk.drop()  # without acknowledgement: the terminal reverses it
            raise
        self.committed = told
        self._note(said)
        self._talk.reply()
        self._approved, self.result = said, told

    def _end(self, code: int | None) -> None:
        """The terminal gives back control. That alone says nothing of money, unless it aborts."""
        self.ended = True
        if code is not None and self.result is None and self.committed is None:
            if not self._doubted:
                self.result = judge_error(self._request, code)
        elif code is not None and self.committed is not None:
            self.result, self.why = None, "the terminal approved and then aborted"
        elif self.result is None and not self._doubted:
            self.why = "the terminal completed without telling a result"
        if self.result is not None and self.result.outcome in PAID and self._slip:
            self.result = replace(self.result, slip=tuple(self._slip))
        self._talk.reply()

    @property
    def _doubted(self) -> bool:
        return self.result is None and self.why != SILENT
