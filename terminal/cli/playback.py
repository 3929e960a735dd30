"""The demonstration that plays by itself: real sales on the real screens, and power cuts.

Each story is a list of scenes; a picture is taken after each.  A scene may pull the plug: the
process kills itself, as a power cut would, and is started again at the next scene by its parent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terminal.app import Running
from terminal.core import commands as do
from terminal.core.state import TenderStatus
from terminal.presenters.desk import change
from terminal.services import requests as ask
from terminal.services.requests import Request
from terminal.ui import environment

if TYPE_CHECKING:
    from terminal.ui.app import TerminalApp

SETTLE_S = 0.5
"""Drawn frames between what was asked and its picture: fades and lists come to rest."""
WAIT_S = 20.0
"""The longest that a scene waits for a device."""
SIZE = (1280, 800)

XBOX, GARDEN, FLIP_FLOPS, FIRST_AID = (
    "2000000000046",
    "2000000000015",
    "2000000000084",
    "2000000000060",
)
FLOUR, BREADSTICKS, BANANAS = "3270190128724", "3760152700704", "4011"


@dataclass
class Stagehand:
    """What a scene may do."""

    running: Running
    app: TerminalApp
    pictures: Path
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def ask(self, *requests: Request) -> None:
        """Ask the terminal; a story knows that it is allowed."""
        for request in requests:
            answer = await self.running.submit(request)
            if answer.refused is not None:
                raise RuntimeError(f"{request}: {answer.refused.code}")

    def start(self, request: Request) -> None:
        """Ask without waiting for the answer."""
        task = asyncio.ensure_future(self.running.submit(request))
        self.tasks.add(task)

    def desk(self, **fields: Any) -> None:
        """Open or close something on the counter."""
        self.app.intent(change(**fields))

    async def device(self, device: str, action: str, **parameters: object) -> None:
        """Turn a knob of a simulated device."""
        await self.ask(ask.SteerDevice(device, action, tuple(parameters.items())))

    async def until(self, status: TenderStatus) -> None:
        """Wait until a tender of the sale has this status."""
        changed = asyncio.Event()
        unsubscribe = self.running.subscribe(changed.set)
        async with asyncio.timeout(WAIT_S):
            while not self._has(status):
                changed.clear()
                await changed.wait()
        unsubscribe()

    def _has(self, status: TenderStatus) -> bool:
        sale = self.running.state.sale
        return sale is not None and any(tender.status is status for tender in sale.tenders)

    async def picture(self, name: str) -> None:
        """Write what the window shows."""
        await asyncio.sleep(SETTLE_S)
        _write_picture(self.pictures / f"{name}.png")

    def pull_the_plug(self) -> None:
        """End the process as a power cut does."""
        os.kill(os.getpid(), signal.SIGKILL)


def _write_picture(path: Path) -> None:
    from kivy.core.window import Window  # noqa: PLC0415 - after the environment

    # Kivy numbers its pictures; ours keep the names of their scenes.
    Path(Window.screenshot(name=str(path))).replace(path)


Scene = tuple[str, Callable[[Stagehand], Awaitable[None]]]


async def _nothing(_: Stagehand) -> None:
    """Look at the screen as it is."""


async def _sign_on(hand: Stagehand) -> None:
    await hand.ask(ask.SignOnWithPin("1", "1111"))


async def _fill_basket(hand: Stagehand) -> None:
    await hand.ask(
        ask.Scan(XBOX),
        ask.Scan(GARDEN),
        do.GrantDiscount(2, 1000, None, "Opération commerciale"),
        ask.Scan(FLIP_FLOPS),
        ask.Scan(FIRST_AID),
        do.SetPrice(4, 0, "Opération commerciale"),
    )


async def _cut(hand: Stagehand) -> None:
    hand.pull_the_plug()


async def _read_notices(hand: Stagehand) -> None:
    for notice in hand.running.state.notices:
        await hand.ask(do.Acknowledge(notice.notice_id))


async def _staff_reads_notices(hand: Stagehand) -> None:
    for notice in hand.running.state.notices:
        await hand.ask(ask.Authorised(do.Acknowledge(notice.notice_id), "9", "9999"))


async def _tender(hand: Stagehand) -> None:
    hand.desk(panel="tender")


async def _declined(hand: Stagehand) -> None:
    await hand.device("poi", "next", outcome="decline")
    await hand.ask(ask.Pay("card", 10000))


async def _card_part(hand: Stagehand) -> None:
    await hand.ask(ask.Pay("card", 10000))


async def _cut_in_payment(hand: Stagehand) -> None:
    await hand.device("poi", "next", outcome="stall")
    hand.start(ask.Pay("card", 13900))
    await hand.until(TenderStatus.PENDING)
    await asyncio.sleep(SETTLE_S)
    await hand.picture("till-08-paying-by-card")
    hand.pull_the_plug()


async def _cash(hand: Stagehand) -> None:
    await hand.ask(ask.Pay("cash", 15000))


async def _shop(hand: Stagehand) -> None:
    await hand.ask(ask.Scan(FLOUR), ask.Scan(BREADSTICKS))
    await hand.device("scale", "put", grams=842)
    await hand.ask(ask.Weigh(BANANAS))
    await hand.device("scale", "remove")


async def _lookup(hand: Stagehand) -> None:
    hand.desk(panel="lookup", department="Fruits et légumes")


async def _choose_payment(hand: Stagehand) -> None:
    hand.desk(panel="tender", department="")


async def _card_in_doubt(hand: Stagehand) -> None:
    await hand.device("poi", "next", outcome="unplug", approved=True)
    await hand.ask(ask.Pay("card", 597))


async def _plug_in(hand: Stagehand) -> None:
    await hand.device("poi", "plug")
    await hand.until(TenderStatus.BOOKED)


async def _print_receipt(hand: Stagehand) -> None:
    await hand.ask(do.ChooseReceipt("print"))


STORIES: dict[str, Sequence[Scene]] = {
    "till": (
        ("till-01-sign-on", _nothing),
        ("till-02-signed-on", _sign_on),
        ("till-03-basket", _fill_basket),
        ("", _cut),
        ("till-04-resumed-after-the-cut", _nothing),
        ("till-05-notices-read", _read_notices),
        ("till-06-tender", _tender),
        ("till-07-declined", _declined),
        ("till-07b-part-paid", _card_part),
        ("", _cut_in_payment),
        ("till-09-resumed-in-payment", _nothing),
        ("till-10-notices-read", _read_notices),
        ("till-11-done", _cash),
    ),
    "kiosk": (
        ("kiosk-01-welcome", _nothing),
        ("kiosk-02-basket", _shop),
        ("kiosk-03-without-barcode", _lookup),
        ("", _cut),
        ("kiosk-04-resumed-after-the-cut", _nothing),
        ("kiosk-05-payment-choice", _choose_payment),
        ("kiosk-06-charged-or-not", _card_in_doubt),
        ("kiosk-07-settled", _plug_in),
        ("kiosk-08-receipt-choice", _staff_reads_notices),
        ("kiosk-09-thank-you", _print_receipt),
    ),
}


def play(running: Running, role: str, pictures: Path, first: int) -> None:
    """Play a story from scene ``first`` to its end, or to the next power cut."""
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reprise-kivy-") as home:
        environment.prepare(Path(home), SIZE)
        asyncio.run(_play(running, STORIES[role], pictures, first))


async def _play(running: Running, scenes: Sequence[Scene], pictures: Path, first: int) -> None:
    from terminal.ui.app import TerminalApp  # noqa: PLC0415 - after the environment
    from terminal.ui.faces import face  # noqa: PLC0415
    from terminal.ui.theme import theme  # noqa: PLC0415

    theme.motion = False
    async with running:
        app = TerminalApp(running, face(running.config.terminal.role))
        window = asyncio.ensure_future(app.async_run(async_lib="asyncio"))
        await running.ready()
        hand = Stagehand(running, app, pictures)
        for n, (name, scene) in enumerate(scenes[first:], first):
            (pictures / ".next").write_text(str(n + 1), encoding="ascii")
            await scene(hand)
            if name:
                await hand.picture(name)
        app.stop()
        await window
