"""The steps around money, without any: drawer, payment terminal, cash machine, fiscal key.

No step ever sends a money request: the payment terminal is asked how it is, the cash machine what
it holds.
"""

from __future__ import annotations

import asyncio

from drivers.drawer.base import DrawerState
from drivers.errors import DriverError
from terminal.core.device_facts import open_is_high
from terminal.core.errors import Refused
from terminal.core.events import DrawerOpened, Event
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.fiscal.signing import KeyUnusable, Signer, Verifier
from terminal.services.commissioning.paper_steps import Values
from terminal.services.commissioning.trial import DEVICE_S, Failed, Means, Trial
from terminal.services.drawer_watch import Lesson

OPENED_FOR = "commissioning"
"""Reason of the opening of the drawer, in the journal."""
PROBE = "K1,"
"""What the key is tested with: a beginning of a report, which is no report."""


async def drawer(trial: Trial, means: Means) -> Values:
    """The pulse opens the drawer, its sensor sees it open and closed; learned if it was not."""
    post = means.hub.drawer
    await trial.answering(post)
    if post is None:
        raise Failed("not_set_up")
    if await post.sensor() is None:
        return await _without_sensor(trial, means)
    address = post.address
    if open_is_high(means.session.state, address) is None:
        return await _learn(trial, means, address)
    trial.say("close_drawer")
    await trial.until(lambda: post.state is DrawerState.CLOSED, "drawer_not_closed")
    trial.say("drawer_opening")
    await _open(means)
    await trial.device(lambda: post.state is DrawerState.OPEN, "drawer_not_open")
    trial.say("close_drawer")
    await trial.until(lambda: post.state is DrawerState.CLOSED, "drawer_not_closed")
    return _sensor(means, address)


async def _without_sensor(trial: Trial, means: Means) -> Values:
    await _open(means)
    await trial.ask("drawer", "drawer_not_open")
    return {"sensor": "none"}


async def _learn(trial: Trial, means: Means, address: str) -> Values:
    watch = means.drawer_watch
    trial.say("drawer_opening")
    refused = await watch.learn()
    if isinstance(refused, Refused):
        raise Failed("refused", why=f"refused.{refused.code}")
    told = False
    while watch.lesson is not Lesson.NONE:
        if watch.lesson is Lesson.CLOSE_IT and not told:
            told = True
            trial.say("close_drawer")
        await asyncio.sleep(0.05)  # the lesson has a deadline of its own
    if open_is_high(means.session.state, address) is None:
        raise Failed("drawer_not_closed" if told else "drawer_not_open")
    return _sensor(means, address)


def _sensor(means: Means, address: str) -> Values:
    high = open_is_high(means.session.state, address)
    return {"sensor": "high" if high else "low"}


async def _open(means: Means) -> None:
    def decide(_state: TerminalState, _: Moment) -> tuple[Event, ...]:
        return (DrawerOpened("", OPENED_FOR),)

    decided = await means.session.record(decide)
    if isinstance(decided, Refused):
        raise Failed("refused", why=f"refused.{decided.code}")


async def poi(trial: Trial, means: Means) -> Values:
    """Ask the payment terminal how it is: no payment, no money request of any kind."""
    if means.session.state.attempts:
        raise Failed("payment_open")
    trial.say("asking_poi")
    await means.payments.watch()
    status = await trial.answering(means.hub.poi)
    return {"says": status.detail} if status.detail else {}


async def cash(trial: Trial, means: Means) -> Values:
    """Ask the cash machine what it holds; nothing is taken or paid out."""
    host = means.hub.cash
    trial.say("asking")
    await trial.answering(host)
    if host is None:
        raise Failed("not_set_up")
    try:
        stores = await host.call(lambda machine: machine.read_cash_counts(DEVICE_S))
    except DriverError as error:
        raise Failed("no_answer") from error
    if not stores:
        raise Failed("cash_tells_nothing")
    return {"amount_minor": sum(one.value_minor * one.count for one in stores)}


async def key(trial: Trial, means: Means) -> Values:
    """The fiscal key signs, and its signature is its own."""
    trial.say("signing")
    signer = means.signer
    if signer is None:
        raise Failed("not_set_up")
    try:
        good = await asyncio.get_running_loop().run_in_executor(None, _signs, signer)
    except KeyUnusable as error:
        raise Failed("key_unusable", why=str(error)[:80]) from error
    if not good:
        raise Failed("key_unusable", why="")
    return {"key_id": signer.key_id}


def _signs(signer: Signer) -> bool:
    signer.ready()
    return Verifier(signer.public_key).verifies(PROBE, signer.sign(PROBE))
