"""YAML with lines: every value knows where it stands, and nothing is built but plain values.

A fault script is written by people, and ``on`` is a word in it: only ``true`` and ``false`` are
booleans here, as in YAML 1.2.  Anchors, tags and documents of more than MAX_BYTES are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.simulation import UnknownAction

MAX_BYTES = 512 * 1024
MAX_DEPTH = 8
_PLAIN = "tag:yaml.org,2002:"
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FRACTION = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{1,15}")


class BadScript(UnknownAction):
    """A fault script cannot be played: the file, the line, and what is wrong there."""

    def __init__(self, why: str, line: int = 0, file: str = "") -> None:
        self.why, self.line, self.file = why, line, file
        place = f"{file or 'script'}, line {line}: " if line else f"{file or 'script'}: "
        super().__init__(place + why)


@dataclass(frozen=True, slots=True)
class Item:
    """A value and the line it begins on; a list holds Items, a map Items by name."""

    value: Any
    line: int

    def plain(self) -> Any:
        """Return the value without its lines."""
        if isinstance(self.value, dict):
            return {name: item.plain() for name, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value


def read_text(path: Path) -> str:
    """Return a script's text, at most MAX_BYTES of UTF-8. Raises BadScript."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise BadScript(f"is larger than {MAX_BYTES} bytes", file=str(path))
        return data.decode()
    except OSError as error:
        raise BadScript(f"cannot be read: {error.strerror}", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise BadScript("is not UTF-8 text", file=str(path)) from error


def parse(text: str) -> Item:
    """Return the one document in a text. Raises BadScript."""
    import yaml  # noqa: PLC0415 - a terminal that plays no script does not load it

    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise BadScript(f"is larger than {MAX_BYTES} bytes")
    try:
        _guard(yaml.parse(text, Loader=yaml.SafeLoader))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = f"is not YAML: {error.problem or error.context}"
        raise BadScript(why, mark.line + 1 if mark else 0) from error
    except yaml.YAMLError as error:
        raise BadScript("holds characters that YAML does not allow") from error
    if node is None:
        raise BadScript("is empty")
    return _item(node)


def _guard(events: Iterator[Any]) -> None:
    """Refuse what could grow without end before anything is built."""
    depth = 0
    for event in events:
        name, line = type(event).__name__, event.start_mark.line + 1
        if name == "AliasEvent" or getattr(event, "anchor", None):
            raise BadScript("has an anchor or an alias: write it out", line)
        depth += name.endswith(("MappingStartEvent", "SequenceStartEvent"))
        depth -= name.endswith(("MappingEndEvent", "SequenceEndEvent"))
        if depth > MAX_DEPTH:
            raise BadScript(f"is nested more than {MAX_DEPTH} deep", line)


def _item(node: Any) -> Item:
    line = node.start_mark.line + 1
    kind = node.tag.removeprefix(_PLAIN)
    if kind == "map":
        return Item(_map(node), line)
    if kind == "seq":
        return Item([_item(one) for one in node.value], line)
    if not isinstance(node.value, str) or kind == node.tag:
        raise BadScript(f"{node.tag} is no plain value", line)
    return Item(_scalar(kind, node.value), line)


def _map(node: Any) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key.value, str):
            raise BadScript("a name must be a word", line)
        if key.value in found:
            raise BadScript(f"{key.value!r} stands here twice", line)
        found[key.value] = _item(value)
    return found


def _scalar(kind: str, text: str) -> Any:
    """Return a scalar; what other YAMLs read as dates, octals or booleans stays text."""
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == "int" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "float" and _FRACTION.fullmatch(text):
        return float(text)
    return text
