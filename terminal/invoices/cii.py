"""An invoice as EN 16931 in the UN/CEFACT syntax (CII D22B), the profile EN 16931 of Factur-X.

Keys are business terms (BT) and groups (BG) of EN 16931-1.  The package ``factur-x`` writes the XML
and holds it against the schema; the rules of the standard are held against it by the tests.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from terminal.core.books import VatRow
from terminal.core.buyer import Party
from terminal.core.numbering import check
from terminal.invoices.figures import (
    Allowance,
    InvoiceLine,
    by_kind,
    decimal_text,
)
from terminal.invoices.invoice import FRANCE, Invoice

PROFILE = "en16931"
INVOICE_CODE, CREDIT_CODE, PREPAYMENT_CODE = "380", "381", "386"
"""UNTDID 1001."""
STANDARD, EXEMPT = "S", "E"
"""UNTDID 5305."""
PAYMENT_MEANS = {"cash": "10", "cash_machine": "10", "cheque": "20", "card": "48"}
"""UNTDID 4461."""
OTHER_MEANS, NO_MEANS = "ZZZ", "1"
SIREN, SIRET, PLATFORM = "0002", "0009", "0225"
"""ISO/IEC 6523: company, establishment, and the French directory of electronic addresses."""
GTIN = "0160"
FRAMES = {"goods": "B", "services": "S", "both": "M"}
TO_PAY, ALREADY_PAID = "1", "2"
"""What is invoiced, and whether it is paid (French reform, cadre de facturation)."""
RECEIPT = "DOCUMENT_ANNEXE"
"""What the French reform calls a document beside the invoice: its receipt."""
SIREN_DIGITS = 9
GTIN_LENGTHS = {8, 12, 13, 14}


def xml_of(invoice: Invoice) -> bytes:
    """Return an invoice as XML.

    Raises:
        Exception: it is not valid against the schema; the message says where.
    """
    from facturx import generate_cii_xml  # noqa: PLC0415 - lxml: never at start

    document: bytes = generate_cii_xml(
        _data(invoice), level=PROFILE, check_xsd=True, check_schematron=False
    )
    return document


def _data(invoice: Invoice) -> dict[str, Any]:
    event, sums = invoice.event, invoice.figures

    def amount(minor: int) -> str:
        return decimal_text(minor, sums.currency)

    means = by_kind(sums)
    data: dict[str, Any] = {
        "BT-1": event.invoice_number,
        "BT-2": local_date(invoice.issued_at_ms, invoice.timezone),
        "BT-3": _type_code(invoice),
        "BT-5": sums.currency,
        "BT-9": local_date(invoice.sale.completed_at_ms, invoice.timezone),
        "BT-20": invoice.paid,
        "BT-72": local_date(invoice.sale.completed_at_ms, invoice.timezone),
        "BT-81": PAYMENT_MEANS.get(next(iter(means)), OTHER_MEANS) if means else NO_MEANS,
        "BT-82": ", ".join(invoice.words.text(f"receipt.{kind}") for kind in means),
        "BG-1": [
            {"BT-22": note.text, **({"BT-21": note.code} if note.code else {})}
            for note in invoice.notes()
        ],
        "BG-4": _party(invoice.seller, invoice.details),
        "BG-7": _party(invoice.buyer, {}),
        "BG-20": [_foot(invoice, one) for one in sums.allowances],
        "BG-23": [_vat(invoice, row) for row in sums.vat],
        "BG-24": [{"BT-122": event.receipt_number, "BT-123": RECEIPT}],
        "BG-25": [_line(invoice, one, n) for n, one in enumerate(sums.lines, start=1)],
        "BT-106": amount(sums.lines_minor),
        "BT-107": amount(sums.allowances_minor),
        "BT-109": amount(sums.net_minor),
        "BT-110": amount(sums.vat_minor),
        "BT-112": amount(sums.total_minor),
        "BT-113": amount(sums.paid_minor),
        "BT-115": amount(sums.total_minor + sums.rounding_minor - sums.paid_minor),
    }
    if sums.rounding_minor:
        data["BT-114"] = amount(sums.rounding_minor)
    if event.corrects:
        data["BG-3"] = [{"BT-25": event.corrects, "BT-26": date.fromisoformat(event.corrects_date)}]
    if invoice.seller.country == FRANCE:
        data["BT-23"] = _frame(invoice)
    return data


def _type_code(invoice: Invoice) -> str:
    if invoice.is_credit_note:
        return CREDIT_CODE
    return PREPAYMENT_CODE if invoice.is_prepayment else INVOICE_CODE


def _frame(invoice: Invoice) -> str:
    """Return what the French reform calls this invoice; paid means paid to the last cent."""
    exact = not invoice.figures.rounding_minor
    return FRAMES[invoice.details.get("operation", "goods")] + (ALREADY_PAID if exact else TO_PAY)


def local_date(at_ms: int, timezone: str) -> date:
    """Return the day of a moment where the shop is."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo(timezone)).date()


def _party(party: Party, details: Any) -> dict[str, Any]:
    lines = [line for line in party.address if line]
    values: dict[str, Any] = {
        "name": party.name,
        "country_code": party.country,
        "postcode": party.postcode,
        "city": party.city,
        "vat_identifier": party.vat_id,
        "legal_info": details.get("legal_form", ""),
        **{f"addr_l{n}": line for n, line in enumerate(lines, start=1)},
    }
    if party.siret:
        siren = party.siret[:SIREN_DIGITS]
        values |= {
            "identifiers": {SIRET: party.siret},
            "legal_identifier": siren,
            "legal_identifier_schemeid": SIREN,
            "einvoicing_addr": siren,
            "einvoicing_addr_schemeid": PLATFORM,
        }
    contact = {key: details[key] for key in ("phone", "email") if details.get(key)}
    if contact:
        values["contacts"] = [{"name": party.name, **contact}]
    return values


def _rate(rate_bp: int) -> str:
    return f"{rate_bp // 100}.{rate_bp % 100:02}"


def _category(rate_bp: int) -> str:
    return STANDARD if rate_bp else EXEMPT


def _foot(invoice: Invoice, one: Allowance) -> dict[str, Any]:
    return {
        "amount": decimal_text(one.amount_minor, invoice.figures.currency),
        "reason": one.reason,
        "vat_category_code": _category(one.rate_bp),
        "vat_rate": _rate(one.rate_bp),
    }


def _vat(invoice: Invoice, row: VatRow) -> dict[str, Any]:
    code = invoice.figures.currency
    return {
        "BT-116": decimal_text(row.net_minor, code),
        "BT-117": decimal_text(row.vat_minor, code),
        "BT-118": _category(row.rate_bp),
        "BT-119": _rate(row.rate_bp),
        **({} if row.rate_bp else {"BT-120": invoice.exemption}),
    }


def _line(invoice: Invoice, one: InvoiceLine, number: int) -> dict[str, Any]:
    code, line = invoice.figures.currency, one.line
    data: dict[str, Any] = {
        "BT-126": str(number),
        "BT-129": one.quantity,
        "BT-130": one.unit,
        "BT-131": decimal_text(one.net_minor, code),
        "BT-146": one.price.amount,
        "BT-151": _category(line.vat_rate_bp),
        "BT-152": _rate(line.vat_rate_bp),
        "BT-153": invoice.label(line),
        "BT-155": line.reference,
    }
    if one.price.base:
        data["BT-149"] = one.price.base
    if line.kind == "article" and _is_gtin(line.code):
        data |= {"BT-157": line.code, "BT-157-1": GTIN}
    if one.discount is not None:
        amount = decimal_text(one.discount.amount_minor, code)
        data["BG-27"] = [{"amount": amount, "reason": one.discount.reason}]
    return data


def _is_gtin(code: str) -> bool:
    """Tell whether a code is one of GS1's for the whole world, not a shop's own (02, 20-29)."""
    if len(code) not in GTIN_LENGTHS or not check(code):
        return False
    thirteen = code.zfill(14)[1:]
    return not thirteen.startswith(("02", "2"))
