"""Fault scripts: read with clear errors, the same by the same seed, and written down again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.fault_script import Between, load, read, samples
from drivers.fault_yaml import MAX_BYTES, BadScript
from drivers.faults import FaultPlan, FaultRun
from drivers.simulators import Bench
from drivers.transports.base import Transport

DAY_MS = 86_400_000


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def steps(*lines: str) -> str:
    return "steps:\n" + "".join(f"  - {line}\n" for line in lines)


def played(plan: FaultPlan, sights: Mapping[str, object] | None = None) -> list[tuple]:
    """Play in no time at all; everything waited for is seen at once."""
    turned, now = [], 0
    for _ in range(10_000):
        seen = {"fuse": None, **(sights or {})} if plan.watching else {}
        while turns := plan.due(now, seen):
            turned += [(now, one.devices, one.action, one.parameters) for one in turns]
            seen = {"fuse": None, **(sights or {})}
        if plan.ended:
            return turned
        now = now if plan.due_ms is None else plan.due_ms
    raise AssertionError("it never ended")


# --- reading ---


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 0, "is empty"),
        ("steps: []\n", 1, "needs 'steps', a list"),
        ("name: x\nsteps:\n  - device: printer\n", 3, "needs 'do'"),
        (steps("{device: printer, do: refill, whenever: 2s}"), 2, "'whenever' is none of"),
        (steps("{device: printer, do: refill, after: 2}"), 2, "2 is no time such as"),
        (steps("{device: printer, do: refill, after: 2h}"), 2, "is no time such as"),
        (steps("{device: printer, do: refill, after: 61min}"), 2, "longer than an hour"),
        (steps("{device: p, do: r, after: {between: [3s, 1s]}}"), 2, "from the smaller"),
        (steps("{device: p, do: r, after: {between: [3s]}}"), 2, "a list of two"),
        (steps("{device: p, do: r, times: 3}"), 2, "'times' without 'every'"),
        (steps("{device: p, do: r, within: 3s}"), 2, "'within' without 'on'"),
        (steps("{device: p, do: r, every: 1s, at_byte: 3}"), 2, "both 'every' and 'at_byte'"),
        (steps("{device: all, do: unplug, at_byte: 3}"), 2, "what one device receives"),
        (steps("{device: [], do: r}"), 2, "a name, a list of names, or all"),
        (steps("{device: p, do: r, with: 3}"), 2, "'with' is a map"),
        (steps("{device: p, do: r, on: {device: p, key: k}}"), 2, "one of equals"),
        (steps("{device: p, do: r, on: {device: p, key: k, at_least: x}}"), 2, "is a number"),
        (steps("{device: p, do: r, one_of: []}"), 2, "stand in there"),
        (steps("{one_of: []}"), 2, "a list of turns"),
        ("repeat: 0\n" + steps("{device: p, do: r}"), 1, "from 1 to 1000"),
        ("seed: x\n" + steps("{device: p, do: r}"), 1, "'seed' is a whole number"),
        ("repeat: 1000\n" + steps("{device: p, do: r, every: 1s, times: 11}"), 1, "2000 steps"),
        ("steps:\n  - device: p\n    do: r\n    do: s\n", 4, "'do' stands here twice"),
        ("a: &x 1\nb: *x\n", 1, "an anchor or an alias"),
        ("steps: !!python/object:os.system {}\n", 1, "is no plain value"),
        ("steps: [\n", 2, "is not YAML"),
        ("steps: " + "[" * 9 + "]" * 9, 1, "nested more than 8 deep"),
        ("[" * 30_000, 1, "nested more than 8 deep"),
        ("- 1\n", 1, "is no map of"),
        ("1: 2\n", 1, "'1' is none of"),
        ("steps: \x07\n", 0, "characters that YAML does not allow"),
        ("#" * (MAX_BYTES + 1), 0, "is larger than"),
    ],
)
def test_a_script_that_is_wrong_says_where_and_why(text, line, why):
    with pytest.raises(BadScript) as caught:
        read(text, "night.yaml")
    assert (caught.value.file, caught.value.line) == ("night.yaml", line)
    assert why in str(caught.value)
    assert str(caught.value).startswith(f"night.yaml, line {line}: " if line else "night.yaml: ")


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda b: b.decode("latin-1")))
def test_any_text_is_a_script_or_refused(text):
    try:
        found = read(text).steps
    except BadScript as error:
        found = error.why
    assert found


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{device: kettle, do: boil}", "there is no device 'kettle'"),
        ("{device: printer, do: boil}", "printer has no knob 'boil'"),
        ("{device: printer, do: paper_out_after}", "missing a required argument: 'lines'"),
        ("{device: printer, do: refill, with: {lines: 3}}", "unexpected keyword"),
        ("{device: all, do: boil}", "no device has a knob 'boil'"),
        ("{device: drawer, do: jam, at_byte: 3}", "drawer has no knob 'at_byte'"),
        ("{device: poi, do: unplug, on: {device: poi, key: mood, equals: 1}}", "no 'mood'"),
    ],
)
def test_what_the_bench_does_not_have_is_refused_before_anything_happens(line, why):
    bench = Bench()
    with pytest.raises(BadScript, match=why) as caught:
        FaultPlan(read(steps("{device: printer, do: unplug}", line)), bench.simulators)
    assert caught.value.line == 3
    assert bench.look("printer")["plugged"]


def test_words_that_other_yamls_take_for_truth_are_words():
    """YAML 1.1 reads ``on`` as true, 010 as eight and a date as a date."""
    (step,) = read(
        steps("{device: p, do: r, with: {on: true, a: yes, b: 010, c: 2026-11-28}}")
    ).steps
    assert step.turns[0].parameters == {"on": True, "a": "yes", "b": "010", "c": "2026-11-28"}


def test_ranges_stand_wherever_a_number_does():
    (step,) = read(
        steps("{after: {between: [1s, 1.5s]}, device: p, do: r, with: {n: {between: [1, 9]}}}")
    ).steps
    assert step.after == Between(1000, 1500)
    assert step.turns[0].parameters == {"n": Between(1, 9)}


# --- the plan ---


def test_moments_follow_one_another():
    script = read(
        steps(
            "{device: printer, do: unplug}",
            "{after: 2s, device: printer, do: plug}",
            "{after: 500ms, every: 1s, times: 3, device: scanner, do: unplug}",
            "{device: [poi, scale], do: power_off}",
        )
    )
    assert [(at, *who, do) for at, who, do, _ in played(FaultPlan(script, Bench().simulators))] == [
        (0, "printer", "unplug"),
        (2000, "printer", "plug"),
        (2500, "scanner", "unplug"),
        (3500, "scanner", "unplug"),
        (4500, "scanner", "unplug"),
        (4500, "poi", "power_off"),
        (4500, "scale", "power_off"),
    ]


def test_all_means_every_device_that_has_the_knob():
    bench = Bench()
    plan = FaultPlan(read(steps("{device: all, do: power_off}")), bench.simulators)
    turned = [who for _, (who,), _, _ in played(plan)]
    assert turned == [name for name, one in bench.simulators.items() if "power_off" in one.knobs()]
    assert "clock" not in turned


@pytest.mark.parametrize("name", samples())
@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_and_what_was_done_gives_it_again(name, seed):
    simulators = Bench().simulators
    sights = {"paper": "out", "stage": "online"}
    first = FaultPlan(load(name), simulators, seed)
    turned = played(first, sights)
    assert played(FaultPlan(load(name), simulators, seed), sights) == turned
    assert played(FaultPlan(read(first.record()), simulators, 99), sights) == turned


def test_another_seed_gives_something_else():
    simulators = Bench().simulators
    first, second = (played(FaultPlan(load("bad_day"), simulators, seed)) for seed in (1, 2))
    assert first != second
    assert len(first) < 10_000


def test_what_never_comes_ends_the_run_with_its_line():
    sight = "{device: printer, key: paper, equals: out}"
    text = steps(f"{{on: {sight}, within: 3s, device: printer, do: plug}}")
    script = read(text, "night.yaml")
    plan = FaultPlan(script, Bench().simulators)
    assert plan.due(0) == ()
    assert plan.due(2999, {"paper": "ok"}) == ()
    with pytest.raises(BadScript, match=r"night\.yaml, line 2: paper equals 'out' was never seen"):
        plan.due(3000, {"paper": "ok"})


@pytest.mark.parametrize(
    ("condition", "seen", "met"),
    [
        ("equals: out", {"k": "out"}, True),
        ("equals: 1", {"k": 2}, False),
        ("at_least: 2", {"k": 2}, True),
        ("at_least: 2", {"k": "much"}, False),
        ("holds: TOTAL", {"k": "LE TOTAL 3,00"}, True),
        ("holds: TOTAL", {"k": ["a", "TOTAL"]}, True),
        ("holds: TOTAL", {}, False),
    ],
)
def test_what_is_seen(condition, seen, met):
    (step,) = read(steps(f"{{on: {{device: p, key: k, {condition}}}, device: p, do: r}}")).steps
    assert step.on is not None
    assert step.on.met(seen) is met


# --- on real simulators ---


def wire_of(bench: Bench) -> Transport:
    wire = bench.printer.connect()
    wire.open(1.0)
    return wire


@pytest.mark.parametrize("at_byte", [0, 1, 7, 19])
def test_a_knob_is_turned_at_the_very_byte(at_byte):
    bench, watch = Bench(), Watch()
    text = steps(
        f"{{at_byte: {at_byte}, device: printer, do: paper_out}}", "{device: poi, do: unplug}"
    )
    run = FaultRun(FaultPlan(read(text), bench.simulators), bench.simulators, watch)
    run.step()
    assert bench.look("printer")["fuse"] == (at_byte or None)
    assert bench.look("poi")["plugged"] is (at_byte > 0)
    lines = b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"
    wire_of(bench).write(lines, 1.0)
    run.step()
    assert run.ended
    assert not bench.look("poi")["plugged"]
    bench.control("printer", "refill")
    assert bench.look("printer")["current"].split() == list("abcdefghij")


def test_a_value_that_does_not_fit_is_told_with_its_line():
    bench = Bench()
    text = steps("{device: printer, do: unplug}", "{device: poi, do: next, with: {outcome: fly}}")
    run = FaultRun(FaultPlan(read(text, "f.yaml"), bench.simulators), bench.simulators)
    run.step()
    assert run.ended
    assert run.failed.startswith("f.yaml, line 3: outcome 'fly' is none of")


def test_a_value_that_does_not_fit_at_its_byte_is_told_too():
    bench = Bench()
    text = steps("{at_byte: 2, device: printer, do: speed, with: {mm_s: 2000}}")
    run = FaultRun(FaultPlan(read(text, "f.yaml"), bench.simulators), bench.simulators)
    run.step()
    wire_of(bench).write(b"abc", 1.0)
    run.step()
    assert "f.yaml, line 2: speed goes from 0" in run.failed


def test_the_bench_plays_a_script_and_keeps_what_was_done(tmp_path: Path):
    bench = Bench(tmp_path)
    text = steps("{device: printer, do: unplug}", "{device: scanner, do: unplug}")
    seen = bench.control("bench", "faults", text=text, seed=5)
    assert seen["seed"] == 5
    assert bench.faults.wait(10)
    seen = bench.look("bench")
    assert [(one["device"], one["do"]) for one in seen["done"]] == [
        ("printer", "unplug"),
        ("scanner", "unplug"),
    ]
    assert (seen["running"], seen["next"], seen["failed"]) == (False, None, "")
    assert not bench.look("scanner")["plugged"]
    assert read((tmp_path / "faults-done.yaml").read_text()).seed == 5


def test_a_run_is_stopped_and_another_takes_its_place():
    bench = Bench()
    long = steps("{after: 1min, device: printer, do: unplug}")
    assert bench.control("bench", "faults", text=long)["running"]
    assert bench.look("bench")["next"]["turns"] == [{"devices": ["printer"], "do": "unplug"}]
    bench.control("bench", "faults", text=long)
    assert not bench.control("bench", "stop")["running"]
    assert bench.look("printer")["plugged"]


@pytest.mark.parametrize(
    ("action", "parameters", "why"),
    [
        ("faults", {}, "name a script"),
        ("faults", {"script": "a", "text": "b"}, "name a script"),
        ("faults", {"script": "nowhere.yaml"}, "nowhere.yaml: cannot be read"),
        ("faults", {"script": "paper_out", "seed": "x"}, "seed must be an integer"),
        ("faults", {"file": "x"}, "unexpected keyword"),
        ("burn", {}, "the bench has no knob 'burn'"),
    ],
)
def test_what_the_bench_is_asked_wrongly_is_refused(action, parameters, why):
    with pytest.raises(ValueError, match=why):
        Bench().control("bench", action, **parameters)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadScript, match="is not UTF-8"):
        load(str(path))
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(BadScript, match="is larger"):
        load(str(path))
