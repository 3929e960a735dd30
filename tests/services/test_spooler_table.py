"""The spooler's table, row by row: what was last confirmed, what happens, what is done then.

The printer stays powered and keeps its buffer unless the row says otherwise; what reaches it is
watched command by command.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from terminal.core.state import PrintState
from terminal.services.printing import marker_of
from tests.flows.books import MARK, check_paper
from tests.flows.power import Till, switched_on
from tests.services.conftest import counter_with, with_printer


@pytest.fixture(scope="module")
def counter(tmp_path_factory) -> Path:
    return counter_with(tmp_path_factory.mktemp("counter"), "3270190128724")


class Watched:
    """A till, what its printer carried out, and every state that its jobs went through."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.commands: list[tuple[str, bytes]] = []
        self.moves: list[tuple[int, str, str]] = []
        self.printer = till.running.hub.bench.printer
        self.printer.watch = lambda token: self.commands.append((token.name, token.data))
        append = till.running._writer.append

        async def watched(events, moment, before):
            state = await append(events, moment, before)
            self.moves += [
                (event.job_id, event.state, event.reason)
                for event in events
                if type(event).__name__ == "PrintJobAdvanced"
            ]
            return state

        till.running._writer.append = watched

    def at(self, marker: str, do) -> None:
        """Do something when the printer first gets to a marker, before it is reported."""
        seen = self.printer.watch

        def watch(token) -> None:
            seen(token)
            if token.name == "GS ( H" and token.data.endswith(marker.encode()):
                self.printer.watch = seen
                do()

        self.printer.watch = watch

    def states(self, job_id: int = 1) -> list[str]:
        return [state for job, state, _ in self.moves if job == job_id]

    def markers(self) -> list[str]:
        return [data[-4:].decode() for name, data in self.commands if name == "GS ( H"]

    async def pay(self) -> str:
        await self.till.ok("pay", tender="cash", amount_minor=250)
        return self.till.sale["receipt_number"]

    async def state(self, state: PrintState) -> None:
        await self.till.until(
            lambda: any(job.state is state for job in self.till.state.print_jobs.values())
        )

    def knobs(self, *actions: str) -> None:
        for action in actions:
            self.till.knob("printer", action)

    def papers(self, number: str) -> tuple[int, int]:
        return check_paper(self.till.papers(), number)


def table(at_counter, play, **settings: str) -> None:
    async def run() -> None:
        async with at_counter(**settings) as till:
            await till.printed()
            await play(Watched(till))

    asyncio.run(run())


@pytest.fixture
def at(counter: Path, tmp_path: Path):
    def start(**settings: str):
        return switched_on(with_printer(counter, tmp_path / "shop", **settings))

    return start


def test_nothing_happens(at):
    """C: DONE, by way of every state, a phase's marker before the next phase's first byte."""

    async def play(seen: Watched) -> None:
        number = await seen.pay()
        await seen.till.printed()
        assert seen.states() == ["sending", "begun", "printed", "done"]
        assert seen.markers()[-3:] == [marker_of(1, phase) for phase in "BMC"]
        names = [name for name, _ in seen.commands]
        assert names.index("text") > seen.commands.index(("GS ( H", _asking("B")))
        assert seen.papers(number) == (1, 0)

    table(at, play)


def _asking(phase: str) -> bytes:
    return b"\x1d(H\x06\x0000" + marker_of(1, phase).encode()


def test_nothing_confirmed_and_anything_happens_it_is_sent_again_as_it_is(at):
    """None: the body was never sent; reconnect, clear, resend as original."""

    async def play(seen: Watched) -> None:
        seen.at(marker_of(1, "B"), seen.printer._unplug)
        number = await seen.pay()
        await seen.state(PrintState.WAIT_DEVICE)
        assert "text" not in [name for name, _ in seen.commands]
        seen.knobs("plug")
        await seen.till.printed()
        assert seen.states()[:2] == ["sending", "wait_device"]
        assert ("DLE 20", b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08") in seen.commands
        assert seen.papers(number) == (1, 0)

    table(at, play)


def test_begun_and_the_paper_ends_nothing_is_sent_until_it_goes_on_by_itself(at):
    """B, paper end: WAIT_PAPER; after the refill the marker is waited for."""

    async def play(seen: Watched) -> None:
        seen.till.knob("printer", "paper_out_after", lines=4)
        number = await seen.pay()
        await seen.state(PrintState.WAIT_PAPER)
        before = len(seen.commands)
        seen.knobs("refill")
        await seen.till.printed()
        after = [name for name, _ in seen.commands[before:]]
        assert "ESC @" not in after
        assert seen.states() == ["sending", "begun", "wait_paper", "printed", "done"]
        assert seen.papers(number) == (1, 0)

    table(at, play)


@pytest.mark.parametrize("gone", ["unplug", "power_off"])
def test_begun_and_the_printer_went_the_scrap_is_cut_and_a_duplicate_printed(at, gone: str):
    """B, power cycle or link lost: clear, feed and cut, whole again with its mark, copy + 1."""

    async def play(seen: Watched) -> None:
        seen.till.knob("printer", "paper_out_after", lines=4)
        number = await seen.pay()
        await seen.state(PrintState.WAIT_PAPER)
        seen.knobs(gone, "refill", "plug", "power_on")
        await seen.till.printed()
        assert seen.moves[-4:] == [(2, s, "") for s in ("sending", "begun", "printed", "done")]
        assert (1, "cancelled", "reprinted_as_duplicate") in seen.moves
        papers = [paper for paper in seen.till.papers() if paper.strip()]
        assert MARK in papers[-1]
        assert seen.papers(number)[1] == 1
        # After a power cycle the printer knows no code page: the next job sets it anew.
        assert seen.commands.count(("ESC t", b"\x1bt\x10")) >= 2
        assert "€" in papers[-1]

    table(at, play)


def test_begun_and_the_printer_cannot_clear_staff_are_asked(at):
    """B, link back, cannot clear: AMBIGUOUS; only a person can see whether it came out."""

    async def play(seen: Watched) -> None:
        seen.till.knob("printer", "paper_out_after", lines=4)
        number = await seen.pay()
        await seen.state(PrintState.WAIT_PAPER)
        seen.knobs("unplug", "plug")
        await seen.state(PrintState.AMBIGUOUS)
        seen.knobs("refill")
        await seen.till.ok("settle_paper", job=1, came_out=False)
        await seen.till.printed()
        assert seen.papers(number)[1] == 1
        assert seen.states()[-1] == "cancelled"

    table(at, play, printer_profile="clone-80")


def test_a_link_that_is_lost_while_clearing_is_not_a_printer_that_cannot(at):
    """The question is put to staff only when the link is back."""

    async def play(seen: Watched) -> None:
        seen.till.knob("printer", "paper_out_after", lines=4)
        number = await seen.pay()
        await seen.state(PrintState.WAIT_PAPER)
        clear = seen.printer._answer_at_once
        lost = iter((True,))

        def answer(command: bytes) -> None:
            if command[1:3] == b"\x14\x08" and next(lost, False):
                seen.printer._unplug()
                return
            clear(command)

        seen.printer._answer_at_once = answer
        seen.knobs("unplug", "plug")
        await seen.till.until(lambda: not seen.till.knob("printer", "look")["plugged"])
        seen.knobs("plug", "refill")
        await seen.till.printed()
        assert "ambiguous" not in seen.states()
        assert seen.papers(number)[1] == 1

    table(at, play)


def test_printed_and_the_link_is_lost_only_the_cut_is_sent(at):
    """M, link lost before C: send cut only."""

    async def play(seen: Watched) -> None:
        seen.at(marker_of(1, "C"), seen.printer._unplug)
        number = await seen.pay()
        await seen.till.until(lambda: not seen.till.knob("printer", "look")["plugged"])
        before = len(seen.commands)
        seen.knobs("plug")
        await seen.till.printed()
        after = [name for name, _ in seen.commands[before:]]
        assert "text" not in after
        assert "GS V" in after
        assert seen.states() == ["sending", "begun", "printed", "done"]
        assert seen.papers(number) == (1, 0)

    table(at, play)


def test_a_jammed_cutter_is_waited_for(at):
    """M, cutter error: the receipt is there; the cut is made when the cutter is free."""

    async def play(seen: Watched) -> None:
        seen.knobs("jam_cutter")
        number = await seen.pay()
        await seen.till.until(
            lambda: "cutter_error" in seen.till.running.hub.statuses()["printer"].reasons
        )
        seen.knobs("free_cutter")
        await seen.till.printed()
        assert seen.states() == ["sending", "begun", "printed", "done"]
        assert seen.papers(number) == (1, 0)

    table(at, play)


def test_a_write_only_printer_ends_unconfirmed(at):
    """Sent, and said to be just that."""

    async def play(seen: Watched) -> None:
        number = await seen.pay()
        await seen.till.printed()
        assert seen.states() == ["sending", "begun", "unconfirmed"]
        assert seen.papers(number) == (1, 0)

    table(at, play, printer_profile="clone-58")


@pytest.mark.parametrize("model", ["clone-80", "star-line", "epson-tm-t88v"])
def test_counting_printers_go_through_the_same_states(at, model: str):
    async def play(seen: Watched) -> None:
        number = await seen.pay()
        await seen.till.printed()
        assert seen.states() == ["sending", "begun", "printed", "done"]
        assert seen.papers(number) == (1, 0)

    table(at, play, printer_profile=model)


def test_a_printer_that_forgot_is_not_waited_for_for_ever(at):
    """Off and on again between two looks, on a line that shows nothing of it."""

    async def play(seen: Watched) -> None:
        seen.till.running.terminal.spooler._patience_s = 0.05
        asking = marker_of(1, "M")
        respond = seen.printer._responses

        def responses(data: bytes) -> None:
            if data.endswith(asking.encode()):
                return
            respond(data)

        seen.printer._responses = responses
        number = await seen.pay()
        await seen.till.printed()
        assert (1, "cancelled", "reprinted_as_duplicate") in seen.moves
        assert seen.papers(number) == (1, 1)

    table(at, play)


def test_a_logo_is_printed_above_the_receipt_and_a_broken_one_left_out(at, counter, tmp_path):
    """The picture is a wish of the shop's; the receipt is owed."""

    async def play(seen: Watched) -> None:
        await seen.pay()
        await seen.till.printed()
        kinds = [element["kind"] for element in seen.printer.elements(1)]
        assert kinds[0] == ("image" if good else "line")
        assert "image" not in kinds[1:]

    for good in (True, False):
        logo = counter / "logo.png"
        logo.write_bytes(b"no picture")
        if good:
            Image.effect_noise((120, 60), 90).save(logo)
        shop = tmp_path / f"good-{good}"
        table(lambda shop=shop: switched_on(with_printer(counter, shop, logo="logo.png")), play)
