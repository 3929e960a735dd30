"""An independent reader of a FEC, from the text of the law alone: it shares nothing with ours.

LPF A47 A-1: 18 fields named and in order, a tab or a bar between them, dates AAAAMMJJ, decimal
comma, every entry balanced, numbers without a gap, chronological.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAMES = [
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
    "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
]  # fmt: skip
OBLIGATORY = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
)  # fmt: skip
DATE = re.compile(r"20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
AMOUNT = re.compile(r"\d+,\d\d")
ACCOUNT = re.compile(r"[1-8]\d{2,}")
FILE = re.compile(r"\d{9}FEC\d{8}\.txt")


@dataclass(frozen=True)
class Line:
    """One line, by name of field; amounts in cents."""

    fields: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    @property
    def debit(self) -> int:
        return int(self["Debit"].replace(",", ""))

    @property
    def credit(self) -> int:
        return int(self["Credit"].replace(",", ""))


def read(text: str, first: int = 1) -> list[Line]:
    """Return the lines of a file that is as the law wants it; ``first`` is its first entry."""
    rows = text.split("\r\n")
    assert rows.pop() == "", "the last line ends as the others do"
    between = "\t" if "\t" in rows[0] else "|"
    assert rows[0].split(between) == NAMES
    lines = [Line(dict(zip(NAMES, row.split(between), strict=True))) for row in rows[1:]]
    entries: dict[str, int] = {}
    for line in lines:
        assert all(line[name] for name in OBLIGATORY), line
        assert DATE.fullmatch(line["EcritureDate"])
        assert DATE.fullmatch(line["PieceDate"])
        assert DATE.fullmatch(line["ValidDate"] or line["EcritureDate"])
        assert ACCOUNT.fullmatch(line["CompteNum"])
        assert AMOUNT.fullmatch(line["Debit"])
        assert AMOUNT.fullmatch(line["Credit"])
        assert (line.debit == 0) != (line.credit == 0), "one side, and never nothing"
        number = line["EcritureNum"]
        entries[number] = entries.get(number, 0) + line.debit - line.credit
    assert not any(entries.values()), "every entry balances"
    assert list(entries) == [str(first + n) for n in range(len(entries))], "no gap, in order"
    dates = [line["EcritureDate"] for line in lines]
    assert dates == sorted(dates), "chronological"
    return lines


def balance(lines: list[Line], *accounts: str) -> int:
    """Return debit less credit of the accounts that begin so, in cents."""
    return sum(line.debit - line.credit for line in lines if line["CompteNum"].startswith(accounts))
