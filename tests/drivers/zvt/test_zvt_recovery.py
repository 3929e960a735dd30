"""What the last transaction of a ZVT terminal proves about an attempt, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.base import Health
from drivers.payment.base import Outcome
from drivers.payment.waits import Waits
from drivers.payment.zvt.apdu import Apdu, ApduDecoder
from drivers.payment.zvt.driver import ZvtPaymentTerminal
from drivers.payment.zvt.status import parse_status
from drivers.payment.zvt.tables import Command
from drivers.payment.zvt.verdict import judge_last

PAID = (Outcome.APPROVED, Outcome.PARTIAL)
TIMEOUT_S = 0.2


# --- what the last transaction proves ---


def test_the_same_baseline_is_not_processed(shop):
    shop.pay()
    request = shop.request()
    assert shop.poi.transaction_status(request, 0.3).outcome is Outcome.NOT_PROCESSED


def test_without_a_baseline_nothing_is_proved(shop, sale):
    shop.pay()
    assert shop.poi.transaction_status(sale(), 0.3).outcome is Outcome.UNKNOWN


def test_a_terminal_that_tells_nothing_leaves_it_unknown(shop):
    """06 20 answered by 80 00 00 and 06 0F alone: a definite answer is never guessed."""
    shop.sim.control("personality", repeats=False)
    request = shop.request()
    assert request.baseline["seen"] == "nothing"
    assert shop.pay(request).outcome is Outcome.APPROVED
    assert shop.poi.transaction_status(request, 0.3).outcome is Outcome.UNKNOWN


def test_another_terminal_in_its_place_proves_nothing(shop):
    """R9."""
    shop.pay()
    request = shop.request()
    other = replace(request, baseline={**request.baseline, "terminal_id": "99999999"})
    assert shop.poi.transaction_status(other, 0.3).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("last", ["approve", "decline", "cancel"])
def test_payments_made_by_hand_since_prove_nothing(shop, last):
    """R9: the last transaction is known, the one before it is not; ours may have been paid."""
    shop.pay()
    request = shop.request(500)
    shop.pay(shop.request(500))
    shop.sim.control("next", outcome=last)
    shop.pay(shop.request(500))
    found = shop.poi.transaction_status(request, 0.3)
    assert (found.outcome, "other transactions" in found.evidence) == (Outcome.UNKNOWN, True)


@pytest.mark.parametrize(
    ("before", "now", "outcome"),
    [
        (("0041", "000041"), ("0042", "000042"), Outcome.APPROVED),
        (("0041", "000041"), ("0042", "000047"), Outcome.APPROVED),  # traces of other messages
        (("0041", "000041"), ("0041", "000042"), Outcome.APPROVED),  # the number is used again
        (("9999", "009999"), ("0000", "010000"), Outcome.APPROVED),
        (("9999", "999999"), ("0001", "000001"), Outcome.APPROVED),
        (("0041", "000041"), ("0043", "000043"), Outcome.UNKNOWN),
        (("0041", "000041"), ("0040", "000042"), Outcome.UNKNOWN),
        (("0041", ""), ("", "000042"), Outcome.UNKNOWN),
        (("0041", "000041"), ("", ""), Outcome.UNKNOWN),
        (("", "000041"), ("", "000042"), Outcome.APPROVED),
        (("0041", "000041"), ("0041", "000041"), Outcome.NOT_PROCESSED),
    ],
)
def test_the_numbers_of_the_last_transaction(sale, before, now, outcome):
    marks = {"receipt": before[0], "trace": before[1], "turnover": ""}
    request = replace(sale(1234), baseline={"terminal_id": "", "seen": "transaction", **marks})
    last = replace(parse_status(bytes.fromhex("270004000000001234")), receipt=now[0], trace=now[1])
    assert judge_last(request, "", last).outcome is outcome
    failed = judge_last(request, "", replace(last, result=0x05))
    near = outcome in PAID and now[1] != "000047"
    assert failed.outcome is (Outcome.DECLINED if near else Outcome.UNKNOWN) or (
        outcome is failed.outcome is Outcome.NOT_PROCESSED
    )


def test_a_reversed_payment_is_found_reversed(shop):
    shop.pay()
    request = shop.request()
    paid = shop.pay(request)
    shop.poi.reversal(request, paid.poi_transaction_id, "REV1", TIMEOUT_S)
    shop.sim.control("personality", undone_shows="previous")
    assert shop.poi.transaction_status(request, 0.3).outcome is Outcome.REVERSED


def test_at_a_new_terminal_nothing_is_proved_until_it_did_something(shop):
    """No last transaction looks like one that is not told: never a definite answer."""
    request = shop.request()
    shop.sim.control("next", outcome="unplug", approved=False)
    assert shop.pay(request).outcome is Outcome.UNKNOWN
    shop.sim.control("plug")
    assert shop.poi.transaction_status(request, 0.3).outcome is Outcome.UNKNOWN


# --- terminals that hold an approval until the next transaction (1F1F) ---


def test_an_approval_that_we_never_heard_of_is_found_and_kept(holding):
    request = holding.request(200)
    holding.sim.control("next", outcome="lose_answer")
    assert holding.pay(request).outcome is Outcome.APPROVED  # by asking
    assert holding.pay(holding.request(300)).outcome is Outcome.APPROVED
    assert [one["amount_minor"] for one in holding.standing()] == [100, 200, 300]


def test_the_known_number_survives_the_program(holding):
    """The number is on the disk, and goes back with the next transaction."""
    told = []
    again = holding.driver()
    inner = again._session._wire
    send = inner.send

    def listen(apdu, deadline, *, again):
        told.append(apdu)
        send(apdu, deadline, again=again)

    inner.send = listen
    request = holding.request(300, poi=again)
    assert again.payment(request, lambda _: None, lambda _: None, 1).outcome is Outcome.APPROVED
    sent = [apdu for apdu in told if apdu.control == 0x0601]
    assert sent[0].data.endswith(bytes.fromhex("0605 1f1f 02 0001"))


def test_an_approval_that_was_not_durable_is_undone_by_the_next(holding):
    """One less than the terminal's last number: it reverses, as we cannot have booked it."""
    holding.sim.control("personality", unacknowledged="holds", repeats=False)
    holding.sim.control("next", outcome="lose_answer")
    request = holding.request(200)
    assert holding.pay(request).outcome is Outcome.UNKNOWN
    holding.pay(holding.request(300))
    assert [one["amount_minor"] for one in holding.standing()] == [100, 300]


class Plain:
    """A terminal that answers a registration and a payment, and is silent when asked else."""

    def __init__(self):
        self._decoder = ApduDecoder()
        self._out = bytearray()
        self.payments = 0

    def open(self, timeout_s):
        self._out.clear()

    def write(self, data, timeout_s):
        for apdu in self._decoder.receive(data):
            if apdu.control == Command.REGISTRATION:
                self._out += bytes.fromhex("80 00 00 06 0F 00")
            elif apdu.control == Command.AUTHORISATION:
                self.payments += 1
                status = f"27 00 04 00 00 00 00 12 34 0B 00 00 4{self.payments}"
                told = Apdu(Command.STATUS_INFORMATION, bytes.fromhex(status)).encode()
                self._out += bytes.fromhex("80 00 00") + told + bytes.fromhex("06 0F 00")

    def read(self, limit, timeout_s):
        data = bytes(self._out[:limit])
        del self._out[:limit]
        return data

    def close(self):
        self._out.clear()


def test_a_terminal_that_knows_no_enquiries_can_still_be_paid_at(sale):
    """It answers neither 05 01 nor 06 20: payments go well, and a doubt stays one."""
    waits = Waits(connect_s=0.01, answer_s=0.01, recover_s=0.01, retry_s=0.0, slice_s=0.01)
    poi = ZvtPaymentTerminal(Plain(), waits)
    assert poi.open(0.05).health is poi.status(0.05).health is Health.READY
    baseline = poi.baseline(0.05)
    assert baseline["seen"] == "nothing"
    for request in (replace(sale(1234), baseline=baseline), sale(1234)):
        paid = poi.payment(request, lambda _: None, lambda _: None, 0.1)
        assert paid.outcome is Outcome.APPROVED
        assert poi.transaction_status(request, 0.05).outcome is Outcome.UNKNOWN
