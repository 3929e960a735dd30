"""How long commits take: percentiles out of buckets of fixed number, against the sorted list."""

import math

from hypothesis import given
from hypothesis import strategies as st

from terminal.core.events import OperatorSignedOn
from terminal.core.policy import Moment
from terminal.journal.latency import (
    BUCKETS,
    WINDOW,
    CommitTimes,
    Histogram,
    bucket_of,
    percentiles,
    upper_of,
)

DURATIONS = st.integers(0, 2**30)


@given(st.integers(0, 2**26 - 1))
def test_a_bucket_holds_its_duration_and_is_at_most_an_eighth_wide(us):
    upper = upper_of(bucket_of(us))
    assert us <= upper <= us + us // 8


@given(DURATIONS, DURATIONS)
def test_a_longer_duration_is_in_no_lower_bucket(one, other):
    low, high = sorted((one, other))
    assert 0 <= bucket_of(low) <= bucket_of(high) < BUCKETS


@given(st.lists(st.integers(0, 2**26 - 1), min_size=1, max_size=200))
def test_percentiles_are_those_of_the_sorted_list_within_an_eighth(durations):
    histogram = Histogram()
    for us in durations:
        histogram.add(us)
    found = percentiles((histogram,))
    assert (found.count, found.max_us) == (len(durations), max(durations))
    ordered = sorted(durations)
    for share, told in ((0.50, found.p50_us), (0.95, found.p95_us), (0.99, found.p99_us)):
        true = ordered[math.ceil(len(ordered) * share) - 1]
        assert true <= told <= true + true // 8


def test_a_commit_longer_than_the_last_bucket_keeps_its_true_length():
    times = CommitTimes()
    times.took(2**28, "2026-11-28")
    assert times.recent().max_us == 2**28
    assert times.recent().p99_us <= 2**28


def test_the_window_forgets_what_is_two_windows_old_and_never_grows():
    times = CommitTimes()
    times.took(9_000_000, "2026-11-28")
    for _ in range(2 * WINDOW):
        times.took(100, "2026-11-28")
    assert times.recent().max_us == 100
    assert WINDOW <= times.recent().count <= 2 * WINDOW
    assert times.of_day()[1].max_us == 9_000_000  # the day does not forget


def test_a_new_trading_day_counts_anew():
    times = CommitTimes()
    times.took(500, "2026-11-27")
    times.took(100, "2026-11-28")
    day, took = times.of_day()
    assert (day, took.count, took.max_us) == ("2026-11-28", 1, 100)


def test_without_commits_there_are_no_figures():
    assert CommitTimes().recent().p99_us == 0
    assert CommitTimes().of_day()[0] == ""


def test_every_commit_of_the_journal_is_counted_and_an_empty_one_is_none(journal):
    moment = Moment(1_000, "2026-11-28")
    for _ in range(3):
        journal.append((OperatorSignedOn("1", "Camille", "cashier"),), moment)
    journal.append((), moment)
    day, took = journal.commit_times.of_day()
    assert (day, took.count) == ("2026-11-28", 3)
    assert took.max_us >= took.p99_us >= took.p50_us >= 0
