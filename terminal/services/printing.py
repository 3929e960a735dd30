"""The spooler: no receipt lost, none printed twice without a mark.

Every move of a job is in the journal before the bytes of the next phase leave, and a phase's bytes
leave only when the printer has confirmed the one before:

    QUEUED -> SENDING -> BEGUN -> PRINTED -> DONE
                            |         |
                 WAIT_PAPER (the printer keeps what it has and goes on by itself after the refill)

What a lost link, a power cut of the printer or of the terminal means depends on how far it got:

    last confirmed    then
    nothing           the body was never sent: clear the printer, send it again as it is
    BEGUN, paper end  WAIT_PAPER: nothing is sent again; the printer goes on after the refill
    BEGUN             paper may exist: clear, cut the scrap, print again marked as a duplicate
    BEGUN, no clear   AMBIGUOUS: only a person can see whether it came out
    PRINTED           send the cut only
    DONE              never again

A printer that cannot confirm ends a job UNCONFIRMED: sent, and said to be just that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from drivers.base import Health, Status
from drivers.errors import DriverError, TransportError, TransportTimeout
from drivers.printer.base import Confirm, Confirmation, EncodedJob, PrintItem, ReceiptPrinter
from terminal.core.errors import Refused
from terminal.core.events import DrawerOpened, PrintJobAdvanced, PrintJobQueued
from terminal.core.policy import Moment
from terminal.core.printing import COMMISSIONING, GIFT
from terminal.core.state import PrintJob, PrintState, TerminalState
from terminal.devices.host import UNSEEN, DeviceHost
from terminal.services.bus import Changed
from terminal.services.notices import with_notice
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer

log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 3.0
SEND_TIMEOUT_S = 5.0
CONFIRM_TIMEOUT_S = 2.0
CLEAR_TIMEOUT_S = 2.0
CLEAR_TRIES = 2
"""Before staff are asked: an answer may have been slow."""
POLL_TIMEOUT_S = 1.0
DRAIN_LOOK_S = 0.02
RETRY_S = 0.5
"""Between two looks at a printer that cannot go on: a refill shows within this time."""

PATIENCE_S = 60.0
"""A printer that could print and reports nothing for so long has forgotten what it was sent."""
STOPPED = (Health.BLOCKED, Health.FAULT)

UNCOUNTED = frozenset({"interruption", GIFT, COMMISSIONING})
"""Paper that is no receipt: printed again it does not become a duplicate of one."""

Render = Callable[[PrintJob], "asyncio.Future[tuple[PrintItem, ...]] | object"]


class PrinterGone(Exception):
    """The printer went away in the middle of a phase; the job's state says what that means."""


class Spooler:
    """Prints the journal's jobs, oldest first, on one printer."""

    def __init__(
        self,
        session: Session,
        writer: Writer,
        printer: DeviceHost[ReceiptPrinter],
        render: Callable[..., object],
        on_status: Callable[[], None],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._patience_s = patience_s
        self._session = session
        self._writer = writer
        self._printer = printer
        self._render = render
        self._on_status = on_status
        self._wake = asyncio.Event()
        self._open = False

    def notice(self, change: Changed) -> None:
        """Hear of new jobs and of drawers to open."""
        if any(isinstance(event, PrintJobQueued | DrawerOpened) for event in change.events):
            self._wake.set()

    # --- the loop ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Print for ever: the next unfinished job, or wait for one."""
        while True:
            self._wake.clear()
            job = self._next()
            if job is None:
                await self._wake.wait()
                continue
            try:
                await self._advance(job)
            except (DriverError, PrinterGone) as error:
                await self._lost(job.job_id, error)

    def _next(self) -> PrintJob | None:
        jobs = self._session.state.print_jobs
        waiting = [job for job in jobs.values() if job.state is not PrintState.AMBIGUOUS]
        return min(waiting, key=lambda job: job.job_id, default=None)

    @property
    def idle(self) -> bool:
        """True when nothing waits to be printed."""
        return self._next() is None

    async def drain(self, timeout_s: float) -> None:
        """Wait until the paper is out, as long as the printer can print."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not self.idle and loop.time() < deadline:
            if self._printer.status.health in (Health.ABSENT, Health.BLOCKED) and self._open:
                return
            await asyncio.sleep(DRAIN_LOOK_S)

    async def _advance(self, job: PrintJob) -> None:
        """Take one job as far as it goes."""
        await self._ensure_open()
        match job.state:
            case PrintState.QUEUED | PrintState.SENDING | PrintState.WAIT_DEVICE:
                await self._print_all(job)
            case PrintState.BEGUN | PrintState.WAIT_PAPER:
                await self._after_interruption(job)
            case PrintState.PRINTED | PrintState.CUT:
                await self._cut(job)

    async def _print_all(self, job: PrintJob) -> None:
        encoded = await self._encoded(job)
        caps = self._printer.driver.caps
        attempt = job.attempt + 1
        await self._move(job.job_id, PrintState.SENDING, attempt)
        if caps.can_clear and attempt > 1:
            await self._printer.call(lambda printer: printer.clear(CLEAR_TIMEOUT_S))
        if caps.confirmation is Confirmation.NONE:
            await self._print_blind(job, encoded, attempt)
            return
        await self._confirmed(job, encoded.begin, "B")
        await self._move(job.job_id, PrintState.BEGUN, attempt)
        await self._confirmed(job, encoded.body, "M", attempt)
        await self._move(job.job_id, PrintState.PRINTED, attempt)
        await self._cut(job)

    async def _print_blind(self, job: PrintJob, encoded: EncodedJob, attempt: int) -> None:
        await self._move(job.job_id, PrintState.BEGUN, attempt)
        await self._send(job, encoded.begin + encoded.body + encoded.cut, "", attempt)
        await self._move(job.job_id, PrintState.UNCONFIRMED, attempt)

    async def _cut(self, job: PrintJob) -> None:
        encoded = await self._encoded(job)
        if self._printer.driver.caps.confirmation is Confirmation.NONE:
            await self._send(job, encoded.cut, "C")
            await self._move(job.job_id, PrintState.UNCONFIRMED, job.attempt)
            return
        await self._confirmed(job, encoded.cut, "C")
        await self._move(job.job_id, PrintState.DONE, job.attempt)

    async def _send(self, job: PrintJob, data: bytes, phase: str, attempt: int = 0) -> None:
        """Send all of a phase; what a stopped printer does not take yet is sent after the refill.

        Nothing else is sent in between: a question would stand in the middle of the data.
        """
        loop = asyncio.get_running_loop()
        progress = loop.time()
        while data:
            taken = await self._printer.call(partial(_taken_of, data=data))
            data = data[taken:]
            if not data:
                return
            self._note(await self._printer.call(lambda printer: printer.status()))
            health = self._printer.status.health
            if health is Health.ABSENT:
                raise PrinterGone(phase)
            if taken or health in STOPPED:
                progress = loop.time()
            elif loop.time() - progress > self._patience_s:
                raise PrinterGone(phase)
            await self._wait_for_paper(job, phase, attempt)

    async def _confirmed(self, job: PrintJob, data: bytes, phase: str, attempt: int = 0) -> None:
        """Send a phase and wait until the printer reports it; paper that runs out is waited for."""
        marker = marker_of(job.job_id, phase)
        await self._send(job, data + self._printer.driver.mark(marker), phase, attempt)
        loop = asyncio.get_running_loop()
        able = loop.time()
        while True:
            answer = await self._printer.call(
                lambda printer: printer.confirm(marker, CONFIRM_TIMEOUT_S)
            )
            self._note(await self._printer.call(lambda printer: printer.status()))
            if answer is Confirm.PRINTED:
                return
            if answer is Confirm.LOST:
                raise PrinterGone(phase)
            await self._wait_for_paper(job, phase, attempt)
            status = await self._printer.call(lambda printer: printer.poll(POLL_TIMEOUT_S))
            self._note(status)
            if status.health is Health.ABSENT:
                raise PrinterGone(phase)
            if status.health in STOPPED:
                able = loop.time()
            elif loop.time() - able > self._patience_s:
                raise PrinterGone(phase)  # it could, and does not: it has been off and on again

    async def _wait_for_paper(self, job: PrintJob, phase: str, attempt: int) -> None:
        """Say that a job waits, when what is on paper of it is not known."""
        now = self._session.state.print_jobs.get(job.job_id)
        begun = now is not None and now.state is PrintState.BEGUN
        if phase == "M" and begun and self._printer.status.health in STOPPED:
            await self._move(job.job_id, PrintState.WAIT_PAPER, attempt)

    # --- after an interruption --------------------------------------------------------------------

    async def _after_interruption(self, job: PrintJob) -> None:
        """The body had been sent and nobody knows how much came out."""
        cleared = False
        for _ in range(CLEAR_TRIES):
            cleared = await self._printer.call(lambda printer: printer.clear(CLEAR_TIMEOUT_S))
            self._note(await self._printer.call(lambda printer: printer.status()))
            if self._printer.status.health is Health.ABSENT:
                raise PrinterGone("clear")
            if cleared:
                break
        if not cleared:
            await self._ask_staff(job)
            return
        await self._send(job, (await self._encoded(job)).cut, "")
        await self._again_as_duplicate(job)

    async def _again_as_duplicate(self, job: PrintJob) -> None:
        copies = 0
        if job.receipt_number:
            copies = await self._writer.ask(lambda store: store.copies(job.receipt_number))

        def decide(state: TerminalState, _: Moment) -> Decision:
            if job.job_id not in state.print_jobs:
                return ()
            again = PrintJobQueued(
                state.last_job + 1,
                job.kind if job.kind in UNCOUNTED else "duplicate",
                job.sale_id,
                job.receipt_number,
                0 if job.kind == GIFT else max(copies, job.copy) + 1,
                job.language,
            )
            reason = "reprinted_as_duplicate"
            gone = PrintJobAdvanced(job.job_id, PrintState.CANCELLED.value, job.attempt, reason)
            return gone, again

        await self._session.record(decide)

    async def _ask_staff(self, job: PrintJob) -> None:
        def decide(state: TerminalState, _: Moment) -> Decision:
            if job.job_id not in state.print_jobs:
                return ()
            moved = PrintJobAdvanced(
                job.job_id, PrintState.AMBIGUOUS.value, job.attempt, "cannot_clear"
            )
            details: dict[str, str | int] = {
                "job_id": job.job_id,
                "receipt_number": job.receipt_number,
            }
            return with_notice(state, (moved,), ("print_ambiguous", details))

        await self._session.record(decide)

    async def settle(self, job_id: int, *, came_out: bool) -> Decision:
        """Take a person's word on an ambiguous job."""
        job = self._session.state.print_jobs.get(job_id)
        if job is None or job.state is not PrintState.AMBIGUOUS:
            return Refused("no_such_receipt")
        if came_out:
            return await self._session.record(
                lambda _state, _: (
                    PrintJobAdvanced(job_id, PrintState.UNCONFIRMED.value, job.attempt, "seen"),
                )
            )
        await self._again_as_duplicate(job)
        return ()

    async def _lost(self, job_id: int, error: Exception) -> None:
        """The printer went away: remember why the job waits, then look again."""
        log.info("printer: %s", error)
        self._open = False
        if not isinstance(error, DriverError) or isinstance(error, TransportError):
            self._note(UNSEEN)
        job = self._session.state.print_jobs.get(job_id)
        if job is not None and job.state in (PrintState.QUEUED, PrintState.SENDING):
            await self._move(job_id, PrintState.WAIT_DEVICE, job.attempt)
        await asyncio.sleep(RETRY_S)

    # --- small things -----------------------------------------------------------------------------

    async def _ensure_open(self) -> None:
        if not self._open:
            self._note(await self._printer.call(lambda printer: printer.open(OPEN_TIMEOUT_S)))
            self._open = True

    async def _encoded(self, job: PrintJob) -> EncodedJob:
        items = await self._render(job)  # type: ignore[misc]
        return await self._printer.call(lambda printer: printer.encode(items))

    async def _move(self, job_id: int, state: PrintState, attempt: int) -> None:
        """Write a move of a job; nothing is sent when it cannot be written."""
        moved = await self._session.record(
            lambda now, _: (
                (PrintJobAdvanced(job_id, state.value, attempt, ""),)
                if job_id in now.print_jobs
                else ()
            )
        )
        if isinstance(moved, Refused):
            raise PrinterGone(moved.code)

    def _note(self, status: Status) -> None:
        if self._printer.note(status):
            self._on_status()

    async def watch(self) -> None:
        """Look at the idle printer, so that the screen tells the truth about it."""
        if not self.idle:
            return
        try:
            await self._ensure_open()
            status = await self._printer.call(lambda printer: printer.poll(POLL_TIMEOUT_S))
        except DriverError:
            status = UNSEEN
        if status.health is Health.ABSENT:
            self._open = False
        self._note(status)


def _taken_of(printer: ReceiptPrinter, data: bytes) -> int:
    """Send, and return how many bytes the printer took before the deadline."""
    try:
        printer.send(data, SEND_TIMEOUT_S)
    except TransportTimeout as error:
        return error.bytes_sent
    return len(data)


def marker_of(job_id: int, phase: str) -> str:
    """Return the 4-character process id of a job's phase: 3 of base 36 and the phase's letter."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    value = job_id % 36**3
    return digits[value // 1296] + digits[value // 36 % 36] + digits[value % 36] + phase
