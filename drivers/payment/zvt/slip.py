"""The cardholder's slip, made from a status information (card complete, 5: own receipts)."""

from __future__ import annotations

from drivers.payment.base import Operation, Request
from drivers.payment.zvt.status import StatusInformation

MASKED = "*" * 12


def slip_of(request: Request, said: StatusInformation) -> tuple[str, ...]:
    """Return what a card receipt has to show; lines of which nothing is known are left out."""
    amount = said.amount_minor if said.amount_minor is not None else request.amount_minor
    kind = "GUTSCHRIFT" if request.op is Operation.REFUND else "KARTENZAHLUNG"
    date = f"{said.date[2:4]}.{said.date[:2]}." if said.date else ""
    time = f"{said.time[:2]}:{said.time[2:4]}:{said.time[4:6]}" if said.time else ""
    lines = (
        kind,
        said.card_name,
        said.aid,
        f"{MASKED}{said.last4}" if said.last4 else "",
        f"{amount // 100}.{amount % 100:02} {said.currency or request.currency}",
        _named("TERMINAL", said.terminal_id),
        _named("VU", said.contract),
        _named("BELEG", said.receipt),
        _named("TRACE", said.trace),
        _named("AUTH", said.approval),
        f"{date} {time}".strip(),
        said.text,
    )
    return tuple(line for line in lines if line)


def _named(name: str, value: str) -> str:
    return f"{name} {value}" if value else ""
