"""Driver of a light tower on pins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from drivers.base import Health, Status
from drivers.errors import TransportError, Unplugged
from drivers.lights.base import DARK, Buzz, Lamp, LampPattern
from drivers.lights.pattern import buzz_changes_ms, lamps_change_ms, lit, sounding
from drivers.pins.port import PinPort

LAMPS = ("red", "amber", "green")
BUZZER = "buzzer"


class LightTower:
    """Lights on the pins ``red``, ``amber``, ``green`` and, when there is one, ``buzzer``."""

    def __init__(
        self, pins: PinPort, monotonic: Callable[[], float] = time.monotonic, *, buzzer: bool = True
    ) -> None:
        self._pins = pins
        self._now = monotonic
        self._buzzer = buzzer
        self._changed = threading.Condition()
        self._pattern = DARK
        self._since = 0.0
        self._buzz: tuple[Buzz, float] | None = None
        self._held = False
        self._answered_at: float | None = None
        self._thread: threading.Thread | None = None

    def open(self, timeout_s: float) -> Status:
        """Take the pins, all dark. Raises Unplugged."""
        self.close()
        self._pins.open(timeout_s)
        with self._changed:
            self._pattern, self._buzz, self._held = DARK, None, True
        thread = threading.Thread(target=self._keep_time, name="light-tower", daemon=True)
        thread.start()
        self._thread = thread  # one that runs: another thread may close what is still opening
        return self.poll(timeout_s)

    def poll(self, timeout_s: float) -> Status:
        """Read the pins back; ABSENT when they are not held any more."""
        del timeout_s
        try:
            with self._changed:
                self._check()
                for pin in LAMPS:
                    self._pins.read(pin)
        except TransportError:
            return Status(Health.ABSENT, ("unplugged",), self._answered_at)
        self._answered_at = self._now()
        return Status(Health.READY, (), self._answered_at)

    def show(self, pattern: LampPattern) -> None:
        """Show a pattern until the next one; one that stands goes on. Raises Unplugged."""
        with self._changed:
            self._check()
            if pattern != self._pattern:
                self._pattern, self._since = pattern, self._now()
                self._drive()
                self._changed.notify_all()

    def buzz(self, buzz: Buzz) -> None:
        """Sound once. Raises Unplugged."""
        with self._changed:
            self._check()
            if self._buzzer:
                self._buzz = (buzz, self._now())
                self._drive()
                self._changed.notify_all()

    def close(self) -> None:
        """Go dark and let go of the pins."""
        with self._changed:
            self._held = False
            self._changed.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        self._pins.close()

    def _check(self) -> None:
        if not self._held:
            raise Unplugged("the light tower is not held")

    def _keep_time(self) -> None:
        with self._changed:
            while self._held:
                try:
                    self._drive()
                except TransportError:
                    self._held = False
                    return
                self._changed.wait(self._pause_s())

    def _pause_s(self) -> float | None:
        """Return the seconds until a lamp or the buzzer changes by itself; None: never."""
        waits = [lamps_change_ms(self._pattern, self._ms_since(self._since))]
        if self._buzz is not None:
            waits.append(buzz_changes_ms(self._buzz[0], self._ms_since(self._buzz[1])))
        due = [wait for wait in waits if wait is not None]
        return min(due) / 1000 if due else None

    def _drive(self) -> None:
        at_ms = self._ms_since(self._since)
        for pin in LAMPS:
            self._pins.write(pin, active=lit(Lamp(getattr(self._pattern, pin)), at_ms))
        if self._buzzer:
            sounds = False
            if self._buzz is not None:
                sounds = sounding(self._buzz[0], self._ms_since(self._buzz[1]))
            self._pins.write(BUZZER, active=sounds)

    def _ms_since(self, then: float) -> int:
        return round((self._now() - then) * 1000)
