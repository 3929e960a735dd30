"""The plan of accounts: where what goes, from the settings, or an error that names what lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.accounts_settings import Accounts
from terminal.core.books import CategoryRow
from terminal.exports.company import short_rate
from terminal.settings import ConfigError

ARTICLE = "article"
CASH = "cash"


@dataclass(frozen=True, slots=True)
class Account:
    """An account: its number and its name."""

    number: str
    name: str


class Plan:
    """Accounts by what they are for. Each method raises ConfigError when there is none."""

    def __init__(self, settings: Accounts) -> None:
        self._tables = {
            name: _table(getattr(settings, name))
            for name in ("sales", "vat", "others", "tenders", "movements")
        }
        self.gains = _account(settings.gains)
        self.losses = _account(settings.losses)
        code, _, name = settings.journal.partition(" ")
        self.journal = Account(code, name)

    def sale(self, row: CategoryRow) -> Account:
        """Return where a row's base goes: a sale by category and rate, or what its kind has."""
        if row.kind != ARTICLE:
            return self._find("others", row.kind)
        return self._find("sales", f"{row.category}/{short_rate(row.rate_bp)}", row.category)

    def vat(self, rate_bp: int) -> Account:
        """Return where the VAT of a rate goes."""
        return self._find("vat", short_rate(rate_bp))

    def tender(self, kind: str) -> Account:
        """Return where a kind of tender goes."""
        return self._find("tenders", kind)

    def movement(self, kind: str) -> Account:
        """Return what stands against cash in a kind of movement."""
        return self._find("movements", kind)

    def _find(self, table: str, *keys: str) -> Account:
        for key in keys:
            if (account := self._tables[table].get(key)) is not None:
                return account
        raise ConfigError(
            f'there is no account for {keys[0]!r}; add one like "{keys[-1]}=NUMBER NAME"',
            key=f"accounts.{table}",
        )


def _table(entries: tuple[str, ...]) -> Mapping[str, Account]:
    pairs = (entry.partition("=") for entry in entries)
    return {key: _account(account) for key, _, account in pairs}


def _account(entry: str) -> Account:
    number, _, name = entry.partition(" ")
    return Account(number, name.strip())
