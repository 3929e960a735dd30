"""What may be asked of a commissioning; opening it wants the right ``devices``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenCommissioning:
    """Begin or resume: whoever asks (or allows it) is the person of all that follows."""


@dataclass(frozen=True, slots=True)
class LeaveCommissioning:
    """Leave it as it stands; a step that runs is broken off."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """Run a step, again if it was run before; ``grams`` is what the person puts on a scale.

    With ``wait`` the answer comes when it has ended, which may need a person.
    """

    step: str
    grams: int = 0
    wait: bool = False


@dataclass(frozen=True, slots=True)
class StopStep:
    """Break the running step off: it stays as it was before."""


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """Say yes or no to what the running step asks."""

    yes: bool


@dataclass(frozen=True, slots=True)
class PrintCode:
    """Print the code that is to be scanned as bars: for scanners that read no screen."""


@dataclass(frozen=True, slots=True)
class TouchCorner:
    """A corner of the screen was touched: 0 top left, then clockwise."""

    corner: int


@dataclass(frozen=True, slots=True)
class SkipStep:
    """There is nothing to test: ``not_installed``, ``later`` or ``not_used``."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignReport:
    """Sign the report of what was found, keep it as a file, and print it."""


@dataclass(frozen=True, slots=True)
class ShowCommissioning:
    """Answer with the page of the commissioning."""


Commissioned = (
    LeaveCommissioning
    | RunStep
    | StopStep
    | AnswerStep
    | PrintCode
    | TouchCorner
    | SkipStep
    | SignReport
    | ShowCommissioning
)
"""What is asked of a commissioning that is open (the last also of one that is not)."""
