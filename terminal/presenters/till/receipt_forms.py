"""The till's dialogs about receipts: send one, show one, take lines of one back."""

from __future__ import annotations

from types import MappingProxyType

from terminal.core.mailing import check_address
from terminal.core.returned import ReceiptLine, ReceiptOffer
from terminal.core.state import TerminalState
from terminal.presenters.departments import department_look
from terminal.presenters.desk import Chain, Change, Desk, Entry, change
from terminal.presenters.keys import ENTER
from terminal.presenters.receipt_forms import mail_rows
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.banners import grouped
from terminal.presenters.till.form import (
    Field,
    FormView,
    cancel,
    field_views,
    keep,
    put_away,
    reasons,
    typed,
)
from terminal.presenters.view import Action, Row
from terminal.services.requests import MailReceipt, ReturnLines
from terminal.words import Words

RETURN = "receipt_return"
LINK = "link"
RETURN_REASONS = 4
MAX_SHOWN = 200
ADDRESS_CHARS = 254
_PICKED = "line"
"""The desk remembers ``line<n>`` -> pieces that come back."""


def mail(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask where the receipt goes."""
    del state, surroundings
    field = Field(
        "address", words.text("screen.till.mail.address"), words.text("screen.mail.hint"),
        digits=False, limit=ADDRESS_CHARS,
    )  # fmt: skip
    address = typed(desk, "address").strip()
    request = MailReceipt(address, printed=bool(desk.memory.get("printed")))
    return FormView(
        title=words.text("screen.till.mail.title"),
        text=words.text("screen.till.mail.text"),
        fields=field_views(desk, (field,)),
        keyboard=mail_rows(words.language),
        cancel=cancel(words),
        confirm=Action(
            words.text("screen.till.mail.send"), "mail", Chain((request, put_away())),
            enabled=check_address(address) is None and not desk.busy, key=ENTER,
        ),
    )  # fmt: skip


def link(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Show the code that opens the receipt on a telephone."""
    del state, desk
    offer = surroundings.delivery
    return FormView(
        title=words.text("screen.till.link.title"),
        text=words.text("screen.till.link.text"),
        code=offer.link or offer.code,
        cancel=cancel(words),
    )


def take_back(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """List what a receipt proves was bought; touching a line takes one piece more back."""
    del state
    offer = desk.receipt
    if offer is None:
        return FormView()
    picked = _picked(desk, offer)
    reason = typed(desk, "reason").strip()
    amount = sum(line.worth(picked[line.n]) for line in offer.lines if picked[line.n])
    lines = tuple((n, pieces) for n, pieces in picked.items() if pieces)
    request = ReturnLines(desk.memory.get("code", ""), lines, reason)
    date = words.format_date(offer.completed_at_ms, surroundings.timezone)
    text = "foreign" if offer.foreign else "text"
    everything = {f"{_PICKED}{line.n}": str(line.left) for line in offer.lines}
    return FormView(
        title=words.text(
            "screen.till.receipt_return.title", number=grouped(offer.receipt_number)
        ),
        text=words.text(f"screen.till.receipt_return.{text}", date=date),
        tone="warn" if offer.foreign else "info",
        choices=(
            Action(
                words.text("screen.till.receipt_return.all"), "undo-2",
                change(memory=keep(desk, **everything)),
                chosen=all(picked[line.n] == line.left for line in offer.lines),
            ),
        ),
        chips=reasons(desk, words, "return", RETURN_REASONS),
        rows=tuple(
            _row(line, picked[line.n], desk, offer, words) for line in offer.lines[:MAX_SHOWN]
        ),
        listing=True,
        cancel=cancel(words),
        confirm=Action(
            words.text("screen.till.receipt_return.confirm", amount_minor=amount,
                       currency=offer.currency),
            "undo-2", Chain((request, put_away())), enabled=bool(lines and reason), key=ENTER,
        ),
    )  # fmt: skip


def _picked(desk: Desk, offer: ReceiptOffer) -> dict[int, int]:
    return {
        line.n: min(line.left, int(desk.memory.get(f"{_PICKED}{line.n}", "0")))
        for line in offer.lines
    }


def _row(line: ReceiptLine, picked: int, desk: Desk, offer: ReceiptOffer, words: Words) -> Row:
    """One line: touching it counts up to what is left, and then from nothing again."""
    more = (picked + 1) % (line.left + 1)
    if not line.left:
        detail = words.text("screen.till.receipt_return.gone")
    elif line.weight_g:
        detail = words.format_weight(line.weight_g)
    else:
        detail = words.text(
            "screen.till.receipt_return.left", left=str(line.left), sold=str(line.quantity)
        )
    worth = line.worth(picked or line.left) if line.left else 0
    look = department_look(line.department)
    return Row(
        n=line.n,
        quantity=str(picked) if picked else "",
        label=f"{picked} × {line.label}" if picked else line.label,
        detail=f"{line.reference} · {detail}",
        amount=words.format_money(-worth if picked else worth, offer.currency),
        selected=bool(picked),
        void=not line.left,
        icon="circle-check" if picked else look.icon,
        press=Action(
            line.label, "", change(memory=keep(desk, **{f"{_PICKED}{line.n}": str(more)})),
            enabled=bool(line.left), chosen=bool(picked),
        ),
    )  # fmt: skip


def opened(offer: ReceiptOffer, code: str) -> Change:
    """Return the intent that shows a receipt which was scanned."""
    remembered = MappingProxyType({"code": code})
    return change(overlay=RETURN, receipt=offer, entry=Entry(), memory=remembered)
