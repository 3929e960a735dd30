"""What the journal is told of the clock: its worth at each start, and when it jumps."""

from __future__ import annotations

import asyncio
import json

import pytest

from terminal.clock import ManualClock
from terminal.core.events import ClockJumped
from terminal.core.evolve import evolve
from terminal.core.state import TerminalState
from terminal.fiscal.jet import INTEGRITY, entries
from terminal.services.clock_news import JUMP_MS
from terminal.services.clock_watch import LOOK_S, WARN_AFTER_S, ClockWatch
from terminal.store.store import Store
from tests.flows.power import switched_on
from tests.services.money import FLOUR

MINUTE_MS = 60_000


def facts(till):
    """Return the events of the clock in the journal: name and payload."""
    store = Store.open_read_only(till.running.folder.path, evolve=evolve)
    try:
        return [
            (record.type, json.loads(record.payload_json))
            for record in store.journal.read(0)
            if record.type.startswith("Clock")
        ]
    finally:
        store.close()


def watch(till):
    running = till.running
    return ClockWatch(running._session, running.clock, running.hub.evident)


def kinds(till):
    return [notice.kind for notice in till.state.notices]


def test_every_start_says_what_the_clock_is_worth(shop):
    async def play():
        clock = ManualClock()
        for level in ("ntp", "rtc", "guess"):

            def turn(running, level=level):
                running.hub.bench.control("clock", level)

            async with switched_on(shop.data, clock=clock, before=turn, ready=False) as till:
                await till.running.ready()
                assert till.state.clock.level == level
                assert till.state.clock.clock_ms == clock.now_ms()
                found = facts(till)
        assert [payload["level"] for _, payload in found] == ["ntp", "rtc", "guess"]
        assert len({payload["boot_id"] for _, payload in found}) == 3

    asyncio.run(play())


def test_a_change_of_trust_is_recorded_once_and_sells_on(shop):
    async def play():
        async with switched_on(shop.data, clock=ManualClock()) as till:
            looking = watch(till)
            before = len(facts(till))
            await looking.look()
            assert len(facts(till)) == before
            till.knob("clock", "rtc", battery_mv=1500)
            for _ in range(3):
                await looking.look()
            ((name, payload),) = facts(till)[before:]
            assert (name, payload["level"], payload["source"]) == (
                "ClockTrustChanged",
                "guess",
                "rtc_battery",
            )
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)

    asyncio.run(play())


def test_staff_is_told_of_a_guess_that_lasts_and_no_more_when_it_is_over(shop):
    async def play():
        clock = ManualClock()
        async with switched_on(shop.data, clock=clock) as till:
            looking = watch(till)
            till.knob("clock", "guess")
            await looking.look()
            assert kinds(till) == []
            clock.advance(WARN_AFTER_S + LOOK_S)
            await looking.look()
            await looking.look()
            assert kinds(till) == ["clock_guessed"]
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("acknowledge", notice=till.state.notices[0].notice_id)
            clock.advance(2 * WARN_AFTER_S)
            await looking.look()
            assert kinds(till) == []
            till.knob("clock", "ntp")
            await looking.look()
            till.knob("clock", "guess")
            await looking.look()
            clock.advance(WARN_AFTER_S + LOOK_S)
            await looking.look()
            assert kinds(till) == ["clock_guessed"]
            till.knob("clock", "ntp")
            await looking.look()
            assert kinds(till) == []

    asyncio.run(play())


@pytest.mark.parametrize(
    ("step_ms", "events", "notices"),
    [
        (JUMP_MS - 1000, [], []),
        (6 * MINUTE_MS, ["ClockJumped"], ["clock_jumped"]),
        (24 * 60 * MINUTE_MS, ["ClockJumped"], ["clock_jumped"]),
        (-6 * MINUTE_MS, ["ClockSetBack"], ["clock_set_back"]),
    ],
)
def test_a_step_of_the_clock_is_said_once(shop, step_ms, events, notices):
    async def play():
        clock = ManualClock()
        async with switched_on(shop.data, clock=clock) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            before = len(facts(till))
            clock.set(clock.now_ms() + step_ms)
            for _ in range(3):
                await till.ok("scan", code=FLOUR)
            found = [name for name, _ in facts(till)[before:]]
            assert [name for name in found if name != "ClockTrustChanged"] == events
            assert kinds(till) == notices

    asyncio.run(play())


def test_a_step_back_that_stays_ahead_of_the_last_record_is_a_jump(shop):
    async def play():
        clock = ManualClock()
        async with switched_on(shop.data, clock=clock) as till:
            looking = watch(till)
            clock.advance(3600)
            await looking.look()
            clock.set(clock.now_ms() - 30 * MINUTE_MS)
            await looking.look()
            assert kinds(till) == ["clock_jumped"]
            assert till.state.notices[0].details["minutes"] == 30
            await looking.look()
            assert till.state.clock is not None
            assert kinds(till) == ["clock_jumped"]

    asyncio.run(play())


def test_time_that_simply_passes_is_no_jump(shop):
    async def play():
        clock = ManualClock()
        async with switched_on(shop.data, clock=clock) as till:
            clock.advance(86_400)
            await watch(till).look()
            assert kinds(till) == []
        clock.advance(86_400)
        async with switched_on(shop.data, clock=clock) as till:
            assert kinds(till) == []

    asyncio.run(play())


def test_a_jump_while_the_program_was_off_shows_within_the_same_boot(shop):
    """The monotonic clock went on: the stamp of the run before tells what the wall should say."""

    async def play():
        clock = ManualClock()
        async with switched_on(shop.data, clock=clock) as till:
            evident = till.running.hub.evident
        clock.advance(60)
        clock.set(clock.now_ms() + 20 * MINUTE_MS)

        def same_boot(running):
            running.hub.evident = evident

        async with switched_on(shop.data, clock=clock, before=same_boot, ready=False) as till:
            await till.running.ready()
            assert kinds(till) == ["clock_jumped"]
            assert till.state.clock is not None
        async with switched_on(shop.data, clock=clock) as till:
            assert kinds(till) == ["clock_jumped"]

    asyncio.run(play())


def test_a_jump_is_a_technical_event_that_france_has_signed():
    (entry,) = entries(ClockJumped(1_000, 400_000), TerminalState())
    assert (entry.code, entry.info) == (INTEGRITY, "clock jumped from 1000 to 400000")
