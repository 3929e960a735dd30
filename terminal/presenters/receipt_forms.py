"""How a receipt can be had, as buttons in the shop's order; and the keys of an e-mail address."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.commands import ChooseReceipt
from terminal.core.limits import MAX_MAIL_ADDRESS
from terminal.presenters.desk import Change, Entry, change
from terminal.presenters.keyboards import keyboard_rows

MAIL = "mail"
"""Dialog in which an address is typed; ``printed`` in the desk's memory says paper as well."""
ICONS: Mapping[str, str] = MappingProxyType(
    {
        "print": "receipt-text", "email": "mail", "both": "layers", "link": "qr-code",
        "none": "leaf",
    }
)  # fmt: skip
SIGNS = "@._+-"
NEEDS_ADDRESS = frozenset({"email", "both"})


def chosen(choice: str) -> ChooseReceipt | Change:
    """Return what pressing a choice means: done at once, or an address asked for."""
    if choice not in NEEDS_ADDRESS:
        return ChooseReceipt(choice)
    return change(
        overlay=MAIL,
        entry=Entry("address", "", MAX_MAIL_ADDRESS),
        memory=MappingProxyType({"printed": "1"} if choice == "both" else {}),
    )


def default_of(choices: tuple[str, ...], *, on_request: bool) -> ChooseReceipt:
    """Return what happens when nobody answers: the first choice that asks for no address.

    Where the first is paper and e-mail it is the paper: silence is no refusal of a receipt.  Where
    paper is for request only, silence asks for none.
    """
    first = "print" if choices[0] == "both" else choices[0]
    if first in NEEDS_ADDRESS:
        first = next((one for one in choices if one not in NEEDS_ADDRESS), "none")
    return ChooseReceipt("none" if on_request and first == "print" else first)


def mail_rows(language: str) -> tuple[str, ...]:
    """Return the keyboard of an e-mail address: letters and digits, and its signs at hand."""
    digits, *letters, last = keyboard_rows(language)
    plain = [_plain(row) for row in letters]
    return (digits, *plain, f"{_plain(last)}{SIGNS}\b")


def _plain(row: str) -> str:
    return "".join(key for key in row if key.isascii() and key.isalpha())
