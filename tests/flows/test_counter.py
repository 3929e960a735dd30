"""What stands around a till while it sells: display, lamps, drawer, mains, and their faults."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drivers.drawer.base import DrawerState
from drivers.serve import SimulatorServer
from drivers.simulators import Bench
from terminal.core.events import (
    DrawerClosed,
    DrawerForced,
    DrawerLeftOpen,
    DrawerOpened,
    PowerFailed,
    PowerRestored,
)
from tests.flows.power import Till, switched_on
from tests.flows.steps import FLOUR, STICKS

CASHIER = {"operator": "1", "pin": "1111"}


def played(day: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test that is a coroutine."""

    @functools.wraps(day)
    def run(*fixtures: Any, **named: Any) -> None:
        asyncio.run(day(*fixtures, **named))

    return run


def shown(till: Till) -> list[str]:
    return [row.rstrip() for row in till.running.hub.bench.look("display")["rows"]]


def lit(till: Till) -> set[str]:
    lamps = till.running.hub.bench.look("lights")
    return {name for name in ("red", "amber", "green") if lamps[name]}


def seen_of(till: Till) -> list[object]:
    """Every event from here on."""
    events: list[object] = []
    till.running.terminal.bus.subscribe(lambda change: events.extend(change.events))
    return events


@asynccontextmanager
async def selling(shop, *settings: str, role: str = "till"):
    async with switched_on(shop.create(*settings).data, role=role, real_time=True) as till:
        if role == "till":
            await till.ok("sign_on", **CASHIER)
        yield till


@played
async def test_a_sale_as_the_customer_reads_it(bare_shop):
    async with selling(bare_shop) as till:
        await till.until(lambda: shown(till)[1].strip() == "Bienvenue")
        await till.ok("scan", code=FLOUR)
        await till.until(lambda: shown(till)[1] == "Total         2,50 €")
        assert shown(till)[0].endswith("2,50")
        await till.ok("scan", code=STICKS)
        await till.until(lambda: shown(till)[1] == "Total         4,29 €")
        await till.ok("pay", tender="cash", amount_minor=300)
        await till.until(lambda: shown(till) == ["Espèces         3,00", "Reste         1,29 €"])
        await till.ok("pay", tender="cash", amount_minor=200)
        await till.until(lambda: shown(till) == ["Espèces         2,00", "Rendu         0,71 €"])
        await till.ok("next")
        await till.until(lambda: shown(till)[1].strip() == "Bienvenue")
        await till.ok("sign_off")
        await till.until(lambda: shown(till)[1].strip() == "Caisse fermée")
        await till.until(lambda: lit(till) == set())
        assert till.running.hub.bench.look("display")["unknown"] == 0


@played
async def test_a_display_and_a_tower_that_go_in_mid_sale_are_missed_by_nobody(bare_shop):
    """Killed before, within and after a line; back, they show what stands by then."""
    async with selling(bare_shop) as till:
        await till.ok("scan", code=FLOUR)
        await till.until(lambda: "green" in lit(till))
        till.knob("display", "unplug_after", bytes=7)
        till.knob("lights", "unplug")
        await till.ok("scan", code=STICKS)
        await till.until(lambda: not till.running.surroundings.device("customer_display").usable)
        await till.until(lambda: not till.running.surroundings.device("lights").usable)
        assert lit(till) == set()  # dark: nobody holds the pins
        await till.ok("pay", tender="cash", amount_minor=429)
        assert till.sale["status"] == "completed"
        for device in ("display", "lights"):
            till.knob(device, "plug")
        await till.until(lambda: shown(till) == ["Total         4,29 €", "  Merci, à bientôt"])
        await till.until(lambda: lit(till) == {"green"})
        await till.printed()


@played
async def test_a_display_in_another_process_may_die_and_return(bare_shop):
    """Over TCP, as with a real one: the port dies in mid-sale and another one answers there."""
    counter = Bench()
    server = SimulatorServer(counter.display)
    port = int(server.address.rpartition(":")[2])
    settings = (f"devices.customer_display={server.address}", "devices.display_protocol=cd5220")

    def rows() -> list[str]:
        return [row.rstrip() for row in counter.look("display")["rows"]]

    async with selling(bare_shop, *settings) as till:
        await till.ok("scan", code=FLOUR)
        await till.until(lambda: rows()[1] == "Total         2,50 €")
        server.close()
        await till.ok("scan", code=STICKS)
        await till.until(lambda: not till.running.surroundings.device("customer_display").usable)
        server = SimulatorServer(counter.display, "127.0.0.1", port)
        await till.until(lambda: rows()[1] == "Total         4,29 €")
        assert till.sale["total_minor"] == 429
    server.close()


@played
async def test_no_display_no_tower_no_monitor_no_drawer(bare_shop):
    none = [f"devices.{role}=" for role in ("customer_display", "lights", "power", "drawer")]
    async with selling(bare_shop, *none) as till:
        await till.ok("scan", code=FLOUR)
        await till.ok("pay", tender="cash", amount_minor=250)
        assert await till.refused("learn_drawer") == "no_such_device"
        assert "lights" not in till.running.surroundings.devices
        await till.printed()


@played
async def test_a_refused_scan_is_heard(bare_shop):
    async with selling(bare_shop) as till:
        till.knob("scanner", "scan", code="3270190128725", aim="]E0")
        timeline = till.running.hub.bench.lights.timeline
        await till.until(lambda: ("buzzer", True) in [moment[1:] for moment in timeline()])
        assert till.state.sale is None


# --- the mains ------------------------------------------------------------------------------------


@played
async def test_the_mains_fail_and_return(bare_shop):
    """New payments are refused, the sale goes on, and selling goes on when they are back."""
    async with selling(bare_shop) as till:
        events = seen_of(till)
        await till.ok("scan", code=FLOUR)
        till.knob("power", "fail", reserve_s=480)
        await till.until(lambda: till.state.power_failed_at_ms)
        for tender in ("cash", "card", "cheque"):
            how = {"tender": tender, "amount_minor": 250, "number": "123"}
            assert await till.refused("pay", **how) == "power_failed"
        await till.ok("scan", code=STICKS)
        await till.until(lambda: lit(till) == {"red"})
        await till.until(lambda: shown(till)[0].strip() == "Coupure de courant")
        assert till.running.surroundings.power_remaining_s == 480
        till.knob("power", "restore")
        await till.until(lambda: not till.state.power_failed_at_ms)
        await till.ok("pay", tender="cash", amount_minor=429)
        power = [one for one in events if isinstance(one, PowerFailed | PowerRestored)]
        assert [type(one) for one in power] == [PowerFailed, PowerRestored]
        assert (power[0].remaining_s, power[1].cause) == (480, "mains")
        await till.printed()


@played
async def test_a_payment_under_way_goes_on_when_the_mains_fail(bare_shop):
    async with selling(bare_shop) as till:
        await till.ok("scan", code=FLOUR)
        till.knob("poi", "auto", on=False)
        await till.ok("pay", tender="card", amount_minor=250, wait=False)
        look = till.running.hub.bench.look
        await till.until(lambda: "present_card" in look("poi")["keys"])
        till.knob("power", "fail")
        await till.until(lambda: till.state.power_failed_at_ms)
        till.knob("poi", "present_card")
        if "ok" in till.running.hub.bench.look("poi")["keys"]:
            till.knob("poi", "press", key="ok")
        await till.until(lambda: till.sale["status"] == "completed")
        assert till.state.power_failed_at_ms
        await till.printed()


@played
async def test_a_monitor_that_goes_away_stops_nobody_from_selling(bare_shop):
    async with selling(bare_shop) as till:
        events = seen_of(till)
        await till.ok("scan", code=FLOUR)
        till.knob("power", "fail")
        await till.until(lambda: till.state.power_failed_at_ms)
        till.knob("power", "unplug")
        await till.until(lambda: not till.state.power_failed_at_ms)
        assert next(e for e in events if isinstance(e, PowerRestored)).cause == "monitor_lost"
        await till.ok("pay", tender="cash", amount_minor=250)
        await till.printed()


@pytest.mark.parametrize("fails", [True, False])
def test_after_a_cut_the_monitor_is_asked_again(bare_shop, fails):
    """A failure that stood when the power went stands no longer, unless the monitor says so."""

    @played
    async def day() -> None:
        data = bare_shop.create().data
        async with switched_on(data) as till:
            till.knob("power", "fail")
            await till.until(lambda: till.state.power_failed_at_ms)

        def before(running) -> None:
            if fails:
                running.hub.bench.control("power", "fail")

        async with switched_on(data, before=before) as till:
            if fails:
                await till.until(lambda: till.state.power_failed_at_ms)
            assert bool(till.state.power_failed_at_ms) == fails

    day()


@played
async def test_a_kiosk_says_it_in_plain_words(bare_shop):
    async with selling(bare_shop, role="kiosk") as till:
        till.knob("power", "fail")
        await till.until(lambda: till.screen() == "out_of_service")
        till.knob("power", "restore")
        await till.until(lambda: till.screen() == "welcome")
        assert not till.state.help_reason


# --- the drawer -----------------------------------------------------------------------------------


async def learned(till: Till) -> None:
    """Teach the till what the drawer's sensor means, as a person does."""
    await till.until(lambda: till.running.surroundings.device("printer").health == "ready")
    await till.ok("learn_drawer")
    await till.until(lambda: till.running.surroundings.drawer_lesson == "close_it")
    till.knob("drawer", "close")
    await till.until(lambda: till.state.drawer_open_level)
    assert till.state.notices[-1].kind == "drawer_learned"
    await till.until(lambda: till.running.surroundings.drawer_lesson == "")


@pytest.mark.parametrize("open_is_high", [True, False])
def test_both_polarities_are_learned_kept_and_used(bare_shop, open_is_high):
    @played
    async def days() -> None:
        data = bare_shop.create("devices.drawer_alarm_s=1").data
        async with switched_on(data) as till:
            till.knob("drawer", "polarity", open_is_high=open_is_high)
            await till.ok("sign_on", **CASHIER)
            reasons = till.running.surroundings.device("drawer").reasons
            assert reasons == ("drawer_not_learned",)
            await learned(till)
            assert till.state.drawer_open_level == ("high" if open_is_high else "low")

        def before(running) -> None:
            running.hub.bench.control("drawer", "polarity", open_is_high=open_is_high)

        async with switched_on(data, before=before) as till:
            events = seen_of(till)
            # Known closed before it is told to open, and seen to be open after.
            await till.until(lambda: till.running.hub.drawer.state is DrawerState.CLOSED)
            await till.ok("open_drawer", reason="monnaie")
            await till.until(lambda: till.state.drawer_open_since_ms)
            await till.until(lambda: lit(till) == {"amber", "green"})
            till.knob("drawer", "close")
            await till.until(lambda: not till.state.drawer_open_since_ms)
            found = [type(one) for one in events if "Drawer" in type(one).__name__]
            assert found == [DrawerOpened, DrawerLeftOpen, DrawerClosed]
            left, closed = (e for e in events if isinstance(e, DrawerLeftOpen | DrawerClosed))
            assert closed.open_ms >= left.open_ms >= 1000
            buzzes = till.running.hub.bench.lights.timeline()
            assert ("buzzer", True) in [moment[1:] for moment in buzzes]

    days()


@played
async def test_a_drawer_opened_with_its_key_is_recorded(bare_shop):
    async with selling(bare_shop) as till:
        await learned(till)
        events = seen_of(till)
        await till.until(lambda: till.running.hub.drawer.state is DrawerState.CLOSED)
        till.knob("drawer", "open")
        await till.until(lambda: any(isinstance(one, DrawerForced) for one in events))
        assert not any(isinstance(one, DrawerOpened) for one in events)


@played
async def test_a_stuck_drawer_is_said(bare_shop):
    async with selling(bare_shop) as till:
        await learned(till)
        await till.ok("acknowledge", notice=till.state.notices[-1].notice_id)
        await till.until(lambda: till.running.hub.drawer.state is DrawerState.CLOSED)
        till.knob("drawer", "jam")
        await till.ok("open_drawer", reason="monnaie")
        await till.until(lambda: till.state.notices)
        assert till.state.notices[-1].kind == "drawer_failed"


@played
async def test_a_lesson_that_teaches_nothing_is_said(bare_shop, monkeypatch):
    monkeypatch.setattr("terminal.services.drawer_watch.LESSON_OPEN_S", 0.3)
    async with selling(bare_shop) as till:
        await till.until(lambda: till.running.surroundings.device("printer").health == "ready")
        till.knob("drawer", "jam")
        await till.ok("learn_drawer")
        assert await till.refused("learn_drawer") == "drawer_lesson_running"
        await till.until(lambda: till.state.notices)
        assert till.state.notices[-1].kind == "drawer_not_learned"
        assert till.state.drawer_open_level == ""


@played
async def test_a_lesson_needs_a_printer_that_answers_and_the_right(bare_shop):
    async with selling(bare_shop, "rights.cashier=") as till:
        assert await till.refused("learn_drawer") == "right_required"
        till.knob("printer", "unplug")
        await till.until(lambda: not till.running.surroundings.device("printer").usable)
        boss = {"authorised_by": {"operator": "9", "pin": "9999"}}
        assert await till.refused("learn_drawer", **boss) == "drawer_sensor_silent"
