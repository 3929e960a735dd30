"""The early warning: a card that has become slow, or is at the end of its life on paper."""

import asyncio
from contextlib import asynccontextmanager

from terminal.appliance import wear_log
from terminal.appliance.wear_log import FIRST_DAYS, Day, WearLog
from terminal.services import wear_watch
from terminal.services.wear_watch import LONG_S, WearWatch
from terminal.storage_settings import Storage

SLOW = "storage_slow"


class Hours:
    """A monotonic clock that a test sets."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self.ahead_s = 0.0

    def monotonic_s(self) -> float:
        return self.ahead_s

    def __getattr__(self, name):
        return getattr(self._clock, name)


@asynccontextmanager
async def watching(shop, tmp_path, settings=Storage()):  # noqa: B008
    async with shop.open() as till:
        running = till.running
        hours = Hours(running.clock)
        watch = WearWatch(
            running._session,
            running._writer.commit_times,
            folder=tmp_path,
            settings=settings,
            clock=hours,
            root=tmp_path / "no-machine",
        )
        yield till, watch, hours


def kinds(till) -> list[str]:
    return [notice.kind for notice in till.state.notices]


def commits(till, us: int, count: int = 1100) -> None:
    for _ in range(count):
        till.running._writer.commit_times.took(us, "2026-11-28")


def test_a_card_that_stays_slow_for_long_is_told_and_one_that_recovers_takes_it_back(
    shop, tmp_path
):
    async def story():
        async with watching(shop, tmp_path) as (till, watch, hours):
            commits(till, 900_000)
            await watch.look()
            assert kinds(till) == []  # tidying itself up, perhaps
            hours.ahead_s = LONG_S - 1
            await watch.look()
            assert kinds(till) == []
            hours.ahead_s = LONG_S
            await watch.look()
            assert kinds(till) == [SLOW]
            assert till.state.notices[0].details["slow_ms"] >= 900
            await watch.look()
            assert kinds(till) == [SLOW]
            assert watch.figures().slow
            commits(till, 5_000)
            await watch.look()
            assert kinds(till) == []
            assert not watch.figures().slow

    asyncio.run(story())


def test_four_times_slower_than_in_its_first_week_is_told_although_it_is_still_quick(
    shop, tmp_path
):
    week = WearLog(first_p99_us=(8_000,) * FIRST_DAYS)

    async def story():
        async with watching(shop, tmp_path) as (till, watch, hours):
            wear_log.save(tmp_path / wear_log.FILE, week)
            commits(till, 40_000)
            await watch.look()
            hours.ahead_s = LONG_S
            await watch.look()
            assert kinds(till) == [SLOW]
            assert till.state.notices[0].details["usual_ms"] == 8

    asyncio.run(story())


def test_a_few_commits_and_a_fast_disk_that_became_less_fast_say_nothing(shop, tmp_path):
    week = WearLog(first_p99_us=(200,) * FIRST_DAYS)

    async def story():
        async with watching(shop, tmp_path) as (till, watch, hours):
            wear_log.save(tmp_path / wear_log.FILE, week)
            commits(till, 10_000)  # fifty times slower than a virtual disk, and no card at fault
            await watch.look()
            hours.ahead_s = LONG_S
            await watch.look()
            assert kinds(till) == []

    asyncio.run(story())


def test_a_notice_that_was_read_does_not_come_back_the_same_day(shop, tmp_path):
    async def story():
        async with watching(shop, tmp_path) as (till, watch, hours):
            commits(till, 900_000)
            await watch.look()
            hours.ahead_s = LONG_S
            await watch.look()
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("acknowledge", notice=till.state.notices[0].notice_id)
            await watch.look()
            assert kinds(till) == []

    asyncio.run(story())


def test_a_card_near_the_end_of_its_endurance_is_told(shop, tmp_path):
    written = 99 * 10**9
    worn = WearLog((Day("2026-01-01", disk_bytes=10**9),), disk_total=written)

    async def story():
        async with watching(shop, tmp_path, Storage(endurance_gb=100)) as (till, watch, _):
            wear_log.save(tmp_path / wear_log.FILE, worn)
            await watch.look()
            assert kinds(till) == ["storage_worn"]
            assert till.state.notices[0].details["days"] <= 1
            assert watch.figures().days_left == till.state.notices[0].details["days"]

    asyncio.run(story())


def test_a_stop_leaves_the_diary_and_a_start_goes_on_from_it(shop):
    async def story():
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.running.storage.wear.look()
        kept = wear_log.load(shop.data / wear_log.FILE)
        assert kept.days[-1].commits > 0
        async with shop.open() as till:
            await till.running.storage.wear.look(save=True)
        again = wear_log.load(shop.data / wear_log.FILE)
        assert again.process_total >= kept.process_total

    asyncio.run(story())


def test_the_diary_is_not_written_while_the_disk_has_no_room_for_it(shop, tmp_path):
    async def story():
        async with watching(shop, tmp_path) as (_, watch, __):
            watch.may_write = lambda: False
            await watch.look(save=True)
            assert not (tmp_path / wear_log.FILE).exists()
            watch.may_write = lambda: True
            await watch.look(save=True)
            assert (tmp_path / wear_log.FILE).exists()

    asyncio.run(story())


def test_the_rise_is_judged_above_what_a_good_card_takes():
    assert wear_watch.RISE_FLOOR_US == 20_000
