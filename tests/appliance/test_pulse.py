"""The pulse: fed only while the loop turns and a frame was drawn; told over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from contextlib import closing

import pytest

from terminal.appliance import vitals
from terminal.appliance.notify import Notifier
from terminal.cli.watched import listen, pulse_of, routed
from terminal.core.state import TerminalState
from terminal.services.pulse import FRAME_LIMIT_S, Pulse, Signs
from tests.flows.process import ConsoleProcess

RECOVERING = Signs(state=TerminalState())
SELLING = Signs(state=TerminalState(), screen="welcome", business_date="2026-11-28", ready=True)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.s = 100.0

    def now_ms(self) -> int:
        return 1_790_000_000_000 + round(self.s * 1000)

    def monotonic_s(self) -> float:
        return self.s

    def business_date(self, at_ms: int) -> str:
        del at_ms
        return "2026-11-28"


class Ward:
    """A pulse, the clock it lives by, and the service manager that listens."""

    def __init__(self, folder, *, window=True) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(folder / "notify"))
        self.line.setblocking(False)
        self.clock = Hands()
        self.file = folder / "vitals.json"
        self.pulse = Pulse(
            self.clock,
            role="kiosk",
            window=window,
            notifier=Notifier(str(folder / "notify")),
            file=self.file,
        )

    def close(self):
        self.line.close()

    def second(self, seen, *, frame):
        """Let a second pass; return what was said by its beat."""
        self.clock.s += 1
        if frame:
            self.pulse.frame_drawn()
        self.pulse.look = lambda: seen
        self.pulse.beat()
        heard = []
        with contextlib.suppress(BlockingIOError):
            while True:
                heard.append(self.line.recv(1000).decode())
        return heard

    def vitals(self):
        return json.loads(self.file.read_text())


@pytest.fixture
def ward(tmp_path):
    with closing(Ward(tmp_path)) as ward:
        yield ward


def test_it_is_ready_when_recovery_ended_and_a_frame_was_drawn(ward):
    assert "EXTEND_TIMEOUT_USEC=60000000" in ward.second(Signs(), frame=False)
    assert "READY=1" not in ward.second(RECOVERING, frame=True)
    assert "READY=1" in ward.second(SELLING, frame=True)
    assert ward.second(SELLING, frame=True) == ["WATCHDOG=1"]


def test_a_window_that_never_draws_is_never_ready_and_asks_for_no_more_time(ward):
    assert [ward.second(SELLING, frame=False) for _ in range(3)] == [[], [], []]
    assert not ward.vitals()["ready"]


def test_a_picture_that_stands_still_is_no_longer_fed(ward):
    ward.second(SELLING, frame=True)
    fed = [bool(ward.second(SELLING, frame=False)) for _ in range(8)]
    assert fed == [True] * int(FRAME_LIMIT_S) + [False] * (8 - int(FRAME_LIMIT_S))
    assert ward.vitals()["frame_ms_ago"] == 8000
    assert ward.second(SELLING, frame=True) == ["WATCHDOG=1"]


def test_without_a_window_the_loop_alone_counts(tmp_path):
    with closing(Ward(tmp_path, window=False)) as ward:
        assert "READY=1" in ward.second(SELLING, frame=False)
        assert [ward.second(SELLING, frame=False) for _ in range(9)] == [["WATCHDOG=1"]] * 9
        assert ward.vitals()["frame_ms_ago"] == -1


def test_the_vitals_say_what_is_on_the_screen_and_how_old_it_is(ward):
    ward.second(SELLING, frame=True)
    said = ward.vitals()
    assert (said["version"], said["pid"], said["role"]) == (1, os.getpid(), "kiosk")
    assert (said["screen"], said["ready"], said["fault"]) == ("welcome", True, "")
    assert (said["loop_ms_ago"], said["frame_ms_ago"], said["idle_s"]) == (1000, 0, 1)
    ward.pulse.touched()
    ward.second(SELLING, frame=True)
    assert ward.vitals()["idle_s"] == 1


def test_a_folder_that_takes_no_vitals_stops_no_feeding(tmp_path, caplog):
    with closing(Ward(tmp_path)) as ward:
        ward.pulse._file = tmp_path / "nowhere" / "vitals.json"
        ward.second(SELLING, frame=True)
        assert ward.second(SELLING, frame=True) == ["WATCHDOG=1"]
    assert sum("cannot write" in record.message for record in caplog.records) == 1


def test_a_running_terminal_is_told_of(shop, tmp_path):
    async def told():
        async with shop.open() as till:
            pulse = pulse_of(till.running, window=False, file=tmp_path / "vitals.json")
            listen(pulse, till.running, lambda: routed(till.running))
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code="3270190128724")
            seq = (await till.running.terminal.session.newest()).seq
            pulse.beat()
            while vitals.read(tmp_path / "vitals.json").journal_seq < seq:
                await asyncio.sleep(0)
                pulse.beat()
            return vitals.read(tmp_path / "vitals.json"), seq

    said, seq = asyncio.run(asyncio.wait_for(told(), 60))
    assert (said.screen, said.open_sale, said.ready) == ("sale", True, True)
    assert said.journal_seq == seq


def test_a_console_says_that_it_is_ready_and_one_that_stands_still_is_silent(shop, tmp_path):
    """The whole program under a service manager: fed while it runs, silent once it is stopped."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "RUNTIME_DIRECTORY": str(tmp_path)}
        console = ConsoleProcess(shop.data, env={**os.environ, **told})
        until(manager, "READY=1")
        until(manager, "WATCHDOG=1")
        assert vitals.read(tmp_path / "vitals.json").pid == console.pid
        os.kill(console.pid, signal.SIGSTOP)
        os.waitpid(console.pid, os.WUNTRACED)
        drained(manager)
        manager.settimeout(2.5)
        with pytest.raises(TimeoutError):
            manager.recv(1000)
        os.kill(console.pid, signal.SIGCONT)
        manager.settimeout(60)
        until(manager, "WATCHDOG=1")
        console.close()
        until(manager, "STOPPING=1")
    assert not (tmp_path / "vitals.json").exists()


def until(manager, wanted):
    """Read what the program says until it says this; a silent one fails by the time limit."""
    while manager.recv(1000).decode() != wanted:
        pass


def drained(manager):
    manager.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            manager.recv(1000)
