"""The state of the terminal as plain values: what the console answers and tests compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.core.basket import line_totals, totals
from terminal.core.books import VatRow
from terminal.core.state import Line, Notice, Sale, SaleStatus, Tender, TerminalState
from terminal.presenters.surroundings import DeviceStatus
from terminal.words import Words

Plain = dict[str, Any]


def state_of(state: TerminalState, route: str, business_date: str) -> Plain:
    """Return the whole statement: route, business date, operator and sale."""
    operator = state.operator
    return {
        "route": route,
        "business_date": business_date,
        "operator": None
        if operator is None
        else {"id": operator.operator_id, "name": operator.name, "role": operator.role},
        "sale": None if state.sale is None else sale_of(state.sale),
    }


def devices_of(devices: Mapping[str, DeviceStatus]) -> Plain:
    """Return what is known of each device: its health and why."""
    return {
        role: {"health": status.health, "reasons": list(status.reasons)}
        for role, status in sorted(devices.items())
    }


def sale_of(sale: Sale) -> Plain:
    """Return one sale: its lines, tenders, totals and VAT, in minor units."""
    now = totals(sale)
    done = sale.status is SaleStatus.COMPLETED
    return {
        "id": sale.sale_id,
        "ordinal": sale.ordinal,
        "status": sale.status.value,
        "lines": [
            _line(line, total.discount_minor, total.net_minor)
            for line, total in zip(sale.lines, line_totals(sale), strict=True)
        ],
        "total_minor": now.total_minor,
        "paid_minor": now.paid_minor,
        "due_minor": 0 if done else now.due_minor,
        "change_minor": sale.change_minor,
        "rounding_minor": sale.rounding_minor,
        "tenders": [_tender(tender) for tender in sale.tenders],
        "vat": [_vat(row) for row in (sale.vat if done else now.vat)],
        "receipt_number": sale.receipt_number or None,
    }


def _line(line: Line, discount_minor: int, net_minor: int) -> Plain:
    counted = {"weight_g": line.weight_g} if line.weight_g else {"quantity": line.quantity}
    return {
        "n": line.n,
        "code": line.code,
        "label": line.label,
        **counted,
        "unit_price_minor": line.unit_price_minor,
        "discount_minor": discount_minor,
        "total_minor": net_minor,
        "vat_rate": rate_of(line.vat_rate_bp),
        "void": line.void,
    }


def _tender(tender: Tender) -> Plain:
    return {
        "n": tender.n,
        "tender": tender.kind,
        "amount_minor": tender.amount_minor,
        "status": tender.status.value,
    }


def _vat(row: VatRow) -> Plain:
    return {
        "rate": rate_of(row.rate_bp),
        "net_minor": row.net_minor,
        "vat_minor": row.vat_minor,
        "gross_minor": row.gross_minor,
    }


def rate_of(rate_bp: int) -> str:
    """Return a rate in percent with two decimals, as the catalogue's CSV writes it: ``5.50``."""
    return f"{rate_bp // 100}.{rate_bp % 100:02d}"


def notice_of(notice: Notice, words: Words) -> Plain:
    """Return a notice with its words."""
    return {
        "id": notice.notice_id,
        "kind": notice.kind,
        "text": words.text(f"notice.{notice.kind}", **notice.details),
        **notice.details,
    }
