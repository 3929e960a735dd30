"""The application around the setup screen: what is pressed or scanned, and who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from kivy.app import App
from kivy.core.window import Window

from terminal.appliance.provisioning_code import MAX_CODE_CHARS, as_meant, missing
from terminal.appliance.provisioning_file import FileRefused
from terminal.appliance.restore_state import WORKING, RestoreState
from terminal.presenters.desk import Intent, Press
from terminal.presenters.keys import ENTER, KEYS
from terminal.presenters.restoring import BACK, GO, OFFER, START
from terminal.presenters.setup import (
    AGAIN,
    APPLY,
    KEEP,
    LANGUAGE,
    SetupDesk,
    present,
)
from terminal.services.copy_offer import CopyOffer
from terminal.services.provision_result import ProvisionResult
from terminal.services.provisioning import AGAIN as LOOK_AGAIN
from terminal.services.provisioning import APPROVE, CODE, DECLINE, RESTORED, Request
from terminal.ui.setup.screen import SetupScreen
from terminal.ui.theme import register_fonts, theme
from terminal.words import Words

_KEYCODES = {**{code: chr(code) for code in range(ord("a"), ord("z") + 1)}, 59: ";"}
_DIGITS = {code: chr(code) for code in range(ord("0"), ord("9") + 1)}


class Machine(Protocol):
    """What the screen needs of the machine."""

    def ask(self, request: Request) -> None:
        """Ask the provisioning for something; its answer is ``heard``."""

    def opens(self, pin: str) -> bool:
        """Tell whether this PIN lets settings be changed."""

    def restore(self, offer: CopyOffer, operator: str, pin: str) -> None:
        """Ask for a copy's books, and give somebody a new PIN; its answers are ``restoring``."""

    def now_ms(self) -> int:
        """Return the machine's time, UTC."""


class SetupApp(App):
    """One window, until the terminal can sell."""

    def __init__(
        self, machine: Machine, result: ProvisionResult, *, strict: bool = False, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.machine = machine
        self.desk = SetupDesk(result, language=result.language or "fr")
        self.on_frame: Callable[[], None] = lambda: None
        """Called after each frame that was drawn."""
        self._codes: list[str] = []
        self._scanned = ""
        self._strict = strict

    def build(self) -> SetupScreen:
        register_fonts()
        theme.role = "till"
        self.page = SetupScreen(self.intent)
        width, height = Window.size
        theme.fit(width, height)
        Window.bind(on_resize=self._resized)
        return self.page

    def on_start(self) -> None:
        Window.clearcolor = theme.colour("ground")
        Window.bind(on_key_down=self._on_key_down, on_flip=self._drawn)
        self.refresh()

    def on_stop(self) -> None:
        Window.unbind(on_key_down=self._on_key_down, on_flip=self._drawn, on_resize=self._resized)

    def refresh(self) -> None:
        """Show the desk as it is."""
        self.page.view = present(self.desk, Words(self.desk.language, strict=self._strict))

    # --- from outside -----------------------------------------------------------------------------

    def beat(self) -> None:
        """A second has passed."""
        self._set(self.desk.second())
        self.page.canvas.ask_update()  # a still picture is drawn anew: it shows that we live
        if self.desk.can_keep and self.desk.left_s == 0:
            self.stop()

    def heard(self, result: ProvisionResult) -> None:
        """The provisioning has answered."""
        self._codes.clear()
        if self.desk.restore.open:  # what is shown now is the restoration
            self._set(replace(self.desk, result=result))
            return
        self._set(self.desk.heard(result))
        if not self.desk.open:
            self.stop()

    def offered(self, offer: CopyOffer | None) -> None:
        """A stick with a copy came, went, or was looked at again."""
        restore = self.desk.restore.offered(offer)
        self._set(replace(self.desk, restore=restore, now_ms=self.machine.now_ms()))

    def restoring(self, state: RestoreState) -> None:
        """The restoring said how far it is; what another screen asked for is only shown."""
        restore = self.desk.restore
        if not restore.working and state.state != WORKING:
            return  # the end of an earlier try
        self._set(replace(self.desk, restore=restore.heard(state)))
        if self.desk.restore.done:
            self.machine.ask(Request(RESTORED))

    def read(self, code: str) -> None:
        """A scanner with a line of its own read something, whatever the screen is about."""
        if not self.desk.restore.open:
            self.scanned(code)

    def scanned(self, code: str) -> None:
        """A scanner read something: one of the codes of settings, or anything else."""
        meant = as_meant(code)
        try:
            seen, total = missing([*self._codes, meant])
        except FileRefused as refused:
            self._set(replace(self.desk, said=refused.problems[0].said))
            return
        self._codes = list(dict.fromkeys([*self._codes, meant]))
        self._set(replace(self.desk, said=None, seen=(seen, total)))
        if seen == total:
            self._ask(Request(CODE, tuple(self._codes)))

    # --- intents ----------------------------------------------------------------------------------

    def intent(self, intent: Intent) -> None:
        """Take what was pressed."""
        if not isinstance(intent, Press):
            return
        key = intent.key
        if self._restores(key):
            return
        if key.startswith(LANGUAGE):
            self._set(replace(self.desk, language=key.removeprefix(LANGUAGE)))
        elif key == AGAIN and not self.desk.busy:
            self._ask(Request(LOOK_AGAIN))
        elif key == KEEP and self.desk.can_keep:
            if self.desk.asks_pin:
                self.machine.ask(Request(DECLINE))
            self.stop()
        elif key == APPLY and self.desk.asks_pin and self.desk.pin and not self.desk.locked_s:
            if self.machine.opens(self.desk.pin):
                self._ask(Request(APPROVE))
            else:
                self._set(self.desk.refused_pin())
        else:
            self._set(self.desk.typed(key))

    def _restores(self, key: str) -> bool:
        """Take what was pressed when it is about a stick's books."""
        restore = self.desk.restore
        if key == START and restore.done:
            self.stop()
        elif key == OFFER and (self.desk.can_restore or restore.open):
            self._set(replace(self.desk, restore=restore.begun()))
        elif key == BACK and not restore.working:
            self._set(replace(self.desk, restore=restore.left()))
        elif key == GO and restore.asks:
            self._restore()
        elif restore.open and not key.startswith(LANGUAGE):
            self._set(replace(self.desk, restore=restore.typed(key) if restore.asks else restore))
        else:
            return False
        return True

    def _restore(self) -> None:
        checked = self.desk.restore.checked()
        self._set(replace(self.desk, restore=checked))
        number, pin, again = checked.typed_in
        if checked.said is not None or not checked.complete or pin != again:
            return  # the cursor stands where something is missing
        if checked.offer is not None:
            self._set(replace(self.desk, restore=checked.asked()))
            self.machine.restore(checked.offer, number, pin)

    def _ask(self, request: Request) -> None:
        self._set(self.desk.asked())
        self.machine.ask(request)

    def _set(self, desk: SetupDesk) -> None:
        self.desk = desk
        self.refresh()

    def _entered(self) -> str:
        """Return what Enter presses while books are restored: the last button."""
        if self.desk.restore.asks:
            return GO
        return START if self.desk.restore.done else OFFER

    # --- the window -------------------------------------------------------------------------------

    def _resized(self, _window: object, width: float, height: float) -> None:
        theme.fit(width, height)

    def _drawn(self, *_: object) -> None:
        self.on_frame()

    def _on_key_down(
        self, _window: object, key: int, _scan: int, _text: str | None, modifiers: list[str]
    ) -> bool:
        """Gather what a scanner in keyboard mode types; its Enter ends a code.

        Keys are read, not characters: which shift was held, or which country's keyboard this is,
        does not matter to a code of capital letters and digits.
        """
        if {"ctrl", "alt", "meta"} & set(modifiers):
            return False
        if KEYS.get(key, "") == ENTER:
            code, self._scanned = self._scanned, ""
            if self.desk.restore.open:
                self.intent(Press(self._entered()))
            elif code and not (self.desk.asks_pin and code.isdigit()):
                self.scanned(code)
            elif self.desk.asks_pin:
                self.intent(Press(APPLY))
        elif (char := _KEYCODES.get(key) or _DIGITS.get(key)) is not None:
            self._scanned = (self._scanned + char)[-MAX_CODE_CHARS:]
            typing = self.desk.asks_pin or self.desk.restore.asks
            if typing and char.isdigit():
                self.intent(Press(char))
        else:
            self.intent(Press(KEYS.get(key, "")))
        return True
