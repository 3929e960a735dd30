"""The steps of a commissioning: which there are for a terminal, and what came of each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from terminal.devices.adoption import Offer

SCREEN = "screen"
SCANNER = "scanner"
PRINTER = "printer"
COVER = "cover"
CUTTER = "cutter"
DRAWER = "drawer"
POI = "poi"
SCALE = "scale"
BAGGING_SCALE = "bagging_scale"
CASH = "cash"
DISPLAY = "customer_display"
LIGHTS = "lights"
LABEL = "label"
RFID = "rfid"
POWER = "power"
SECOND_COPY = "second_copy"
CLOCK = "clock"
NETWORK = "network"
KEY = "key"
RECEIPT = "receipt"

STEPS: Mapping[str, str] = MappingProxyType(
    {
        SCREEN: "", SCANNER: "scanner", PRINTER: "printer", COVER: "printer", CUTTER: "printer",
        DRAWER: "drawer", POI: "poi", SCALE: "scale", BAGGING_SCALE: "bagging_scale", CASH: "cash",
        DISPLAY: "customer_display", LIGHTS: "lights", LABEL: "label", RFID: "rfid",
        POWER: "power", SECOND_COPY: "", CLOCK: "", NETWORK: "", KEY: "", RECEIPT: "printer",
    }
)  # fmt: skip
"""Every step, in order, and the role of the device that it tests; empty when it is none."""
WEIGHED = frozenset({SCALE, BAGGING_SCALE})
"""Steps that are told how much the person puts on."""
WEIGHTS_G = (100, 200, 500, 1000)
"""What a technician has with him: a weight, or a packet that says what it holds."""
_ALWAYS = frozenset({SCREEN, SCANNER, PRINTER, POI, CLOCK, KEY})
"""Without these nothing is sold by anybody (paper is what the law asks for)."""
REASONS = ("not_installed", "later", "not_used")
"""Why a device is not there; ``commission.why.<reason>`` says it."""


class StepState(StrEnum):
    """How a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    NOT_THERE = "not_there"
    """There is nothing to test: somebody said so, and why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a step the last time; times are UTC milliseconds."""

    state: StepState
    code: str = ""
    """Why it failed, or why there is nothing to test."""
    values: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))
    at_ms: int = 0
    operator_id: str = ""
    operator: str = ""
    address: str = ""
    """Of the device that was tested: another one is tested again."""
    passed_ms: int = 0
    """When it last passed with this device; 0 when it never did."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a commissioning, over restarts."""

    results: Mapping[str, Result] = field(default_factory=lambda: MappingProxyType({}))
    report: str = ""
    """The text of the newest signed report."""
    code: str = ""
    """Its code."""
    file: str = ""
    """Its file in the data folder."""
    reported_ms: int = 0

    @property
    def reported(self) -> bool:
        """Tell whether a report was signed."""
        return bool(self.report)


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as screens and consoles show it."""

    step: str
    role: str
    needed: bool
    result: Result
    health: str = ""
    """Of its device, now; empty when it tests none."""
    reasons: tuple[str, ...] = ()
    unit: str = ""
    """Which device: maker, model, serial number, or what it says of itself."""
    simulated: bool = False
    offers: tuple[Offer, ...] = ()
    """What is plugged in and could serve."""
    pending: bool = False
    """A device was adopted that serves from the next start on: it is tested then."""

    @property
    def settled(self) -> bool:
        """Tell whether nothing is left to do here."""
        return self.result.state in (StepState.PASSED, StepState.NOT_THERE)


@dataclass(frozen=True, slots=True)
class Stage:
    """What the running step asks for."""

    step: str = ""
    say: str = ""
    """``commission.say.<say>`` tells the person what to do."""
    values: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))
    ask: str = ""
    """``commission.ask.<ask>`` is to be answered with yes or no."""
    code: str = ""
    """To be scanned."""
    grams: int | None = None
    """What lies on the scale; None while nothing is at rest there."""
    corners: tuple[int, ...] | None = None
    """Corners of the screen touched so far; None when none are to be touched."""


@dataclass(frozen=True, slots=True)
class CommissioningPage:
    """All of it, as it stands now."""

    open: bool = False
    """Somebody is at it."""
    offered: bool = False
    """Nobody has signed a report yet, and the settings want one."""
    blocked: bool = False
    """Nothing is sold before a needed device has passed once."""
    lines: tuple[StepLine, ...] = ()
    stage: Stage = Stage()
    person: str = ""
    code: str = ""
    """Of the newest report."""
    file: str = ""
    reported_ms: int = 0
    stale: bool = False
    """Something was tested after the report was signed."""

    def line(self, step: str) -> StepLine | None:
        """Return the line of a step."""
        return next((line for line in self.lines if line.step == step), None)

    @property
    def complete(self) -> bool:
        """Tell whether every needed step has passed and none waits."""
        return bool(self.lines) and all(
            line.result.state is StepState.PASSED if line.needed else line.settled
            for line in self.lines
        )

    @property
    def settled(self) -> int:
        """How many steps are done."""
        return sum(line.settled for line in self.lines)


def plan(addresses: Mapping[str, str], offered: frozenset[str], *, signs: bool) -> tuple[str, ...]:
    """Return the steps of a terminal, in order.

    A device that the settings leave out has a step when one is plugged in that could serve.
    """
    return tuple(
        step
        for step, role in STEPS.items()
        if (not role or addresses.get(role) or role in offered) and (step != KEY or signs)
    )


def needed(step: str, role: str, address: str) -> bool:
    """Tell whether selling needs what a step tests: ``role`` is the terminal's."""
    return step in _ALWAYS or (step == DRAWER and role == "till" and bool(address))


def standing(result: Result | None, address: str) -> Result:
    """Return what a result is worth for the device at ``address``: another one was never tested."""
    if result is None or (result.address != address and result.state is not StepState.NOT_THERE):
        return Result(StepState.PENDING)
    return result
