"""JSON in which an amount is a decimal number and never passes through binary floating point.

nexo writes amounts as JSON numbers in major units (12.34).  Python's encoder knows no Decimal and
its decoder would make a float of it; here they are Decimal on both ways.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from drivers.errors import LocalProtocolError, RemoteProtocolError


def dump(value: object) -> str:
    """Return ``value`` as JSON without spaces. Raises LocalProtocolError for what JSON has not."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise LocalProtocolError(f"{value} is no number of JSON")
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(k))}:{dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, Sequence):
        return "[" + ",".join(map(dump, value)) + "]"
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    raise LocalProtocolError(f"{type(value).__name__} has no place in a message")


def load(text: bytes) -> dict[str, Any]:
    """Return the object that ``text`` is. Raises RemoteProtocolError for anything else."""
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError("not JSON") from error
    if not isinstance(value, dict):
        raise RemoteProtocolError("a message that is not an object")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


class Tree:
    """A received object, read by paths; a wrong type reads as absent, as a mutation may be."""

    def __init__(self, value: object) -> None:
        self._value = value

    def at(self, *path: str) -> Tree:
        """Return what is at the end of a path of names."""
        value = self._value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Tree(value)

    def text(self, *path: str) -> str:
        """Return a text, "" when there is none."""
        value = self.at(*path).value
        return value if isinstance(value, str) else ""

    def number(self, *path: str) -> Decimal | None:
        """Return a number, also one written as a text, or None."""
        value = self.at(*path).value
        if isinstance(value, bool):
            return None
        if isinstance(value, int | Decimal):
            return Decimal(value)
        if isinstance(value, str) and value.replace(".", "", 1).isdecimal() and value.isascii():
            return Decimal(value)
        return None

    def items(self, *path: str) -> list[Tree]:
        """Return the members of a list; a single object stands for a list of one."""
        value = self.at(*path).value
        if isinstance(value, list):
            return [Tree(member) for member in value]
        return [Tree(value)] if isinstance(value, dict) else []

    @property
    def value(self) -> object:
        return self._value

    def __bool__(self) -> bool:
        return self._value is not None
