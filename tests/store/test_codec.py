"""Values come back from their JSON as they were, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field, make_dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from terminal.core.state import Sale, SaleStatus, TerminalState
from terminal.store import codec


def test_every_state_of_a_day_comes_back(day):
    state = TerminalState()
    from terminal.core.evolve import evolve

    for events, moment in day.batches:
        for event in events:
            state = evolve(state, event, moment)
        text = codec.encode(state)
        assert codec.decode(TerminalState, text) == state
        assert codec.encode(codec.decode(TerminalState, text)) == text


def test_what_comes_back_is_as_frozen_as_it_was(full):
    sale = full.sale(full.receipts(1)[0].receipt_number)
    assert isinstance(sale.lines, tuple)
    assert isinstance(sale.status, SaleStatus)
    state = codec.decode(TerminalState, codec.encode(TerminalState()))
    assert isinstance(state.parked, MappingProxyType)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"sale_id": 1}',
        '{"sale_id": "a"}',
        '{"nothing": 1}',
        '{"sale_id":"a","ordinal":true}',
        '{"status":"sold"}',
    ],
)
def test_text_that_does_not_fit_is_refused(text):
    with pytest.raises(codec.NotDecodable):
        codec.decode(Sale, text)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Box:
    colour: Colour
    sizes: tuple[int, str]
    by_number: dict[int, tuple[str, ...]] = field(default_factory=dict)
    lid: int | str | None = None


def test_every_kind_of_field_comes_back():
    box = Box(Colour.RED, (1, "a"), {7: ("x", "y")}, "wood")
    assert codec.decode(Box, codec.encode(box)) == box


def test_a_type_that_cannot_be_stored_is_found_early():
    for kind in (float, list[int], Any, int | tuple[int, ...]):
        cls = make_dataclass("Odd", [("value", kind)])
        with pytest.raises(codec.NotDecodable):
            codec.decode(cls, '{"value": 1}')


def test_the_fingerprint_changes_with_the_shape():
    one = make_dataclass("Same", [("a", int)])
    two = make_dataclass("Same", [("a", int), ("b", int, 0)])
    assert codec.fingerprint(one) == codec.fingerprint(one)
    assert codec.fingerprint(one) != codec.fingerprint(two)


def test_a_value_without_a_json_form_is_refused():
    with pytest.raises(TypeError, match="no JSON form"):
        codec.encode({"a": object()})
