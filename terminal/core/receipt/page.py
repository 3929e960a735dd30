"""What every part of a receipt is written from: the sale, its sums, words and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.core.basket import Totals
from terminal.core.blocks import Row, Text
from terminal.core.errors import CoreError
from terminal.core.figures import Figures
from terminal.core.receipt.properties import PropertyRule
from terminal.core.state import Sale

INDENT = 2
_NO_WORDS: Mapping[str, str] = MappingProxyType({})


class NotFinal(CoreError):
    """Only a completed sale has a receipt (RCP-26)."""


@dataclass(frozen=True, slots=True)
class ShopIdentity:
    """Who sells, and at which till (RCP-05, NUM-05)."""

    name: str
    address: tuple[str, ...] = ()
    phone: str = ""
    registration: tuple[str, ...] = ()
    """Lines such as the company number and the VAT number."""
    till_number: str = ""
    workstation: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What every part of the document is written from."""

    sale: Sale
    sums: Totals
    shop: ShopIdentity
    words: Mapping[str, str]
    figures: Figures
    properties: tuple[PropertyRule, ...] = ()
    second: Mapping[str, str] = field(default_factory=lambda: _NO_WORDS)
    """The same words in the shopper's language, to stand beneath; empty for none."""

    def word(self, key: str) -> str:
        """Return a fixed text in the language of the paper."""
        return self.words[f"receipt.{key}"]

    def under(self, key: str) -> str:
        """Return what stands beneath a fixed text; empty when it would say the same."""
        second = self.second.get(f"receipt.{key}", "")
        return "" if second == self.word(key) else second

    def labelled(self, key: str, value: str) -> Text:
        """Return a fixed text and its value on a line: ``TICKET : 8200 ...``."""
        return Text(f"{self.word(key)} : {value}", under=self.under(key))

    def row(self, key: str, right: str, *, bold: bool = False, double: bool = False) -> Row:
        """Return a fixed text with a figure at the right edge."""
        return Row(self.word(key), right, bold=bold, double=double, under=self.under(key))

    def detail(self, key: str, value: str = "", right: str = "") -> Row:
        """Return an indented row that begins with a fixed text."""
        label = f"{self.word(key)} {value}".rstrip()
        return Row(label, right, indent=INDENT, under=self.under(key))
