"""Old payloads are made new, step by step; what cannot be understood is refused."""

from __future__ import annotations

import pytest

from terminal.core.errors import CoreError
from terminal.core.events import HelpCalled, UnknownEvent
from terminal.core.policy import Moment
from terminal.journal.records import GENESIS, Record, canonical_json, sealed
from terminal.journal.upcast import UPCASTS, decode, upcast

MADE_UP = {
    ("HelpCalled", 0): lambda p: {"reason": p["why"]},
    ("HelpCalled", -1): lambda p: {"why": p["cause"].lower()},
}


def record_of(name, version, payload):
    return Record(1, 0, "2026-09-21", name, version, canonical_json(payload), GENESIS, bytes(32))


@pytest.mark.parametrize(
    ("version", "payload"),
    [(1, {"reason": "age"}), (0, {"why": "age"}), (-1, {"cause": "AGE"})],
)
def test_every_version_reads_as_the_newest(version, payload):
    assert decode(record_of("HelpCalled", version, payload), MADE_UP) == HelpCalled("age")


def test_a_sealed_event_reads_back():
    record = sealed(GENESIS, 1, HelpCalled("age"), Moment(0, "2026-09-21"))
    assert decode(record, UPCASTS) == HelpCalled("age")


@pytest.mark.parametrize(
    ("name", "version", "words"),
    [
        ("HelpCalled", 2, "newer software"),
        ("HelpCalled", -2, "no upcast"),
        ("Invented", 1, "Invented"),
    ],
)
def test_what_is_not_understood_is_refused(name, version, words):
    with pytest.raises(UnknownEvent, match=words):
        upcast(name, version, {}, MADE_UP)


@pytest.mark.parametrize("payload", [{}, {"reason": "a", "more": 1}, {"other": "a"}])
def test_a_payload_of_another_shape_is_refused(payload):
    with pytest.raises(CoreError):
        decode(record_of("HelpCalled", 1, payload))


def test_a_step_never_reads_past_its_target():
    assert upcast(
        "Anything", 1, {"a": 1}, {("Anything", 1): lambda p: {"b": p["a"]}}, target=2
    ) == {"b": 1}
