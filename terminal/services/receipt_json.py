"""A receipt as plain values, for whoever keeps, shows or checks it without our words (RCP-25).

``sections`` holds every block as it is written on the paper; ``figures`` the same amounts as whole
minor units.  Fields are added, never renamed; a change of meaning gets another ``format``.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from terminal.core.basket import totals
from terminal.core.blocks import Block, Section
from terminal.core.receipt import ShopIdentity
from terminal.core.state import Line, Sale, Tender, TenderStatus

Plain = dict[str, Any]

FORMAT = "reprise-receipt/1"


def as_plain(
    sections: tuple[Section, ...], sale: Sale, shop: ShopIdentity, *, copy: int, figures: bool
) -> Plain:
    """Return a receipt as plain values, ready for JSON; without ``figures`` no amount at all."""
    return {
        "format": FORMAT,
        "number": sale.receipt_number,
        "token": sale.token,
        "copy": copy,
        "completed_at_ms": sale.completed_at_ms,
        "currency": sale.currency,
        "shop": asdict(shop),
        "sections": [_section(section) for section in sections],
        **({"figures": figures_of(sale)} if figures else {}),
    }


def _section(section: Section) -> Plain:
    return {"name": section.name, "blocks": [_block(block) for block in section.blocks]}


def _block(block: Block) -> Plain:
    return {"kind": type(block).__name__.lower(), **asdict(block)}


def figures_of(sale: Sale) -> Plain:
    """Return every amount of a completed sale, in minor units, weights in grams."""
    sums, valued = totals(sale), sale.valuation
    return {
        "lines": [
            _line(line, sums.lines[line.n - 1].gross_minor, sums.lines[line.n - 1].net_minor)
            for line in sale.lines
            if not line.void
        ],
        "discounts": [
            {
                "line": discount.line,
                "reason": discount.reason,
                "amount_minor": -sums.discounts[discount.n - 1].amount_minor,
                "coupon": discount.coupon,
            }
            for discount in sale.discounts
        ],
        "total_minor": sale.total_minor,
        "tenders": [
            _tender(tender) for tender in sale.tenders if tender.status is TenderStatus.BOOKED
        ],
        "rounding_minor": sale.rounding_minor,
        "change_minor": sale.change_minor,
        "vat": [
            {
                "rate_bp": row.rate_bp,
                "net_minor": row.net_minor,
                "vat_minor": row.vat_minor,
                "gross_minor": row.gross_minor,
            }
            for row in sale.vat
        ],
        "articles": sums.article_count,
        "returns": sums.return_count,
        "valued": valued is not None,
        "points": None if valued is None or valued.points is None else asdict(valued.points),
        "benefits": [asdict(row) for row in valued.benefits] if valued else [],
        "coupons": [asdict(coupon) for coupon in sale.coupons],
    }


def _line(line: Line, gross_minor: int, net_minor: int) -> Plain:
    return {
        "n": line.n,
        "kind": line.kind,
        "code": line.code,
        "reference": line.reference,
        "label": line.label,
        "quantity": line.quantity,
        "weight_g": line.weight_g,
        "unit_price_minor": line.unit_price_minor,
        "gross_minor": gross_minor,
        "net_minor": net_minor,
        "vat_rate_bp": line.vat_rate_bp,
        "attributes": dict(line.attributes),
    }


def _tender(tender: Tender) -> Plain:
    return {"kind": tender.kind, "amount_minor": tender.amount_minor, "number": tender.number}
