"""ARTS POSLog 6.0: every sale, cash movement and closure as a transaction, for other systems.

Source: ARTS IXRetail POSLog 6.0.0 (POSLogV6.0.0.xsd); the order of the elements is the schema's.

Amounts of the schema know no sign (``AmountCommonData`` is not below zero): what goes back to the
customer is a ``Return`` line, a tender of ``TypeCode`` Refund.  Totals are signed decimals.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from terminal.core.basket import gross
from terminal.core.events import SaleCancelled, SaleCompleted
from terminal.core.frozen import replace
from terminal.core.state import Line, Sale, Tender, TenderStatus
from terminal.exports.company import Company, percent
from terminal.exports.ledger import Entry, Ledger, SoldLine, quantity, sold_lines
from terminal.exports.poslog_control import OTHER_TENDER, TENDER_TYPES, control, is_control
from terminal.exports.xml_stream import XmlStream

NAMESPACE = "http://www.nrf-arts.org/IXRetail/namespace/"
MAX_CHEQUE_DIGITS = 19
"""Digits of the schema's unsigned number; a longer one is left out."""
GTIN_LENGTHS = frozenset({8, 12, 13, 14})


def write(out: TextIO, company: Company, ledger: Ledger, services: Iterable[str]) -> None:
    """Write what happened, a transaction each, in the order of the journal."""
    xml = XmlStream(out)
    wanted = frozenset(services)
    versions = {"MajorVersion": "6", "MinorVersion": "0", "FixVersion": "0"}
    with xml.element("POSLog", xmlns=NAMESPACE, **versions):
        for entry in ledger.entries():
            if entry.sale is not None:
                _of_sale(xml, company, entry, entry.sale, wanted)
            elif is_control(entry.event):
                with xml.element("Transaction", TrainingModeFlag="false"):
                    _head(xml, company, entry)
                    control(xml, company, entry)


def _head(xml: XmlStream, company: Company, entry: Entry, receipt_number: str = "") -> None:
    """Write what every transaction begins with; ``SequenceNumber`` is the journal's."""
    sale = entry.sale
    operator = entry.operator if sale is None else sale.operator_id
    with xml.element("BusinessUnit"):
        xml.leaf("UnitID", company.number or company.till, Name=company.name)
    kind = "Kiosk" if company.role == "kiosk" else "POS"
    xml.leaf("WorkstationID", company.workstation, TypeCode=kind)
    xml.leaf("SequenceNumber", entry.seq)
    if sale is not None:
        xml.leaf("TransactionID", sale.sale_id)
    if operator:
        name = {"OperatorName": sale.operator_name} if sale and sale.operator_name else {}
        xml.leaf("OperatorID", operator, **name)
    xml.leaf("CurrencyCode", company.currency)
    if receipt_number and company.vat_number:
        xml.leaf("VATRegistrationNumber", company.vat_number)
    if receipt_number:
        xml.leaf("ReceiptNumber", receipt_number)


def _of_sale(
    xml: XmlStream, company: Company, entry: Entry, sale: Sale, services: frozenset[str]
) -> None:
    completed = isinstance(entry.event, SaleCompleted)
    if not completed and not isinstance(entry.event, SaleCancelled):
        return
    with xml.element("Transaction", TrainingModeFlag="false"):
        _head(xml, company, entry, sale.receipt_number if completed else "")
        status = "Finished" if completed else "Canceled"
        with xml.element("RetailTransaction", TransactionStatus=status):
            if completed:
                _completed(xml, company, sale, services)
            else:
                for line in sale.lines:
                    _struck(xml, company, line)
        xml.leaf("TillID", company.till)
        xml.leaf("BusinessDayDate", entry.date)
        xml.leaf("BeginDateTime", company.local(sale.opened_at_ms).isoformat())
        xml.leaf("EndDateTime", company.local(entry.at_ms).isoformat())


def _completed(xml: XmlStream, company: Company, sale: Sale, services: frozenset[str]) -> None:
    sold = {one.line.n: one for one in sold_lines(sale)}
    xml.leaf("ItemCount", len(sold))
    for line in sale.lines:
        if line.n in sold:
            _line(xml, company, sold[line.n], services)
        else:
            _struck(xml, company, line)
    number = len(sale.lines)
    for row in sale.vat:
        number += 1
        with xml.element("LineItem"):
            _tax(xml, company, row.rate_bp, row.net_minor, row.vat_minor)
            xml.leaf("SequenceNumber", number)
    for tender in sale.tenders:
        if tender.status is TenderStatus.BOOKED:
            number += 1
            _tender(xml, company, tender, number)
    if sale.change_minor:
        number += 1
        with xml.element("LineItem"):
            with xml.element("TenderChange", TenderType="Cash", TypeCode="Refund"):
                _amount(xml, company, "Amount", sale.change_minor)
            xml.leaf("SequenceNumber", number)
    if sale.rounding_minor:
        direction = "Up" if sale.rounding_minor > 0 else "Down"
        with xml.element("LineItem"):
            rounding = company.amount(abs(sale.rounding_minor))
            xml.leaf("Rounding", rounding, RoundingDirection=direction)
            xml.leaf("SequenceNumber", number + 1)
    for kind, total in (
        ("TransactionGrandAmount", sale.total_minor),
        ("TransactionNetAmount", sum(row.net_minor for row in sale.vat)),
        ("TransactionTaxAmount", sum(row.vat_minor for row in sale.vat)),
    ):
        xml.leaf("Total", company.amount(total), TotalType=kind, CurrencyCode=company.currency)


# --- lines ----------------------------------------------------------------------------------------


def _line(xml: XmlStream, company: Company, sold: SoldLine, services: frozenset[str]) -> None:
    line = sold.line
    with xml.element("LineItem", **_entered(line)):
        if line.kind == "article":
            _article(xml, company, sold, services)
        else:
            refund = {"Refund": "true"} if sold.vat.gross_minor < 0 else {}
            with xml.element("Deposit", **refund):
                xml.leaf("ReferenceNumber", line.reference)
                _amount(xml, company, "Amount", sold.vat.gross_minor)
        xml.leaf("SequenceNumber", line.n)


def _article(xml: XmlStream, company: Company, sold: SoldLine, services: frozenset[str]) -> None:
    line = sold.line
    tag = "Return" if line.is_return else "Sale"
    with xml.element(tag, ItemType="Service" if line.category in services else "Stock"):
        _what(xml, company, line)
        _amount(xml, company, "ExtendedAmount", sold.vat.gross_minor)
        if sold.discount_minor:
            _amount(xml, company, "ExtendedDiscountAmount", sold.discount_minor)
        unit = "KGM" if line.weight_g else "EA"
        xml.leaf("Quantity", quantity(line).lstrip("-"), UnitOfMeasureCode=unit)
        for number, part in enumerate((sold.total.discount_minor, sold.total.foot_minor), start=1):
            if part:
                with xml.element("RetailPriceModifier"):
                    xml.leaf("SequenceNumber", number)
                    _amount(xml, company, "Amount", part, Action="Subtract")
        _tax(xml, company, line.vat_rate_bp, sold.vat.net_minor, sold.vat.vat_minor)
        xml.leaf("TaxIncludedInPriceFlag", "true")


def _struck(xml: XmlStream, company: Company, line: Line) -> None:
    """A line that was voided, or belongs to a sale that was cancelled: it counts nothing."""
    with xml.element("LineItem", CancelFlag="true", **_entered(line)):
        if line.kind == "article":
            with xml.element("Return" if line.is_return else "Sale"):
                _what(xml, company, line)
                _amount(xml, company, "ExtendedAmount", gross(replace(line, void=False)))
                unit = "KGM" if line.weight_g else "EA"
                xml.leaf("Quantity", quantity(line).lstrip("-"), UnitOfMeasureCode=unit)
        else:
            with xml.element("Deposit"):
                xml.leaf("ReferenceNumber", line.reference)
                _amount(xml, company, "Amount", gross(replace(line, void=False)))
        xml.leaf("SequenceNumber", line.n)


def _what(xml: XmlStream, company: Company, line: Line) -> None:
    gtin = line.code.isdecimal() and len(line.code) in GTIN_LENGTHS
    with xml.element("POSIdentity", POSIDType="GTIN" if gtin else "PLU"):
        xml.leaf("POSItemID", line.code)
    if line.department:
        xml.leaf("MerchandiseHierarchy", line.department, Level="Department")
    xml.leaf("Description", line.label)
    unit = "KGM" if line.weight_g else "EA"
    for tag, price in (
        ("RegularSalesUnitPrice", line.list_price_minor),
        ("ActualSalesUnitPrice", line.unit_price_minor),
    ):
        _amount(xml, company, tag, price, UnitOfMeasureCode=unit)


def _entered(line: Line) -> dict[str, str]:
    """Return how a line was entered, where it is known."""
    return {"EntryMethod": "Weighed"} if line.weighed == "scale" else {}


def _tax(xml: XmlStream, company: Company, rate_bp: int, net_minor: int, vat_minor: int) -> None:
    kind = "Refund" if net_minor < 0 else "Sale"
    with xml.element("Tax", TaxType="VAT", TypeCode=kind):
        _amount(xml, company, "TaxableAmount", net_minor, TaxIncludedInTaxableAmountFlag="false")
        _amount(xml, company, "Amount", vat_minor)
        xml.leaf("Percent", percent(rate_bp))


def _tender(xml: XmlStream, company: Company, tender: Tender, number: int) -> None:
    kind = TENDER_TYPES.get(tender.kind, OTHER_TENDER)
    way = "Refund" if tender.amount_minor < 0 else "Sale"
    with xml.element("LineItem"):
        with xml.element("Tender", TenderType=kind, TypeCode=way):
            _amount(xml, company, "Amount", tender.amount_minor)
            cheque = tender.number
            if kind == "Check" and cheque.isdecimal() and len(cheque) <= MAX_CHEQUE_DIGITS:
                with xml.element("Check"):
                    xml.leaf("CheckNumber", cheque)
        xml.leaf("SequenceNumber", number)


def _amount(xml: XmlStream, company: Company, tag: str, minor: int, **attributes: str) -> None:
    """Write an amount without its sign: the element around it says which way it goes."""
    xml.leaf(tag, company.amount(abs(minor)), Currency=company.currency, **attributes)
