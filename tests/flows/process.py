"""The real console, as a process that is spoken to over its pipes and may be killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.flows.nursery import Nursery

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 180
"""A console silent for this long is killed, and its test fails."""


def reprise(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "terminal", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        **options,
    )


class ConsoleProcess:
    """``reprise console`` on a data folder."""

    def __init__(
        self,
        data: Path,
        role: str = "till",
        within: Sequence[str] = (),
        nursery: Nursery | None = None,
        **options: Any,
    ) -> None:
        """``within`` is a command that runs the console's in another place."""
        arguments = ["console", "--data", str(data), "--role", role]
        self._process: Any = (
            nursery.start(arguments, errors=True)
            if nursery is not None
            else subprocess.Popen(
                [*within, sys.executable, "-m", "terminal", *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **options,
            )
        )
        self._errors: list[bytes] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self._id = 0
        self.ready = self.read()

    def _listen(self) -> None:
        while data := self._process.stderr.read1(65536):
            self._errors.append(data)

    @property
    def pid(self) -> int:
        return self._process.pid

    def write(self, line: bytes) -> None:
        """Send bytes; a console that is gone takes none."""
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def read(self) -> Mapping[str, Any]:
        """Return the next line; empty when the console is gone, a torn line included."""
        line = self._process.stdout.readline()
        return json.loads(line) if line.endswith(b"\n") else {}

    def raw(self, line: bytes) -> Mapping[str, Any]:
        """Send a line as it is and return its answer."""
        self.write(line + b"\n")
        return self.read()

    def ask(self, do: str, **fields: Any) -> Mapping[str, Any]:
        """Send a command and return its answer; empty when the console died instead."""
        self._id += 1
        try:
            answer = self.raw(json.dumps({"id": self._id, "do": do, **fields}).encode())
        except BrokenPipeError:
            return {}
        assert not answer or answer["id"] == self._id
        return answer

    def ok(self, do: str, **fields: Any) -> Mapping[str, Any]:
        """Send a command that is carried out."""
        answer = self.ask(do, **fields)
        assert answer.get("ok"), answer
        return answer

    def refused(self, do: str, **fields: Any) -> str:
        """Send a command that is refused; returns the code. Every refusal has its words."""
        answer = self.ask(do, **fields)
        assert answer.get("ok") is False, answer
        assert answer["text"]
        return answer["refused"]

    def kill_now(self) -> None:
        """Pull the plug; whoever waits for an answer gets none."""
        os.kill(self.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Pull the plug and wait for the dark."""
        self.kill_now()
        self._end()

    def close(self) -> tuple[int, str]:
        """End the input and wait; returns the exit code and what was said on stderr."""
        self._process.stdin.close()
        self._end()
        return self._process.returncode, b"".join(self._errors).decode()

    def _end(self) -> None:
        self._process.wait()
        self._watchdog.cancel()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                continue

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._end()


class SimulatorProcess:
    """``reprise simulate`` by itself, steered over its pipes and killed like the console."""

    def __init__(
        self,
        protocol: str,
        listen: str,
        memory: Path,
        *options: str,
        device: str = "poi",
        nursery: Nursery | None = None,
    ) -> None:
        arguments = ["simulate", device, "--protocol", protocol, "--listen", listen]
        arguments += ["--memory", str(memory), *options]
        self._process: Any = (
            nursery.start(arguments)
            if nursery is not None
            else subprocess.Popen(
                [sys.executable, "-m", "terminal", *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        self._watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self.ready = self.read()

    def read(self) -> Mapping[str, Any]:
        """Return the next line; empty when the simulator is gone."""
        line = self._process.stdout.readline()
        return json.loads(line) if line.endswith(b"\n") else {}

    def turn(self, action: str, **parameters: Any) -> Mapping[str, Any]:
        """Turn a knob; returns what can be seen then, empty when the simulator is gone."""
        try:
            self._process.stdin.write(json.dumps({"action": action, **parameters}).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return {}
        return self.read()

    def kill_now(self) -> None:
        """Pull the plug."""
        os.kill(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Pull the plug and wait for the dark."""
        self.kill_now()
        self.wait()

    def wait(self) -> None:
        """Wait for its end."""
        self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> int:
        """Ask it to stop, and return its exit code."""
        self._process.terminate()
        self._process.wait()
        self._watchdog.cancel()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):  # a knob that nobody was there to turn
                pipe.close()
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self.close()
