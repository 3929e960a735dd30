"""The steps of the receipt printer: paper, cover, cutter, and the test receipt."""

from __future__ import annotations

from drivers.base import Health
from drivers.errors import DriverError
from drivers.printer.base import (
    Align,
    Confirm,
    Confirmation,
    PrintBarcode,
    PrintFeed,
    PrintItem,
    PrintLine,
    ReceiptPrinter,
)
from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.policy import Moment
from terminal.core.printing import COMMISSIONING, queue
from terminal.core.state import TerminalState
from terminal.services.commissioning.trial import DEVICE_S, Failed, Means, Trial

MARKER = "CMCT"
"""Of the strip that the cutter is tested with (4 characters, as print jobs have)."""
STRIP: tuple[PrintItem, ...] = (PrintLine("-- | --", Align.CENTER, bold=True), PrintFeed(2))

Values = dict[str, str | int]


async def printer(trial: Trial, means: Means) -> Values:
    """Print the printer's test page; a person says whether it can be read."""
    trial.say("printing")
    await _free(trial, means)
    try:
        report = await means.printer.call(lambda driver: driver.self_test(DEVICE_S))
    except DriverError as error:
        raise Failed("no_answer") from error
    confirms = means.printer.driver.caps.confirmation is not Confirmation.NONE
    for check in report.checks:
        if not check.passed and (check.name == "status" or confirms):
            raise Failed("not_printed", why=check.detail)
    await trial.ask("readable", "unreadable")
    return {"columns": means.printer.driver.caps.columns}


async def cover(trial: Trial, means: Means) -> Values:
    """The printer says that its cover was opened, and that it was closed again."""
    await _free(trial, means)
    trial.say("open_cover")
    host = means.printer
    await trial.until(lambda: host.status.health is Health.BLOCKED, "cover_not_seen")
    seen = host.status.reasons
    trial.say("close_cover")
    usable = (Health.READY, Health.DEGRADED)
    await trial.until(lambda: host.status.health in usable, "cover_stays_open")
    return {"seen": " ".join(seen)}


async def cutter(trial: Trial, means: Means) -> Values:
    """A strip is cut off; a person says so."""
    trial.say("cutting")
    await _free(trial, means)
    try:
        confirmed = await means.printer.call(_cut_strip)
    except DriverError as error:
        raise Failed("no_answer") from error
    if not confirmed:
        raise Failed("not_printed", why="")
    await trial.ask("cut", "not_cut")
    return {}


def _cut_strip(driver: ReceiptPrinter) -> bool:
    """Print and cut a strip; True when the printer said so, or never says anything."""
    job = driver.encode(STRIP)
    driver.send(job.begin + job.body + job.cut + driver.mark(MARKER), DEVICE_S)
    if driver.caps.confirmation is Confirmation.NONE:
        return True
    return driver.confirm(MARKER, DEVICE_S) is Confirm.PRINTED


async def print_code(means: Means, code: str) -> bool:
    """Print a code as bars; False when the printer does not take it."""
    bars: tuple[PrintItem, ...] = (PrintBarcode(code), PrintLine(code, Align.CENTER), PrintFeed(2))

    def send(driver: ReceiptPrinter) -> None:
        job = driver.encode(bars)
        driver.send(job.begin + job.body + job.cut, DEVICE_S)

    try:
        await means.printer.call(send)
    except DriverError:
        return False
    return True


async def receipt(trial: Trial, means: Means) -> Values:
    """A test receipt by the way of every receipt: job, spooler, report of the printer."""
    trial.say("printing")
    await _free(trial, means)
    job_id = await queue_paper(means)
    await trial.device(lambda: job_id not in means.session.state.print_jobs, "not_printed")
    await trial.ask("receipt", "unreadable")
    return {}


async def queue_paper(means: Means) -> int:
    """Queue the commissioning's paper and return its job. Raises Failed."""
    policy = means.session.policy

    def decide(state: TerminalState, _: Moment) -> tuple[Event, ...]:
        return (queue(state, policy, kind=COMMISSIONING, sale_id="", receipt_number=""),)

    decided = await means.session.record(decide)
    if isinstance(decided, Refused):
        raise Failed("refused", why=f"refused.{decided.code}")
    return means.session.state.last_job


async def _free(trial: Trial, means: Means) -> None:
    """Wait until the printer answers and has nothing else to print."""
    await means.spooler.watch()
    await trial.answering(means.printer)
    await trial.device(lambda: means.spooler.idle, "printer_busy")
