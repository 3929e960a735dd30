"""Canonical bytes: one text per value, and a chain that no change survives."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.events import HelpCalled, NoticeRaised, PaymentSending
from terminal.core.policy import Moment
from terminal.journal.records import (
    GENESIS,
    MAX_PAYLOAD_CHARS,
    NotCanonical,
    Record,
    canonical_json,
    is_sealed,
    sealed,
)

MOMENT = Moment(1_790_000_000_000, "2026-09-21")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": "é"}, '{"a":"é","b":1}'),
        ({"a": (1, (2, "x"))}, '{"a":[1,[2,"x"]]}'),
        ({"a": MappingProxyType({"z": True, "y": None})}, '{"a":{"y":null,"z":true}}'),
        ({"a": '"\\\n'}, '{"a":"\\"\\\\\\n"}'),
        ({"a": 10**30}, '{"a":1000000000000000000000000000000}'),
        ({}, "{}"),
    ],
)
def test_a_value_has_one_text(value, text):
    assert canonical_json(value) == text


@pytest.mark.parametrize(
    "value", [{"a": 1.0}, {"a": b"x"}, {1: "a"}, {"a": {2: 3}}, {"a": object()}, {"a": {1, 2}}]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical_json(value)


def test_a_payload_is_bounded():
    with pytest.raises(NotCanonical, match="too long"):
        canonical_json({"a": "x" * MAX_PAYLOAD_CHARS})


def test_a_lone_surrogate_is_refused():
    with pytest.raises(NotCanonical, match="Unicode"):
        sealed(GENESIS, 1, HelpCalled("\ud800"), MOMENT)


@given(PLAIN)
def test_the_text_reads_back_and_is_stable(value):
    text = canonical_json({"value": value})
    assert json.loads(text) == {"value": value}
    assert canonical_json(json.loads(text)) == text


def test_the_hash_is_the_documented_one():
    record = sealed(GENESIS, 1, HelpCalled("âge"), MOMENT)
    assert record.payload_json == '{"reason":"âge"}'
    assert record.hash.hex() == "d5e34b00ba2c2161824b88de6a590f0e905968c0ce440144cbfa06120dd6e91a"


@pytest.mark.parametrize("event", [NoticeRaised(1, "k", {"n": 1}), PaymentSending("a", {"b": "c"})])
def test_no_change_of_any_field_survives(event):
    record = sealed(GENESIS, 7, event, MOMENT)
    changes = {
        "seq": 8,
        "at_ms": record.at_ms + 1,
        "business_date": "2026-09-22",
        "type": "Other",
        "version": 2,
        "payload_json": record.payload_json.replace(":", ": "),
        "prev_hash": bytes(31) + b"\1",
        "hash": bytes(32),
    }
    assert set(changes) == {field.name for field in fields(Record)}
    assert is_sealed(record)
    assert not any(is_sealed(replace(record, **{name: v})) for name, v in changes.items())
