"""A machine without settings, with wrong ones, or with new ones that wait: what is shown, and how
it is answered.

Before there is a terminal there is no journal and no session: this desk is all the state there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from terminal.appliance.provisioning_file import Problem
from terminal.appliance.provisioning_settings import MAX_PIN
from terminal.appliance.restore_state import DONE
from terminal.presenters import restoring
from terminal.presenters.desk import BACKSPACE, CLEAR, Press
from terminal.presenters.keys import ENTER
from terminal.presenters.restoring import RestoreDesk
from terminal.presenters.till.form import FieldView
from terminal.presenters.view import Action, Banner
from terminal.services.provision_result import (
    APPLIED,
    FAILED,
    MISSING,
    READY,
    WAITS,
    WRONG,
    ProvisionResult,
)
from terminal.settings import Said
from terminal.shop_settings import LANGUAGES
from terminal.words import Words

AGAIN, APPLY, KEEP, LANGUAGE = "again", "apply", "keep", "language:"
NAMES = {"fr": "Français", "en": "English", "nl": "Nederlands", "de": "Deutsch"}
KEEP_AFTER_S = 60
"""A machine that sells goes on selling by itself: nobody may be there to read."""
ANSWER_S = 900
"""As long as the service may take (TimeoutStartSec): a million articles are read in minutes."""
TRIES, LOCKED_S = 5, 60
"""Wrong PINs in a row, and how long none is taken then."""
_ICONS = {MISSING: "inbox", WRONG: "pencil", WAITS: "file-text", FAILED: "hard-drive"}


@dataclass(frozen=True, slots=True)
class SetupDesk:
    """What this screen knows."""

    result: ProvisionResult = field(default_factory=lambda: ProvisionResult(MISSING))
    language: str = "fr"
    pin: str = ""
    said: Said | None = None
    """Why a code or a PIN was not taken."""
    seen: tuple[int, int] = (0, 0)
    """Codes scanned so far, of how many."""
    busy: bool = False
    busy_s: int = 0
    left_s: int = KEEP_AFTER_S
    tries: int = 0
    locked_s: int = 0
    restore: RestoreDesk = field(default_factory=RestoreDesk)
    """A stick with another machine's books, and what becomes of them."""
    now_ms: int = 0
    """UTC; 0: the machine's clock is not asked."""

    @property
    def can_restore(self) -> bool:
        """Tell whether a stick's books may be taken: never where there are settings."""
        offer = self.restore.offer
        empty = self.result.state in (MISSING, WRONG) and not self.result.provisioned
        return empty and not self.busy and offer is not None and offer.usable

    @property
    def open(self) -> bool:
        """Tell whether there is still something to be read or answered."""
        return self.result.state not in (APPLIED, READY)

    @property
    def can_keep(self) -> bool:
        return self.result.provisioned and self.open

    @property
    def asks_pin(self) -> bool:
        return self.result.state == WAITS and not self.busy

    def typed(self, key: str) -> SetupDesk:
        """Return the desk after a key of the keypad; a person who types is waited for."""
        desk = replace(self, left_s=KEEP_AFTER_S)
        if not self.asks_pin or self.locked_s:
            return desk
        if key == CLEAR:
            return replace(desk, pin="", said=None)
        if key == BACKSPACE:
            return replace(desk, pin=self.pin[:-1], said=None)
        if key.isdigit() and len(key) == 1 and len(self.pin) < MAX_PIN:
            return replace(desk, pin=self.pin + key, said=None)
        return desk

    def refused_pin(self) -> SetupDesk:
        """Return the desk after a wrong PIN."""
        tries = self.tries + 1
        if tries >= TRIES:
            return replace(self, pin="", tries=0, locked_s=LOCKED_S, said=None)
        return replace(self, pin="", tries=tries, said=Said("setup.wrong_pin"))

    def second(self) -> SetupDesk:
        """Return the desk a second later."""
        if self.restore.open:
            return replace(self, restore=self.restore.second())
        if self.busy:
            if self.busy_s >= ANSWER_S:
                return self.heard(replace(self.result, state=FAILED, problems=(), changes=()))
            return replace(self, busy_s=self.busy_s + 1)
        return replace(self, left_s=max(0, self.left_s - 1), locked_s=max(0, self.locked_s - 1))

    def asked(self) -> SetupDesk:
        """Return the desk while the provisioning works."""
        return replace(self, busy=True, busy_s=0, said=None)

    def heard(self, result: ProvisionResult) -> SetupDesk:
        """Return the desk when the provisioning answered."""
        return replace(
            self, result=result, busy=False, pin="", said=None, seen=(0, 0), left_s=KEEP_AFTER_S
        )


@dataclass(frozen=True, slots=True)
class SetupView:
    languages: tuple[Action, ...] = ()
    icon: str = ""
    tone: str = "warn"
    title: str = ""
    text: str = ""
    lines: tuple[Banner, ...] = ()
    """What is wrong, or what would change, one after the other."""
    ways_title: str = ""
    ways: tuple[Banner, ...] = ()
    note: str = ""
    """Why a code or a PIN was not taken; how many codes are missing."""
    fields: tuple[FieldView, ...] = ()
    """The PIN, when one is asked for."""
    buttons: tuple[Action, ...] = ()
    """The last one is what this screen is there for."""
    busy: bool = False
    progress: float = -1
    """0 to 1 while busy; -1: nobody can say."""


def present(desk: SetupDesk, words: Words) -> SetupView:
    """Return what is wrong with the settings, line by line, and the ways out; or a restoration."""
    if desk.restore.open:
        return _restoring(desk, words)
    result = desk.result
    state = result.state if desk.open else APPLIED
    pin = FieldView(words.text("setup.pin"), "•" * len(desk.pin), "", active=True)
    return SetupView(
        languages=_languages(words),
        icon=_ICONS.get(state, "circle-check"),
        tone={WAITS: "info", APPLIED: "good", MISSING: "info"}.get(state, "warn"),
        title=words.text(f"setup.title.{state}"),
        text=words.text("setup.nothing" if state == WRONG else f"setup.{state}"),
        lines=_lines(result, words) if desk.open else (),
        ways_title=words.text("setup.way") if state in (MISSING, WRONG) else "",
        ways=_ways(desk, words) if state in (MISSING, WRONG) else (),
        note=_note(desk, words),
        fields=(pin,) if state == WAITS else (),
        buttons=tuple(one for one in _buttons(desk, state, words) if one.shown),
        busy=desk.busy,
    )


def _restoring(desk: SetupDesk, words: Words) -> SetupView:
    """Return the copy that is offered, how far it is, or what became of it."""
    restore = desk.restore
    stage = restore.state.state or "ask"
    offer = restore.offer
    named = {"till": offer.till if offer else "", "shop": offer.shop if offer else ""}
    if stage == FAILED:
        text = words.text(f"restore.problem.{restore.state.code}")
    else:
        text = words.text(f"restore.{stage}", medium=offer.medium if offer else "")
    lines: tuple[Banner, ...] = ()
    if restore.asks and offer is not None:
        lines = restoring.facts(offer, desk.now_ms, words)
    elif not restore.working:
        lines = restoring.ending(restore, words)
    return SetupView(
        languages=_languages(words),
        icon={FAILED: "triangle-alert", DONE: "circle-check"}.get(stage, "history"),
        tone={FAILED: "warn", DONE: "good"}.get(stage, "info"),
        title=words.text(f"restore.title.{stage}", **named),
        text=text,
        lines=lines,
        ways=restoring.phases(restore, words) if restore.working else (),
        note=restore.said.told(words) if restore.said else "",
        fields=restoring.fields(restore, words) if restore.asks else (),
        buttons=restoring.buttons(restore, words),
        busy=restore.working,
        progress=restore.state.permille / 1000,
    )


def _languages(words: Words) -> tuple[Action, ...]:
    return tuple(
        Action(NAMES[one], "", Press(LANGUAGE + one), chosen=one == words.language)
        for one in LANGUAGES
    )


def _lines(result: ProvisionResult, words: Words) -> tuple[Banner, ...]:
    wrong = tuple(
        Banner(_place(one, result.file, words), one.said.told(words), "pencil", "warn")
        for one in result.problems
    )
    changes = tuple(Banner("", change, "arrow-right", "info") for change in result.changes)
    return wrong + changes


def _place(problem: Problem, file: str, words: Words) -> str:
    where = file
    if problem.line:
        where = words.text("setup.where", file=file, line=str(problem.line))
    return " · ".join(part for part in (where, problem.key) if part)


def _ways(desk: SetupDesk, words: Words) -> tuple[Banner, ...]:
    found = () if desk.result.provisioned else restoring.stick(desk.restore.offer, words)
    return (
        *found,
        Banner("", words.text("setup.way.card"), "hard-drive", "info"),
        Banner("", words.text("setup.way.code"), "qr-code", "info"),
    )


def _note(desk: SetupDesk, words: Words) -> str:
    if desk.locked_s:
        return words.text("setup.locked", seconds=str(desk.locked_s))
    if desk.said is not None:
        return desk.said.told(words)
    seen, total = desk.seen
    if 0 < seen < total:
        return words.text("setup.codes", seen=str(seen), total=str(total))
    return ""


def _buttons(desk: SetupDesk, state: str, words: Words) -> tuple[Action, ...]:
    if state == APPLIED:
        return ()
    on = (_apply if state == WAITS else _again)(desk, words)
    return (_keep(desk, words), on, _restore(desk, words))


def _restore(desk: SetupDesk, words: Words) -> Action:
    if not desk.can_restore:
        return Action()
    till = desk.restore.offer.till if desk.restore.offer else ""
    return Action(words.text("restore.offer", till=till), "history", Press(restoring.OFFER))


def _again(desk: SetupDesk, words: Words) -> Action:
    label = words.text("setup.busy" if desk.busy else "setup.again")
    return Action(label, "refresh-cw", Press(AGAIN), not desk.busy, ENTER)


def _apply(desk: SetupDesk, words: Words) -> Action:
    label = words.text("setup.busy" if desk.busy else "setup.apply")
    ready = bool(desk.pin) and not desk.busy and not desk.locked_s
    return Action(label, "check", Press(APPLY), ready, ENTER)


def _keep(desk: SetupDesk, words: Words) -> Action:
    if not desk.can_keep or desk.busy:
        return Action()
    return Action(words.text("setup.keep_in", seconds=str(desk.left_s)), "play", Press(KEEP))
