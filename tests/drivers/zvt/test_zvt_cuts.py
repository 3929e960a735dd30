"""Every point at which a ZVT payment can be cut: terminal approvals = booked + declared unknowns.

The points are: before and after connecting, within the request and after it, after 80 00 00, during
04 FF, after 04 0F before the approval is durable, after that before our acknowledgement, after it,
before the completion, after the completion before booking, and after booking.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field, replace

import pytest

from drivers.errors import NotSent, Unplugged
from drivers.payment.base import Operation, Outcome, Request, Result
from drivers.payment.waits import Waits
from drivers.payment.zvt.driver import ZvtPaymentTerminal, ZvtSerialPaymentTerminal
from drivers.payment.zvt.requests import ZvtSettings
from drivers.payment.zvt.simulator.serial import ZvtSerialPoiSimulator
from drivers.payment.zvt.simulator.terminal import ZvtPoiSimulator
from drivers.transports.instant import InstantTransport, WaitingClock
from drivers.transports.tripwire import Tripwire

SIDES = {
    "tcp": (ZvtPaymentTerminal, ZvtPoiSimulator),
    "serial": (ZvtSerialPaymentTerminal, ZvtSerialPoiSimulator),
}
WAITS = Waits(connect_s=5.0, answer_s=5.0, recover_s=10.0, retry_s=0.0, slice_s=1.0)
PERSONALITIES = [
    {},
    {"undone_shows": "previous"},
    {"unacknowledged": "holds"},
    {"repeats": False},
]
FULL = os.environ.get("REPRISE_EXPLORE") == "full"
RUNS = 1000 if FULL else 100
STEP = 10
"""Between amounts: a terminal that takes another amount takes one cent more."""
PAID = (Outcome.APPROVED, Outcome.PARTIAL)
DOUBT = (Outcome.UNKNOWN, Outcome.IN_PROGRESS)


class Killed(BaseException):
    """The program died; what was on the disk is all that is left."""


@dataclass
class Till:
    """The books, as on a disk, and a driver that dies with its program."""

    kind: str
    sim: ZvtPoiSimulator
    clock: WaitingClock
    printed: bool = False
    books: dict[int, str] = field(default_factory=dict)
    """Amount, which is unique and so stands for the attempt, to its state."""
    requests: dict[int, Request] = field(default_factory=dict)

    def driver(self, wire=None):
        settings = ZvtSettings(printed_receipts=self.printed)
        return SIDES[self.kind][0](wire or self.wire(), WAITS, self.clock, settings=settings)

    def wire(self):
        return InstantTransport(self.sim.connect(), self.clock)

    def pay(self, amount, wire=None, die_at=""):
        """Take one payment; the driver may lose its wire, or die with us at ``die_at``."""
        poi = self.driver(wire)
        made = Request(f"a{amount}", f"R{amount}", Operation.PAYMENT, amount, "EUR")
        self.books[amount] = "intent"

        def commit(result: Result) -> None:
            assert result.outcome in PAID
            reach("before fsync")
            self.books[amount] = "approved_unacked"
            reach("after fsync")

        def reach(point: str) -> None:
            if die_at == point:
                raise Killed

        try:
            poi.open(10)
            request = self.requests[amount] = replace(made, baseline=poi.baseline(10))
            reach("before connect")
            self.books[amount] = "sending"
            result = poi.payment(request, commit, lambda _: None, 60)
            reach("before booking")
            self.settle(amount, result)
        except (NotSent, Unplugged):
            self.books[amount] = "not_sent"
        except Killed:
            poi.close()
            self.recover()

    def settle(self, amount, result):
        state = self.books[amount]
        if result.outcome in PAID:
            assert result.authorized_minor == amount
            self.books[amount] = "booked"
        elif result.outcome in DOUBT:
            self.books[amount] = "unknown"
        else:
            assert state != "booked"
            self.books[amount] = "not_paid"

    def recover(self):
        """What a start does: whatever is not final is asked about, again and again."""
        poi = self.driver()
        for amount, state in self.books.items():
            if state == "intent":
                self.books[amount] = "not_sent"
            elif state in ("sending", "approved_unacked", "unknown"):
                poi.abort(5)
                for _ in range(2):
                    self.settle(amount, poi.transaction_status(self.requests[amount], 20))
                    if self.books[amount] != "unknown":
                        break

    def check(self):
        """The promise: no approval without a booking or an unknown, none twice, none invented."""
        ledger = self.sim.control("ledger")["ledger"]
        taken = [one["amount_minor"] for one in ledger if one["state"] in ("approved", "partial")]
        standing = [amount - amount % STEP for amount in taken]
        assert len(standing) == len(set(standing)), "two approvals for one attempt"
        booked = {amount for amount, state in self.books.items() if state == "booked"}
        unknown = {amount for amount, state in self.books.items() if state == "unknown"}
        assert booked <= set(standing) <= booked | unknown, (self.books, ledger)


def _till(kind, personality, *, printed=False):
    clock = WaitingClock()
    sim = SIDES[kind][1](monotonic=clock)
    sim.control("personality", **personality)
    till = Till(kind, sim, clock, printed)
    till.pay(STEP)
    return till


def _moments(kind, personality, *, printed, chunk):
    till = _till(kind, personality, printed=printed)
    wire = Tripwire(till.wire(), chunk=chunk)
    till.pay(2 * STEP, wire)
    assert till.books == {STEP: "booked", 2 * STEP: "booked"}
    return wire.moments


@pytest.mark.parametrize("printed", [False, True], ids=["own receipts", "printed receipts"])
@pytest.mark.parametrize("personality", PERSONALITIES, ids=str)
@pytest.mark.parametrize("fatal", [None, Killed], ids=["wire cut", "killed"])
@pytest.mark.parametrize("kind", list(SIDES))
def test_cut_at_every_message(kind, fatal, personality, printed):
    """Before, within and after every write, after every read: the wire, or the program, dies."""
    chunk = 4 if FULL else 4096
    ends = set()
    for moment in range(1, _moments(kind, personality, printed=printed, chunk=chunk) + 1):
        till = _till(kind, personality, printed=printed)
        till.pay(2 * STEP, Tripwire(till.wire(), moment, chunk=chunk, fatal=fatal))
        till.check()
        till.recover()
        ends.add(till.books[2 * STEP])
        till.pay(3 * STEP)
        till.recover()
        till.check()
        assert till.books[3 * STEP] == "booked"
    tells = personality.get("repeats", True)
    assert ("booked" in ends, "unknown" in ends) == (True, False) if tells else "unknown" in ends


@pytest.mark.parametrize(
    "die_at", ["before connect", "before fsync", "after fsync", "before booking"]
)
@pytest.mark.parametrize("personality", PERSONALITIES, ids=str)
@pytest.mark.parametrize("kind", list(SIDES))
def test_killed_around_the_commit(kind, personality, die_at):
    """REC-06: the four points that are ours and not the wire's."""
    till = _till(kind, personality)
    till.pay(2 * STEP, die_at=die_at)
    till.check()
    stands = 2 * STEP in [
        one["amount_minor"]
        for one in till.sim.control("ledger")["ledger"]
        if one["state"] == "approved"
    ]
    holds = personality.get("unacknowledged") == "holds"
    assert stands == (die_at == "before booking" or (holds and "fsync" in die_at))
    not_standing = "not_sent" if die_at == "before connect" else "not_paid"
    if personality.get("repeats", True):
        assert till.books[2 * STEP] == ("booked" if stands else not_standing)


@pytest.mark.parametrize("kind", list(SIDES))
def test_power_cut_at_the_terminal_with_its_memory_kept(kind):
    """The terminal dies at every byte of what it is told, and comes back."""
    for offset in range(0, 90, 1 if FULL else 6):
        till = _till(kind, {})
        till.sim.control("power_off_after", bytes=offset)
        till.pay(2 * STEP)
        till.sim.control("power_on")
        till.sim.control("plug")
        till.recover()
        till.check()
        assert till.books[2 * STEP] != "unknown", offset


OUTCOMES = ["approve"] * 6 + ["decline", "cancel", "stall", "lose_answer", "mismatch", "unplug"]


@pytest.mark.parametrize("kind", list(SIDES))
def test_seeded_runs(kind):
    """Every cut point and everything that a terminal does, mixed by a seed."""
    approvals = unknowns = 0
    for seed in range(RUNS):
        dice = random.Random(seed)
        till = _till(kind, dice.choice(PERSONALITIES), printed=dice.random() < 0.3)
        for amount in range(2 * STEP, 6 * STEP, STEP):
            plan = dice.choice(OUTCOMES)
            till.sim.control("next", outcome=plan)
            moment = dice.choice([None, dice.randint(1, 60)])
            fatal = dice.choice([None, Killed])
            wire = Tripwire(till.wire(), moment, chunk=dice.choice([3, 4096]), fatal=fatal)
            die_at = dice.choice(["", "", "before connect", "before fsync", "after fsync"])
            if dice.random() < 0.2:
                till.sim.control("power_off_after", bytes=dice.randint(0, 90))
            till.pay(amount, wire, die_at)
            till.sim.control("power_on")
            till.sim.control("plug")
            till.recover()
            till.check()
        states = list(till.books.values())
        approvals += states.count("booked")
        unknowns += states.count("unknown")
    assert approvals > RUNS
    assert unknowns < approvals
