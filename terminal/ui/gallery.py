"""Pictures of every screen, from hand-made worlds, with the real application.

    xvfb-run -a -s "-screen 0 1920x1920x24" \\
        python -m terminal.ui.gallery --out DIR [--size 1280x800] [--language fr] [--role kiosk]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from terminal.core.errors import Refused
from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.setup import SetupDesk
from terminal.presenters.surroundings import Surroundings
from terminal.services.requests import Question, Request, WatchScale
from terminal.ui import environment
from terminal.ui.samples import kiosk, setup, till
from terminal.ui.samples.world import World, shop
from terminal.words import Words

SIZES = ((1280, 800), (800, 480), (1024, 600), (1920, 1080), (1080, 1920))
SETTLE_FRAMES = 4
"""Frames drawn before a picture: layouts and fitted texts need two, lists one more."""


SETTLE_TICKS = 6
"""Turns of the clock after which layouts, recycled rows and fitted texts are at rest."""


@dataclass(frozen=True, slots=True)
class Done:
    """An answer of the hand-made terminal: done, nothing found."""

    refused: Refused | None = None
    found: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class StillTerminal:
    """A terminal that stands still in one world and notes what it is asked."""

    state: TerminalState = field(default_factory=TerminalState)
    surroundings: Surroundings = field(default_factory=shop)
    language: str = "fr"
    asked: list[Request] = field(default_factory=list)
    refuse: Refused | None = None
    """Answer to every deed, when set."""
    found: Mapping[str, Any] = field(default_factory=dict)
    """Answer to every question."""

    def words(self, language: str) -> Words:
        del language
        return Words(self.language, strict=True)

    async def submit(self, request: Request) -> Done:
        if isinstance(request, WatchScale):
            return Done()
        self.asked.append(request)
        if isinstance(request, Question):
            return Done(found=self.found)
        return Done(self.refuse)

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        del changed
        return lambda: None

    def enter(self, world: World) -> None:
        self.state, self.surroundings = world.state, world.surroundings


def run_now(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never really waits, to its end."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()


class Rig:
    """The application with a still terminal, driven frame by frame."""

    def __init__(self, role: str, language: str = "fr") -> None:
        from kivy.base import EventLoop  # noqa: PLC0415 - after environment.prepare
        from kivy.clock import Clock  # noqa: PLC0415
        from kivy.core.window import Window  # noqa: PLC0415

        from terminal.ui.app import TerminalApp  # noqa: PLC0415
        from terminal.ui.faces import face  # noqa: PLC0415
        from terminal.ui.theme import theme  # noqa: PLC0415

        theme.motion = False
        self.window, self.loop, self.clock = Window, EventLoop, Clock
        self.terminal = StillTerminal(surroundings=shop(role=role), language=language)
        self.app = TerminalApp(self.terminal, face(role), spawn=run_now)
        self.stage = self.app.build()
        EventLoop.ensure_window()
        Window.add_widget(self.stage)
        EventLoop.start()
        self.app.on_start()

    def show(self, world: World, desk: Desk | None = None, *, draw: bool = True) -> None:
        """Enter a world and wait until it is at rest; without ``draw`` it is only laid out."""
        self.terminal.enter(world)
        self.app.desk = desk or world.desk
        self.app.refresh()
        self.frames() if draw else self._lay_out()

    def _lay_out(self) -> None:
        for _ in range(SETTLE_TICKS):
            self.clock.tick()
            self.clock.tick_draw()

    def frames(self, count: int = SETTLE_FRAMES) -> None:
        for _ in range(count):
            self.loop.idle()

    def resize(self, width: int, height: int) -> None:
        """Lay the stage out for another size than the window's."""
        self.stage.size_hint = (None, None)
        self.stage.size = (width, height)
        self.stage.fit()  # another stage may have measured since, and this size may be no news
        self.frames(2)

    def touch(self, label: str) -> None:
        """Touch the topmost thing to press that has this label."""
        self._touch(next(w for w in self._taps() if w.action.label == label))

    def touch_icon(self, icon: str, nth: int = 0) -> None:
        """Touch the nth thing to press that shows this icon alone, from the top."""
        alone = [w for w in self._taps() if w.action.icon == icon and not w.action.label]
        self._touch(sorted(alone, key=lambda w: -w.to_window(*w.pos)[1])[nth])

    def key(self, code: int, text: str | None) -> None:
        """Press a key of a real keyboard."""
        self.window.dispatch("on_key_down", code, 0, text, [])
        self.frames()

    def _taps(self) -> list[Any]:
        from terminal.ui.widgets.button import Tap  # noqa: PLC0415

        return [w for part in self.stage.children for w in part.walk() if isinstance(w, Tap)]

    def _touch(self, widget: Any) -> None:
        from kivy.input.motionevent import MotionEvent  # noqa: PLC0415

        class Finger(MotionEvent):
            def depack(self, args: tuple[float, float]) -> None:
                self.is_touch = True
                self.sx, self.sy = args
                super().depack(args)

        x, y = widget.to_window(*widget.center)
        width, height = self.window.size
        finger = Finger("hand", 1, (x / width, y / height), is_touch=True, type_id="touch")
        for kind in ("begin", "end"):
            self.loop.post_dispatch_input(kind, finger)
            self.frames(2)

    def picture(self, path: Path) -> None:
        """Write what the window shows as a PNG."""
        Path(self.window.screenshot(name=str(path))).replace(path)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--language", default="fr")
    parser.add_argument("--role", default="kiosk", choices=("kiosk", "till", "setup"))
    parser.add_argument("--only", default="", help="draw only worlds whose name begins so")
    parser.add_argument("--large-text", action="store_true")
    parser.add_argument("--high-contrast", action="store_true")
    return parser.parse_args(given)


def worlds_of(role: str) -> tuple[World, ...]:
    return kiosk.worlds() if role == "kiosk" else till.worlds()


class NewMachine:
    """The screen of a machine without settings, driven frame by frame."""

    def __init__(self, machine: Any = None, desk: SetupDesk | None = None) -> None:
        from kivy.base import EventLoop  # noqa: PLC0415 - after environment.prepare
        from kivy.core.window import Window  # noqa: PLC0415

        from terminal.ui.setup.app import SetupApp  # noqa: PLC0415
        from terminal.ui.theme import theme  # noqa: PLC0415

        theme.motion = False
        desk = desk or SetupDesk()
        self.window, self.loop = Window, EventLoop
        self.app = SetupApp(machine, desk.result, strict=True)
        self.page = self.app.build()
        EventLoop.ensure_window()
        Window.add_widget(self.page)
        EventLoop.start()
        self.app.on_start()
        self.show(desk)

    def show(self, desk: SetupDesk) -> None:
        self.app.desk = desk
        self.app.refresh()
        for _ in range(SETTLE_FRAMES):
            self.loop.idle()

    def picture(self, path: Path) -> None:
        Path(self.window.screenshot(name=str(path))).replace(path)

    def close(self) -> None:
        self.app.on_stop()
        self.window.remove_widget(self.page)


def new_machines(options: argparse.Namespace) -> None:
    """Draw the screens of a machine without settings."""
    rig = NewMachine()
    for name, desk in setup.desks(options.language).items():
        if name.startswith(options.only):
            rig.show(desk)
            rig.picture(options.out / f"{name}-{options.size}-{options.language}.png")


def main() -> None:
    options = arguments()
    width, height = (int(part) for part in options.size.split("x"))
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        environment.prepare(Path(home), (width, height), max_fps=0)
        if options.role == "setup":
            new_machines(options)
            return
        rig = Rig(options.role, options.language)
        for world in worlds_of(options.role):
            if not world.name.startswith(options.only):
                continue
            desk = replace(
                world.desk,
                large_text=options.large_text,
                high_contrast=options.high_contrast,
            )
            rig.show(world, desk)
            rig.picture(options.out / f"{world.name}-{options.size}-{options.language}.png")


if __name__ == "__main__":
    main()
