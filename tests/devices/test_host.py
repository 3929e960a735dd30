"""Threads of devices: how they are kept, doubted, woken and given up."""

from __future__ import annotations

import asyncio
import queue
import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import DeviceState, Health, Status
from drivers.discovery import Discovered
from drivers.errors import Claimed, DeviceFault, Unplugged
from drivers.hotplug import PlugEvent
from drivers.scanner.base import Scan
from drivers.simulators import Bench
from drivers.transports.address import open_transport
from terminal.devices.backoff import BACKOFF_S, backoff_s
from terminal.devices.host import LONGEST_CALL_S, DeviceHost, ScannerHost
from terminal.devices.hub import Hub
from terminal.devices.keeper import POLL_S, Keeper
from terminal.devices.recorders import Recorders


class HandClock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@dataclass
class Scripted:
    """A driver that answers what the test says, and tells the test that it was asked."""

    answers: list = field(default_factory=list)
    asked: queue.Queue = field(default_factory=queue.Queue)

    def open(self, timeout_s):
        return self._answer("open")

    def poll(self, timeout_s):
        return self._answer("poll")

    def close(self):
        self.asked.put("close")

    def _answer(self, name):
        answer = self.answers.pop(0) if self.answers else Unplugged("gone")
        self.asked.put(name)
        if isinstance(answer, Exception):
            raise answer
        return answer


READY = Status(Health.READY, (), 100.0)
READY_NOW = Status(Health.READY)


@given(st.integers(0, 1000), st.floats(0, 1, exclude_max=True))
def test_the_wait_grows_to_five_seconds_and_is_off_by_a_fifth_at_most(misses, chance):
    middle = BACKOFF_S[min(misses, 4)]
    assert 0.8 * middle - 1e-9 <= backoff_s(misses, chance) <= 1.2 * middle + 1e-9
    assert BACKOFF_S == (0.2, 0.5, 1.0, 2.0, 5.0)


# --- health ages in its host ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_s", "health", "reasons"),
    [
        (0.0, Health.READY, ()),
        (2.0, Health.READY, ()),
        (2.5, Health.DEGRADED, ("stale",)),
        (3.5, Health.ABSENT, ("stale",)),
    ],
)
def test_a_kept_device_that_stays_silent_is_doubted_then_given_up(age_s, health, reasons):
    clock = HandClock()
    host = DeviceHost("scale", Scripted(), monotonic=clock)
    Keeper(host, lambda: None)
    host.note(READY)
    clock.now_s += age_s * POLL_S
    assert (host.status.health, host.status.reasons) == (health, reasons)
    assert host.last == READY


def test_a_device_that_is_asked_only_when_needed_does_not_age():
    clock = HandClock()
    host = DeviceHost("printer", Scripted(), monotonic=clock)
    host.note(READY)
    clock.now_s += 1e6
    assert host.status == READY


async def _hold(host, held, release):
    def work(_):
        held.set()
        assert release.wait(60)

    await host.call(work)


def test_a_device_at_work_is_not_doubted_until_its_work_hangs():
    async def play():
        clock, held, release = HandClock(), threading.Event(), threading.Event()
        host = DeviceHost("scale", Scripted(), monotonic=clock)
        host.poll_s = 1.0
        host.note(READY)
        assert host.state is DeviceState.IDLE
        work = asyncio.ensure_future(_hold(host, held, release))
        await asyncio.to_thread(held.wait, 60)
        assert host.state is DeviceState.BUSY
        clock.now_s += LONGEST_CALL_S - 1
        assert host.status == READY
        clock.now_s += 1
        assert host.status.health is Health.ABSENT
        release.set()
        await work
        host.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("health", "state"),
    [
        (Health.STARTING, DeviceState.CLOSED),
        (Health.ABSENT, DeviceState.CLOSED),
        (Health.READY, DeviceState.IDLE),
        (Health.BLOCKED, DeviceState.IDLE),
        (Health.FAULT, DeviceState.ERROR),
    ],
)
def test_a_host_says_its_state_in_the_trades_words(health, state):
    host = DeviceHost("scale", Scripted())
    host.note(Status(health))
    assert host.state is state


@pytest.mark.parametrize(
    ("error", "reason"), [(Unplugged("gone"), "unplugged"), (Claimed("taken"), "claimed")]
)
def test_why_a_device_cannot_be_reached_is_kept_apart(error, reason):
    host = DeviceHost("scale", Scripted())
    assert host.note_lost(error)
    assert host.status == Status(Health.ABSENT, (reason,))


def test_calls_and_errors_are_counted():
    async def play():
        recorder = Recorders().of("scale")
        host = DeviceHost("scale", Scripted([READY, DeviceFault("jammed")]), recorder)
        await host.call(lambda driver: driver.poll(1))
        with pytest.raises(DeviceFault):
            await host.call(lambda driver: driver.poll(1))
        host.close()
        count = recorder.statistics
        assert (count.commands, count.errors) == (2, 1)
        assert count.last_error == "DeviceFault: jammed"

    asyncio.run(play())


# --- the keeper -----------------------------------------------------------------------------------


def _keep(driver, steps):
    """Run a keeper on ``driver`` while ``steps(keeper, host, changes)`` goes on."""

    async def play():
        host, changes = DeviceHost("scale", driver), asyncio.Queue()
        keeper = Keeper(host, lambda: changes.put_nowait(host.status.health))
        task = asyncio.ensure_future(keeper.run())
        await asyncio.wait_for(steps(keeper, host, changes), 60)
        task.cancel()
        await asyncio.wait({task}, timeout=60)
        assert task.cancelled()
        host.close()

    asyncio.run(play())


async def _asked(driver):
    return await asyncio.to_thread(driver.asked.get, timeout=60)


def test_a_keeper_opens_then_asks_and_opens_again_what_went_away():
    driver = Scripted([READY_NOW, Status(Health.BLOCKED, ("x",)), Unplugged("gone"), READY_NOW])

    async def steps(keeper, host, changes):
        asked = []
        for _ in range(4):
            asked.append(await _asked(driver))
            keeper.wake()
        assert asked == ["open", "poll", "poll", "open"]
        seen = [await changes.get() for _ in range(4)]
        assert seen == [Health.READY, Health.BLOCKED, Health.ABSENT, Health.READY]

    _keep(driver, steps)


def test_a_keeper_that_is_woken_and_stopped_at_once_stops():
    """Once it went on for ever: waiting lost the cancellation that came with the wake."""
    driver = Scripted()

    async def steps(keeper, host, changes):
        await changes.get()
        keeper.wake()

    for _ in range(20):
        _keep(driver, steps)
    assert driver.asked.qsize() >= 20


def test_a_plug_ends_the_wait_of_a_keeper():
    """Without it the sixth try would come after 8.7 s at the earliest."""
    driver = Scripted()

    async def steps(keeper, host, changes):
        for _ in range(30):
            assert await _asked(driver) == "open"
            keeper.wake()
        driver.answers.append(READY_NOW)
        keeper.wake()
        assert [await changes.get(), await changes.get()] == [Health.ABSENT, Health.READY]

    _keep(driver, steps)


# --- the scanner's thread -------------------------------------------------------------------------


class ScriptedScanner(Scripted):
    def read(self, timeout_s):
        return self._answer("read")


def _scan(driver, steps):
    async def play():
        host, scans, changes = ScannerHost(driver), asyncio.Queue(), asyncio.Queue()
        host.deliver = scans.put_nowait
        host.changed = lambda: changes.put_nowait(host.status)
        host.start(asyncio.get_running_loop())
        try:
            await asyncio.wait_for(steps(host, scans, changes), 60)
        finally:
            await asyncio.to_thread(host.stop)
        assert not host._thread.is_alive()

    asyncio.run(play())


def test_a_scanner_is_read_lost_claimed_and_found_again():
    driver = ScriptedScanner(
        [READY, Scan("1"), Unplugged("gone"), Claimed("taken"), READY, Scan("2")]
    )

    async def steps(host, scans, changes):
        assert await scans.get() == Scan("1")
        assert await scans.get() == Scan("2")
        seen = [(await changes.get()).reasons for _ in range(4)]
        assert len(seen) == 4
        assert host.recorder.statistics.commands == 2
        assert host.recorder.statistics.errors >= 2

    _scan(driver, steps)


def test_a_plug_wakes_a_scanner_that_is_waited_for():
    """C4: without it the seventh try would come after 13.7 s at the earliest."""
    driver = ScriptedScanner()

    async def steps(host, scans, changes):
        for _ in range(30):
            assert await _asked(driver) == "open"
            host.wake()
        driver.answers += [READY, Scan("1")]
        host.wake()
        assert await scans.get() == Scan("1")

    _scan(driver, steps)


# --- the hub --------------------------------------------------------------------------------------


class QuietScanner:
    """Not there, and woken."""

    def __init__(self):
        self.woken = threading.Event()

    def wake(self):
        self.woken.set()

    def start(self, loop):
        self.started = True

    def stop(self):
        self.started = False


class Nothing:
    def close(self):
        self.closed = True


def test_a_plug_wakes_every_device_that_waits():
    async def play():
        scanner = QuietScanner()
        printer, poi = (DeviceHost(role, Nothing()) for role in ("printer", "poi"))
        hub = Hub(printer, Nothing(), poi, scanner, None)
        woken = asyncio.Event()
        hub.when_plugged(woken.set)
        hub.start(asyncio.get_running_loop(), lambda _: None, lambda _: None, lambda: None)
        device = Discovered("usblp", "/dev/usb/lp0", 1, 2)
        hub.hotplug._keep(lambda: [PlugEvent(added=True, device=device)])
        await asyncio.wait_for(woken.wait(), 10)
        assert scanner.woken.is_set()
        await hub.close()
        assert not scanner.started

    asyncio.run(play())


def test_what_is_said_with_each_device_is_recorded():
    heard, bench = Recorders(), Bench()
    transport = open_transport("sim:scanner", bench.simulators, heard.of("scanner"))
    transport.open(1)
    bench.control("scanner", "scan", code="4006381333931")
    assert transport.read(100, 1) == b"4006381333931\r\n"
    transport.close()
    assert set(heard.all) == {"scanner"}
    assert heard.of("scanner").statistics.bytes_in == 15
    assert "34 30 30 36" in heard.of("scanner").text()
