"""Fault scripts played: a plan that knows no clock, and the thread that turns the knobs.

The plan is told the time and what is seen, and answers with turns; the same script and seed give
the same turns at the same times.  What was done is a plain script again, with nothing left to
chance, and can be played once more.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from drivers.fault_script import (
    Between,
    Number,
    Script,
    Sight,
    Step,
    Turn,
    check,
    load,
    meant,
    read,
    samples,
)
from drivers.fault_yaml import BadScript
from drivers.simulation import SimulatedDevice, UnknownAction

LOOK_S = 0.02
"""Between two looks at a device that something is to be seen of."""
LONGEST_SLEEP_S = 0.1
"""The clock is another than the thread's in a simulation."""
STOP_S = 5.0
RECORD = "faults-done.yaml"
"""File of a memory folder that holds what was done last."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Pause:
    """What the plan waits for: a time, a sight, or the fuse of a device."""

    until_ms: int
    """For a sight: how long it is waited for."""
    sight: Sight | None = None
    fuse: str = ""
    line: int = 0

    @property
    def watching(self) -> str:
        """Device that is looked at; empty when only time passes."""
        return self.sight.device if self.sight is not None else self.fuse


@dataclass(frozen=True, slots=True)
class Done:
    """A turn that was made: when, and the step that makes it again."""

    at_ms: int
    step: Step


class FaultPlan:
    """A script on its way. ``due`` is called with the time since the start, again and again."""

    def __init__(
        self, script: Script, devices: Mapping[str, SimulatedDevice], seed: int | None = None
    ) -> None:
        """Raises BadScript when these devices do not have all that the script names."""
        check(script, devices)
        self.script = script
        self.seed = script.seed if seed is None else seed
        self.done: list[Done] = []
        """What was turned: a turn is here when the device has carried it out, not before."""
        self.ended = False
        self._turning: Done | None = None
        self._devices = devices
        self._chance = random.Random(self.seed)  # noqa: S311 - a fault, not a secret
        self._anchor_ms = 0
        """The moment that the next one counts from."""
        self.pause: Pause | None = None
        """What is waited for."""
        self._moves = self._play()
        self.next: Step | None = None
        """The step that is waited for."""

    @property
    def watching(self) -> str:
        """Device to look at for the next ``due``; empty when only time matters."""
        return "" if self.pause is None else self.pause.watching

    @property
    def due_ms(self) -> int | None:
        """When the next turn is due; None when that depends on what is seen, or at the end."""
        timed = self.pause is not None and not self.pause.watching
        return self.pause.until_ms if self.pause is not None and timed else None

    def due(self, now_ms: int, seen: Mapping[str, Any] = _NOTHING) -> tuple[Turn, ...]:
        """Return what is to be turned now; called again, once that was turned, until nothing is.

        ``seen`` is what can be seen of ``watching``.  Raises BadScript when that never came.
        """
        if self._turning is not None:
            self.done.append(self._turning)
            self._turning = None
        while not self.ended:
            if self.pause is not None:
                if not self._over(self.pause, now_ms, seen):
                    return ()
                self.pause = None
            move = next(self._moves, None)
            if move is None:
                self.ended, self.next = True, None
            elif isinstance(move, Pause):
                self.pause = move
                if move.watching:
                    return ()  # it must be looked at first
            else:
                self._turning = Done(self._anchor_ms, move)
                return self._wired(move)
        return ()

    def _over(self, pause: Pause, now_ms: int, seen: Mapping[str, Any]) -> bool:
        if pause.fuse:
            if seen.get("fuse") is not None:
                return False
            if seen.get("fuse_failed"):
                raise BadScript(str(seen["fuse_failed"]), pause.line, self.script.file)
        elif pause.sight is not None and not pause.sight.met(seen):
            if now_ms < pause.until_ms:
                return False
            sight = pause.sight
            why = f"{sight.key} {sight.test} {sight.value!r} was never seen of {sight.device}"
            raise BadScript(why, pause.line, self.script.file)
        elif pause.sight is None and now_ms < pause.until_ms:
            return False
        self._anchor_ms = now_ms if pause.watching else pause.until_ms
        return True

    @staticmethod
    def _wired(step: Step) -> tuple[Turn, ...]:
        """Return what is really turned, device by device: a knob, or the fuse that turns it."""
        (turn,) = step.turns
        if step.at_byte is not None:
            given = {"knob": turn.action, "parameters": dict(turn.parameters)}
            turn = replace(turn, action="at_byte", parameters={"bytes": step.at_byte, **given})
        return tuple(replace(turn, devices=(device,)) for device in turn.devices)

    # --- the script, step by step ---

    def _play(self) -> Iterator[Pause | Step]:
        for _ in range(self.script.repeat):
            for step in self.script.steps:
                self.next = step
                yield from self._act(step)

    def _act(self, step: Step) -> Iterator[Pause | Step]:
        wait_ms = self._number(step.after)
        size = self._number(step.at_byte)
        if step.on is not None:
            until = self._anchor_ms + step.within_ms
            yield Pause(until, sight=step.on, line=step.line)
        moment = replace(step, after=wait_ms, at_byte=size, every=None, times=1)
        for time_no in range(step.times):
            if time_no:
                wait_ms = self._number(step.every)
                moment = Step((), after=wait_ms, line=step.line)
            if wait_ms:
                yield Pause(self._anchor_ms + wait_ms, line=step.line)
            turn = self._chosen(step)
            yield replace(moment, turns=(turn,), one_of=False)
            if size is not None:
                yield Pause(0, fuse=turn.devices[0], line=step.line)

    def _chosen(self, step: Step) -> Turn:
        """Return the turn with nothing left to chance, and its devices by name."""
        turn = self._chance.choice(step.turns) if step.one_of else step.turns[0]
        values = {name: self._value(one) for name, one in turn.parameters.items()}
        return replace(turn, devices=meant(turn, self._devices), parameters=values)

    def _number(self, number: Number | None) -> int | None:
        if isinstance(number, Between):
            return self._chance.randint(number.low, number.high)
        return number

    def _value(self, value: Any) -> Any:
        return self._number(value) if isinstance(value, Between) else value

    def record(self) -> str:
        """Return what was done as a plain script, in YAML."""
        import yaml  # noqa: PLC0415 - as in fault_yaml

        told = {
            "name": self.script.name or "what was done",
            "seed": self.seed,
            "steps": [plain(done.step) for done in self.done],
        }
        return str(yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100))


def plain(step: Step) -> dict[str, Any]:
    """Return a step of one turn as the YAML of a script has it."""
    told: dict[str, Any] = {}
    if step.on is not None:
        sight = step.on
        told["on"] = {"device": sight.device, "key": sight.key, sight.test: sight.value}
        told["within"] = f"{step.within_ms}ms"
    if step.after:
        told["after"] = f"{step.after}ms"
    if step.at_byte is not None:
        told["at_byte"] = step.at_byte
    turn = step.turns[0]
    told["device"] = list(turn.devices) if len(turn.devices) > 1 else turn.devices[0]
    told["do"] = turn.action
    return told | ({"with": dict(turn.parameters)} if turn.parameters else {})


class FaultRun:
    """A plan at work on devices. ``step`` is called when it asks for it; see ``Faults``."""

    def __init__(
        self,
        plan: FaultPlan,
        devices: Mapping[str, SimulatedDevice],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = plan
        self.failed = ""
        """Why it stopped before its end."""
        self._devices = devices
        self._monotonic = monotonic
        self._began_s = monotonic()

    @property
    def ended(self) -> bool:
        return bool(self.failed) or self.plan.ended

    @property
    def now_ms(self) -> int:
        """Milliseconds since the start."""
        return round((self._monotonic() - self._began_s) * 1000)

    def step(self) -> float:
        """Turn what is due; returns the seconds until it wants to be called again."""
        try:
            while not self.plan.ended:
                before = self.plan.pause
                turns = self.plan.due(self.now_ms, self._seen())
                for turn in turns:
                    self._turn(turn)
                if not turns and self.plan.pause is before:
                    break
        except UnknownAction as error:
            self.failed = str(error)
        due_ms = self.plan.due_ms
        return LOOK_S if due_ms is None else max(0.0, (due_ms - self.now_ms) / 1000)

    def _seen(self) -> Mapping[str, Any]:
        return self._devices[self.plan.watching].look() if self.plan.watching else _NOTHING

    def _turn(self, turn: Turn) -> None:
        (device,) = turn.devices
        try:
            self._devices[device].control(turn.action, **turn.parameters)
        except UnknownAction as error:
            raise BadScript(str(error), turn.line, self.plan.script.file) from error


class Faults:
    """The one run at a time of a bench, on a thread of its own; ``record`` keeps what was done."""

    def __init__(
        self,
        devices: Mapping[str, SimulatedDevice],
        monotonic: Callable[[], float] = time.monotonic,
        record: Path | None = None,
    ) -> None:
        self._devices = devices
        self._monotonic = monotonic
        self._record = record
        self._run: FaultRun | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def control(self, action: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Carry out ``faults`` (``script`` or ``text``, ``seed``), ``stop`` or ``look``.

        Raises UnknownAction, which a script that cannot be played is as well.
        """
        knobs: Mapping[str, Callable[..., None]] = {
            "faults": self._begin, "stop": self.stop, "look": lambda: None
        }  # fmt: skip
        if action not in knobs:
            raise UnknownAction(f"the bench has no knob {action!r}; it has {', '.join(knobs)}")
        try:
            knobs[action](**parameters)
        except TypeError as error:
            raise UnknownAction(f"bench {action}: {error}") from error
        return self.look()

    def _begin(self, script: str = "", text: str = "", seed: int | None = None) -> None:
        if not isinstance(script, str) or not isinstance(text, str) or bool(script) == bool(text):
            raise UnknownAction(
                f"name a script (a file, or {', '.join(samples())}) or give its text"
            )
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise UnknownAction(f"seed must be an integer, not {seed!r}")
        self.play(load(script) if script else read(text), seed)

    def play(self, script: Script, seed: int | None = None) -> None:
        """Begin a script; one that still runs is stopped. Raises BadScript."""
        plan = FaultPlan(script, self._devices, seed)
        self.stop()
        with self._lock:
            run = self._run = FaultRun(plan, self._devices, self._monotonic)
            stop = self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._work, args=(run, stop), name="faults", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Stop what runs, and wait for it; nothing that was turned is turned back."""
        self._stop.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_S)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end of the script; False when it still runs."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._thread is None or not self._thread.is_alive()

    def look(self) -> Mapping[str, Any]:
        """Return what is played, what was done, and what comes next and when."""
        run, thread = self._run, self._thread
        if run is None:
            return {"running": False, "script": "", "done": [], "next": None, "failed": ""}
        running = thread is not None and thread.is_alive()
        plan, waiting = run.plan, run.plan.next
        due_ms = plan.due_ms
        return {
            "running": running,
            "script": plan.script.file or plan.script.name,
            "name": plan.script.name,
            "seed": plan.seed,
            "done": [{"at_ms": one.at_ms, **plain(one.step)} for one in tuple(plan.done)],
            "next": None
            if waiting is None or not running
            else {
                "in_ms": None if due_ms is None else max(0, due_ms - run.now_ms),
                "watching": plan.watching,
                "turns": [
                    {"devices": list(one.devices), "do": one.action} for one in waiting.turns
                ],
            },
            "failed": run.failed,
            "record": plan.record(),
        }

    def _work(self, run: FaultRun, stop: threading.Event) -> None:
        while not stop.is_set():
            wait_s = run.step()
            if run.ended:
                break
            stop.wait(min(wait_s, LONGEST_SLEEP_S))
        if self._record is not None:
            self._record.write_text(run.plan.record(), encoding="utf-8")
