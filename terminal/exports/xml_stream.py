"""XML written as it comes, never held as a whole: a year of receipts takes the memory of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no form for, section 2.2."""


class XmlStream:
    """Elements in the order they are written; text is escaped."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._depth = 0
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')

    @contextmanager
    def element(self, tag: str, **attributes: str) -> Iterator[None]:
        """Write an element around what is written inside."""
        self._line(f"<{tag}{_attributes(attributes)}>")
        self._depth += 1
        yield
        self._depth -= 1
        self._line(f"</{tag}>")

    def leaf(self, tag: str, text: str | int, **attributes: str) -> None:
        """Write an element that holds text."""
        clean = _NOT_XML.sub("", str(text))
        self._line(f"<{tag}{_attributes(attributes)}>{escape(clean)}</{tag}>")

    def cut(self, tag: str, text: str, longest: int) -> None:
        """Write an element that may hold no more than ``longest`` characters."""
        self.leaf(tag, text[:longest])

    def leaves(self, **texts: str | int | None) -> None:
        """Write elements that hold text, in order; those that are None are left out."""
        for tag, text in texts.items():
            if text is not None:
                self.leaf(tag, text)

    def _line(self, text: str) -> None:
        self._out.write("\t" * self._depth + text + "\n")


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(
        f" {name}={quoteattr(_NOT_XML.sub('', value))}" for name, value in attributes.items()
    )
