"""The commissioning screen: the steps, the one at hand, and what a person is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Desk, Entry, change
from terminal.presenters.device_words import said_of as said_of_device
from terminal.presenters.device_words import said_of_offer
from terminal.presenters.keys import ESCAPE
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Banner
from terminal.services.commissioning.requests import (
    AnswerStep,
    LeaveCommissioning,
    OpenCommissioning,
    PrintCode,
    RunStep,
    SignReport,
    SkipStep,
    StopStep,
    TouchCorner,
)
from terminal.services.commissioning.steps import (
    REASONS,
    WEIGHED,
    WEIGHTS_G,
    CommissioningPage,
    StepLine,
    StepState,
)
from terminal.services.commissioning.wording import note_of
from terminal.services.requests import Adopt, DeclineOffer
from terminal.words import Words

COMMISSIONING = "commissioning"
"""Name of the screen, and of the panel that opens it."""
REPORT = "report"
"""Chosen in the place of a step."""
SKIP = "skip"
_ICONS: Mapping[str, str] = MappingProxyType(
    {
        "screen": "hand", "scanner": "scan-barcode", "printer": "printer", "cover": "receipt",
        "cutter": "receipt-text", "drawer": "inbox", "poi": "credit-card", "scale": "scale",
        "bagging_scale": "shopping-basket", "cash": "coins", "customer_display": "monitor",
        "lights": "bell-ring", "label": "tag", "rfid": "nfc", "power": "zap",
        "second_copy": "hard-drive", "clock": "clock", "network": "wifi", "key": "key-round",
        "receipt": "receipt",
    }
)  # fmt: skip
_STATES: Mapping[StepState, tuple[str, str]] = MappingProxyType(
    {
        StepState.PENDING: ("ellipsis", "quiet"),
        StepState.RUNNING: ("loader-circle", "info"),
        StepState.PASSED: ("circle-check", "good"),
        StepState.FAILED: ("circle-x", "bad"),
        StepState.NOT_THERE: ("minus", "quiet"),
    }
)
"""Icon and tone of each state: the words say it too."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step in the list."""

    icon: str = ""
    name: str = ""
    state: str = ""
    mark: str = "ellipsis"
    tone: str = "quiet"
    press: Action = Action()


@dataclass(frozen=True, slots=True)
class CommissioningView:
    title: str = ""
    text: str = ""
    progress: str = ""
    part: float = 0.0
    rows: tuple[StepRow, ...] = ()
    icon: str = ""
    name: str = ""
    state: str = ""
    mark: str = ""
    tone: str = "quiet"
    unit: str = ""
    say: str = ""
    """What to do, or what is asked."""
    code: str = ""
    note: str = ""
    """Why it failed and what to do; what was found; by whom and when."""
    choices: tuple[Action, ...] = ()
    actions: tuple[Action, ...] = ()
    going: bool = False
    """A step runs and nothing is asked: it can only be broken off."""
    corners: tuple[Action, ...] = ()
    """Of the screen, from the top left clockwise, while they are to be touched."""
    leave: Action = Action()


def open_commissioning(words: Words) -> Action:
    """Return the action that opens the screen."""
    show = change(panel=COMMISSIONING, overlay="", entry=Entry(), tab="")
    open_it = Chain((OpenCommissioning(), show))
    return Action(words.text("commission.open"), "badge-check", open_it)


def offered(surroundings: Surroundings, words: Words) -> Banner:
    """Return what a terminal says that nobody has commissioned; empty when there is nothing."""
    page = surroundings.commissioning
    if not page.offered and not page.blocked:
        return Banner()
    text = words.text("commission.offer.blocked" if page.blocked else "commission.offer.text")
    tone = "warn" if page.blocked else "info"
    title = words.text("commission.offer.title")
    return Banner(title, text, "badge-check", tone, (open_commissioning(words),))


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> CommissioningView:
    """Return the step that runs, that was chosen, or that is next."""
    del state
    page = surroundings.commissioning
    chosen = _chosen(page, desk)
    line = page.line(chosen)
    overlay = "staff" if surroundings.role == "kiosk" else ""  # to settle what waits, and sign off
    leave = Chain((LeaveCommissioning(), change(panel="", tab="", overlay=overlay)))
    frame = _Frame(page, desk, surroundings, words)
    view = CommissioningView(
        title=words.text("commission.title"),
        text=words.text("commission.text"),
        progress=words.text("commission.progress", done=page.settled, all=len(page.lines)),
        part=page.settled / max(1, len(page.lines)),
        rows=(*(frame.row(one, chosen) for one in page.lines), frame.report_row(chosen)),
        leave=Action(words.text("commission.leave"), "arrow-left", leave, key=ESCAPE),
    )
    return frame.report(view) if line is None else frame.step(view, line)


def _chosen(page: CommissioningPage, desk: Desk) -> str:
    if page.stage.step:
        return page.stage.step
    if desk.tab == REPORT or page.line(desk.tab) is not None:
        return desk.tab
    return next((line.step for line in page.lines if not line.settled), REPORT)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the parts of the screen are made of."""

    page: CommissioningPage
    desk: Desk
    surroundings: Surroundings
    words: Words

    def row(self, line: StepLine, chosen: str) -> StepRow:
        mark, tone = _STATES[line.result.state]
        free, picked = not self.page.stage.step, line.step == chosen
        name = self.words.text(f"commission.step.{line.step}")
        pick = change(tab=line.step, memory=MappingProxyType({}))
        return StepRow(
            icon=_ICONS[line.step],
            name=name,
            state=self.words.text(f"commission.state.{line.result.state}"),
            mark=mark,
            tone=tone,
            press=Action(name, "", pick, free or picked, chosen=picked),
        )

    def report_row(self, chosen: str) -> StepRow:
        name = self.words.text("commission.report")
        signed = bool(self.page.reported_ms) and not self.page.stale
        mark, tone = _STATES[StepState.PASSED if signed else StepState.PENDING]
        state = self.words.text(f"commission.state.{'passed' if signed else 'pending'}")
        pick = change(tab=REPORT, memory=MappingProxyType({}))
        press = Action(name, "", pick, not self.page.stage.step, chosen=chosen == REPORT)
        return StepRow("file-text", name, state, mark, tone, press)

    # --- one step ---

    def step(self, view: CommissioningView, line: StepLine) -> CommissioningView:
        mark, tone = _STATES[line.result.state]
        stage = self.page.stage
        running = stage.step == line.step
        return replace(
            view,
            icon=_ICONS[line.step],
            name=self.words.text(f"commission.step.{line.step}"),
            state=self.words.text(f"commission.state.{line.result.state}"),
            mark=mark,
            tone=tone,
            unit=self._unit(line),
            say=self._say(line, running=running),
            code=stage.code if running else "",
            note=self._live(line) if running else self._note(line),
            choices=() if running else self._choices(line),
            actions=self._answers() if running else self._begin(line),
            going=running and not stage.ask,
            corners=self._corners() if running else (),
        )

    def _unit(self, line: StepLine) -> str:
        parts = [self.words.text("commission.needed")] if line.needed else []
        parts += [self.words.text("commission.simulated")] if line.simulated else []
        return " · ".join(part for part in (line.unit, *parts) if part)

    def _say(self, line: StepLine, *, running: bool) -> str:
        stage = self.page.stage
        if running and stage.ask:
            return self.words.text(f"commission.ask.{stage.ask}", **dict(stage.values))
        if running and stage.say:
            return self.words.text(f"commission.say.{stage.say}", **dict(stage.values))
        if self._skipping(line):
            return self.words.text("commission.why_not")
        if line.offers and not running:
            name, text = said_of_offer(line.offers[0], self.words)
            return f"{name}\n{text}"
        if line.pending:
            return self.words.text("commission.adopted")
        return self.words.text(f"commission.about.{line.step}")

    def _live(self, line: StepLine) -> str:
        """Return how the device is at this moment, or what it weighs."""
        grams = self.page.stage.grams
        if grams is not None:
            weight = self.words.text("commission.weight", weight_g=grams)
            return self.words.text("commission.live", state=weight)
        device = self.surroundings.page.line(line.role)
        if device is None:
            return ""
        said = said_of_device(device, self.words)
        state = " · ".join(part for part in (said.state, said.note) if part)
        return self.words.text("commission.live", state=state)

    def _note(self, line: StepLine) -> str:
        result = line.result
        parts = [note_of(line, self.words)]
        if result.at_ms:
            zone = self.surroundings.timezone
            at = f"{self.words.format_date(result.at_ms, zone)} "
            at += self.words.format_time(result.at_ms, zone)
            parts.append(self.words.text("commission.by", operator=result.operator, at=at))
        return "\n".join(part for part in parts if part) or self._live(line)

    def _offered(self, line: StepLine) -> tuple[Action, ...]:
        """Return the two answers to an offer."""
        offer, text = line.offers[0], self.words.text
        return (
            Action(text("screen.till.devices.not_now"), "", DeclineOffer(offer.address)),
            Action(
                text("screen.till.devices.adopt"), "check", Adopt(offer.role, offer.address),
                chosen=True,
            ),
        )  # fmt: skip

    def _skipping(self, line: StepLine) -> bool:
        return self.desk.memory.get(SKIP) == line.step

    def _choices(self, line: StepLine) -> tuple[Action, ...]:
        text = self.words.text
        if self._skipping(line):
            done = change(memory=MappingProxyType({}), tab="")
            return tuple(
                Action(text(f"commission.why.{why}"), "", Chain((SkipStep(line.step, why), done)))
                for why in REASONS
            )
        if line.offers:
            return self._offered(line)
        if line.step in WEIGHED:
            return tuple(
                Action(text("commission.weight", weight_g=grams), "scale",
                       Chain((change(tab=line.step), RunStep(line.step, grams))))
                for grams in WEIGHTS_G
            )  # fmt: skip
        return ()

    def _begin(self, line: StepLine) -> tuple[Action, ...]:
        text = self.words.text
        if self._skipping(line):
            return (Action(text("commission.leave"), "", change(memory=MappingProxyType({}))),)
        fresh = line.result.state is StepState.PENDING
        skip = Action(
            text("commission.skip"), "", change(memory=MappingProxyType({SKIP: line.step}))
        )
        actions = [skip]
        if line.step not in WEIGHED:
            run = Chain((change(tab=line.step), RunStep(line.step)))
            label = text("commission.start" if fresh else "commission.again")
            actions.append(Action(label, "play" if fresh else "refresh-cw", run))
        if line.settled:
            actions.append(Action(text("commission.next"), "arrow-right", change(tab="")))
        return tuple(actions)

    def _answers(self) -> tuple[Action, ...]:
        text = self.words.text
        if self.page.stage.ask:
            return (
                Action(text("commission.no"), "x", AnswerStep(False)),
                Action(text("commission.yes"), "check", AnswerStep(True)),
            )
        stop = Action(text("commission.stop"), "", StopStep())
        if self.page.stage.code:
            return stop, Action(text("commission.print_code"), "barcode", PrintCode())
        return (stop,)

    def _corners(self) -> tuple[Action, ...]:
        touched = self.page.stage.corners
        if touched is None:
            return ()
        return tuple(
            Action("", "check" if n in touched else "hand", TouchCorner(n), chosen=n in touched)
            for n in range(4)
        )

    # --- the report ---

    def report(self, view: CommissioningView) -> CommissioningView:
        page, text = self.page, self.words.text
        verdict = "commission.all_passed" if page.complete else "commission.not_all"
        signed = (
            text("commission.signed", file=page.file)
            if page.reported_ms
            else text("commission.unsigned")
        )
        parts = [signed] + ([text("commission.stale")] if page.stale else [])
        return replace(
            view,
            icon="file-text",
            name=text("commission.report"),
            state="",
            mark="circle-check" if page.complete else "triangle-alert",
            tone="good" if page.complete else "warn",
            say=text(verdict),
            code=page.code if not page.stale else "",
            note="\n".join(parts),
            actions=(Action(text("commission.sign"), "pencil", SignReport()),),
        )
