"""The writer's thread: answers, errors and their order come back to the loop."""

import asyncio
import threading

import pytest

from terminal.core.evolve import evolve
from terminal.services.writer import Writer
from terminal.store.store import Store


@pytest.fixture
def writer(tmp_path):
    return Writer(lambda: Store.open(tmp_path, evolve=evolve, create=True))


def conversation(writer, talk):
    async def whole():
        await writer.open()
        try:
            return await talk()
        finally:
            await writer.close()

    return asyncio.run(whole())


def test_an_answer_comes_from_another_thread(writer):
    async def talk():
        return await writer.ask(lambda _: threading.current_thread().name)

    assert conversation(writer, talk) == "journal"


def test_an_error_is_raised_where_it_is_awaited(writer):
    async def talk():
        with pytest.raises(ZeroDivisionError):
            await writer.ask(lambda _: 1 // 0)
        return await writer.ask(lambda _: "goes on")

    assert conversation(writer, talk) == "goes on"


def test_work_is_done_in_the_order_asked_even_when_nobody_waits_any_more(writer):
    done = []

    async def talk():
        gate = threading.Event()
        asked = [
            asyncio.ensure_future(writer.ask(lambda _: gate.wait())),
            *(asyncio.ensure_future(writer.ask(lambda _, n=n: done.append(n))) for n in range(3)),
        ]
        await asyncio.sleep(0)
        asked[1].cancel()
        gate.set()
        await asyncio.wait(asked)

    conversation(writer, talk)
    assert done == [0, 1, 2]


def test_nothing_is_asked_of_a_closed_writer(writer):
    async def whole():
        await writer.open()
        await writer.close()
        with pytest.raises(RuntimeError):
            await writer.ask(lambda _: None)

    asyncio.run(whole())
