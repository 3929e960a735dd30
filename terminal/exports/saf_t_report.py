"""The Z report of a day within the SAF-T file: the closure's figures, and what happened besides."""

from __future__ import annotations

from datetime import datetime

from terminal.core.events import PeriodClosed
from terminal.exports import saf_t_codes as codes
from terminal.exports.company import Company, percent, short_rate
from terminal.exports.saf_t_master import Report, Tally
from terminal.exports.xml_stream import XmlStream


def z_report(
    xml: XmlStream, company: Company, event: PeriodClosed, report: Report, at: datetime
) -> None:
    """Write the report of a day closure; the order is the schema's."""
    with xml.element("eventReport"):
        xml.leaves(reportID=event.number, reportType="Z report")
        xml.cut("companyIdent", company.number, codes.LONGEST_ID)
        xml.cut("companyName", company.name, 100)
        xml.leaves(
            reportDate=at.date().isoformat(),
            reportTime=at.time().isoformat(),
            registerID=company.workstation,
        )
        with xml.element("reportTotalCashSales"):
            xml.leaf("totalCashSaleAmnt", company.amount(event.total_minor))
        _groups(xml, company, report)
        _payments(xml, company, event, report)
        _vat(xml, company, event)
        xml.leaf("reportOpeningChangeFloat", company.amount(_opening(event)))
        _counts(xml, company, event, report)
        _moved(xml, company, report)
        _grand_totals(xml, company, event)


def _opening(event: PeriodClosed) -> int:
    """Return what the drawer held when the day began: what it should hold, less what came in."""
    came = dict(event.tenders).get("cash", 0) + sum(amount for _, amount in event.movements)
    return event.expected_cash_minor - came


def _groups(xml: XmlStream, company: Company, report: Report) -> None:
    with xml.element("reportArtGroups"):
        for group, sums in sorted(report.groups.items()) or [(codes.NOTHING, Tally())]:
            thousandths = f"{abs(sums.number) // 1000}.{abs(sums.number) % 1000:03}"
            with xml.element("reportArtGroup"):
                xml.leaves(
                    artGroupID=group,
                    artGroupNum=f"-{thousandths}" if sums.number < 0 else thousandths,
                    artGroupAmnt=company.amount(sums.amount_minor),
                )


def _payments(xml: XmlStream, company: Company, event: PeriodClosed, report: Report) -> None:
    with xml.element("reportPayments"):
        for kind, amount in event.tenders or ((codes.NOTHING, 0),):
            with xml.element("reportPayment"):
                xml.leaves(
                    paymentType=codes.payment(kind) if event.tenders else kind,
                    paymentNum=report.payments.get(kind, 0),
                    paymentAmnt=company.amount(amount),
                )


def _vat(xml: XmlStream, company: Company, event: PeriodClosed) -> None:
    with xml.element("reportCashSalesVat"):
        for rate, net, vat, _ in event.vat or ((0, 0, 0, 0),):
            with xml.element("reportCashSaleVat"):
                xml.leaves(
                    vatCode=short_rate(rate),
                    vatPerc=percent(rate),
                    cashSaleAmnt=company.amount(net),
                    vatAmnt=company.amount(vat),
                    vatAmntTp="D" if vat < 0 else "C",
                )


def _counts(xml: XmlStream, company: Company, event: PeriodClosed, report: Report) -> None:
    nothing = Tally()
    xml.leaves(reportReceiptNum=event.count, reportOpenCashBoxNum=report.drawer)
    for name, tally in (
        ("ReceiptCopy", report.copies),
        ("ReceiptProforma", nothing),
        ("Return", report.returns),
        ("Discount", report.discounts),
        ("VoidTrans", report.cancelled),
    ):
        _tally(xml, company, name, tally)
    _listed(xml, company, "CorrLine", "LINEVOID", report.voided)
    with xml.element("reportPriceInquiries"), xml.element("reportPriceInquiry"):
        xml.leaves(priceInquiryGroup=codes.NOTHING, priceInquiryNum=0, priceInquiryAmnt="0.00")
    _listed(xml, company, "OtherCorr", codes.NOTHING, nothing)
    _tally(xml, company, "ReceiptDelivery", nothing)
    _tally(xml, company, "Training", nothing)


def _tally(xml: XmlStream, company: Company, name: str, tally: Tally) -> None:
    xml.leaf(f"report{name}Num", tally.number)
    xml.leaf(f"report{name}Amnt", company.amount(tally.amount_minor))


def _listed(xml: XmlStream, company: Company, name: str, kind: str, tally: Tally) -> None:
    """Write a list of one: ``CorrLine`` is ``reportCorrLines`` around ``reportCorrLine``."""
    inside = name[0].lower() + name[1:]
    with xml.element(f"report{name}s"), xml.element(f"report{name}"):
        xml.leaf(f"{inside}Type", kind if tally.number else codes.NOTHING)
        xml.leaf(f"{inside}Num", tally.number)
        xml.leaf(f"{inside}Amnt", company.amount(tally.amount_minor))


def _moved(xml: XmlStream, company: Company, report: Report) -> None:
    for name, sign in (("payIn", 1), ("payOut", -1)):
        moved = {
            kind: tally
            for kind, tally in sorted(report.moved.items())
            if tally.amount_minor * sign > 0
        }
        if not moved:
            continue
        outside = f"report{name[0].upper()}{name[1:]}"
        with xml.element(f"{outside}s"):
            for kind, tally in moved.items():
                with xml.element(outside):
                    xml.leaf(f"{name}Type", kind)
                    xml.leaf(f"{name}Num", tally.number)
                    xml.leaf(f"{name}Amnt", company.amount(abs(tally.amount_minor)))


def _grand_totals(xml: XmlStream, company: Company, event: PeriodClosed) -> None:
    """The perpetual totals: of receipts above zero, below zero, and together."""
    net, absolute = event.perpetual_minor, event.perpetual_absolute_minor
    xml.leaf("reportGrandTotalSales", company.amount((absolute + net) // 2))
    xml.leaf("reportGrandTotalReturn", company.amount((absolute - net) // 2))
    xml.leaf("reportGrandTotalSalesNet", company.amount(net))
