"""Doubt about a payment: cuts, lost answers, late answers, dead processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.errors import NotSent
from drivers.payment.base import AbortAnswer, Outcome
from drivers.payment.simple.protocol import encode_frame
from drivers.simulators import Bench
from tests.drivers.simple_poi import LIVE_S, ledger, pay, simple

PAID = (Outcome.APPROVED, Outcome.PARTIAL)


def test_an_approval_is_committed_before_it_is_acknowledged(bench, poi, sale):
    request = sale()
    seen = []
    pay(poi, request, lambda _: seen.append(ledger(bench)[request.ref]["acked"]))
    assert seen == [False]
    assert ledger(bench)[request.ref]["acked"]


class _DiskFull(Exception):
    pass


@pytest.mark.parametrize(("commits_by_ack", "state"), [(True, "reversed"), (False, "approved")])
def test_a_commit_that_fails_is_not_acknowledged(bench, short_waits, sale, commits_by_ack, state):
    bench.control("poi", "commit_by_ack", on=commits_by_ack)
    poi = simple(bench, short_waits)
    poi.open(1)
    assert poi.caps.commit_by_ack == commits_by_ack
    request = sale()

    def fail(_):
        raise _DiskFull

    with pytest.raises(_DiskFull):
        pay(poi, request, fail)
    entry = ledger(bench)[request.ref]
    assert (entry["state"], entry["acked"]) == (state, False)
    found = poi.transaction_status(request, 0.3).outcome
    assert found is (Outcome.REVERSED if commits_by_ack else Outcome.APPROVED)


def test_an_enquiry_never_calls_approved_what_waits_for_an_acknowledgement(
    bench, short_waits, sale
):
    """Asked on the same line the terminal says approved, and would still undo it later."""
    bench.control("poi", "commit_by_ack", on=True)
    bench.control("poi", "next", outcome="late_answer", delay_s=60)
    poi = simple(bench, short_waits)
    request = sale()
    assert pay(poi, request).outcome is Outcome.IN_PROGRESS
    bench.poi._running.due = 0.0
    assert bench.look("poi")["stage"] == "approved"
    assert ledger(bench)[request.ref]["state"] == "approved"
    assert poi.transaction_status(request, 0.3).outcome is Outcome.REVERSED
    assert ledger(bench)[request.ref]["state"] == "reversed"


def test_every_byte_of_a_payment_cut(bench, short_waits, sale):
    """The link dies at each byte: the enquiry and the journal agree, and NotSent is not sent."""
    outcomes = set()
    poi = simple(bench, replace(short_waits, recover_s=0.0))
    for offset in range(200):
        request = sale()
        bench.control("poi", "plug")
        poi.open(1)
        bench.control("poi", "unplug_after", bytes=offset)
        try:
            outcome = pay(poi, request).outcome
        except NotSent:
            outcome = None
        outcomes.add(outcome)
        bench.control("poi", "plug")
        known = request.ref in ledger(bench)
        assert not (known and outcome is None), offset
        found = poi.transaction_status(request, 0.3).outcome
        assert found is (Outcome.APPROVED if known else Outcome.NOT_PROCESSED), offset
        assert outcome in (None, Outcome.UNKNOWN, found), offset
    assert {None, Outcome.UNKNOWN} <= outcomes


def test_the_link_comes_back_during_the_payment(bench, live_poi, sale):
    """Lost half-way and back within the time: settled by asking, never by sending again."""
    request = sale()
    bench.control("poi", "next", outcome="unplug", approved=True)
    plugging = threading.Timer(0.05, bench.control, ("poi", "plug"))
    plugging.start()
    assert pay(live_poi, request, timeout_s=LIVE_S).outcome is Outcome.APPROVED
    plugging.join()
    assert list(ledger(bench)) == [request.ref]


def test_a_late_answer_is_found_by_asking_and_does_not_confuse_the_next(bench, poi, sale):
    first, second = sale(), sale()
    bench.control("poi", "next", outcome="late_answer", delay_s=600)
    assert pay(poi, first).outcome is Outcome.IN_PROGRESS
    with pytest.raises(NotSent):
        pay(poi, second)
    bench.poi._running.due = 0.0
    assert poi.transaction_status(first, 0.3).outcome is Outcome.APPROVED
    assert pay(poi, second).ref == second.ref
    assert len(ledger(bench)) == 2


def test_the_same_reference_is_never_charged_twice(bench, poi, sale):
    request = sale()
    assert pay(poi, request).outcome is Outcome.APPROVED
    assert pay(poi, request).outcome is Outcome.APPROVED  # settled by asking
    assert len(ledger(bench)) == 1


def test_not_sent_when_the_terminal_is_not_there(bench, poi, sale):
    bench.control("poi", "unplug")
    with pytest.raises(NotSent) as caught:
        pay(poi, sale())
    assert caught.value.retryable
    assert ledger(bench) == {}


def test_another_terminal_in_its_place_knows_nothing_of_our_payment(poi, sale):
    """R9: not found counts only at the same terminal."""
    request = replace(sale(), baseline={"terminal_id": "OTHER"})
    assert poi.transaction_status(request, 0.3).outcome is Outcome.UNKNOWN
    same = replace(request, baseline=poi.baseline(0.3))
    assert poi.transaction_status(same, 0.3).outcome is Outcome.NOT_PROCESSED


def test_a_mute_terminal_is_unknown_in_time(bench, poi, sale):
    request = sale()
    bench.control("poi", "mute", on=True)
    assert poi.transaction_status(request, 0.1).outcome is Outcome.UNKNOWN
    with pytest.raises(NotSent):
        pay(poi, request)


def test_after_a_restart_a_running_request_can_be_aborted(bench, sale, short_waits):
    """R8: abort first, then ask; the customer may still stand at the prompt."""
    request = sale()
    bench.control("poi", "next", outcome="stall")
    wire = bench.poi.connect()  # of the program that died
    wire.open(1)
    asked = {"ref": request.ref, "op": "payment", "amount": 1234, "currency": "EUR"}
    wire.write(encode_frame({"type": "payment", "n": 1, **asked}), 1)
    again = simple(bench, short_waits)
    assert again.transaction_status(request, 0.3).outcome is Outcome.IN_PROGRESS
    assert again.abort(0.3) is AbortAnswer.ACCEPTED
    assert again.transaction_status(request, 0.3).outcome is Outcome.CANCELLED


def test_the_journal_survives_the_process_and_a_torn_line(tmp_path, short_waits, sale):
    request = sale()
    poi = simple(Bench(tmp_path), short_waits)
    poi.open(1)
    assert pay(poi, request).outcome is Outcome.APPROVED
    with (tmp_path / "poi.jsonl").open("ab") as file:
        file.write(b'{"event":"acked","re')
    again = simple(Bench(tmp_path), short_waits)
    assert again.transaction_status(request, 0.3).outcome is Outcome.APPROVED
    assert pay(again, sale()).poi_transaction_id.endswith("000002")


KILLED = """
import os, signal, sys
from pathlib import Path
from drivers.payment.base import Operation, Request
from drivers.payment.simple.driver import SimplePaymentTerminal
from drivers.simulators import Bench
bench = Bench(Path(sys.argv[1]))
if sys.argv[2] == "by_ack":
    bench.control("poi", "commit_by_ack", on=True)
poi = SimplePaymentTerminal(bench.poi.connect())
poi.open(60)
request = Request("a", "R1", Operation.PAYMENT, 1234, "EUR")
poi.payment(request, lambda _: os.kill(os.getpid(), signal.SIGKILL), lambda _: None, 60)
"""


@pytest.mark.parametrize(
    ("mode", "outcome"), [("plain", Outcome.APPROVED), ("by_ack", Outcome.REVERSED)]
)
def test_killed_between_the_approval_and_the_acknowledgement(
    tmp_path, short_waits, sale, mode, outcome
):
    """REC-06: the process dies with the approval in its hands; the terminal knows."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), mode],
        check=False,
        cwd=Path.cwd(),
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert killed.returncode == -signal.SIGKILL
    again = simple(Bench(tmp_path), short_waits)
    request = replace(sale(1234), ref="R1")
    assert again.transaction_status(request, 0.3).outcome is outcome


def test_the_coin_of_an_unplug_is_the_seeds(short_waits, sale):
    """The same seed gives the same faults; both sides of the coin come up."""

    def states(seed):
        bench = Bench(seed=seed)
        poi = simple(bench, replace(short_waits, recover_s=0))
        for n in range(20):
            bench.control("poi", "plug")
            bench.control("poi", "next", outcome="unplug")
            pay(poi, replace(sale(), ref=f"R{n}"), timeout_s=0.05)
        return sorted(ledger(bench))

    assert states(1) == states(1)
    assert 0 < len(states(1)) < 20
