"""The commissioning of one terminal: runs steps, keeps what came of them, signs the report.

One step runs at a time, beside the loop's other work.  A result is on the disk before it is shown;
a cut in the middle of a step leaves the step as it was before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from drivers.errors import DriverError
from terminal.core import authority
from terminal.core.errors import Refused
from terminal.core.state import Operator, SaleStatus, TerminalState
from terminal.devices.adoption import Stand, unit_name
from terminal.devices.page import DeviceLine
from terminal.fiscal.signing import KeyUnusable
from terminal.journal.errors import JournalError
from terminal.services.adoption import Adoption
from terminal.services.answer import Answer
from terminal.services.commissioning import paper_steps
from terminal.services.commissioning import requests as ask
from terminal.services.commissioning.record import load, save
from terminal.services.commissioning.reporting import Reporting
from terminal.services.commissioning.steps import (
    REASONS,
    STEPS,
    CommissioningPage,
    Record,
    Result,
    Stage,
    StepLine,
    StepState,
    needed,
    plan,
    standing,
)
from terminal.services.commissioning.trial import DEVICE_S, PERSON_S, Failed, Means, Trial
from terminal.services.commissioning.work import WORK, Work
from terminal.services.requests import Scan
from terminal.services.session import Decision

log = logging.getLogger(__name__)

MAX_GRAMS = 60_000
RIGHT = "devices"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings say of commissioning."""

    role: str
    """Of the terminal: ``till`` or ``kiosk``."""
    mode: str
    """``on_request``, ``offered`` or ``required``."""
    folder: Path
    """Where the results and the reports lie."""


class Commissioning:
    """The steps of this terminal, and the person who goes through them."""

    def __init__(
        self,
        means: Means,
        adoption: Adoption,
        reporting: Reporting,
        wanted: Wanted,
        changed: Callable[[], None],
    ) -> None:
        self.person_s, self.device_s = PERSON_S, DEVICE_S
        self.restore: Callable[[], None] = lambda: None
        """Called when a step has shown something on a display or lamps of its own."""
        self._means = means
        self._adoption = adoption
        self._reporting = reporting
        self._wanted = wanted
        self._folder = wanted.folder
        self._tell = changed
        self._record = load(wanted.folder)
        self._person: Operator | None = None
        self._trial: Trial | None = None
        self._task: asyncio.Task[None] | None = None
        self._brief = self._shut()

    # --- what is seen -----------------------------------------------------------------------------

    @property
    def record(self) -> Record:
        """What is known, over restarts."""
        return self._record

    @property
    def listens(self) -> bool:
        """Tell whether the next scan belongs to the step that runs."""
        return self._trial is not None and bool(self._trial.stage.code)

    @property
    def blocked(self) -> bool:
        """Tell whether nothing may be sold before a needed device has passed once."""
        return self._brief.blocked

    @property
    def refuses_sale(self) -> bool:
        """Tell whether no sale may begin now; one that is open goes on."""
        return self.blocked and not self.listens and not _selling(self._means.session.state)

    @property
    def seen(self) -> CommissioningPage:
        """The page for screens: without lines while nobody is at it."""
        return self.page if self._present else self._brief

    @property
    def page(self) -> CommissioningPage:
        """The whole page, as things are now."""
        record, lines = self._record, self._lines()
        stage = Stage() if self._trial is None else self._trial.stage
        newest = max((line.result.at_ms for line in lines), default=0)
        return replace(
            self._brief,
            open=self._present,
            lines=lines,
            stage=stage,
            person=self._person.name if self._person else "",
            stale=bool(record.reported_ms) and newest > record.reported_ms,
        )

    @property
    def _present(self) -> bool:
        """Somebody opened it, and is still signed on."""
        return self._person is not None and self._means.session.state.operator is not None

    def _shut(self) -> CommissioningPage:
        record = self._record
        mode = self._wanted.mode
        return CommissioningPage(
            offered=mode != "on_request" and not record.reported,
            blocked=mode == "required" and self._lacks(),
            code=record.code,
            file=record.file,
            reported_ms=record.reported_ms,
        )

    def _lacks(self) -> bool:
        """Tell whether a needed device has never passed."""
        role = self._wanted.role
        for step in self._plan():
            address = self._address(step)
            passed = standing(self._record.results.get(step), address).passed_ms
            if needed(step, role, address) and not passed:
                return True
        return False

    def _plan(self, offered: frozenset[str] = frozenset()) -> tuple[str, ...]:
        signs = self._means.signer is not None
        return plan(self._adoption.addresses, offered, signs=signs)

    def _address(self, step: str) -> str:
        return self._adoption.addresses.get(STEPS[step], "")

    def _lines(self) -> tuple[StepLine, ...]:
        page = self._adoption.recent
        offered = frozenset(offer.role for offer in page.offers)
        return tuple(self._line(step, page.line(STEPS[step])) for step in self._plan(offered))

    def _line(self, step: str, device: DeviceLine | None) -> StepLine:
        address = self._address(step)
        result = standing(self._record.results.get(step), address)
        if self._trial is not None and self._trial.stage.step == step:
            result = replace(result, state=StepState.RUNNING)
        line = StepLine(step, STEPS[step], needed(step, self._wanted.role, address), result)
        if device is None:
            return line
        simulated = device.stand == Stand.SIMULATED
        unit = unit_name(device.maker, device.model, device.serial) or device.detail
        return replace(
            line,
            health=device.health,
            reasons=device.reasons,
            unit="" if simulated or device.stand == Stand.NONE else unit or device.address,
            simulated=simulated,
            offers=device.offers,
            pending=device.pending,
        )

    # --- what is asked ----------------------------------------------------------------------------

    def begin(self, by: Operator | None) -> Decision:
        """Open the commissioning, between two sales."""
        state = self._means.session.state
        who = by or state.operator
        refused = authority.staff(state) or authority.right(
            replace(state, operator=who), self._means.session.policy, RIGHT
        )
        if refused is not None:
            return refused
        if _selling(state):
            return Refused("sale_in_progress")
        self._person = who
        self._changed()
        return ()

    async def carry_out(self, request: ask.Commissioned) -> Answer:
        """Do what is asked, or say why not."""
        if isinstance(request, ask.ShowCommissioning):
            return Answer(found={"commissioning": self.page})
        if not self._present:
            return Answer(refused=Refused("not_commissioning"))
        refused = await self._carry_out(request)
        return Answer(refused=refused, found={"commissioning": self.page})

    async def _carry_out(self, request: ask.Commissioned) -> Refused | None:
        trial = self._trial
        match request:
            case ask.AnswerStep():
                taken = trial is not None and trial.answer(request.yes)
                return None if taken else Refused("nothing_asked")
            case ask.TouchCorner():
                taken = trial is not None and trial.touch(request.corner)
                return None if taken else Refused("nothing_asked")
            case ask.LeaveCommissioning():
                await self.leave()
                return None
            case ask.PrintCode():
                if trial is None or not trial.stage.code:
                    return Refused("nothing_asked")
                printed = await paper_steps.print_code(self._means, trial.stage.code)
                return None if printed else Refused("device_failed")
            case ask.StopStep():
                await self.close()
                return None
            case ask.RunStep():
                return await self._run(request)
            case ask.SkipStep():
                return await self._skip(request)
            case ask.SignReport():
                return await self._sign()
        return None

    def heard(self, scan: Scan) -> Answer:
        """Take a scan that belongs to the running step."""
        if self._trial is not None:
            self._trial.heard = scan
        return Answer()

    async def leave(self) -> None:
        """Leave it as it stands."""
        await self.close()
        self._person = None
        self._changed()

    async def close(self) -> None:
        """Break off what runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    # --- steps ------------------------------------------------------------------------------------

    async def _run(self, request: ask.RunStep) -> Refused | None:
        step = request.step
        if step not in {line.step for line in self._lines()}:
            return Refused("no_such_step", {"step": step[:20]})
        if not 0 <= request.grams <= MAX_GRAMS:
            return Refused("weight_out_of_range", {"limit_g": MAX_GRAMS})
        if _selling(self._means.session.state):
            return Refused("sale_in_progress")
        await self.close()  # another step was left in the middle
        self._trial = Trial(
            step, self._changed, grams=request.grams, person_s=self.person_s,
            device_s=self.device_s,
        )  # fmt: skip
        self._task = asyncio.ensure_future(self._try(self._trial, WORK[step]))
        await asyncio.sleep(0)  # it begins before anybody answers it
        self._changed()
        if request.wait:
            await asyncio.wait({self._task})
        return None

    async def _try(self, trial: Trial, work: Work) -> None:
        """Run a step to its end and keep what came of it."""
        step = trial.stage.step
        try:
            try:
                values = await work(trial, self._means)
                result = self._result(StepState.PASSED, step, "", values)
            except Failed as failed:
                result = self._result(StepState.FAILED, step, failed.code, failed.values)
            except DriverError as error:
                log.info("commissioning, %s: %s", step, error)
                result = self._result(StepState.FAILED, step, "no_answer", {})
            log.info("commissioning: %s %s %s", step, result.state, result.code)
            await self._keep(step, result)
        finally:
            self._trial = None
            self.restore()
            self._changed()

    def _result(
        self, state: StepState, step: str, code: str, values: Mapping[str, str | int]
    ) -> Result:
        address, now_ms = self._address(step), self._means.now_ms()
        before = standing(self._record.results.get(step), address)
        who = self._person or Operator("", "", "")
        return Result(
            state=state,
            code=code,
            values=MappingProxyType(dict(values)),
            at_ms=now_ms,
            operator_id=who.operator_id,
            operator=who.name,
            address=address,
            passed_ms=now_ms if state is StepState.PASSED else before.passed_ms,
        )

    async def _skip(self, request: ask.SkipStep) -> Refused | None:
        if request.step not in {line.step for line in self._lines()}:
            return Refused("no_such_step", {"step": request.step[:20]})
        if request.reason not in REASONS:
            return Refused("no_such_reason", {"reason": request.reason[:20]})
        await self.close()
        result = self._result(StepState.NOT_THERE, request.step, request.reason, {})
        return await self._keep(request.step, result)

    async def _keep(self, step: str, result: Result) -> Refused | None:
        return await self._save(
            replace(self._record, results={**self._record.results, step: result})
        )

    async def _save(self, record: Record) -> Refused | None:
        """Make a record durable, and only then go by it."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, save, self._folder, record)
        except OSError as error:
            log.error("%s cannot be written: %s", self._folder, error)  # noqa: TRY400
            return Refused("storage_failed")
        self._record = record
        self._brief = self._shut()
        self._changed()
        return None

    # --- the report -------------------------------------------------------------------------------

    async def _sign(self) -> Refused | None:
        if self._trial is not None:
            return Refused("step_running")
        who = self._person or Operator("", "", "")
        try:
            made = await self._reporting.make(self.page, self._adoption.page, who)
        except (KeyUnusable, JournalError) as error:
            log.warning("the report is not signed: %s", error)
            return Refused("signature_failed")
        except OSError as error:
            log.error("the report cannot be kept: %s", error)  # noqa: TRY400
            return Refused("storage_failed")
        refused = await self._save(
            replace(
                self._record,
                report=made.text,
                code=made.code,
                file=made.file,
                reported_ms=self._means.now_ms(),
            )
        )
        if refused is not None:
            return refused
        noted = await self._means.session.record(made.decide)
        if isinstance(noted, Refused):
            return noted
        try:
            await paper_steps.queue_paper(self._means)
        except Failed as failed:
            log.warning("the report is not printed: %s", failed)
        return None

    def _changed(self) -> None:
        self._tell()


def _selling(state: TerminalState) -> bool:
    """Tell whether a sale or a payment is going on: paper, drawer and scanner are its own."""
    sale = state.sale
    live = sale is not None and sale.status in (SaleStatus.OPEN, SaleStatus.TENDERING)
    return live or bool(state.attempts)
