"""A label printer made of software: ZPL II in, pictures and ``~HS`` out."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from drivers.label.host_status import HostStatus, framed
from drivers.label.print_engine import Engine
from drivers.label.zpl_reader import Command, ZplReader
from drivers.simulation import DurableLines, SimulatedDevice, UnknownAction, at_least

KEPT_LABELS = 50
"""Labels kept to be looked at; older ones are only counted."""
MAX_QUEUED = 500
"""Formats that wait; further ones find the buffer full and are lost, as without a handshake."""
IDENTITY = "REPRISE SIM-ZD,V1.0.0,8,8192KB,X"


class LabelSimulator(SimulatedDevice):
    """The simulated label printer. ``memory`` is the file of its labels, None to forget.

    ``label_s`` is the time one label takes; 0 prints at once.  ``mute_when_blocked`` makes it like
    the models that answer nothing while paper is out or the head is open.
    """

    name = "label"

    def __init__(
        self,
        memory: Path | None = None,
        *,
        label_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(monotonic)
        self._memory = DurableLines(memory)
        self._label_s = label_s
        self._labels: deque[Mapping[str, Any]] = deque(maxlen=KEPT_LABELS)
        self._printed = 0
        self._mute = False
        self._left: int | None = None
        self._paper_out = self._head_open = self._paused = False
        self._reset()
        for record in self._memory.load():
            self._printed += 1
            self._labels.append(record)

    def _reset(self) -> None:
        """Forget what power does not hold."""
        self._reader = ZplReader()
        self._engine = Engine(self._queue_label)
        self._queue: deque[tuple[Mapping[str, Any], int]] = deque()
        self._lost = 0
        self._due = 0.0

    # --- the wire ---

    def _receive(self, data: bytes) -> int:
        for command in self._reader.receive(data):
            self._execute(command)
        self.advance()
        return len(data)

    def _execute(self, command: Command) -> None:
        match command.name:
            case "~HS":
                self._answer_status()
            case "~HI":
                self._say(framed(IDENTITY))
            case "~JA" | "~JX":
                self._queue.clear()
            case "~PP":
                self._paused = True
            case "~PS":
                self._paused = False
            case _:
                self._engine.execute(command, self._reader.delimiter)

    def _answer_status(self) -> None:
        self.advance()
        if self._mute and (self._paper_out or self._head_open):
            return
        remaining = self._queue[0][1] if self._queue else 0
        status = HostStatus(
            paper_out=self._paper_out,
            paused=self._paused or self._paper_out or self._head_open,
            formats=len(self._queue),
            buffer_full=len(self._queue) >= MAX_QUEUED,
            partial_format=self._engine.inside,
            head_open=self._head_open,
            remaining=min(remaining, 99_999_999),
            label_length=min(self._engine.length, 9999),
        )
        self._say(status.spell())

    # --- printing ---

    def _queue_label(self, label: Mapping[str, Any], copies: int) -> None:
        if len(self._queue) >= MAX_QUEUED:
            self._lost += 1
            return
        if not self._queue:
            self._due = self.monotonic() + self._label_s
        self._queue.append((label, copies))

    def advance(self) -> float | None:
        """Print what is due; return the seconds until the next label comes out."""
        while self._queue and self._powered:
            if self._paper_out or self._head_open or self._paused:
                return None
            wait = self._due - self.monotonic()
            if wait > 0:
                return wait
            self._print_one()
        return None

    def _print_one(self) -> None:
        label, copies = self._queue.popleft()
        self._memory.append([label])
        self._labels.append(label)
        self._printed += 1
        if copies > 1:
            self._queue.appendleft((label, copies - 1))
        self._due += self._label_s
        if self._left is not None:
            self._left -= 1
            self._paper_out = self._left <= 0
        self.changed.notify_all()

    # --- knobs ---

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "paper_out": lambda: self._set_paper(0),
            "paper_left": lambda labels: self._set_paper(at_least("labels", labels, 0)),
            "refill": lambda: self._set_paper(None),
            "head_open": lambda: self._set("_head_open", value=True),
            "head_close": lambda: self._set("_head_open", value=False),
            "pause": lambda: self._set("_paused", value=True),
            "resume": lambda: self._set("_paused", value=False),
            "mute_when_blocked": lambda on: self._set("_mute", value=bool(on)),
            "picture": self._picture,
            "labels": lambda: {"labels": [_read(label) for label in self._labels]},
        }

    def _set(self, name: str, *, value: bool) -> None:
        setattr(self, name, value)
        self._due = self.monotonic() + self._label_s
        self.advance()

    def _set_paper(self, labels: int | None) -> None:
        self._left = labels
        self._set("_paper_out", value=labels == 0)

    def _picture(self, path: str, back: int = 0) -> None:
        """Write the newest label (or the one ``back`` before it) as PNG to ``path``."""
        if not self._labels or not 0 <= at_least("back", back, 0) < len(self._labels):
            raise UnknownAction("there is no such label")
        # Pillow is imported when somebody looks: a printer prints without.
        from drivers.label.picture import png  # noqa: PLC0415

        try:
            Path(path).write_bytes(png(self._labels[-1 - back]))
        except OSError as error:
            raise UnknownAction(f"{path}: {error.strerror}") from error

    def _disconnected(self) -> None:
        """A half-sent format is given up with its connection."""
        self._reader = ZplReader()
        self._engine.inside = False

    def _stopped(self) -> None:
        self._reset()

    def _visible(self) -> Mapping[str, Any]:
        return {
            "printed": self._printed,
            "waiting": sum(copies for _, copies in self._queue),
            "lost": self._lost,
            "paper_out": self._paper_out,
            "head_open": self._head_open,
            "paused": self._paused,
            "unknown": dict(self._engine.unknown),
            "last": _read(self._labels[-1]) if self._labels else [],
        }


def _read(label: Mapping[str, Any]) -> list[str]:
    """Return what a person reads on a label; codes stand in brackets."""
    words = []
    for element in label["elements"]:
        if element["kind"] == "text":
            words.append(element["text"])
        elif element["kind"] == "barcode":
            words.append(f"[{element['symbology']} {element['data']}]")
        elif element["kind"] == "qr":
            words.append(f"[QR {element['data']}]")
    return words
