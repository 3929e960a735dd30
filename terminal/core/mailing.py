"""Receipts by e-mail: what an address may be, and what the journal keeps of it.

An address is personal data: it is asked for where the customer stands, waits in the letter's own
file until the letter is gone, and is erased there.  The journal holds a masked form and a digest.
"""

from __future__ import annotations

import re

from terminal.core.commands import ChooseReceipt
from terminal.core.errors import Refused
from terminal.core.events import ReceiptMailQueued
from terminal.core.frozen import replace
from terminal.core.limits import MAX_LETTERS, MAX_MAIL_ADDRESS
from terminal.core.policy import Policy
from terminal.core.receipt_commands import QueueLetter
from terminal.core.sale import Decision, choose_receipt
from terminal.core.state import TerminalState

MAX_LOCAL_PART = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
"""The dot-atom form of RFC 5321 in ASCII: neither quotes nor spaces nor line ends can be in it."""
_DOT = "•"
_KEY_CHARACTERS = 32
BY_MAIL = frozenset({"email", "both"})


def check_address(address: str) -> Refused | None:
    """Return why a letter cannot be sent to what was typed, or None."""
    local = address.partition("@")[0]
    fits = len(address) <= MAX_MAIL_ADDRESS and len(local) <= MAX_LOCAL_PART
    return None if fits and _ADDRESS.fullmatch(address) else Refused("bad_mail_address")


def masked(address: str) -> str:
    """Return an address so that its owner knows it again, and nobody else can use it."""
    local, _, domain = address.partition("@")
    name, _, top = domain.rpartition(".")
    return f"{local[:1]}{_DOT * 3}@{name[:1]}{_DOT * 3}.{top}"


def queue_letter(state: TerminalState, command: QueueLetter, policy: Policy) -> Decision:
    """Queue an e-mail of the receipt on the screen, which is a choice of how to have it."""
    sale = state.sale
    if not BY_MAIL & set(policy.receipt_choices):
        return Refused("no_mail_here")
    if sale is not None and sale.letters >= MAX_LETTERS:
        return Refused("too_many_letters", {"limit": MAX_LETTERS})
    if not command.letter or len(command.letter) > _KEY_CHARACTERS or sale is None:
        return Refused("no_choice_open" if sale is None else "bad_request")
    choice = "both" if command.printed else "email"
    # A shop that sends receipts lets each customer have paper as well, or not.
    either = replace(policy, receipt_choices=(*policy.receipt_choices, choice))
    chosen = choose_receipt(state, ChooseReceipt(choice), either)
    if isinstance(chosen, Refused):
        return chosen
    letter = ReceiptMailQueued(
        sale_id=sale.sale_id,
        letter=command.letter,
        receipt_number=sale.receipt_number,
        address=command.address,
        address_digest=command.address_digest,
    )
    return (*chosen, letter)
