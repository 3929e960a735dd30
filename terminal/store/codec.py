"""Frozen values as JSON and back, by their type hints alone.

Serves the state's snapshot and the documents of finished sales.  It knows dataclasses, enums,
tuples, mappings, optional values and plain scalars; whatever else a field declares is refused when
the codec is built, not when a customer waits.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from terminal.core.errors import CoreError

T = TypeVar("T")
Decoder = Callable[[Any], Any]

_SCALARS = (str, int, bool)


class NotDecodable(CoreError):
    """A stored value does not fit the type of today: written by another version, or damaged."""


def encode(value: Any) -> str:
    """Return the JSON text of a value, keys in the order of the fields."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in _field_names(kind)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{kind.__name__} has no JSON form")


@cache
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def decode(cls: type[T], text: str) -> T:
    """Return the value of a type from its JSON text.

    Raises:
        NotDecodable: the text is not JSON, or does not fit the type exactly.
    """
    try:
        kind: Any = cls
        value: T = _decoder(kind)(json.loads(text))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise NotDecodable(f"{cls.__name__}: {error}") from error
    return value


def fingerprint(cls: type) -> str:
    """Return a short hash of a type's whole shape: it changes when any field does."""
    shapes: dict[str, list[str]] = {}
    _collect(cls, shapes)
    return hashlib.sha256(json.dumps(shapes, sort_keys=True).encode()).hexdigest()[:16]


def _collect(kind: Any, shapes: dict[str, list[str]]) -> None:
    for part in get_args(kind):
        _collect(part, shapes)
    if not isinstance(kind, type) or kind.__name__ in shapes:
        return
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        shapes[kind.__name__] = [f"{name}: {hints[name]}" for name in _field_names(kind)]
        for name in _field_names(kind):
            _collect(hints[name], shapes)
    elif issubclass(kind, Enum):
        shapes[kind.__name__] = [str(member.value) for member in kind]


@cache
def _decoder(kind: Any) -> Decoder:
    if kind in _SCALARS:
        return _exactly(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if is_dataclass(kind):
        return _dataclass(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple:
        return _tuple(args)
    if origin in (Union, types.UnionType):
        return _union(args)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(*args)
    raise TypeError(f"{kind} cannot be stored")


def _exactly(kind: Any) -> Decoder:
    def decoder(plain: Any) -> Any:
        if type(plain) is not kind:
            raise TypeError(f"{plain!r} is not {kind.__name__}")
        return plain

    return decoder


def _dataclass(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    decoders = {name: _decoder(hints[name]) for name in _field_names(kind)}

    def decoder(plain: Any) -> Any:
        return kind(**{name: decoders[name](item) for name, item in plain.items()})

    return decoder


def _tuple(args: tuple[Any, ...]) -> Decoder:
    if len(args) == 2 and args[1] is Ellipsis:
        item = _decoder(args[0])
        return lambda plain: tuple([item(part) for part in plain])
    items = tuple(_decoder(arg) for arg in args)
    return lambda plain: tuple(decoder(part) for decoder, part in zip(items, plain, strict=True))


def _union(args: tuple[Any, ...]) -> Decoder:
    """Decode ``X | None``, or a union of scalars, which JSON tells apart by itself."""
    others = tuple(arg for arg in args if arg is not type(None))
    if len(others) == 1:
        inner = _decoder(others[0])
        return lambda plain: None if plain is None else inner(plain)
    if not all(arg in _SCALARS for arg in args):
        raise TypeError(f"a union of {args} cannot be stored")

    def decoder(plain: Any) -> Any:
        if type(plain) not in args:
            raise TypeError(f"{plain!r} is none of {args}")
        return plain

    return decoder


def _mapping(key: Any, value: Any) -> Decoder:
    """Decode a mapping; JSON has text keys only, so that integer keys come back from text."""
    read_key: Decoder = int if key is int else _decoder(key)
    read_value = _decoder(value)
    return lambda plain: MappingProxyType(
        {read_key(name): read_value(item) for name, item in plain.items()}
    )
