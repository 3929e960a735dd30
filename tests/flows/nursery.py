"""Programs that start without reading their code from the disk: a process that forks them.

A campaign starts thousands of consoles and simulated terminals, and loading Python's modules is
most of a start.  The nursery loads them once.  Each program is then a process of its own with its
own pipes, runs the same command line, and dies as alone as any other.

Run as a program it serves one socket: a message holds the arguments in JSON, and four descriptors,
for standard input, output and error and for a link on which the process id is told, and at the end
the exit code, negative when a signal ended it.  Until the link is closed the process id is taken
by nobody else; a program whose link is closed before its end is killed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
MAX_REQUEST = 65_536
LINES = ("terminal.cli.console", "terminal.cli.simulate")


class Nursery:
    """The process that forks; programs outlive it by no more than their input."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.flows.nursery", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
            )

    def start(self, arguments: Sequence[str], *, errors: bool = False) -> Program:
        """Start ``reprise`` with these arguments; its stderr is ours, or a pipe with ``errors``."""
        return Program(self._control, arguments, errors=errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._process.wait()


class Program:
    """A program of the nursery, seen as ``subprocess.Popen`` shows one."""

    def __init__(
        self, control: socket.socket, arguments: Sequence[str], *, errors: bool = False
    ) -> None:
        (ins, our_ins), (our_outs, outs) = os.pipe(), os.pipe()
        our_errors, stderr = os.pipe() if errors else (None, os.dup(2))
        self._link, theirs = socket.socketpair()
        given = [ins, outs, stderr, theirs.detach()]
        socket.send_fds(control, [json.dumps(list(arguments)).encode()], given)
        _close(given)
        self.stdin = os.fdopen(our_ins, "wb")
        self.stdout = os.fdopen(our_outs, "rb")
        self.stderr = None if our_errors is None else os.fdopen(our_errors, "rb")
        self.pid = int(self._told())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if self.returncode is not None:
            return self.returncode
        self._link.setblocking(False)
        try:
            ended = bool(self._link.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            ended = False
        finally:
            self._link.setblocking(True)
        return self.wait() if ended else None

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        if self.returncode is None:
            self.returncode = int(self._told())
        return self.returncode

    def kill(self) -> None:
        """Pull the plug."""
        os.kill(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to stop."""
        os.kill(self.pid, signal.SIGTERM)

    def _told(self) -> bytes:
        line = b""
        while (byte := self._link.recv(1)) != b"\n":
            assert byte, "who kept the program is gone"
            line += byte
        return line

    def __del__(self) -> None:
        self._link.close()  # gives the process id back


def serve(control: socket.socket) -> list[str] | None:
    """Fork for every message; returns the arguments in the child, None when nobody asks more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who keeps a program is not waited for
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, MAX_REQUEST, 4)
        if not message:
            return None
        if os.fork() == 0:
            control.close()
            return _keep(json.loads(message), descriptors)
        _close(descriptors)


def _keep(arguments: list[str], descriptors: Sequence[int]) -> list[str]:
    """Fork the program, tell of its life and end; returns in the program alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        _close(descriptors)
        return arguments
    os.closerange(0, 3)
    _close(descriptors[:3])
    link = socket.socket(fileno=descriptors[3])
    link.send(b"%d\n" % pid)
    life = os.pidfd_open(pid)
    if life in select.select([life, link], [], [])[0]:
        end = os.waitid(os.P_PIDFD, life, os.WEXITED | os.WNOWAIT)
        exited = end.si_code == os.CLD_EXITED
        link.send(b"%d\n" % (end.si_status if exited else -end.si_status))
        link.recv(1)
    os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _load() -> None:
    """Load what any of the programs may want."""
    from drivers.registry import DRIVERS
    from drivers.simulators import POI_SIMULATORS

    paths = (*DRIVERS.values(), *POI_SIMULATORS.values())
    for module in (*LINES, *(path.partition(":")[0] for path in paths)):
        import_module(module)


if __name__ == "__main__":
    _load()
    if (wanted := serve(socket.socket(fileno=int(sys.argv[1])))) is not None:
        from terminal.cli.main import run

        sys.exit(run(wanted))
