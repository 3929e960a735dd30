"""The single writer: what happens to a caller that goes away while its write is under way."""

import asyncio

from terminal.core.events import LineAdded
from terminal.services.requests import Scan

FLOUR = "3270190128724"


def test_a_write_that_nobody_waited_for_is_found_by_the_next_one(shop):
    """The line is on disk although its caller was cancelled: the next step goes on from there."""

    async def story():
        async with shop.open() as counter:
            await counter.ok("sign_on", operator="1", pin="1111")
            writer = counter.running._writer
            append, written = writer.append, asyncio.Event()

            async def nobody_hears_of_it(*arguments):
                await append(*arguments)
                written.set()
                await asyncio.Event().wait()

            writer.append = nobody_hears_of_it
            scan = asyncio.ensure_future(counter.running.submit(Scan(FLOUR)))
            await written.wait()
            scan.cancel()
            await asyncio.wait({scan})
            writer.append = append
            assert counter.state.sale is None
            answer = await counter.ok("scan", code=FLOUR)
            assert [event.line for event in answer.events if isinstance(event, LineAdded)] == [2]
            assert counter.sale["total_minor"] == 500

    asyncio.run(story())


def test_steps_asked_for_at_once_are_taken_one_after_the_other(shop):
    async def story():
        async with shop.open() as counter:
            await counter.ok("sign_on", operator="1", pin="1111")
            answers = await asyncio.gather(*(counter.ok("scan", code=FLOUR) for _ in range(20)))
            lines = [e.line for a in answers for e in a.events if isinstance(e, LineAdded)]
            assert lines == list(range(1, 21))
            assert counter.sale["total_minor"] == 20 * 250

    asyncio.run(story())
