"""A sale through the whole terminal over every protocol: what becomes of each tender."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from drivers.simulators import POI_SIMULATORS
from tests.conftest import Shop
from tests.flows.books import books
from tests.flows.power import SILENT_S, Till, switched_on

BENCH = "2000000000015"
CONNECTED = tuple(name for name in POI_SIMULATORS if name != "manual-poi")
MUTE = ("caisse-ap", "caisse-ap-serial", "concert-e", "concert-e-plus")
"""Nothing can be asked about a payment whose answer was lost (in the standard profile)."""
FEWER_WORDS = {
    "concert-e": {"cancel": "declined", "partial": "unknown"},
    "concert-e-plus": {"cancel": "declined", "partial": "unknown"},
    "zvt": {"partial": "unknown"},
    "zvt-serial": {"partial": "unknown"},
}
"""Concert E has one word for no; where a protocol knows no part payments, less than was asked is
no answer, and a person looks."""


async def pay(till: Till, amount: int, **plan: Any) -> str:
    """Pay by card as planned; returns what became of it."""
    till.knob("poi", "next", **plan)
    await till.ok("pay", tender="card", amount_minor=amount)
    return became(till)


def became(till: Till) -> str:
    """Return how the newest attempt ended, or that nobody knows."""
    tender = till.state.sale.tenders[-1]
    unknown = tender.status.value == "unknown"
    return tender.status.value if unknown else tender.reason or tender.status.value


def check(till: Till) -> None:
    """Approvals that stand = booked tenders + declared unknowns; the store verifies."""
    ours = books(till.running.folder.path)
    entries = till.knob("poi", "ledger")["ledger"]
    charged = [e["amount_minor"] for e in entries if e["state"] in ("approved", "partial")]
    booked = list(ours.booked.values())
    assert charged[: len(booked)] == booked
    assert len(charged) - len(booked) in (0, len(ours.open))


def play(folder: Path, protocol: str, *plans: dict[str, Any], back: bool = False) -> list[str]:
    """Pay small sums of one sale; ``back`` plugs the terminal in at the end and asks it."""
    shop = Shop(folder / "shop").create(f"devices.poi_protocol={protocol}")
    told = []

    async def sell() -> None:
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=BENCH)
            for number, plan in enumerate(plans):
                told.append(await pay(till, 1000 + number, **plan))
                check(till)
            if back:
                till.knob("poi", "plug")
                await till.ok("enquire")
                told.append(became(till))
                check(till)

    asyncio.run(sell())
    return told


@pytest.mark.parametrize("protocol", CONNECTED)
def test_what_the_terminal_says_is_what_is_booked(tmp_path, protocol):
    """REC-06: the tender is in the state that the protocol's own words give it."""
    plans = ({"outcome": name} for name in ("approve", "decline", "cancel", "partial"))
    words = {"approve": "booked", "decline": "declined", "cancel": "cancelled", "partial": "booked"}
    words |= FEWER_WORDS.get(protocol, {})
    assert play(tmp_path, protocol, *plans) == list(words.values())


@pytest.mark.parametrize("protocol", CONNECTED)
def test_a_lost_answer_is_asked_about_or_declared_unknown(tmp_path, protocol):
    """REC-06, REC-08: who can be asked tells; of the others nobody claims to know.

    A ZVT terminal undoes what we did not acknowledge, and then shows it as declined.
    """
    wanted = {"zvt": "declined", "zvt-serial": "declined"} | dict.fromkeys(MUTE, "unknown")
    told = play(tmp_path, protocol, {"outcome": "approve"}, {"outcome": "lose_answer"})
    assert told == ["booked", wanted.get(protocol, "booked")]


@pytest.mark.parametrize("approved", [True, False])
@pytest.mark.parametrize("protocol", CONNECTED)
def test_a_pulled_cable_is_an_unknown_that_is_settled_where_it_can_be(tmp_path, protocol, approved):
    """REC-06, REC-08: unknown at once; with the cable back, the terminal's own word."""
    pulled = {"outcome": "unplug", "approved": approved}
    told = play(tmp_path, protocol, {"outcome": "approve"}, pulled, back=True)
    assert told[:2] == ["booked", "unknown"]
    assert (told[2] == "unknown") == (protocol in MUTE)
    assert (told[2] == "booked") <= approved


def test_a_terminal_that_is_not_connected_is_never_believed_to_have_paid(shop):
    """Nobody typed a result in time: unknown, and the sale is locked."""
    source = shop.data / "reprise.toml"
    source.write_text(source.read_text().replace('"simple"', '"manual-poi"'))

    async def sell() -> None:
        async with switched_on(shop.data, answer_s=SILENT_S) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=BENCH)
            await till.ok("pay", tender="card", amount_minor=1000)
            assert became(till) == "unknown"
            assert await till.refused("cancel_sale", reason="parti") == "payment_unknown"

    asyncio.run(sell())
