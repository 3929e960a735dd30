"""The terminal without a screen: JSON lines in, JSON lines out, for tests and automation.

An answer is written only when everything it says is durable; answers come in the order of the
commands.  The end of the input stops the terminal cleanly.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import partial
from typing import Any, BinaryIO

from terminal.app import Running, build
from terminal.cli.statement import Plain, devices_of, notice_of, sale_of, state_of
from terminal.cli.watched import listen, pulse_of, routed
from terminal.cli.wire import MAX_LINE_BYTES, BadRequest, parse, request_of
from terminal.core.errors import Refused
from terminal.core.state import Sale
from terminal.presenters.desk import Desk
from terminal.presenters.routes import route
from terminal.services.answer import Answer
from terminal.words import Words

MAX_FRACTION = Decimal(10) ** 300
"""A fraction above this is no float any more and goes back as text."""


class Console:
    """One conversation with one terminal."""

    def __init__(self, running: Running, source: BinaryIO, sink: BinaryIO) -> None:
        self._running = running
        self._source = source
        self._sink = sink
        self.on_line: Callable[[], None] = lambda: None
        """Called at each line: somebody is there."""

    async def converse(self) -> None:
        """Say ready, then answer every line until the input ends."""
        await self._running.ready()
        self._say(self._ready())
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, self._read):
            self.on_line()
            if line.strip():
                self._say(await self._answer(line))
            if self._running.restarting:
                return

    def _read(self) -> bytes:
        """Return the next line; of one that is too long only as much as shows that it is."""
        line = self._source.readline(MAX_LINE_BYTES + 1)
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = self._source.readline(MAX_LINE_BYTES + 1)
        return line

    async def _answer(self, line: bytes) -> Plain:
        identity: Any = None
        try:
            command = parse(line)
            identity = command.get("id")
            request = request_of(command)
        except BadRequest as error:
            return self._refusal(identity, Refused("bad_request", {"why": str(error)}))
        if request is None:
            notices = [notice_of(one, self._words) for one in self._running.terminal.state.notices]
            return self._agreed(identity, Answer(), {"notices": notices})
        answer = await self._running.terminal.submit(request)
        if answer.refused is not None:
            return self._refusal(identity, answer.refused)
        return self._agreed(identity, answer, _found(answer))

    def _ready(self) -> Plain:
        recovery = self._running.recovery
        return {
            "ready": True,
            "recovered": None
            if recovery is None
            else {name: getattr(recovery, name) for name in recovery.__dataclass_fields__},
            "notices": [
                notice_of(notice, self._words) for notice in self._running.terminal.state.notices
            ],
            "state": self._state(),
        }

    def _agreed(self, identity: Any, answer: Answer, found: Plain) -> Plain:
        names = [type(event).__name__ for event in answer.events]
        return {"id": identity, "ok": True, "events": names, **found, "state": self._state()}

    def _refusal(self, identity: Any, refused: Refused) -> Plain:
        return {
            "id": identity,
            "ok": False,
            "refused": refused.code,
            "text": self._words.text(f"refused.{refused.code}", **refused.details),
            "state": self._state(),
        }

    def _state(self) -> Plain:
        state, seen = self._running.terminal.state, self._running.surroundings
        where = route(state, Desk(), seen)
        date = self._running.terminal.session.moment().business_date
        return {**state_of(state, where, date), "devices": devices_of(seen.devices)}

    @property
    def _words(self) -> Words:
        return self._running.words()

    def _say(self, value: Plain) -> None:
        self._sink.write(_spelt(value) + b"\n")
        self._sink.flush()


def _spelt(value: Plain) -> bytes:
    """Return an answer as JSON in UTF-8; half a surrogate, which has no UTF-8, is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain_number).encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=_plain_number).encode()


def _plain_number(value: Any) -> Any:
    """Return a fraction as it was sent (an ``id`` may be one), and anything else by its name."""
    if isinstance(value, Decimal) and abs(value) < MAX_FRACTION:
        return float(value)
    return str(value)


def _found(answer: Answer) -> Plain:
    """Return the lists an asking request answers with; the others have none."""
    return {name: _plain(rows) for name, rows in answer.found.items()}


def _plain(value: Any) -> Any:
    """Return found rows as plain values: sales by their statement, records by their fields."""
    if isinstance(value, Sale):
        return {"label": value.label, **sale_of(value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value


def run(options: argparse.Namespace) -> int:
    """``reprise console``: converse over the process's own standard input and output."""
    asyncio.run(_converse(options))
    return 0


async def _converse(options: argparse.Namespace) -> None:
    """Talk to the shop's terminal, or the one in training, whichever it is after each door."""
    while True:
        running = build(options.data, role=options.role)
        async with pulse_of(running, window=False, file=options.vitals) as pulse, running:
            listen(pulse, running, partial(routed, running))
            console = Console(running, sys.stdin.buffer, sys.stdout.buffer)
            console.on_line = pulse.touched
            await console.converse()
            pulse.stopping()
        if not running.restarting:
            return
