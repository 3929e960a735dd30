"""What all drivers have in common: errors, health that ages, states, power, self-test."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drivers
from drivers.base import (
    Check,
    Health,
    Power,
    SelfTestReport,
    Statistics,
    Status,
    aged,
    power,
)
from drivers.errors import (
    Claimed,
    DeviceFault,
    DriverError,
    LocalProtocolError,
    Locus,
    NotSent,
    ProtocolError,
    RemoteProtocolError,
    TransportError,
    TransportTimeout,
    Unplugged,
)


@pytest.mark.parametrize(
    ("error", "bytes_sent", "retryable", "maybe_done", "locus"),
    [
        (DriverError, 0, False, False, Locus.OUTPUT),
        (TransportError, 0, True, False, Locus.OUTPUT),
        (TransportError, 1, False, True, Locus.OUTPUT),
        (Unplugged, 0, True, False, Locus.OUTPUT),
        (Unplugged, 7, False, True, Locus.OUTPUT),
        (Claimed, 0, True, False, Locus.OUTPUT),
        (TransportTimeout, 0, True, False, Locus.OUTPUT),
        (TransportTimeout, 1, False, True, Locus.OUTPUT),
        (ProtocolError, 0, False, False, Locus.OUTPUT),
        (LocalProtocolError, 9, False, False, Locus.OUTPUT),
        (RemoteProtocolError, 0, False, True, Locus.INPUT),
        (DeviceFault, 9, False, False, Locus.OUTPUT),
        (NotSent, 0, True, False, Locus.OUTPUT),
    ],
)
def test_every_error_says_whether_it_may_be_asked_again(
    error, bytes_sent, retryable, maybe_done, locus
):
    raised = error("words", bytes_sent=bytes_sent)
    said = (raised.retryable, raised.maybe_done, raised.locus, str(raised))
    assert said == (retryable, maybe_done, locus, "words")


def _errors(cls=DriverError):
    return {cls}.union(*(_errors(sub) for sub in cls.__subclasses__()))


def test_no_error_of_any_driver_is_both_harmless_to_repeat_and_perhaps_done():
    for module in walk_packages(drivers.__path__, "drivers."):
        import_module(module.name)
    errors = [cls("x", bytes_sent=sent) for cls in _errors() for sent in (0, 1)]
    assert [error for error in errors if error.retryable and error.maybe_done] == []


def test_a_count_that_a_driver_adds_later_is_heard():
    error = TransportTimeout("no answer")
    error.bytes_sent = 12
    assert error.maybe_done


def test_a_locus_can_be_told():
    assert RemoteProtocolError("x", locus=Locus.INPUT_DATA).locus is Locus.INPUT_DATA


# --- health ages ----------------------------------------------------------------------------------

READY = Status(Health.READY, (), 100.0)


@pytest.mark.parametrize(
    ("status", "now_s", "expected"),
    [
        (READY, 102.0, READY),
        (READY, 102.1, Status(Health.DEGRADED, ("stale",), 100.0)),
        (READY, 103.0, Status(Health.DEGRADED, ("stale",), 100.0)),
        (READY, 103.1, Status(Health.ABSENT, ("stale",), 100.0)),
        (
            Status(Health.BLOCKED, ("paper_out",), 100.0),
            102.5,
            Status(Health.BLOCKED, ("paper_out", "stale"), 100.0),
        ),
        (Status(Health.FAULT, (), 100.0), 102.5, Status(Health.FAULT, ("stale",), 100.0)),
        (Status(Health.BLOCKED, ("x",), 100.0), 104, Status(Health.ABSENT, ("stale",), 100.0)),
        (Status(Health.READY), 1e9, Status(Health.READY)),
        (Status(Health.STARTING, (), 100.0), 1e9, Status(Health.STARTING, (), 100.0)),
        (
            Status(Health.ABSENT, ("unplugged",), 100.0),
            1e9,
            Status(Health.ABSENT, ("unplugged",), 100.0),
        ),
    ],
)
def test_a_status_is_worth_less_the_older_its_answer_is(status, now_s, expected):
    assert aged(status, now_s, 1.0) == expected


WORSE = [Health.READY, Health.DEGRADED, Health.BLOCKED, Health.FAULT, Health.ABSENT]


@given(st.sampled_from(WORSE), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.1, 60))
def test_nothing_gets_better_by_waiting(health, earlier, later, poll_s):
    status = Status(health, (), 0.0)
    first, second = sorted((earlier, later))
    before, after = aged(status, first, poll_s), aged(status, second, poll_s)
    assert WORSE.index(before.health) <= WORSE.index(after.health)


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (Health.STARTING, Power.UNKNOWN),
        (Health.ABSENT, Power.OFF_OFFLINE),
        (Health.READY, Power.ONLINE),
        (Health.BLOCKED, Power.ONLINE),
        (Health.FAULT, Power.ONLINE),
    ],
)
def test_who_answers_has_power(health, expected):
    assert power(Status(health)) is expected


# --- counters and self-test -----------------------------------------------------------------------


def test_statistics_remember_the_last_error_in_a_line():
    count = Statistics()
    count.failed(Unplugged("gone"))
    count.failed(DeviceFault("x" * 1000))
    assert count.errors == 2
    assert count.last_error.startswith("DeviceFault: xxx")
    assert len(count.last_error) == 200


@pytest.mark.parametrize(
    ("checks", "passed"), [((), False), ((True,), True), ((True, False), False)]
)
def test_a_self_test_passes_when_something_was_checked_and_nothing_failed(checks, passed):
    report = SelfTestReport(tuple(Check(f"part{n}", ok) for n, ok in enumerate(checks)))
    assert report.passed is passed
