"""The service screen's requests, early warnings, and diagnostics that hold nothing of a person."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import zipfile
from pathlib import Path

import apsw
import pytest

from terminal.appliance.health import Health, Moment
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.readings import Group, Judgement, Reading
from terminal.core.events import OperatorSignedOn
from terminal.devices.media import Machine
from terminal.journal import database
from terminal.presenters.desk import Desk
from terminal.presenters.till import storage
from terminal.services.health_watch import CALM_REPORTS, QUIET, HealthWatch, read_said, turned
from terminal.services.service_requests import OpenService
from tests.appliance.trees import grown
from tests.crash.recorder import Recorder
from tests.services.test_space_watch import Quota, refusing

BAD, ATTENTION, GOOD, UNKNOWN = (
    Judgement.BAD, Judgement.ATTENTION, Judgement.GOOD, Judgement.UNKNOWN,
)  # fmt: skip


def reading(judgement: Judgement, name: str = "temperature", finding: str = "warm") -> Reading:
    return Reading(name, Group.MACHINE, judgement, finding)


# --- what is news ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "judgements", "told"),
    [
        ("1111", (GOOD, ATTENTION, ATTENTION, ATTENTION), [1]),
        ("1111", (ATTENTION, BAD, ATTENTION, BAD), [0, 1]),
        ("1111", (ATTENTION, GOOD, ATTENTION, GOOD), [0]),  # it hovers
        ("1234", (ATTENTION, ATTENTION, ATTENTION, ATTENTION), [0]),  # it stays
        ("1" * 12 + "2", (ATTENTION, *[GOOD] * 11, ATTENTION), [0, 12]),  # it was over
        ("1" * 13, (ATTENTION, *[GOOD] * 11, ATTENTION), [0]),  # over, but the same day
        ("11", (UNKNOWN, UNKNOWN), []),
    ],
)
def test_a_reading_is_said_once_for_each_change(days, judgements, told):
    said, calm, news = {}, {}, []
    for n, (day, judgement) in enumerate(zip(days, judgements, strict=True)):
        said, found = turned(said, (reading(judgement),), calm, day)
        news += [n] * len(found)
    assert news == told
    assert CALM_REPORTS <= 11


@pytest.mark.parametrize("name", sorted(QUIET))
def test_what_others_tell_of_is_not_said_twice(name):
    assert turned({}, (reading(BAD, name),), {}, "1")[1] == ()


def watch_of(till, tmp_path: Path) -> HealthWatch:
    running = till.running
    return HealthWatch(
        running._session, running.clock, report=tmp_path / "health.json",
        folder=tmp_path, changed=lambda: None,
    )  # fmt: skip


def report(till, root: Path, to: Path, later_ms: int = 0) -> None:
    now_ms = till.running.clock.now_ms() + later_ms
    seen = Health(MachineFiles(root)).look(Moment(now_ms, 0.0))
    to.write_text(json.dumps(seen.plain()))


def kinds(till) -> list[tuple[str, object]]:
    return [(notice.kind, notice.details.get("finding")) for notice in till.state.notices
            if notice.kind.startswith("health")]  # fmt: skip


@pytest.mark.parametrize("role", ["till", "kiosk"])
def test_staff_is_told_once_also_over_a_restart_and_not_of_an_old_report(shop, tmp_path, role):
    hot = {"sys/class/thermal/thermal_zone0/temp": "81000"}
    told = [("health_bad", "temperature.slowed")]

    async def play():
        async with shop.open(role) as till:
            watch = watch_of(till, tmp_path)
            await watch.look()
            assert watch.report is None
            report(till, grown(tmp_path / "hot", **hot), tmp_path / "health.json", -400_000)
            await watch.look()
            assert (watch.report, kinds(till)) == (None, [])
            for later_ms in (0, 1):
                report(till, tmp_path / "hot", tmp_path / "health.json", later_ms)
                await watch.look()
            assert kinds(till) == told
            assert watch.report.overall is BAD
            again = watch_of(till, tmp_path)
            await again.look()
            assert kinds(till) == told
            assert not till.state.help_reason  # the shopper sees nothing of it
        assert read_said(tmp_path / "health-told.json")["temperature"].judgement is BAD

    asyncio.run(play())


def test_what_was_told_survives_a_power_cut(shop, tmp_path, monkeypatch):
    """Whatever is written into the data folder is durable before its name stands for it."""
    synced = []
    fsync = os.fsync

    def noted(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    async def play():
        async with shop.open() as till:
            watch = watch_of(till, tmp_path)
            hot = {"sys/class/thermal/thermal_zone0/temp": "81000"}
            report(till, grown(tmp_path / "hot", **hot), tmp_path / "health.json")
            monkeypatch.setattr(os, "fsync", noted)
            await watch.look()
            assert synced[-2:] == ["health-told.json.new", tmp_path.name]

    asyncio.run(play())


@pytest.mark.parametrize("rubbish", ["", "[]", '{"x": 1}', '{"x": {"judgement": "odd"}}'])
def test_a_memory_of_rubbish_is_no_memory(tmp_path, rubbish):
    (tmp_path / "said.json").write_text(rubbish)
    assert read_said(tmp_path / "said.json") == {}


# --- who may, and what happens --------------------------------------------------------------------


def stick(folder: Path) -> Machine:
    """Return a machine with one stick plugged in."""
    medium = folder / "stick"
    medium.mkdir()
    (folder / "mountinfo").write_text(f"1 0 8:1 / {medium} rw - vfat /dev/sda1 rw\n")
    return Machine(folder / "mountinfo", folder, folder, (str(folder),))


def test_a_cashier_may_not_and_a_supervisor_beside_him_may(shop):
    async def play():
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            for request in ("service", "export_diagnostics", "restart"):
                assert (await till.ask(request)).refused.details == {"right": "service"}
            answer = await till.ok("service", authorised_by={"operator": "9", "pin": "9999"})
            assert answer.found["service"].program
            assert till.state.operator.operator_id == "1"

    asyncio.run(play())


def test_diagnostics_go_to_the_stick_and_are_read_back(shop, tmp_path):
    async def play():
        async with shop.open() as till:
            await till.ok("sign_on", operator="9", pin="9999")
            desk = till.running.terminal.service
            desk.machine = Machine(tmp_path / "none", tmp_path, tmp_path)
            assert (await till.ask("export_diagnostics")).refused.code == "no_medium"
            desk.machine = stick(tmp_path)
            answer = await till.ok("export_diagnostics")
            (file,) = (tmp_path / "stick").iterdir()
            assert answer.found["told"].values["file"] == file.name
            with zipfile.ZipFile(file) as archive:
                counted = json.loads(archive.read("journal.json"))
            assert counted["types"][OperatorSignedOn.__name__] == 1
            (tmp_path / "stick" / file.name).unlink()
            (tmp_path / "stick").rmdir()
            assert (await till.ask("export_diagnostics")).refused.code == "copy_failed"

    asyncio.run(play())


def test_a_medium_that_takes_nothing_does_not_stand_before_one_that_does(shop, tmp_path):
    """The stick of the second copy is mounted for its own service: the terminal only reads it."""

    async def play():
        async with shop.open() as till:
            await till.ok("sign_on", operator="9", pin="9999")
            machine = stick(tmp_path)
            with (tmp_path / "mountinfo").open("a") as file:
                file.write(f"2 0 8:17 / {tmp_path / 'gone'} ro - vfat /dev/sdb1 ro\n")
            assert machine.media()[0].label == "gone"
            till.running.terminal.service.machine = machine
            answer = await till.ok("export_diagnostics")
            assert answer.found["told"].values["medium"] == "stick"
            (file,) = (tmp_path / "stick").iterdir()
            assert answer.found["told"].values["file"] == file.name

    asyncio.run(play())


def test_the_terminal_restarts_between_two_sales_only(shop):
    async def play():
        async with shop.open() as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("scan", code="2000000000015")
            assert (await till.ask("restart")).refused.code == "sale_in_progress"
            assert not till.running.restarting
            await till.ok("cancel_sale", reason="x")
            await till.ok("restart")
            assert till.running.restarting

    asyncio.run(play())


def test_a_disk_that_takes_nothing_still_lets_a_technician_look_and_export(shop, tmp_path):
    """The screen is never needed more than then, and nothing is written for it."""

    async def looked_at(till):
        assert await till.refused("scan", code="2000000000015") == "storage_read_only"
        running = till.running
        seen = storage.present(till.state, Desk(), running.surroundings, running.words("en"))
        assert [action.intent for action in seen.actions] == [OpenService()]
        assert await till.refused("service") == "right_required"
        supervisor = {"operator": "9", "pin": "9999"}
        answer = await till.ok("service", authorised_by=supervisor)
        assert answer.found["service"].program
        answer = await till.ok("export_diagnostics", authorised_by=supervisor)
        assert (tmp_path / "stick" / answer.found["told"].values["file"]).is_file()

    async def play():
        quota = Quota()
        recorder = Recorder(shop.data, quota)
        for path in shop.data.glob("store.db*"):
            recorder._by_name[path.name] = next(recorder._inodes)
        async with shop.open(database_factory=recorder.factory()) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            till.running.terminal.service.machine = stick(tmp_path)
            quota.left, quota.code = 0, apsw.SQLITE_READONLY
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(database.os, "open", refusing(shop.data, errno.EROFS))
                try:
                    await looked_at(till)
                finally:
                    quota.left = None  # what is left of a run is closed on a disk that takes it

    asyncio.run(play())


def test_a_shopper_at_a_kiosk_may_not(shop):
    async def play():
        async with shop.open("kiosk") as till:
            for request in ("service", "export_diagnostics", "restart"):
                assert (await till.ask(request)).refused is not None

    asyncio.run(play())
