"""The Kivy application: state changes in, intents out.

It is built against the small ``Terminal`` below; the real one and the hand-made one of the gallery
both fit.  Everything it shows is ``present(state, desk, surroundings, words)`` of the screen that
``route`` names; everything that is pressed becomes a request, a change of the desk, or both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window

from terminal.core.errors import Refused
from terminal.core.state import TerminalState
from terminal.presenters import own_pin, patience
from terminal.presenters.desk import (
    BACKSPACE,
    Chain,
    Change,
    Desk,
    Entry,
    Intent,
    Message,
    Press,
    change,
)
from terminal.presenters.gate import scan_gate
from terminal.presenters.keys import ENTER, KEYS, action_for
from terminal.presenters.message import message_banner
from terminal.presenters.routes import route
from terminal.presenters.screen_names import SERVICE
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import receipt_forms
from terminal.presenters.till.routes import SIGN_ON
from terminal.services.answer import Told
from terminal.services.requests import (
    FindWeighed,
    Question,
    Request,
    Scan,
    Search,
    SignOnWithPin,
    WatchScale,
)
from terminal.ui.catalogue import Face
from terminal.ui.stage import Stage
from terminal.ui.theme import register_fonts, theme
from terminal.words import Words

MESSAGE_S = 5.0
"""A passing message stays this long; a new one replaces it."""
HEARTBEAT_S = 1.0
"""The one clock tick of the screens: countdowns and the time of day."""
SEARCH_PAUSE_S = 0.15
"""Pause in typing after which a search is made."""
SEARCH_LIMIT = 24


MAX_SCAN_CHARS = 4096
"""Longest code that a keyboard-wedge scanner may type (``drivers.scanner.base``)."""


class Answer(Protocol):
    """What the session answers to a request."""

    @property
    def refused(self) -> Refused | None: ...

    @property
    def found(self) -> Mapping[str, Any]:
        """What was asked for: rows of ``articles``, ``parked``, ``receipts``; or ``weighing``."""


class Terminal(Protocol):
    """What the screens need of the terminal."""

    @property
    def state(self) -> TerminalState: ...

    @property
    def surroundings(self) -> Surroundings: ...

    def words(self, language: str) -> Words:
        """Return the words of a language."""

    async def submit(self, request: Request) -> Answer:
        """Carry out a request; answers when everything it says is durable."""

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` on the loop's thread after the state or the surroundings changed."""


class TerminalApp(App):
    """One window, one terminal."""

    def __init__(
        self, terminal: Terminal, face: Face, *, density: float = 0.0,
        spawn: Callable[[Coroutine[Any, Any, None]], object] | None = None, **kwargs: object,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.terminal = terminal
        self.face = face
        self.desk = Desk()
        self.stage: Stage | None = None
        self.fault: BaseException | None = None
        """What ended the application, for whoever runs it to raise."""
        self.on_refresh: Callable[[], None] = lambda: None
        """Called when the state or the desk changed: whether scans are taken may have changed."""
        self.on_frame: Callable[..., None] = lambda *_: None
        """Called when a frame was really drawn: what is seen is not older than that."""
        self.on_touched: Callable[[], None] = lambda: None
        """Called when somebody touched, typed or scanned."""
        self._density = density
        self._spawn = spawn or self._start
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle_s = 0
        self._scanned = ""
        self._refreshing = Clock.create_trigger(self.refresh, -1)
        self._silence = Clock.create_trigger(self._fall_silent, MESSAGE_S)
        self._search = Clock.create_trigger(self._ask_search, SEARCH_PAUSE_S)
        self._unsubscribe: Callable[[], None] = lambda: None

    # --- life -------------------------------------------------------------------------------------

    def build(self) -> Stage:
        """Build every screen, once."""
        register_fonts()
        theme.role = self.face.role
        self.stage = Stage(
            {name: part.screen(self.intent) for name, part in self.face.screens.items()},
            {name: part.screen(self.intent) for name, part in self.face.sheets.items()},
            self.intent,
            self._density,
        )
        width, height = Window.size
        theme.fit(width, height, self._density)
        return self.stage

    def on_start(self) -> None:
        Window.clearcolor = theme.colour("ground")
        Window.bind(on_key_down=self._on_key_down, on_flip=self._drawn)
        self._unsubscribe = self.terminal.subscribe(self._refreshing)
        Clock.schedule_interval(self._beat, HEARTBEAT_S)
        self.refresh()

    def on_stop(self) -> None:
        self._unsubscribe()
        Window.unbind(on_key_down=self._on_key_down, on_flip=self._drawn)

    def open_settings(self, *_: object) -> bool:
        """Show nothing: Kivy's own settings, behind F1 with a control key, are not for a shop."""
        return False

    def _drawn(self, *_: object) -> None:
        self.on_frame()

    # --- state to screen --------------------------------------------------------------------------

    def words(self) -> Words:
        state = self.terminal.state
        sale = state.sale
        language = self.desk.language or state.language or (sale.language if sale else "")
        return self.terminal.words(language or self.terminal.surroundings.languages[0])

    def _surroundings(self) -> Surroundings:
        seen = self.terminal.surroundings
        allowed = patience.allowance(self.terminal.state, self.desk, seen)
        if allowed is None:
            return seen
        left = max(1, allowed.seconds - self._idle_s)
        return replace(seen, seconds_left=left, seconds_total=allowed.seconds)

    def refresh(self, *_: object) -> None:
        """Show what is due now."""
        if self.stage is None:
            return
        theme.large_text, theme.high_contrast = self.desk.large_text, self.desk.high_contrast
        state, words, seen = self.terminal.state, self.words(), self._surroundings()
        name = route(state, self.desk, seen)
        if name != self.stage.shown:
            self._idle_s = 0
        self.stage.show(name, self.face.screens[name].present(state, self.desk, seen, words))
        sheet = self.face.sheet(state, self.desk, seen)
        view = self.face.sheets[sheet].present(state, self.desk, seen, words) if sheet else None
        self.stage.cover(sheet, view)
        self.stage.say(message_banner(self.desk.message, words))
        self.stage.mark(words.text("screen.training.ribbon") if seen.training else "")
        self.on_refresh()

    def scan_gate(self) -> str:
        """Return why no scan is taken now (a code of ``core.errors``); empty when it is."""
        return scan_gate(self.terminal.state, self.desk, self.terminal.surroundings)

    def scanned(self, scan: Scan) -> None:
        """Take what the scanner read: it also says that somebody is there."""
        if self.desk.overlay == patience.STILL_THERE:
            self._set_desk(replace(self.desk, overlay=""))
        self.intent(scan)

    def scanner_news(self, news: Refused | Told) -> None:
        """Show why a scan was not taken, or what a calibration code found."""
        if isinstance(news, Refused):
            self.say_refused(news)
        else:
            self.say(Message(news.key, "good", news.values))

    def _beat(self, _dt: float) -> None:
        """Once a second: let a waiting screen act when its time is up."""
        self._idle_s += 1
        allowed = patience.allowance(self.terminal.state, self.desk, self.terminal.surroundings)
        if allowed is not None and self._idle_s >= allowed.seconds:
            self._idle_s = 0
            self.intent(allowed.then, touched=False)
        self.refresh()
        # A frame a second at least, whatever changed: without a desktop the first one may stay
        # black until there is a second, and a picture that stands still could be of a dead program.
        Window.canvas.ask_update()

    # --- intents ----------------------------------------------------------------------------------

    def intent(self, intent: Intent, *, touched: bool = True) -> None:
        """Take what was pressed."""
        if touched:
            self._idle_s = 0
            self.on_touched()
        if isinstance(intent, Press):
            self._press(intent)
        elif isinstance(intent, Change):
            self._set_desk(intent.apply(self.desk))
        else:
            steps = intent.steps if isinstance(intent, Chain) else (intent,)
            self._spawn(self._carry_out(steps))

    def _press(self, press: Press) -> None:
        entry = self.desk.entry.pressed(press.key)
        self._set_desk(replace(self.desk, entry=entry, capitals=False))
        if entry.name == "search":
            self._search()

    def _ask_search(self, *_: object) -> None:
        text = f"{self.desk.department} {self.desk.entry.text}".strip()
        if text:
            self._spawn(self._carry_out((Search(text, SEARCH_LIMIT),)))
        else:
            self._set_desk(replace(self.desk, found=()))

    def _set_desk(self, desk: Desk) -> None:
        if desk.department != self.desk.department:
            self._search()
        on_scale = desk.weighing.code if desk.weighing is not None else ""
        before = self.desk.weighing.code if self.desk.weighing is not None else ""
        self.desk = desk
        if on_scale != before:
            self._spawn(self._watch(on_scale))
        self._refreshing()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` on the loop; its exception is a fault of ours and ends the application."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.fault = task.exception()
            self.stop()

    async def _carry_out(self, steps: Sequence[Request | Change]) -> None:
        """Submit one after the other; a refusal is said and stops the rest."""
        self._set_desk(replace(self.desk, busy=True, message=None))
        try:
            for step in steps:
                if isinstance(step, Change):
                    self._set_desk(step.apply(self.desk))
                    continue
                answer = await self.terminal.submit(step)
                if answer.refused is not None:
                    self._refuse(step, answer.refused)
                    if answer.refused.code == "weight_required" and isinstance(step, Scan):
                        await self._weigh(step.code)
                    break
                self._keep(answer)
        finally:
            self._set_desk(replace(self.desk, busy=False))

    async def _weigh(self, code: str) -> None:
        """Ask for the weight of an article that was scanned and is sold by weight."""
        self._keep(await self.terminal.submit(FindWeighed(code)))

    async def _watch(self, code: str) -> None:
        """Have the scale read for the article that is put on it, or no longer."""
        await self.terminal.submit(WatchScale(code))

    def _keep(self, answer: Answer) -> None:
        """Put lists that were asked for on the desk, and say what is good to hear."""
        told = answer.found.get("told")
        if told is not None:
            self.say(Message(told.key, "good", told.values))
        article = answer.found.get("weighing")
        if article is not None:
            self._set_desk(self.face.weigh(article, self.words()).apply(self.desk))
        receipt = answer.found.get("receipt")
        if receipt is not None:
            code = answer.found["receipt_code"]
            self._set_desk(receipt_forms.opened(receipt, code).apply(self.desk))
        if "service" in answer.found:
            self._set_desk(change(panel=SERVICE, overlay="", entry=Entry()).apply(self.desk))
        lists = ("parked", "receipts", "closures")
        for name, field in (("articles", "found"), *((name, name) for name in lists)):
            if name in answer.found:
                self._set_desk(change(**{field: tuple(answer.found[name])}).apply(self.desk))

    def _refuse(self, step: Request, refused: Refused) -> None:
        """Say why not; what a supervisor may allow is kept, so that one can be asked at once."""
        blocked = refused.code == "right_required" and self.face.role == "till"
        if blocked and not isinstance(step, Question):
            self._set_desk(
                replace(self.desk, blocked=step, entry=Entry("operator", "", 6, digits=True))
            )
        if refused.code == own_pin.ASKED and isinstance(step, SignOnWithPin):
            self._set_desk(own_pin.asked(step).apply(self.desk))
            return  # the screen says it
        self.say_refused(refused)

    def say_refused(self, refused: Refused) -> None:
        """Show why something was not done."""
        self.say(Message(f"refused.{refused.code}", "warn", refused.details))

    def say(self, message: Message) -> None:
        """Show a passing message."""
        self._set_desk(replace(self.desk, message=message))
        self._silence.cancel()
        self._silence()

    def _fall_silent(self, *_: object) -> None:
        self._set_desk(replace(self.desk, message=None))

    def _on_key_down(
        self, _window: object, key: int, _scan: int, text: str | None, modifiers: list[str]
    ) -> bool:
        """Real keys do what is on the screen, or type, or are a scanner that poses as one."""
        if {"ctrl", "alt", "meta"} & set(modifiers) or self.stage is None:
            return False
        name = KEYS.get(key, "")
        pressed = action_for(self.stage.views(), name)
        if pressed is not None:
            self.intent(pressed)
        elif self._typing and (text or name == BACKSPACE):
            self.intent(Press(text or name))
        else:
            self._wedge(name, text or "")
        return True

    @property
    def _typing(self) -> bool:
        """Tell whether characters are typed into something; else they come from a scanner."""
        stage = self.stage
        return bool(self.desk.entry.name) or (stage is not None and stage.shown == SIGN_ON)

    def _wedge(self, name: str, text: str) -> None:
        """Gather the digits of a keyboard-wedge scanner; its Enter makes them a scan."""
        if name == ENTER:
            code, self._scanned = self._scanned, ""
            refusal = self.scan_gate() if code else ""
            if refusal:
                self.say_refused(Refused(refusal))
            elif code:
                self.scanned(Scan(code))
        elif text.isprintable():
            self._scanned = (self._scanned + text)[-MAX_SCAN_CHARS:]
