"""The FEC, the file of accounting entries that French law asks for: one entry per closed day.

Source: LPF article A47 A-1, VII and VIII: 18 fields in this order, a header, tab or bar between
them, dates YYYYMMDD, a decimal comma; the file is named SIREN FEC and the last day.

The till's part of the accounts, to be imported into the company's: its FEC is made from all of its
accounts.  An entry's number counts the closures that have something to enter, since the first; so
it is the same whatever period is exported.  An entry that is not validated (provisional) has no
ValidDate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from terminal.exports.company import Company
from terminal.exports.days import Day, NotBalanced
from terminal.exports.plan import CASH, Account, Plan

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
    "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
SEPARATORS = {"tab": "\t", "pipe": "|"}
_CLEAN = str.maketrans(dict.fromkeys("\t|\r\n", " "))


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry: ``amount_minor`` is a debit, below zero a credit."""

    account: Account
    amount_minor: int
    words: str
    """What it is for: the account that it stands against, or its own."""


def file_name(company: Company, last_day: str) -> str:
    """Return the name that the law gives the file."""
    return f"{company.number}FEC{last_day.replace('-', '')}.txt"


def postings(day: Day, plan: Plan) -> tuple[Posting, ...]:
    """Return the entry of a day; empty when nothing is to be entered.

    Raises:
        NotBalanced: debit is not credit.
        ConfigError: the plan has no account for something.
    """
    found = tuple(posting for posting in _postings(day, plan) if posting.amount_minor)
    balance = sum(posting.amount_minor for posting in found)
    if balance:
        raise NotBalanced(f"closure {day.event.number} of {day.date}: debit exceeds by {balance}")
    return found


def _postings(day: Day, plan: Plan) -> Iterator[Posting]:
    for kind, amount in day.event.tenders:
        yield _posting(plan.tender(kind), amount)
    vat: dict[int, int] = {}
    for row in day.rows:
        yield _posting(plan.sale(row), -row.net_minor)
        vat[row.rate_bp] = vat.get(row.rate_bp, 0) + row.vat_minor
    for rate, amount in vat.items():
        if amount:
            yield _posting(plan.vat(rate), -amount)
    yield _posting(_result(plan, day.rounding_minor), -day.rounding_minor)
    cash = plan.tender(CASH)
    for kind, amount in day.event.movements:
        against = plan.movement(kind)
        yield Posting(cash, amount, against.name)
        yield Posting(against, -amount, against.name)
    result = _result(plan, day.difference_minor)
    yield Posting(cash, day.difference_minor, result.name)
    yield _posting(result, -day.difference_minor)


def _posting(account: Account, amount_minor: int) -> Posting:
    return Posting(account, amount_minor, account.name)


def _result(plan: Plan, gained_minor: int) -> Account:
    return plan.gains if gained_minor > 0 else plan.losses


def write(
    out: TextIO, company: Company, days: Iterable[Day], plan: Plan, separator: str = "tab"
) -> None:
    """Write the file. Raises NotBalanced and ConfigError, see ``postings``."""
    between = SEPARATORS[separator]
    out.write(between.join(COLUMNS) + "\r\n")
    for day in days:
        out.writelines(
            between.join(_fields(company, plan.journal, day, posting)) + "\r\n"
            for posting in postings(day, plan)
        )


def _fields(company: Company, journal: Account, day: Day, posting: Posting) -> tuple[str, ...]:
    date = day.date.replace("-", "")
    closed = company.local(day.closed_at_ms).strftime("%Y%m%d") if day.closed_at_ms else ""
    piece = f"Z{company.till}-{day.event.number:06}"
    amount = posting.amount_minor
    fields = (
        journal.number, journal.name, str(day.entry), date,
        posting.account.number, posting.account.name, "", "", piece, date,
        f"{piece} {posting.words}",
        company.amount(max(amount, 0), ","), company.amount(max(-amount, 0), ","),
        "", "", closed, "", "",
    )  # fmt: skip
    return tuple(field.translate(_CLEAN) for field in fields)
