"""Payment terminals and cash machines for the kit."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from drivers.base import Health
from drivers.cash.base import Stage
from drivers.cash.cashdro import CashDroMachine
from drivers.cash.cashdro_protocol import Operator
from drivers.cash.simulator import FLOAT, PIECES, CashDroSimulator
from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.concert.channel import Timing
from drivers.payment.concert.simulator.caisse_ap import CaisseApSimulator
from drivers.payment.nexo.driver import AdyenLocalTerminal, NexoTerminal, Pace
from drivers.payment.nexo.requests import Identity
from drivers.payment.nexo.simulator import SIM_KEY
from drivers.payment.waits import Waits
from drivers.registry import driver_class
from drivers.simulators import poi_simulator
from tests.drivers.conformance.candidate import Candidate, Truth

WAITS = Waits(connect_s=2.0, answer_s=2.0, recover_s=2.0, retry_s=0.0, slice_s=0.05)
TIMING = Timing(pending_s=60.0)
HURRY = Timing(quiet_s=0.01, step_s=0.5, pause_s=0.01)
PAY_S = 30.0
"""A slip of a thousand characters has passed by then, at 9600 baud."""
US = Identity("TILL-1", "P400Plus-275039202")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STANDS = (Outcome.APPROVED, Outcome.PARTIAL)


class PaymentCandidate(Candidate):
    """What is the same for every payment terminal; ``protocol`` is what its simulator speaks."""

    protocol = ""
    truths = (
        Truth("mute", Health.ABSENT, ("unplugged",), {"on": True}),
        Truth("mute", Health.READY, (), {"on": False}),
    )
    use_s = PAY_S
    grace_s = 3 * WAITS.recover_s + WAITS.answer_s
    beside: ClassVar = {
        "next": "decides how the next payment ends",
        "next_reversal": "likewise, for a reversal",
        "auto": "who holds the card: the simulator, or a person",
        "leaky": "what slips into its texts",
        "commit_by_ack": "what it does with an approval that is not acknowledged",
        "present_card": "nothing runs",
        "press": "nothing runs",
        "ledger": "looks at what it recorded",
        "personality": "what a make of terminals can do, and cannot",
        "split": "how its answers are cut",
    }

    def __init__(self):
        self.asked: Request | None = None
        self._numbers = iter(range(10**6))

    def device(self, monotonic, memory=None):
        return poi_simulator(self.protocol or self.name, memory, monotonic=monotonic)

    def driver(self, connect, monotonic):
        return driver_class(self.name)(connect(), WAITS, monotonic)

    def use(self, driver, device):
        baseline = driver.baseline(10 * self.times)
        ref = f"R{next(self._numbers)}"
        self.asked = Request(ref, ref, Operation.PAYMENT, 1234, "EUR", baseline)
        result = driver.payment(self.asked, lambda _: None, lambda _: None, PAY_S)
        return result.outcome is Outcome.APPROVED

    def settle(self, driver, device):
        """An enquiry says what the terminal recorded, or that nobody can say (REC-06)."""
        asked = self.asked or Request("R0", "R0", Operation.PAYMENT, 1234, "EUR")
        found = driver.transaction_status(asked, 1).outcome
        standing = any(entry["state"] in STANDS for entry in device.control("ledger")["ledger"])
        if found in STANDS:
            return standing
        return found is Outcome.UNKNOWN or not standing


class SimplePoiCandidate(PaymentCandidate):
    name = "simple-poi"
    protocol = "simple"


class ZvtCandidate(PaymentCandidate):
    name = "zvt"


class ZvtSerialCandidate(PaymentCandidate):
    name = "zvt-serial"
    serial = True


class ConcertCandidate(PaymentCandidate):
    def driver(self, connect, monotonic):
        timing = HURRY if monotonic is time.monotonic else TIMING
        return driver_class(self.name)(connect(), waits=WAITS, timing=timing, monotonic=monotonic)


class CaisseApCandidate(ConcertCandidate):
    name = "caisse-ap"

    def device(self, monotonic, memory=None):
        return CaisseApSimulator(memory, monotonic=monotonic, quiet_s=0.005)


class CaisseApSerialCandidate(ConcertCandidate):
    name = "caisse-ap-serial"
    serial = True


class ConcertECandidate(ConcertCandidate):
    name = "concert-e"
    serial = True


class ConcertEPlusCandidate(ConcertCandidate):
    name = "concert-e-plus"
    serial = True


class NexoCandidate(PaymentCandidate):
    name = "nexo"
    connections = 8
    now = NOON

    def wall_jumps(self, offset_s):
        self.now = NOON + timedelta(seconds=offset_s)

    def wall(self):
        return self.now

    def driver(self, connect, monotonic):
        return NexoTerminal(
            connect, US, self.wall, waits=WAITS, pace=Pace(60.0, 0.0), monotonic=monotonic
        )


class NexoLocalCandidate(NexoCandidate):
    name = "nexo-local"

    def driver(self, connect, monotonic):
        return AdyenLocalTerminal(
            connect, US, SIM_KEY, self.wall,
            waits=WAITS, pace=Pace(60.0, 0.0), monotonic=monotonic,
        )  # fmt: skip


class CashDroCandidate(Candidate):
    name = "cashdro"
    connections = 8
    truths = (
        Truth("fill", Health.DEGRADED, ("cash_empty",), {"value": 100, "count": 0}),
        Truth("fill", Health.DEGRADED, ("cash_nearempty",), {"value": 100, "count": 1}),
        Truth("fill", Health.DEGRADED, ("cash_full",), {"value": 100, "count": 100}),
        Truth("fill", Health.READY, (), {"value": 100, "count": FLOAT}),
    )
    beside: ClassVar = {
        "insert": "nothing runs: it falls through",
        "next": "what the next customer has in hand",
        "jam": "told with an operation only",
        "lose_answer": "an answer that is lost once is asked for again",
        "ledger": "looks at what it recorded",
    }

    def device(self, monotonic, memory=None):
        return CashDroSimulator(memory, monotonic)

    def driver(self, connect, monotonic):
        return CashDroMachine(
            connect, Operator("admin", "password"), poll_s=0.0, monotonic=monotonic
        )

    def use(self, driver, device):
        """A coin too much comes out again: no store runs empty, however often this is done."""
        operation = driver.begin_deposit(500, lambda _: None, 2 * self.times)
        device.control("insert", value=200)
        device.control("insert", value=500)
        return driver.fix_deposit(operation, 2 * self.times).kept_minor == 500

    def settle(self, driver, device):
        """Every operation ends, and the machine has what it says that it kept."""
        ended = [
            driver.settle(one["number"], 2 * self.times)
            for one in device.control("ledger")["operations"]
        ]
        kept = sum(one.kept_minor for one in ended)
        float_minor = sum(FLOAT * value for value in PIECES)
        return all(one.stage is Stage.ENDED for one in ended) and (
            device.look()["cash_minor"] == float_minor + kept
        )
