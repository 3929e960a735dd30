"""What the service manager hears: datagrams, as sd_notify(3) words them."""

from __future__ import annotations

import os
import socket
from contextlib import closing

import pytest

from terminal.appliance.notify import MAX_STATUS_CHARS, Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path, monkeypatch):
    """Listen as the service manager does, under a name of either kind."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@reprise-{os.getpid()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as line:
        line.bind("\0" + name[1:] if name.startswith("@") else name)
        line.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield line


@pytest.mark.parametrize(
    ("say", "heard"),
    [
        (lambda n: n.ready(), "READY=1"),
        (lambda n: n.alive(), "WATCHDOG=1"),
        (lambda n: n.stopping(), "STOPPING=1"),
        (lambda n: n.status("recovering"), "STATUS=recovering"),
        (lambda n: n.status("two\nlines"), "STATUS=two lines"),
        (lambda n: n.status("x" * 999), "STATUS=" + "x" * MAX_STATUS_CHARS),
        (lambda n: n.extend(60), "EXTEND_TIMEOUT_USEC=60000000"),
    ],
)
def test_what_is_said_is_heard(manager, say, heard):
    notifier = Notifier.from_environment(os.environ)
    say(notifier)
    assert notifier.heard
    assert manager.recv(1000).decode() == heard


def test_where_nobody_asked_nothing_is_said():
    notifier = Notifier.from_environment({})
    notifier.ready()
    assert not notifier.heard


def test_a_service_manager_that_is_gone_is_missed_once(tmp_path, caplog):
    notifier = Notifier(str(tmp_path / "gone"))
    notifier.alive()
    notifier.alive()
    assert [record.message for record in caplog.records] == [
        "the service manager does not hear: [Errno 2] No such file or directory"
    ]


def test_a_service_manager_that_does_not_read_stops_nobody(manager, caplog):
    """Its queue fills up; what is lost is a feeding, not the screen."""
    notifier = Notifier.from_environment(os.environ)
    while not caplog.records:
        notifier.alive()
    assert "does not hear" in caplog.records[0].message
