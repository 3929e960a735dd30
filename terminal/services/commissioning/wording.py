"""The steps of a commissioning in words: alike on screen, paper and command line."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.services.commissioning.steps import StepLine, StepState
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class Said:
    """One step in words."""

    name: str
    state: str
    note: str
    """Why it failed and what to do, why there is nothing to test, or what was found."""
    unit: str


def said_of(line: StepLine, words: Words) -> Said:
    """Return what is to be said of a step."""
    return Said(
        words.text(f"commission.step.{line.step}"),
        words.text(f"commission.state.{line.result.state}"),
        note_of(line, words),
        words.text("commission.simulated") if line.simulated else line.unit,
    )


def note_of(line: StepLine, words: Words) -> str:
    """Return what there is to know beyond the state."""
    result, values = line.result, dict(line.result.values)
    match result.state:
        case StepState.FAILED:
            return words.text(f"commission.failed.{result.code}", **values)
        case StepState.NOT_THERE:
            return words.text(f"commission.why.{result.code}")
        case StepState.PASSED if values and words.has(f"commission.found.{line.step}"):
            return words.text(f"commission.found.{line.step}", **values)
    return ""
