"""One running step: what it shows, what a person does meanwhile, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from drivers.base import Health, Status
from drivers.printer.base import ReceiptPrinter
from drivers.scanner.base import Scanner
from terminal.devices.drawer import DrawerPost
from terminal.devices.host import DeviceHost, ScannerHost
from terminal.devices.hub import Hub
from terminal.devices.power import PowerHost
from terminal.fiscal.signing import Signer
from terminal.services.commissioning.steps import Stage
from terminal.services.drawer_watch import DrawerWatch
from terminal.services.payments import Payments
from terminal.services.printing import Spooler
from terminal.services.requests import Scan
from terminal.services.session import Session

PERSON_S = 120.0
"""For a person to do what a step asks: to fetch a weight, to find the cover's latch."""
DEVICE_S = 10.0
"""For a device to answer, print, or open."""
LOOK_S = 0.1
USABLE = (Health.READY, Health.DEGRADED)
Watched = DeviceHost[Any] | ScannerHost | PowerHost | DrawerPost


class Failed(Exception):
    """A step did not pass: ``commission.failed.<code>`` says why and what to do."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Means:
    """What the steps work with."""

    session: Session
    hub: Hub
    payments: Payments
    spooler: Spooler
    drawer_watch: DrawerWatch
    signer: Signer | None
    rows: Callable[[], tuple[str, str]]
    """What the customer display is tested with."""
    now_ms: Callable[[], int]

    @property
    def printer(self) -> DeviceHost[ReceiptPrinter]:
        """The receipt printer."""
        return self.hub.printer

    @property
    def scanner(self) -> Scanner | None:
        """The scanner's driver."""
        return self.hub.scanner.driver


class Trial:
    """One running step."""

    def __init__(
        self,
        step: str,
        changed: Callable[[], None],
        *,
        grams: int = 0,
        person_s: float = PERSON_S,
        device_s: float = DEVICE_S,
    ) -> None:
        self.grams = grams
        self.stage = Stage(step)
        self.heard: Scan | None = None
        self._answer: bool | None = None
        self._changed = changed
        self._person_s = person_s
        self._device_s = device_s

    # --- what the person does ---------------------------------------------------------------------

    def answer(self, yes: bool) -> bool:
        """Take the answer to the question; False when nothing is asked."""
        if not self.stage.ask:
            return False
        self._answer = yes
        return True

    def touch(self, corner: int) -> bool:
        """Take the touch of a corner, 0 to 3; False when none is awaited."""
        touched = self.stage.corners
        if touched is None or not 0 <= corner <= 3:
            return False
        if corner not in touched:
            self._show(replace(self.stage, corners=(*touched, corner)))
        return True

    # --- what the step does -----------------------------------------------------------------------

    def say(self, say: str, *, code: str = "", **values: str | int) -> None:
        """Tell the person what to do."""
        self._show(Stage(self.stage.step, say, MappingProxyType(values), code=code))

    def await_corners(self) -> None:
        """Ask for a touch of every corner."""
        self._show(Stage(self.stage.step, "corners", corners=()))

    def weighs(self, grams: int | None) -> None:
        """Show what lies on the scale now."""
        if grams != self.stage.grams:
            self._show(replace(self.stage, grams=grams))

    async def ask(self, question: str, otherwise: str, **values: str | int) -> None:
        """Ask the person; a no ends the step as Failed(``otherwise``)."""
        self._answer = None
        self._show(Stage(self.stage.step, "", MappingProxyType(values), ask=question))
        await self.until(lambda: self._answer is not None, "nobody_answered")
        if not self._answer:
            raise Failed(otherwise)

    async def until(self, done: Callable[[], Any], otherwise: str) -> None:
        """Wait for something that a person does, or end as Failed(``otherwise``)."""
        await self._until(done, otherwise, self._person_s)

    async def device(self, done: Callable[[], Any], otherwise: str) -> None:
        """Wait for something that a device does by itself."""
        await self._until(done, otherwise, self._device_s)

    async def _until(self, done: Callable[[], Any], otherwise: str, limit_s: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit_s
        while not done():
            if loop.time() > deadline:
                raise Failed(otherwise)
            await asyncio.sleep(LOOK_S)

    async def answering(self, host: Watched | None) -> Status:
        """Return how a device is, once it has said so. Raises Failed when it cannot be used."""
        if host is None:
            raise Failed("not_set_up")
        if host.status.health is Health.STARTING:
            await self.device(lambda: host.status.health is not Health.STARTING, "no_answer")
        return well(host.status)

    def _show(self, stage: Stage) -> None:
        self.stage = stage
        self._changed()


def well(status: Status) -> Status:
    """Return a status that a device can be tested with. Raises Failed."""
    if status.health is Health.ABSENT:
        raise Failed("claimed" if "claimed" in status.reasons else "no_answer")
    if status.health not in USABLE:
        reason = next(iter(status.reasons), status.health.value)
        raise Failed("not_ready", reason=f"device.{reason}")
    return status
