"""A restart for an update waits for a moment in which nothing is interrupted."""

from __future__ import annotations

import asyncio
import functools
from contextlib import asynccontextmanager

import pytest

from terminal.appliance import update_record
from terminal.appliance.update_record import UpdateRecord, UpdateRefused
from terminal.clock import ManualClock
from terminal.presenters.desk import Desk
from terminal.presenters.routes import route
from terminal.services.restarting import CLOSED_LIMIT_S, NOT_NOW_S, QUIET_S, Restarting
from terminal.services.update_news import UpdateNews
from terminal.update_settings import in_window

NIGHT = 1_790_000_000_000 // 86_400_000 * 86_400_000 + 2 * 3_600_000
"""02:00 UTC, 04:00 in Paris."""
FLOUR = "3270190128724"
CASHIER, SUPERVISOR = {"operator": "1", "pin": "1111"}, {"operator": "9", "pin": "9999"}


@asynccontextmanager
async def waiting(shop, *, window="02:00-05:00"):
    """A terminal at night, a wish for a restart that can be made, and nobody there for a while."""
    run = shop.data.parent / "run"
    run.mkdir()
    clock = ManualClock(at_ms=NIGHT)
    async with shop.open(clock=clock) as till:
        running = till.running
        restarting = Restarting(
            running.terminal.session,
            clock,
            window=window,
            timezone="Europe/Paris",
            changed=lambda: None,
            wanted=run / "want",
            allowed=run / "may",
        )
        restarting.idle_s = lambda: QUIET_S
        object.__setattr__(running.terminal.back_office, "restarting", restarting)
        yield till, restarting, run


def played(story):
    """Play a story of a terminal from begin to end."""

    @functools.wraps(story)
    def test(*args, **kwargs):
        asyncio.run(story(*args, **kwargs))

    return test


def seen(restarting) -> tuple[str, bool]:
    restarting.look()
    return restarting.view.version, restarting.view.closed


@played
async def test_in_a_quiet_moment_of_the_night_the_machine_may_restart(shop):
    async with waiting(shop) as (till, restarting, run):
        assert seen(restarting) == ("", False)
        (run / "want").write_text("0.3.0\n")
        assert seen(restarting) == ("0.3.0", True)
        assert (run / "may").exists()
        assert await till.refused("scan", code=FLOUR) == "restarting"
        assert till.screen() == "restarting"


@played
async def test_a_wish_that_is_withdrawn_opens_the_door_again(shop):
    async with waiting(shop) as (till, restarting, run):
        (run / "want").write_text("0.3.0\n")
        restarting.look()
        (run / "want").unlink()
        assert seen(restarting) == ("", False)
        assert not (run / "may").exists()
        await till.ok("sign_on", **CASHIER)


@pytest.mark.parametrize("what", ["sale", "somebody", "day"])
@played
async def test_nothing_is_interrupted(shop, what):
    async with waiting(shop) as (till, restarting, run):
        if what == "sale":
            await till.ok("sign_on", **CASHIER)
            await till.ok("scan", code=FLOUR)
        elif what == "somebody":
            restarting.idle_s = lambda: QUIET_S - 1
        else:
            till.running.clock.advance(6 * 3600)
        (run / "want").write_text("0.3.0\n")
        assert seen(restarting) == ("0.3.0", False)
        assert not (run / "may").exists()


@played
async def test_after_the_sale_and_its_paper_it_may(shop):
    async with waiting(shop) as (till, restarting, run):
        await till.ok("sign_on", **CASHIER)
        await till.ok("scan", code=FLOUR)
        (run / "want").write_text("0.3.0\n")
        assert seen(restarting) == ("0.3.0", False)
        await till.ok("pay", tender="cash", amount_minor=250)
        await till.printed()
        assert seen(restarting) == ("0.3.0", True)


@played
async def test_a_supervisor_puts_it_off_for_hours(shop):
    async with waiting(shop, window="") as (till, restarting, run):
        restarting.idle_s = lambda: 0.0
        (run / "want").write_text("0.3.0\n")
        await till.ok("sign_on", **CASHIER)
        assert await till.refused("postpone_restart") == "right_required"
        await till.ok("postpone_restart", authorised_by=SUPERVISOR)
        restarting.idle_s = lambda: QUIET_S
        assert seen(restarting) == ("", False)
        till.running.clock.advance(NOT_NOW_S)
        assert seen(restarting) == ("0.3.0", True)


@played
async def test_now_waits_for_neither_hour_nor_quiet_but_for_the_sale(shop):
    async with waiting(shop, window="13:00-13:05") as (till, restarting, run):
        restarting.idle_s = lambda: 0.0
        await till.ok("sign_on", **SUPERVISOR)
        assert await till.refused("restart_now") == "no_restart_wanted"
        (run / "want").write_text("0.3.0\n")
        await till.ok("scan", code=FLOUR)
        assert await till.refused("restart_now") == "sale_in_progress"
        await till.ok("cancel_sale", reason="parti")
        await till.ok("restart_now")
        assert restarting.view.closed


@played
async def test_where_the_answer_cannot_be_given_the_terminal_sells_on(shop):
    async with waiting(shop) as (till, restarting, run):
        restarting._allowed = run / "missing" / "may"
        (run / "want").write_text("0.3.0\n")
        assert seen(restarting) == ("0.3.0", False)
        await till.ok("sign_on", **CASHIER)


@played
async def test_a_machine_that_does_not_restart_sells_on(shop):
    async with waiting(shop, window="") as (till, restarting, run):
        (run / "want").write_text("0.3.0\n")
        assert seen(restarting) == ("0.3.0", True)
        till.running.clock.advance(CLOSED_LIMIT_S - 1)
        assert seen(restarting) == ("0.3.0", True)
        till.running.clock.advance(2)
        assert seen(restarting) == ("", False)
        assert not (run / "may").exists()
        await till.ok("sign_on", **CASHIER)
        till.running.clock.advance(NOT_NOW_S)
        assert seen(restarting) == ("0.3.0", True)


@played
async def test_the_answer_of_a_run_that_died_is_taken_back(shop):
    async with waiting(shop) as (_till, restarting, run):
        (run / "may").touch()
        looking = asyncio.create_task(restarting.run())
        await asyncio.sleep(0)
        assert not (run / "may").exists()
        looking.cancel()
        await asyncio.wait({looking})


@played
async def test_a_kiosk_says_that_it_comes_back(shop):
    async with waiting(shop) as (till, restarting, run):
        (run / "want").write_text("0.3.0\n")
        restarting.look()
        around = till.running.surroundings
        kiosk = type(around)(role="kiosk", restart=around.restart)
        assert route(till.state, Desk(), kiosk) == "out_of_service"


@pytest.mark.parametrize(
    ("window", "at", "within"),
    [
        ("", "12:00", True),
        ("02:00-05:00", "01:59", False),
        ("02:00-05:00", "02:00", True),
        ("02:00-05:00", "05:00", False),
        ("23:00-04:00", "23:30", True),
        ("23:00-04:00", "03:59", True),
        ("23:00-04:00", "12:00", False),
    ],
)
def test_hours_may_go_over_midnight(window, at, within):
    assert in_window(window, at) is within


@played
async def test_staff_is_told_once_what_became_of_an_update(shop):
    run = shop.data.parent / "state.json"
    refused = UpdateRecord(version="0.3.0").refuse(UpdateRefused("rehearsal_differs", "82: vat"))
    async with shop.open() as till:
        session = till.running.terminal.session
        news = UpdateNews(session, shop.data, run)
        await news.look()
        assert till.state.notices == ()
        update_record.show(refused, run)
        await news.look()
        await news.look()
        (notice,) = till.state.notices
        assert (notice.kind, dict(notice.details)) == (
            "update_refused",
            {"version": "0.3.0", "update": "rehearsal_differs"},
        )
        await till.ok("sign_on", **CASHIER)
        await till.ok("acknowledge", notice=notice.notice_id)
        await UpdateNews(session, shop.data, run).look()
        assert till.state.notices == ()


@played
async def test_a_line_that_is_down_is_no_news(shop):
    run = shop.data.parent / "state.json"
    update_record.show(UpdateRecord().refuse(UpdateRefused("server_unreachable")), run)
    async with shop.open() as till:
        await UpdateNews(till.running.terminal.session, shop.data, run).look()
        assert till.state.notices == ()
