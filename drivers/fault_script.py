"""Fault scripts: what goes wrong on a bench of simulated devices, and when.

    name: The paper ends in the middle of a receipt
    seed: 7
    steps:
      - on: {device: printer, key: printing, equals: true}
        device: printer
        do: paper_out
      - after: {between: [1s, 3s]}
        device: printer
        do: refill

A step has one moment (``on``, then ``after``, then ``at_byte``; with none it is at once) and turns
one knob of one device, of a list of them or of ``all`` that have it, or ``one_of`` several turns.
``docs/simulators.md`` is the manual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from drivers.fault_yaml import BadScript, Item, parse, read_text
from drivers.simulation import SimulatedDevice, UnknownAction

MAX_STEPS = 2000
"""Of one run, all repetitions counted: what was done is a script again."""
MAX_REPEAT = 1000
MAX_TIMES = 1000
MAX_WAIT_MS = 3_600_000
MAX_NUMBER = 1_000_000_000
PATIENCE_MS = 600_000
"""How long a step waits for what it wants to see, unless ``within`` says otherwise."""
ALL = "all"
SAMPLES = Path(__file__).with_name("fault_scripts")
_DURATION = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)(ms|s|min)")
_UNITS_MS = {"ms": 1, "s": 1000, "min": 60_000}
_TESTS = ("equals", "at_least", "holds")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Between:
    """Any whole number from ``low`` to ``high``, both included."""

    low: int
    high: int


Number = int | Between


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a knob; a parameter may still be a Between."""

    devices: tuple[str, ...]
    action: str
    parameters: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Sight:
    """What must be seen of a device: ``key`` of its look ``equals``, is ``at_least``, ``holds``."""

    device: str
    key: str
    test: str
    value: Any

    def met(self, seen: Mapping[str, Any]) -> bool:
        """Tell whether it is there to see."""
        found = seen.get(self.key)
        if self.test == "at_least":
            number = isinstance(found, int | float) and not isinstance(found, bool)
            return number and bool(found >= self.value)
        if self.test == "holds":
            if isinstance(found, list | tuple):
                return any(str(self.value) in str(one) for one in found)
            return str(self.value) in str(found)
        return bool(found == self.value)


@dataclass(frozen=True, slots=True)
class Step:
    """A moment and what is turned then; durations in milliseconds."""

    turns: tuple[Turn, ...]
    one_of: bool = False
    on: Sight | None = None
    within_ms: int = PATIENCE_MS
    after: Number | None = None
    at_byte: Number | None = None
    every: Number | None = None
    times: int = 1
    line: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script."""

    steps: tuple[Step, ...]
    name: str = ""
    seed: int = 0
    repeat: int = 1
    file: str = field(default="", compare=False)


def samples() -> tuple[str, ...]:
    """Return the names of the scripts that come with the drivers."""
    return tuple(sorted(path.stem for path in SAMPLES.glob("*.yaml")))


def load(name: str) -> Script:
    """Return a script by the name of a sample or by its file. Raises BadScript."""
    path = SAMPLES / f"{name}.yaml" if name in samples() else Path(name)
    return read(read_text(path), str(path))


def read(text: str, file: str = "") -> Script:
    """Return the script that a text holds. Raises BadScript with file and line."""
    try:
        script = _script(parse(text))
    except BadScript as error:
        raise BadScript(error.why, error.line, file) from error
    return Script(script.steps, script.name, script.seed, script.repeat, file)


def check(script: Script, devices: Mapping[str, SimulatedDevice]) -> None:
    """See that these devices have all the script names. Raises BadScript."""
    for step in script.steps:
        try:
            if step.on is not None:
                _check_sight(step.on, devices)
            for turn in step.turns:
                _check_turn(turn, devices, by_byte=step.at_byte is not None)
        except UnknownAction as error:
            raise BadScript(str(error), step.line, script.file) from error


def meant(turn: Turn, devices: Mapping[str, SimulatedDevice]) -> tuple[str, ...]:
    """Return the devices whose knob is turned: for ``all`` those that have it."""
    if turn.devices != (ALL,):
        return turn.devices
    return tuple(name for name, device in devices.items() if turn.action in device.knobs())


def _check_sight(sight: Sight, devices: Mapping[str, SimulatedDevice]) -> None:
    seen = _known(sight.device, devices).look()
    if sight.key not in seen:
        known = ", ".join(seen)
        raise UnknownAction(f"of {sight.device} one sees no {sight.key!r}; one sees {known}")


def _check_turn(turn: Turn, devices: Mapping[str, SimulatedDevice], *, by_byte: bool) -> None:
    names = meant(turn, devices)
    if not names:
        raise UnknownAction(f"no device has a knob {turn.action!r}")
    for name in names:
        device = _known(name, devices)
        device.check(turn.action, turn.parameters)
        if by_byte:
            device.check("at_byte", {"bytes": 0, "knob": turn.action})


def _known(name: str, devices: Mapping[str, SimulatedDevice]) -> SimulatedDevice:
    if name not in devices:
        raise UnknownAction(f"there is no device {name!r}; there are {', '.join(devices)}")
    return devices[name]


# --- from YAML ---


def _script(item: Item) -> Script:
    given = _fields(item, ("name", "seed", "repeat", "steps"))
    listed = given.get("steps")
    if listed is None or not isinstance(listed.value, list) or not listed.value:
        raise BadScript("needs 'steps', a list", item.line)
    if len(listed.value) > MAX_STEPS:
        raise BadScript(f"has more than {MAX_STEPS} steps", listed.line)
    steps = tuple(_step(one) for one in listed.value)
    repeat = _whole(given.get("repeat"), "repeat", 1, MAX_REPEAT) or 1
    if repeat * sum(step.times for step in steps) > MAX_STEPS:
        raise BadScript(f"has more than {MAX_STEPS} steps, repetitions counted", item.line)
    name = given.get("name")
    return Script(steps, _word(name, "name") if name else "", _seed(given.get("seed")), repeat)


def _seed(item: Item | None) -> int:
    return _whole(item, "seed", 0, 2**63 - 1) or 0


_TURN = ("device", "do", "with")
_MOMENT = ("on", "within", "after", "at_byte", "every", "times")


def _step(item: Item) -> Step:
    given = _fields(item, (*_TURN, "one_of", *_MOMENT))
    choice = given.get("one_of")
    if choice is not None and any(name in given for name in _TURN):
        raise BadScript("has 'one_of', so 'device', 'do' and 'with' stand in there", item.line)
    turns = (_turn(item),) if choice is None else _choice(choice)
    if "times" in given and "every" not in given:
        raise BadScript("has 'times' without 'every'", given["times"].line)
    if "every" in given and "at_byte" in given:
        raise BadScript("has both 'every' and 'at_byte'", item.line)
    if "at_byte" in given and any(len(turn.devices) > 1 or ALL in turn.devices for turn in turns):
        raise BadScript("has 'at_byte', which counts what one device receives", item.line)
    if "within" in given and "on" not in given:
        raise BadScript("has 'within' without 'on'", given["within"].line)
    within = _some(given, "within", _fixed_duration)
    return Step(
        turns,
        choice is not None,
        on=_some(given, "on", _sight),
        within_ms=PATIENCE_MS if within is None else within,
        after=_some(given, "after", lambda one: _ranged(one, _fixed_duration)),
        at_byte=_some(given, "at_byte", lambda one: _ranged(one, _count)),
        every=_some(given, "every", lambda one: _ranged(one, _fixed_duration)),
        times=_whole(given.get("times"), "times", 1, MAX_TIMES) or 1,
        line=item.line,
    )


def _some(given: Mapping[str, Item], name: str, make: Callable[[Item], Any]) -> Any:
    return make(given[name]) if name in given else None


def _choice(item: Item) -> tuple[Turn, ...]:
    if not isinstance(item.value, list) or not item.value:
        raise BadScript("'one_of' is a list of turns", item.line)
    for one in item.value:
        _fields(one, _TURN)
    return tuple(_turn(one) for one in item.value)


def _turn(item: Item) -> Turn:
    given = item.value
    for name in ("device", "do"):
        if name not in given:
            raise BadScript(f"needs {name!r}", item.line)
    named = given["device"]
    several = isinstance(named.value, list)
    devices = tuple(_word(one, "device") for one in (named.value if several else [named]))
    if not devices or (several and ALL in devices):
        raise BadScript("'device' is a name, a list of names, or all", named.line)
    parameters = given.get("with")
    if parameters is not None and not isinstance(parameters.value, dict):
        raise BadScript("'with' is a map of parameters", parameters.line)
    values = {} if parameters is None else parameters.value
    return Turn(
        devices,
        _word(given["do"], "do"),
        MappingProxyType({name: _parameter(one) for name, one in values.items()}),
        item.line,
    )


def _parameter(item: Item) -> Any:
    if isinstance(item.value, dict) and set(item.value) == {"between"}:
        return _ranged(item, _count)
    return item.plain()


def _sight(item: Item) -> Sight:
    given = _fields(item, ("device", "key", *_TESTS))
    tests = [name for name in _TESTS if name in given]
    if "device" not in given or "key" not in given or len(tests) != 1:
        raise BadScript(f"'on' needs a device, a key and one of {', '.join(_TESTS)}", item.line)
    value = given[tests[0]].plain()
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if tests[0] == "at_least" and not number:
        raise BadScript("'at_least' is a number", item.line)
    return Sight(_word(given["device"], "device"), _word(given["key"], "key"), tests[0], value)


def _fields(item: Item, known: tuple[str, ...]) -> Mapping[str, Item]:
    if not isinstance(item.value, dict):
        raise BadScript(f"is no map of {', '.join(known)}", item.line)
    for name, one in item.value.items():
        if name not in known:
            raise BadScript(f"{name!r} is none of {', '.join(known)}", one.line)
    return item.value


def _word(item: Item, name: str) -> str:
    if not isinstance(item.value, str) or not 0 < len(item.value) <= 200:
        raise BadScript(f"{name!r} is a word of at most 200 characters", item.line)
    return item.value


def _whole(item: Item | None, name: str, least: int, most: int) -> int | None:
    if item is None:
        return None
    value = item.value
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadScript(f"{name!r} is a whole number from {least} to {most}", item.line)
    return value


def _count(item: Item) -> int:
    return _whole(item, "a number here", 0, MAX_NUMBER) or 0


def _fixed_duration(item: Item) -> int:
    """Return milliseconds of ``250ms``, ``2s``, ``1.5s`` or ``3min``."""
    match = _DURATION.fullmatch(item.value) if isinstance(item.value, str) else None
    if match is None:
        raise BadScript(f"{item.plain()!r} is no time such as 250ms, 1.5s or 2min", item.line)
    whole, _, part = match[1].partition(".")
    ms = (int(whole) * 1000 + int(part.ljust(3, "0") or 0)) * _UNITS_MS[match[2]] // 1000
    if ms > MAX_WAIT_MS:
        raise BadScript(f"{item.value} is longer than an hour", item.line)
    return ms


def _ranged(item: Item, number: Callable[[Item], int]) -> Number:
    """Return a number, or a range of ``{between: [low, high]}``."""
    if not isinstance(item.value, dict):
        return number(item)
    ends = _fields(item, ("between",)).get("between")
    if ends is None or not isinstance(ends.value, list) or len(ends.value) != 2:
        raise BadScript("'between' is a list of two", item.line)
    low, high = number(ends.value[0]), number(ends.value[1])
    if low > high:
        raise BadScript("'between' goes from the smaller to the greater", item.line)
    return Between(low, high)
