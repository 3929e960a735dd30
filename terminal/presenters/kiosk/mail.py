"""A shopper types an e-mail address; nothing of it stays on the screen afterwards."""

from __future__ import annotations

from terminal.core.mailing import check_address
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Desk, close
from terminal.presenters.keys import ENTER
from terminal.presenters.receipt_forms import ICONS, mail_rows
from terminal.presenters.sheets import EntryView, cancel
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action
from terminal.services.requests import MailReceipt
from terminal.words import Words


def address(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> EntryView:
    """Return the entry of an address."""
    del state, surroundings
    typed = desk.entry.text
    request = MailReceipt(typed, printed=bool(desk.memory.get("printed")))
    return EntryView(
        icon=ICONS["email"],
        title=words.text("screen.mail.title"),
        text=words.text("screen.mail.text"),
        hint=words.text("screen.mail.hint"),
        typed=typed,
        rows=mail_rows(words.language),
        actions=(
            Action(
                words.text("screen.mail.send"), "check", Chain((request, close())),
                enabled=check_address(typed) is None and not desk.busy, key=ENTER,
            ),
            cancel(words.text("screen.cancel")),
        ),
    )  # fmt: skip
