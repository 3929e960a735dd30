"""A disk that gets full: the sale in progress is ended, no other begins, and it goes on by itself.

The quota stands in front of the store's own file system calls (the crash explorer's recorder), and
behind the same question that asks the kernel for free space.
"""

import asyncio
import errno
import os
from contextlib import asynccontextmanager

import apsw
import pytest

from terminal.appliance.ballast import MIB, Ballast, free_bytes
from terminal.core.evolve import evolve
from terminal.journal import database
from terminal.presenters.desk import Desk
from terminal.presenters.routes import OUT_OF_SERVICE, route
from terminal.presenters.till import routes
from terminal.services.auditing import audit_of, auditor_of
from terminal.services.space_watch import Level, SpaceWatch, Thresholds
from terminal.store.store import Store
from tests.crash.recorder import Log, Recorder

FLOUR = "3270190128724"
AT = Thresholds()
ROOM = 64 * MIB


class Quota(Log):
    """A disk that takes so many more writes, unless room is made; or none at all."""

    def __init__(self) -> None:
        super().__init__()
        self.left: int | None = None
        self.code = apsw.SQLITE_FULL

    def attempt(self, op) -> None:
        if self.left is not None:
            if self.left <= 0:
                raise apsw.exception_for(self.code)
            self.left -= 1
        self.entries.clear()  # a quota has no history


class Disk:
    """Free space that a test sets; the ballast takes its share of it."""

    def __init__(self, ballast: Ballast, free: int) -> None:
        self.ballast, self.others = ballast, free

    def free(self, _folder) -> int:
        return self.others - (self.ballast.size if self.ballast.is_there else 0)


@asynccontextmanager
async def on_a_disk(shop, free: int, *, role: str = "till", quota: Quota | None = None):
    options = {}
    if quota is not None:
        recorder = Recorder(shop.data, quota)
        for path in shop.data.glob("store.db*"):
            recorder._by_name[path.name] = next(recorder._inodes)
        options["database_factory"] = recorder.factory()
    async with shop.open(role, **options) as till:
        space = till.running.storage.space
        space._ballast = Ballast(shop.data, ROOM)
        disk = Disk(space._ballast, free)
        space._free = disk.free
        yield till, space, disk


def kinds(till) -> list[str]:
    return [notice.kind for notice in till.state.notices]


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (AT.low + ROOM, Level.WELL),
        (AT.low + ROOM - 1, Level.LOW),
        (AT.spare + ROOM - 1, Level.SPARE),
        (ROOM + 2 * AT.full, Level.SPARE),
        (ROOM + 2 * AT.full - 1, Level.FULL),  # no room for the ballast: none for a sale
        (0, Level.FULL),
    ],
)
def test_the_levels(shop, free, level):
    async def story():
        async with on_a_disk(shop, free) as (till, space, _):
            await space.look()
            assert space.level is level
            assert kinds(till) == (["storage_low"] if Level.WELL < level < Level.FULL else [])

    asyncio.run(story())


def test_a_sale_is_finished_on_the_last_room_and_no_other_begins(shop):
    async def story():
        async with on_a_disk(shop, 2 * AT.low) as (till, space, disk):
            await space.look()
            assert space._ballast.is_there
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)
            disk.others = ROOM + AT.spend - 1
            await space.look()
            assert not space._ballast.is_there
            assert space.full
            assert till.screen() == routes.SALE
            await till.ok("scan", code=FLOUR)  # the sale that is open goes on
            await till.ok("pay", tender="cash", amount_minor=500)
            await till.ok("next")
            assert till.screen() == routes.STORAGE
            assert await till.refused("scan", code=FLOUR) == "disk_full"
            assert await till.refused("begin_training") == "disk_low"
            await till.ok("sign_off")
            assert till.screen() == routes.SIGN_ON
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("close", scope="day")
            disk.others = 2 * AT.low  # somebody made room
            await space.look()
            assert space._ballast.is_there
            assert till.screen() == routes.SALE
            await till.ok("scan", code=FLOUR)

    asyncio.run(story())


def test_a_parked_sale_is_taken_back_and_finished(shop):
    async def story():
        async with on_a_disk(shop, 2 * AT.low) as (till, space, disk):
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)
            disk.others = 0
            await space.look()
            await till.ok("park", label="later")
            assert till.screen() == routes.STORAGE
            await till.ok("recall", sale=next(iter(till.state.parked)))
            await till.ok("pay", tender="cash", amount_minor=250)

    asyncio.run(story())


def test_a_kiosk_closes_its_lane_between_shoppers_and_not_within(shop):
    async def story():
        async with on_a_disk(shop, 2 * AT.low, role="kiosk") as (till, space, disk):
            await till.ok("scan", code=FLOUR)
            disk.others = 0
            await space.look()
            assert till.screen() != OUT_OF_SERVICE
            await till.ok("cancel_sale", reason="left")
            assert route(till.state, Desk(), till.running.surroundings) == OUT_OF_SERVICE

    asyncio.run(story())


def test_a_disk_at_the_edge_does_not_flicker(shop):
    async def story():
        async with on_a_disk(shop, 2 * AT.low) as (_, space, disk):
            await space.look()
            seen = []
            for free in (AT.full - 1, AT.full, 2 * AT.full - 1, 2 * AT.full):
                disk.others = ROOM + free
                await space.look()
                seen.append(space.full)
            assert seen == [True, True, True, False]

    asyncio.run(story())


def test_a_commit_that_finds_no_room_spends_the_ballast_and_is_made_again(shop):
    """The cashier sees nothing of it but the banner: the line is there, once."""

    async def story():
        quota = Quota()
        async with on_a_disk(shop, 2 * AT.low, quota=quota) as (till, space, _):
            await space.look()
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)
            release = Ballast.release

            def released(ballast: Ballast) -> bool:
                quota.left = None
                return release(ballast)

            quota.left = 1
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Ballast, "release", released)
                await till.ok("scan", code=FLOUR)
            assert space.full
            assert [line.quantity for line in till.state.sale.lines] == [1, 1]
            await till.ok("pay", tender="cash", amount_minor=500)

    asyncio.run(story())
    with_books_whole(shop)


def test_without_a_ballast_the_till_stops_truthfully_and_goes_on_when_there_is_room(shop):
    async def story():
        quota = Quota()
        async with on_a_disk(shop, 2 * AT.low, quota=quota) as (till, space, _):
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)
            space._ballast = Ballast(shop.data, 0)
            quota.left = 0
            assert await till.refused("scan", code=FLOUR) == "storage_full"
            assert till.screen() == routes.STORAGE
            quota.left = None  # the watch tries it every two seconds, until it takes something
            await till.until(lambda: till.screen() == routes.SALE)
            assert len(till.state.sale.lines) == 1

    asyncio.run(story())
    with_books_whole(shop)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EIO])
def test_a_disk_that_only_reads_stops_the_sale_and_never_shows_it_as_possible(shop, code):
    """A card that turned read-only can be read very well: that proves nothing."""

    async def story():
        quota = Quota()
        async with on_a_disk(shop, 2 * AT.low, quota=quota) as (till, _, __):
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)
            quota.left, quota.code = 0, apsw.SQLITE_READONLY
            assert await till.refused("scan", code=FLOUR) == "storage_read_only"
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(database.os, "open", refusing(shop.data, code))
                for _ in range(3):
                    await till.running._session.roll_over()
                    assert till.screen() == routes.STORAGE
            quota.left = None
            await till.until(lambda: till.screen() == routes.SALE)
            await till.ok("scan", code=FLOUR)

    asyncio.run(story())
    with_books_whole(shop)


def test_a_notice_that_the_disk_did_not_take_is_said_when_it_does(shop):
    async def story():
        quota = Quota()
        async with on_a_disk(shop, AT.low - 1, quota=quota) as (till, space, _):
            space._ballast = Ballast(shop.data, 0)
            quota.left = 0
            await space.look()
            assert kinds(till) == []
            quota.left = None
            await space.look()
            assert kinds(till) == ["storage_low"]

    asyncio.run(story())


def refusing(folder, code: int):
    """Refuse new files in a folder, as a file system mounted read-only does."""
    real = os.open

    def open_(path, flags, *rest, **options):
        if str(path).startswith(str(folder)) and flags & os.O_CREAT:
            raise OSError(code, os.strerror(code), str(path))
        return real(path, flags, *rest, **options)

    return open_


def with_books_whole(shop) -> None:
    store = Store.open_read_only(shop.data, evolve=evolve)
    try:
        assert store.verify(audit_of(auditor_of(shop.data))).problems == ()
    finally:
        store.close()


def test_the_ballast_holds_real_room_and_gives_it_back(tmp_path):
    ballast = Ballast(tmp_path, MIB)
    assert not ballast.is_there
    assert not ballast.release()
    ballast.make()
    ballast.make()
    assert ballast.path.stat().st_blocks * 512 >= MIB  # allocated, not a hole
    assert ballast.is_there
    assert ballast.release()
    assert not ballast.path.exists()
    assert free_bytes(tmp_path) > 0


def test_a_ballast_that_finds_no_room_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="space"):
        Ballast(tmp_path, MIB).make()
    assert list(tmp_path.iterdir()) == []


def test_a_half_made_ballast_is_made_whole(tmp_path):
    ballast = Ballast(tmp_path, MIB)
    ballast.path.write_bytes(b"\0" * 4096)
    assert not ballast.is_there
    ballast.make()
    assert ballast.is_there


def test_a_shop_without_a_ballast_stops_by_the_free_space_alone(tmp_path, shop):
    async def story():
        async with shop.open() as till:
            space = SpaceWatch(
                till.running._session,
                Ballast(tmp_path, 0),
                lambda: None,
                folder=tmp_path,
                free=lambda _: AT.full,
            )
            await space.look()
            assert not space.full
            space._free = lambda _: AT.full - 1
            await space.look()
            assert space.full
            assert not await space.spend()

    asyncio.run(story())
