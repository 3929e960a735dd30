"""The moments at which the power goes, and what the cashier does until then."""

from __future__ import annotations

import asyncio
import random

import pytest

from terminal.cli.statement import sale_of
from tests.conftest import Shop
from tests.flows.cashier import Cashier
from tests.flows.power import Till, switched_on
from tests.power_cuts.life import Known
from tests.power_cuts.media import SETTINGS
from tests.power_cuts.moments import MOST_WRITES, NAMED, Moment, Shift, chosen

LAST = {
    "sale": "pay",
    "payment": "pay",
    "print": "device",
    "void": "void",
    "closure": "close",
    "archive": "archive",
}
"""Moment -> what is asked last."""


def test_a_seed_always_chooses_the_same_moment():
    assert [chosen(random.Random(n)) for n in range(50)] == [
        chosen(random.Random(n)) for n in range(50)
    ]


def test_every_moment_comes_up_and_is_hit_within_its_writes():
    moments = [chosen(random.Random(n)) for n in range(300)]
    assert {moment.name for moment in moments} == {"time", "write", "start", *NAMED}
    assert {moment.disk for moment in moments} == {"shop", "devices"}
    assert all(m.writes <= MOST_WRITES[m.name] for m in moments if m.name != "time")
    assert all((m.writes > 0) == (m.name != "time") for m in moments)


def test_a_moment_says_what_it_is():
    assert str(Moment("sale", writes=3, lead=2)) == "sale, write 3 of the shop, after 2 steps"
    assert str(Moment("time", after_s=1.25)) == "time, 1.25 s, after 0 steps"


async def _play(till: Till, moment: Moment) -> tuple[list[str], list[int], Known]:
    """Return what was asked, after how many steps the power was to go, and what is known."""
    memory, asked, armed = Known(), [], []
    shift = Shift(moment, Cashier(5), memory, random.Random(5))
    for do, fields in shift.steps(lambda: armed.append(len(asked))):
        answer = await till.ask(do, **fields)
        assert answer.refused is None, (do, answer.refused)
        asked.append(do)
        sale = till.state.sale
        memory.sale = None if sale is None else sale_of(sale)
        memory.business_date = till.state.business_date
    return asked, armed, memory


@pytest.mark.parametrize("name", NAMED)
def test_the_power_goes_in_the_step_that_the_moment_is_named_after(tmp_path, name):
    """Nothing that leads to it is refused."""
    shop = Shop(tmp_path / "shop").create(*SETTINGS)

    async def play():
        async with switched_on(shop.data, answer_s=2.0, window_s=2.0) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            return await _play(till, Moment(name, writes=1, lead=2))

    asked, armed, _ = asyncio.run(play())
    assert asked[-1] == LAST[name]
    (step,) = armed
    assert asked[step] == ("pay" if name == "print" else LAST[name])


def test_what_was_acknowledged_is_remembered():
    memory = Known()
    state = {"sale": None, "business_date": "2026-11-28"}
    memory.told({"ok": True, "events": ["PeriodClosed", "PrintJobQueued"], "state": state})
    memory.told({"ok": True, "events": ["ArchiveMade"], "state": state})
    memory.told({"ok": False, "refused": "no_sale", "state": state})
    assert (memory.closures, memory.archives, memory.answers) == (1, 1, 3)
    assert memory.refusals == {"no_sale": 1}
