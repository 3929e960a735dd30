"""The Norwegian SAF-T Cash Register file, version 1.00, as XML that is written as it is read.

Source: Skatteetaten/saf-t, Norwegian_SAF-T_Cash_Register_Schema_v_1.00.xsd and its code lists.  The
order of the elements is the schema's.  ``docs/exports.md`` says what is not claimed: above all, the
signature is what this till's own law makes it sign, not the Norwegian one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from terminal.core.events import (
    CashMoved,
    LineVoided,
    PeriodClosed,
    PriceOverridden,
    PrintJobQueued,
    SaleCancelled,
    SaleCompleted,
)
from terminal.core.periods import kept
from terminal.core.state import Sale
from terminal.exports import saf_t_codes as codes
from terminal.exports.company import Company, percent, short_rate
from terminal.exports.ledger import Entry, Ledger, SoldLine, quantity, sold_lines
from terminal.exports.saf_t_master import Masters, Report, gather
from terminal.exports.saf_t_report import z_report
from terminal.exports.xml_stream import XmlStream

NAMESPACE = "urn:StandardAuditFile-Taxation-CashRegister:NO"
VERSION = "1.0"
PRODUCT = "Reprise"
UNSIGNED = "0"
"""Signature and key version of a receipt that no law asked to sign."""


def write(
    out: TextIO,
    company: Company,
    ledger: Ledger,
    period: tuple[str, str],
    *,
    created_ms: int,
    vat_codes: Mapping[str, str],
) -> None:
    """Write the file of the days from ``period[0]`` to ``period[1]``.

    Args:
        created_ms: when it is made, UTC.
        vat_codes: rate as ``short_rate`` names it -> the tax office's standard code.
    """
    xml = XmlStream(out)
    masters = gather(ledger)
    with xml.element("auditfile", xmlns=NAMESPACE):
        _header(xml, company, period, created_ms)
        with xml.element("company"):
            _company(xml, company)
            _vat_codes(xml, masters, period, vat_codes)
            _employees(xml, company, masters)
            _articles(xml, masters)
            _basics(xml, masters)
            with xml.element("location"):
                xml.cut("name", company.name, 100)
                _address(xml, company)
                with xml.element("cashregister"):
                    xml.cut("registerID", company.workstation, 100)
                    xml.cut("regDesc", f"{company.role} {company.till}", 999)
                    for entry in ledger.entries():
                        _event(xml, company, entry, masters.reports)
                    for entry in ledger.entries():
                        if isinstance(entry.event, SaleCompleted) and entry.sale is not None:
                            _transaction(xml, company, entry, entry.sale)


def _header(xml: XmlStream, company: Company, period: tuple[str, str], created_ms: int) -> None:
    created = company.local(created_ms)
    with xml.element("header"):
        xml.leaves(
            fiscalYear=period[0][:4],
            startDate=period[0],
            endDate=period[1],
            curCode=company.currency,
            dateCreated=created.date().isoformat(),
            timeCreated=created.time().isoformat(),
            softwareDesc=PRODUCT,
            softwareVersion=company.software[:20],
            softwareCompanyName=PRODUCT,
            auditfileVersion=VERSION,
        )


def _company(xml: XmlStream, company: Company) -> None:
    xml.cut("companyIdent", company.number, codes.LONGEST_ID)
    xml.cut("companyName", company.name, 100)
    xml.leaf("taxRegistrationCountry", company.country)
    if company.vat_number:
        xml.cut("taxRegIdent", company.vat_number, 50)
    _address(xml, company)


def _address(xml: XmlStream, company: Company) -> None:
    """Addresses are lines of text here: they stand together, and nothing is guessed from them."""
    with xml.element("streetAddress"):
        if company.address:
            xml.cut("additionalAddressDetails", ", ".join(company.address), 100)
        xml.leaf("country", company.country)


def _vat_codes(
    xml: XmlStream, masters: Masters, period: tuple[str, str], vat_codes: Mapping[str, str]
) -> None:
    if not masters.rates:
        return
    with xml.element("vatCodeDetails"):
        for rate in sorted(masters.rates):
            name = short_rate(rate)
            with xml.element("vatCodeDetail"):
                xml.leaves(
                    vatCode=name,
                    dateOfEntry=period[0],
                    vatDesc=f"VAT {name} %",
                    standardVatCode=vat_codes.get(name, ""),
                )


def _employees(xml: XmlStream, company: Company, masters: Masters) -> None:
    if not masters.employees:
        return
    with xml.element("employees"):
        for who, employee in sorted(masters.employees.items()):
            met = company.local(employee.at_ms)
            with xml.element("employee"):
                xml.leaf("empID", codes.identity(who))
                xml.leaf("dateOfEntry", met.date().isoformat())
                xml.leaf("timeOfEntry", met.time().isoformat())
                xml.cut("surName", employee.name or who, 100)
                if employee.role:
                    with xml.element("employeeRole"):
                        xml.cut("roleType", employee.role, 50)


def _articles(xml: XmlStream, masters: Masters) -> None:
    if not masters.articles:
        return
    with xml.element("articles"):
        for code, article in sorted(masters.articles.items()):
            with xml.element("article"):
                xml.leaf("artID", code)
                xml.leaf("dateOfEntry", article.date)
                xml.leaf("artGroupID", article.group)
                xml.cut("artDesc", article.label, 999)


def _basics(xml: XmlStream, masters: Masters) -> None:
    with xml.element("basics"):
        for group, department in sorted(masters.groups.items()):
            _basic(xml, codes.GROUP, group, codes.OTHER_GROUP, department or group)
        for name, words in codes.LINES.items():
            _basic(xml, codes.LINE, name, None, words)
        for name, words in codes.DISCOUNTS.items():
            _basic(xml, codes.DISCOUNT, name, None, words)
        for name, (code, words) in codes.TRANSACTIONS.items():
            _basic(xml, codes.TRANSACTION, name, code, words)
        for kind in sorted(masters.payments):
            code, words = codes.PAYMENTS.get(kind, (codes.OTHER_PAYMENT, kind))
            _basic(xml, codes.PAYMENT, codes.payment(kind), code, words)
        for name, (code, words) in codes.EVENTS.items():
            _basic(xml, codes.EVENT, name, code, words)


def _basic(xml: XmlStream, kind: str, name: str, predefined: str | None, words: str) -> None:
    with xml.element("basic"):
        xml.leaves(basicType=kind, basicID=name, predefinedBasicID=predefined)
        xml.cut("basicDesc", words, 999)


# --- events ---------------------------------------------------------------------------------------


def _event(xml: XmlStream, company: Company, entry: Entry, reports: Mapping[int, Report]) -> None:
    code = codes.event_code(entry.event)
    if not code:
        return
    at = company.local(entry.at_ms)
    who = entry.sale.operator_id if entry.sale is not None else entry.operator
    with xml.element("event"):
        xml.leaves(
            eventID=entry.seq,
            eventType=code,
            transID=_receipt_of(entry),
            empID=codes.identity(who) if who else None,
            eventDate=at.date().isoformat(),
            eventTime=at.time().isoformat(),
        )
        if text := _text(company, entry):
            xml.cut("eventText", text, 9999)
        event = entry.event
        if isinstance(event, PeriodClosed) and event.scope == "day":
            z_report(xml, company, event, reports.get(event.number, Report()), at)


def _receipt_of(entry: Entry) -> str | None:
    match entry.event:
        case SaleCompleted(receipt_number=number) | PrintJobQueued(receipt_number=number):
            return number or None
    return None


def _text(company: Company, entry: Entry) -> str:
    match entry.event:
        case CashMoved(kind=kind, amount_minor=amount, reason=reason):
            return f"{kind} {company.amount(amount)} {reason}"
        case SaleCancelled(sale_id=sale_id, reason=reason):
            return f"{sale_id} {reason}"
        case LineVoided(sale_id=sale_id, line=line):
            return f"{sale_id} line {line}"
        case PriceOverridden(sale_id=sale_id, line=line, unit_price_minor=price, reason=reason):
            return f"{sale_id} line {line} {company.amount(price)} {reason}"
        case PeriodClosed(scope=scope, period=period, number=number):
            return f"{scope} {period} {number}"
    return ""


# --- sales ----------------------------------------------------------------------------------------


def _transaction(xml: XmlStream, company: Company, entry: Entry, sale: Sale) -> None:
    at = company.local(entry.at_ms)
    refund = sale.total_minor < 0
    with xml.element("cashtransaction"):
        xml.leaves(
            nr=sale.receipt_sequence,
            transID=sale.receipt_number,
            transType=codes.RETURN_SALE if refund else codes.CASH_SALE,
            transAmntIn=company.amount(sale.total_minor),
            transAmntEx=company.amount(sum(row.net_minor for row in sale.vat)),
            amntTp=_side(sale.total_minor),
            empID=codes.identity(sale.operator_id) if sale.operator_id else None,
            transDate=at.date().isoformat(),
            transTime=at.time().isoformat(),
        )
        for sold in sold_lines(sale):
            _line(xml, company, sale, sold)
        for row in sale.vat:
            _vat(xml, company, row.rate_bp, row.vat_minor, row.net_minor)
        with xml.element("rounding"):
            xml.leaf("roundingAmnt", company.amount(sale.rounding_minor))
        for kind, amount in kept(sale).items():
            with xml.element("payment"):
                xml.leaf("paymentType", codes.payment(kind))
                xml.leaf("paidAmnt", company.amount(amount))
                xml.leaf("curCode", company.currency)
        xml.cut("signature", entry.signature or UNSIGNED, 999)
        xml.cut("keyVersion", entry.key_id or UNSIGNED, 50)
        xml.leaves(receiptNum=1, voidTransaction="false", trainingID="false")


def _line(xml: XmlStream, company: Company, sale: Sale, sold: SoldLine) -> None:
    line, row = sold.line, sold.vat
    article = line.kind == "article"
    kind = "RETURN" if line.is_return else "SALE" if article else "ADVANCE"
    with xml.element("ctLine"):
        xml.leaves(
            nr=sale.receipt_sequence,
            lineID=line.n,
            lineType=kind,
            artGroupID=codes.group(line.department if article else line.kind),
            artID=codes.identity(line.code) if article else None,
            qnt=quantity(line),
            lineAmntIn=company.amount(row.gross_minor),
            lineAmntEx=company.amount(row.net_minor),
            amntTp=_side(row.gross_minor),
            ppu=company.amount(line.unit_price_minor),
        )
        _vat(xml, company, row.rate_bp, row.vat_minor, row.net_minor)
        if sold.discount_minor:
            with xml.element("discount"):
                xml.leaf("dscTp", "DISCOUNT")
                xml.leaf("dscAmnt", company.amount(sold.discount_minor))


def _vat(xml: XmlStream, company: Company, rate_bp: int, vat_minor: int, net_minor: int) -> None:
    with xml.element("vat"):
        xml.leaves(
            vatCode=short_rate(rate_bp),
            vatPerc=percent(rate_bp),
            vatAmnt=company.amount(vat_minor),
            vatAmntTp=_side(vat_minor),
            vatBasAmnt=company.amount(net_minor),
        )


def _side(amount_minor: int) -> str:
    """Return C (credit) for what a sale brings, D (debit) for what it gives back."""
    return "D" if amount_minor < 0 else "C"
