"""``kill -9`` of the real console at any moment, again and again: nothing acknowledged is lost.

A driver sells like a cashier, and remembers what was answered.  Another thread kills the process at
a random moment of a random step.  Each restart is compared with the memory: everything that was
answered is there, and at most the one step that was not answered yet.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import threading
from pathlib import Path

from tests.flows.books import check_money, check_paper
from tests.flows.cashier import Cashier, Memory, check_restart
from tests.flows.power import switched_on
from tests.flows.process import ConsoleProcess

KILLS = 400 if os.environ.get("REPRISE_EXPLORE") == "full" else 12
SEED = 20_260_921
LATEST_S = 0.030
"""A kill comes this soon after its step began, at the latest: most steps take 1 to 15 ms."""


def serve(console: ConsoleProcess, cashier: Cashier, memory: Memory, dice: random.Random) -> None:
    """Sell until the process is killed, some steps from now."""
    lethal = dice.randint(1, 12)
    while True:
        for do, fields in cashier.next(memory.sale):
            lethal -= 1
            memory.asked = (do, fields)
            if lethal == 0:
                killer = threading.Timer(dice.uniform(0, LATEST_S), console.kill_now)
                killer.start()
            answer = console.ask(do, **fields)
            if answer:
                memory.told(answer)
            if lethal <= 0:
                killer.join()
                if not answer:
                    return
        if lethal <= 0:
            return


def test_killed_at_random_moments_it_loses_nothing(bare_shop):
    """REC-01 to REC-10, NUM-01: the process is killed and started again, over many sales."""
    shop = bare_shop.create("payment.answer_timeout_s=1", "payment.enquiry_window_s=1")
    cashier, dice, memory = Cashier(SEED), random.Random(SEED + 1), Memory()
    with ConsoleProcess(shop.data) as console:
        memory.told(console.ok("sign_on", operator=1, pin="1111"))
        serve(console, cashier, memory, dice)
    while memory.kills < KILLS:
        memory.kills += 1
        with ConsoleProcess(shop.data) as console:
            check_restart(console.ready, memory)
            serve(console, cashier, memory, dice)
    with ConsoleProcess(shop.data) as console:
        check_restart(console.ready, memory)
        assert console.close()[0] == 0
    check_books(shop.data, memory)


def check_books(data: Path, memory: Memory) -> None:
    """Check journal, numbers, money and paper after everything."""

    async def compare() -> None:
        async with switched_on(data) as till:
            await till.printed()
            ours = check_money(data, till.knob("poi", "ledger")["ledger"])
            assert list(ours.receipts) == memory.receipts
            assert ours.events["SaleCompleted"] == till.state.last_receipt_sequence
            assert till.knob("printer", "look")["total_pieces"] >= len(ours.receipts)
            papers = till.papers()
            printed = [check_paper(papers, number) for number in ours.receipts[-50:]]
            assert all(sum(counts) >= 1 for counts in printed)
            told = f"{memory.kills} kills, {len(ours.receipts)} sales, {memory.answers} answers"
            sys.stdout.write(f"{told}\n")

    asyncio.run(compare())
