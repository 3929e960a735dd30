"""Commissionings as a technician may see them: begun, waiting for him, failed, reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from terminal.core.state import TerminalState
from terminal.devices.adoption import Offer
from terminal.presenters.commissioning import COMMISSIONING
from terminal.presenters.desk import Desk
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import routes
from terminal.services.commissioning.steps import (
    STEPS,
    CommissioningPage,
    Result,
    Stage,
    StepLine,
    StepState,
    needed,
)
from terminal.ui.samples.devices import pages
from terminal.ui.samples.world import NOW_MS, World

PASSED = Result(StepState.PASSED, at_ms=NOW_MS, operator_id="9", operator="Claire", passed_ms=1)
FAILED = Result(
    StepState.FAILED, "other_code", MappingProxyType({"said": "3270190128724"}), NOW_MS, "9",
    "Claire",
)  # fmt: skip
LATER = replace(PASSED, state=StepState.NOT_THERE, code="later")
CODE = "97532" + "1234567890" * 118
"""As long as a real one: what it says is nobody's."""


def commissionings(role: str) -> Mapping[str, tuple[str, CommissioningPage]]:
    """Return (chosen step, page) by name."""
    begun = _page(role, {"screen": PASSED, "printer": PASSED})
    most = dict.fromkeys(STEPS, PASSED) | {"second_copy": LATER}
    failed = _page(role, {**most, "scanner": FAILED})
    known = pages()["offer"]
    offers = known.offers
    waits = {
        "corners": Stage("screen", "corners", corners=(0, 2)),
        "scan": Stage("scanner", "scan", code="QWAZYM48291"),
        "cover": Stage("cover", "open_cover"),
        "question": Stage("printer", ask="readable"),
        "weighs": Stage("scale", "put_weight", MappingProxyType({"weight_g": 500}), grams=498),
    }
    done = replace(_page(role, most), code=CODE, file="report-2026-09-21T141320Z.json")
    return {
        "begun": ("", begun),
        **{name: (stage.step, _running(begun, stage)) for name, stage in waits.items()},
        "scale": ("scale", begun),
        "failed": ("scanner", failed),
        "offer": ("printer", _with_offer(begun, offers)),
        "unreported": ("report", failed),
        "reported": ("report", replace(done, reported_ms=NOW_MS)),
    }


def commissioning_worlds(
    state: TerminalState, around: Callable[..., Surroundings]
) -> tuple[World, ...]:
    """Return what a technician sees at a till, and the offer of one nobody has commissioned."""
    pages_of = commissionings("till")
    skip = MappingProxyType({"skip": "scale"})
    worlds = [
        _world(f"commissioning-{name}", state, step, around(commissioning=page))
        for name, (step, page) in pages_of.items()
    ]
    begun = _world("commissioning-skip", state, "scale", around(commissioning=pages_of["scale"][1]))
    first = around(commissioning=CommissioningPage(offered=True, blocked=True))
    return (
        *worlds,
        replace(begun, desk=replace(begun.desk, memory=skip)),
        World("commissioning-offered", state, Desk(), first, routes.SALE),
        World("commissioning-offered-first", TerminalState(), Desk(), first, routes.SIGN_ON),
    )


def _world(name: str, state: TerminalState, step: str, around: Surroundings) -> World:
    return World(name, state, Desk(panel=COMMISSIONING, tab=step), around, COMMISSIONING)


def _page(role: str, results: Mapping[str, Result]) -> CommissioningPage:
    lines = tuple(
        StepLine(
            step, device, needed(step, role, "set"), results.get(step, Result(StepState.PENDING)),
            unit="EPSON TM-T20III · X3YT012345" if device == "printer" else "",
            simulated=device == "scale",
        )
        for step, device in STEPS.items()
    )  # fmt: skip
    return CommissioningPage(open=True, lines=lines, person="Claire")


def _running(page: CommissioningPage, stage: Stage) -> CommissioningPage:
    lines = tuple(
        replace(line, result=replace(line.result, state=StepState.RUNNING))
        if line.step == stage.step
        else line
        for line in page.lines
    )
    return replace(page, lines=lines, stage=stage)


def _with_offer(page: CommissioningPage, offers: tuple[Offer, ...]) -> CommissioningPage:
    lines = tuple(
        replace(line, offers=offers) if line.step == "printer" else line for line in page.lines
    )
    return replace(page, lines=lines)
