"""Makes the signed report: gathered, signed, kept as files, and noted in the journal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from terminal.core.events import Event, Maintained
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.devices.page import DevicesPage
from terminal.fiscal.commissioning_report import (
    MAX_TEXT,
    Report,
    ReportedDevice,
    ReportedStep,
    SignedReport,
    code_of,
    file_of,
    iso_utc,
    sign,
)
from terminal.fiscal.signing import Signer
from terminal.services.commissioning.paper import CommissioningPaper
from terminal.services.commissioning.record import put
from terminal.services.commissioning.steps import CommissioningPage, StepLine
from terminal.services.session import Session

NOTED = "commissioning"
"""What the journal calls it, in ``Maintained``."""
SHOWN = 16
"""Characters of the report's hash in the journal: they name it."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report that is signed and on the disk."""

    text: str
    code: str
    file: str
    sha256: str
    complete: bool

    def decide(self, _state: TerminalState, _moment: Moment) -> tuple[Event, ...]:
        """Return what the journal records of it."""
        verdict = "complete" if self.complete else "incomplete"
        return (Maintained(NOTED, f"report {self.sha256[:SHOWN]} {verdict}"),)


class Reporting:
    """Makes the reports of one terminal."""

    def __init__(
        self,
        session: Session,
        paper: CommissioningPaper,
        signer: Signer | None,
        secret: bytes,
        folder: Path,
    ) -> None:
        self._session = session
        self._paper = paper
        self._signer = signer
        self._secret = secret
        self._folder = folder

    async def make(self, page: CommissioningPage, devices: DevicesPage, who: Operator) -> Made:
        """Sign what stands now and keep it. Raises KeyUnusable, JournalError or OSError."""
        moment, head = self._session.moment(), await self._session.newest()
        one = self._paper.identity
        report = Report(
            shop=_short(one.shop),
            site=_short(one.site),
            till=one.till,
            lane=one.lane,
            role=one.role,
            release=one.release,
            machine=one.machine,
            regime=one.regime,
            devices=reported_devices(devices),
            steps=tuple(map(reported_step, page.lines)),
            complete=page.complete,
            operator_id=who.operator_id,
            operator=_short(who.name),
            at=iso_utc(moment.at_ms),
            date=moment.business_date,
            seq=head.seq,
            head=head.hash.hex(),
        )
        loop = asyncio.get_running_loop()
        signed = await loop.run_in_executor(None, sign, report, self._signer, self._secret)
        name = f"report-{report.at.replace(':', '')}"
        await loop.run_in_executor(None, self._keep, name, signed, page, moment.at_ms)
        return Made(signed.text, code_of(signed), f"{name}.json", signed.sha256, report.complete)

    def _keep(self, name: str, signed: SignedReport, page: CommissioningPage, at_ms: int) -> None:
        """Write the report for machines, as text, and as PDF."""
        # reportlab takes a tenth of a second to import: not before a report is made.
        from terminal.services.pdf.strip import Facts, pdf  # noqa: PLC0415

        put(self._folder / f"{name}.json", file_of(signed).encode())
        with_code = replace(page, code=code_of(signed), stale=False)
        put(self._folder / f"{name}.txt", self._paper.text(with_code, at_ms).encode())
        words = self._paper.words
        facts = Facts(
            title=words.text("commission.paper.title"),
            author=self._paper.identity.shop,
            language=words.language,
            made=words.format_stamp(at_ms, "UTC"),
        )
        put(self._folder / f"{name}.pdf", pdf(self._paper.blocks(with_code, at_ms), facts))


def reported_devices(page: DevicesPage) -> tuple[ReportedDevice, ...]:
    """Return who serves each role that the settings give to somebody."""
    return tuple(
        ReportedDevice(
            role=line.role,
            address=_short(line.address),
            maker=_short(line.maker),
            model=_short(line.model),
            serial=_short(line.serial),
            firmware=_short(line.detail),
            simulated=line.simulated,
        )
        for line in page.lines
        if line.address
    )


def reported_step(line: StepLine) -> ReportedStep:
    """Return what is signed of a step."""
    result = line.result
    return ReportedStep(
        line.step, result.state.value, result.code, iso_utc(result.at_ms), _short(result.operator)
    )


def _short(text: str) -> str:
    return text[:MAX_TEXT]
