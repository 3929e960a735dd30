"""Damaged messages of a ZVT terminal: never booked without standing, and only our own errors."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest

from drivers.errors import NotSent
from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.waits import Waits
from drivers.payment.zvt.apdu import ApduDecoder
from drivers.payment.zvt.driver import ZvtPaymentTerminal
from drivers.payment.zvt.tables import Command

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
MUTATIONS = 10_000 if FULL else 1000
PAID = (Outcome.APPROVED, Outcome.PARTIAL)
OK, DONE = bytes.fromhex("80 00 00"), bytes.fromhex("06 0F 00")
BASELINE = {"terminal_id": "52500001", "seen": "transaction", "receipt": "0041", "trace": "000041"}
REQUEST = Request("a", "R1", Operation.PAYMENT, 1010, "EUR", BASELINE)
APPROVED = bytes.fromhex(
    "04 0F 1C 27 00 04 00 00 00 00 10 10 0B 00 00 42 87 00 42 88 00 00 42 29 52 50 00 01 49 09 78"
)
DAMAGE = [APPROVED, bytes.fromhex("04 0F 02 27 05"), bytes.fromhex("04 0F 02 27 6C")]


def _standing(sim):
    ledger = sim.control("ledger")["ledger"]
    return [one for one in ledger if one["state"] in ("approved", "partial")]


def _mutate(dice):
    def spoil(data):
        frame = bytearray(data)
        for _ in range(dice.randint(1, 3)):
            place = dice.randrange(len(frame)) if frame else 0
            match dice.randrange(5):
                case 0 if frame:
                    frame[place] ^= 1 << dice.randrange(8)
                case 1 if frame:
                    del frame[place]
                case 2:
                    frame.insert(place, dice.randrange(256))
                case 3:
                    del frame[place:]
                case _:
                    frame += frame[place:]
        return bytes(frame)

    return spoil


def test_mutated_messages_are_never_booked_without_standing(patient_shop, sale):
    """R3, R4: only our own errors come out, and what is booked stands at the terminal."""
    booked = refused = 0
    for seed in range(MUTATIONS):
        dice = random.Random(seed)
        plan = dice.choice(["approve", "approve", "decline", "cancel", "mismatch"])
        sim, tap, poi, _ = patient_shop(spoil=_mutate(dice), spoil_at=dice.randint(1, 14))
        sim.control("next", outcome=plan)
        request = replace(sale(200), baseline=poi.baseline(5) or {"seen": "nothing"})
        committed = []
        try:
            outcome = poi.payment(request, committed.append, lambda _: None, 60).outcome
        except NotSent:
            outcome = None
        poi.close()
        if outcome in PAID:
            booked += 1
            assert (plan, committed[0].authorized_minor) == ("approve", 200), seed
            assert [one["amount_minor"] for one in _standing(sim)] == [200], seed
        refused += outcome not in PAID
        assert bytes(tap.written).count(b"\x06\x01\x0a\x04") <= 3, seed
    assert booked
    assert refused


@pytest.mark.parametrize("number", range(len(DAMAGE)))
def test_a_status_with_one_byte_changed_is_the_same_money_or_none(number):
    """Every byte of a status information to other values, over TCP, where nothing repairs it."""
    told = DAMAGE[number]
    for place in range(3, len(told)):
        for value in {0x00, 0x05, 0x6C, 0xFF, told[place] ^ 0x01, told[place] ^ 0x80}:
            changed = told[:place] + bytes([value]) + told[place + 1 :]
            assert ApduDecoder().receive(changed)
            result, committed = _pay_with_status(changed)
            if committed:
                assert number == 0
                assert committed[0].authorized_minor == 1010
                assert changed[3:5] == b"\x27\x00"
            else:
                assert result.outcome not in PAID


class OneStatus:
    """A terminal that accepts everything, tells one status information, and then is gone."""

    def __init__(self, status):
        self._out = bytearray()
        self._status = status
        self._told = False

    def open(self, timeout_s):
        self._out.clear()

    def write(self, data, timeout_s):
        for apdu in ApduDecoder().receive(data):
            if apdu.control in (Command.STATUS_ENQUIRY, Command.REGISTRATION):
                self._out += OK + DONE if not self._told else b""
            elif apdu.control == Command.AUTHORISATION:
                self._told = True
                self._out += OK + self._status
            elif self._told:
                self._out += DONE

    def read(self, limit, timeout_s):
        data = bytes(self._out[:limit])
        del self._out[:limit]
        return data

    def close(self):
        self._out.clear()


def _pay_with_status(status):
    waits = Waits(connect_s=0.01, answer_s=0.001, recover_s=0.0, retry_s=0.0, slice_s=0.001)
    committed = []
    poi = ZvtPaymentTerminal(OneStatus(status), waits)
    return poi.payment(REQUEST, committed.append, lambda _: None, 0.002), committed
