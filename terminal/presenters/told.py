"""Notices that the shopper is told, each once; staff acknowledges them separately (REC-08)."""

from __future__ import annotations

from terminal.core.state import Notice, TerminalState
from terminal.presenters.desk import Desk

TOLD_ON_A_SCREEN = (
    "payment_settled", "payment_not_restored", "cash_settled", "cash_not_restored",
)  # fmt: skip
"""Notices that fill the screen of the shopper whose purchase they are about."""


def untold(state: TerminalState, desk: Desk, kinds: tuple[str, ...]) -> Notice | None:
    """Return the newest notice of these kinds about the present sale, not yet told."""
    sale = state.sale
    if sale is None:
        return None
    return next(
        (
            notice
            for notice in reversed(state.notices)
            if notice.kind in kinds
            and notice.notice_id not in desk.told
            and notice.details.get("sale_id") == sale.sale_id
        ),
        None,
    )


def tell(notice: Notice, desk: Desk) -> tuple[int, ...]:
    """Return the desk's list of told notices with this one."""
    return (*desk.told[-9:], notice.notice_id)
