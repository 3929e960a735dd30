"""Commissioning: every device found, tested and adopted, step by step over the simulators."""

from __future__ import annotations

import pytest

from terminal.core.events import PaymentIntended
from terminal.services.commissioning.steps import StepState
from tests.services.technician import (
    asked,
    came_of,
    drawer_passes,
    ended,
    impatient,
    page,
    passes,
    result,
    told,
)

# --- each step ------------------------------------------------------------------------------------


def test_the_screen_feels_a_finger_in_every_corner(shop):
    async def story(till):
        await till.ok("run_step", step="screen")
        for corner in (0, 1, 1, 2):
            await till.ok("touch_corner", corner=corner)
        assert page(till).stage.corners == (0, 1, 2)
        assert await till.refused("touch_corner", corner=4) == "nothing_asked"
        await till.ok("touch_corner", corner=3)
        await ended(till)
        assert came_of(till, "screen") == ("passed", "")

    told(shop, story)


def test_the_scanner_says_what_stands_in_the_code(shop):
    async def story(till):
        await till.ok("run_step", step="scanner")
        await till.until(lambda: page(till).stage.code)
        till.knob("scanner", "scan", code=page(till).stage.code)
        await ended(till)
        assert came_of(till, "scanner") == ("passed", "")
        assert till.state.sale is None  # nothing was sold by it

    told(shop, story)


@pytest.mark.parametrize(
    ("mangled", "code"),
    [
        (lambda _: "3270190128724", "other_code"),
        (lambda code: code.replace("Q", "A").replace("W", "Z"), "other_layout"),
    ],
)
def test_a_scanner_that_says_another_code_fails_and_says_what_it_said(shop, mangled, code):
    async def story(till):
        await till.ok("run_step", step="scanner")
        await till.until(lambda: page(till).stage.code)
        said = mangled(page(till).stage.code)
        till.knob("scanner", "scan", code=said)
        await ended(till)
        assert came_of(till, "scanner") == ("failed", code)
        assert result(till, "scanner").values["said"] == said
        assert till.state.sale is None

    told(shop, story)


def test_a_scanner_that_reads_nothing_fails(shop):
    async def story(till):
        impatient(till)
        await till.ok("run_step", step="scanner", wait=True)
        assert came_of(till, "scanner") == ("failed", "nothing_scanned")

    told(shop, story)


def test_the_printer_prints_and_sees_its_cover_and_cuts(shop):
    async def story(till):
        await passes(till, "printer")
        await till.ok("run_step", step="cover")
        await till.until(lambda: page(till).stage.say == "open_cover")
        till.knob("printer", "cover_open")
        await till.until(lambda: page(till).stage.say == "close_cover")
        till.knob("printer", "cover_close")
        await ended(till)
        assert came_of(till, "cover") == ("passed", "")
        assert "cover_open" in result(till, "cover").values["seen"]
        await passes(till, "cutter")

    told(shop, story)


def test_a_page_that_a_person_cannot_read_fails(shop):
    async def story(till):
        await till.ok("run_step", step="printer")
        await asked(till)
        await till.ok("answer_step", yes=False)
        await ended(till)
        assert came_of(till, "printer") == ("failed", "unreadable")
        assert await till.refused("answer_step", yes=True) == "nothing_asked"

    told(shop, story)


def test_a_cover_that_nobody_sees_open_fails(shop):
    async def story(till):
        impatient(till)
        await till.ok("run_step", step="cover", wait=True)
        assert came_of(till, "cover") == ("failed", "cover_not_seen")

    told(shop, story)


@pytest.mark.parametrize("step", ["printer", "cover", "cutter", "receipt"])
def test_a_printer_that_was_unplugged_fails_and_passes_when_it_is_back(shop, step):
    async def story(till):
        impatient(till)
        till.knob("printer", "unplug")
        await till.ok("run_step", step=step, wait=True)
        assert came_of(till, step) == ("failed", "no_answer")
        till.knob("printer", "plug")
        if step in ("printer", "cutter"):
            till.running.terminal.commissioning.person_s = 20
            till.running.terminal.commissioning.device_s = 20
            await passes(till, step)

    told(shop, story)


def test_a_printer_unplugged_while_the_step_waits_for_its_cover_fails(shop):
    async def story(till):
        impatient(till)
        await till.ok("run_step", step="cover")
        await till.until(lambda: page(till).stage.say == "open_cover")
        till.knob("printer", "unplug")
        await ended(till)
        assert came_of(till, "cover") == ("failed", "cover_not_seen")

    told(shop, story)


def test_the_drawer_is_learned_and_then_seen_open_and_closed(shop):
    async def story(till):
        for _ in ("learned", "known"):
            await drawer_passes(till)
        assert till.state.drawer_open_level
        assert not [n for n in till.state.notices if n.kind == "drawer_forced"]

    told(shop, story)


def test_a_drawer_that_does_not_open_fails(shop):
    async def story(till):
        await drawer_passes(till)
        impatient(till)
        till.knob("drawer", "jam")
        await till.ok("run_step", step="drawer", wait=True)
        assert came_of(till, "drawer") == ("failed", "drawer_not_open")

    told(shop, story)


def test_the_payment_terminal_is_asked_and_never_for_money(shop):
    async def story(till):
        heard = []
        till.running._bus.subscribe(lambda change: heard.extend(change.events))
        await passes(till, "poi")
        assert not [event for event in heard if isinstance(event, PaymentIntended)]
        assert not till.state.attempts

    told(shop, story)


def test_a_silent_payment_terminal_fails(shop):
    async def story(till):
        impatient(till)
        till.knob("poi", "unplug")
        await till.ok("run_step", step="poi", wait=True)
        assert came_of(till, "poi") == ("failed", "no_answer")

    told(shop, story)


@pytest.mark.parametrize(
    ("laid", "wanted"), [(502, ("passed", "")), (1000, ("failed", "weight_differs"))]
)
def test_the_scale_shows_what_lies_on_it(shop, laid, wanted):
    async def story(till):
        await till.ok("run_step", step="scale", grams=500)
        await till.until(lambda: page(till).stage.say == "put_weight")
        till.knob("scale", "put", grams=laid)
        await ended(till)
        assert came_of(till, "scale") == wanted

    told(shop, story)


def test_what_only_people_see_is_asked(shop):
    async def story(till):
        for step in ("customer_display", "lights", "clock"):
            await passes(till, step)
            assert came_of(till, step) == ("passed", "")
        await passes(till, "power")

    told(shop, story)


def test_a_device_that_is_not_there_is_skipped_with_a_reason_and_a_name(shop):
    async def story(till):
        await till.ok("skip_step", step="second_copy", reason="later")
        found = result(till, "second_copy")
        assert (found.state, found.code) == (StepState.NOT_THERE, "later")
        assert found.operator_id == "9"
        assert found.operator
        assert await till.refused("skip_step", step="second_copy", reason="why") == "no_such_reason"
        assert await till.refused("skip_step", step="label", reason="later") == "no_such_step"

    told(shop, story)
