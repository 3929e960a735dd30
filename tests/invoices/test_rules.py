"""Every invoice against the rules of EN 16931 and of the French reform, run by Saxon."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from facturx import xml_check_xsd
from hypothesis import given, settings
from lxml import etree

from terminal.core import commands as c
from terminal.core.credits import Credit
from terminal.invoices.cii import xml_of
from tests.invoices.receipts import SHOPPER, article, invoiced, invoices, seed, take_back, till
from tests.invoices.rules import broken, broken_in_france

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def credit_note():
    return invoiced(till(), take_back(2000, quantity=2), corrects=("FA3001-000007", "2026-09-20"))


def mixed():
    story = till(rounding=5)
    story.do(c.AddItem("3270190128724", article(3076, 550, code="3270190128724")))
    story.do(c.AddItem("A2", article(999)))
    story.do(c.AddItem("A3", article(500, 0, "Livre ancien")))
    story.do(c.GrantDiscount(1, 1000, None, "Fidélité"))
    story.do(take_back(300))
    return invoiced(story, c.GrantDiscount(None, None, 250, "Geste", "C-1"), operation="both")


EXAMPLES = {
    **{f"seed {total}": lambda total=total: seed(total) for total in (45_089, 23_900, 15_000, 800)},
    "credit note": credit_note,
    "mixed": mixed,
    "shopper": lambda: invoiced(till(), c.AddItem("A1", article(1234)), buyer=SHOPPER),
    "nothing to pay": lambda: invoiced(till(), c.AddItem("A1", article(900)), take_back(900)),
    "English": lambda: invoiced(till(), c.AddItem("A1", article(1234)), language="en"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_invoice_breaks_no_rule_of_the_standard_nor_of_the_reform(name):
    invoice = EXAMPLES[name]()
    xml = xml_of(invoice)
    assert broken(xml) == {}
    if invoice.buyer.is_business:  # the reform is about invoices between businesses
        assert broken_in_france(xml) == {}


@settings(max_examples=40)
@given(invoices())
def test_no_receipt_makes_an_invoice_that_breaks_a_rule(invoice):
    assert broken(xml_of(invoice)) == {}


@pytest.mark.parametrize(
    ("element", "rules"),
    [
        ("TaxTotalAmount", {"BR-CO-14", "BR-CO-15"}),
        ("LineTotalAmount", {"BR-CO-10"}),
        ("TaxBasisTotalAmount", {"BR-CO-13", "BR-CO-15"}),
        ("GrandTotalAmount", {"BR-CO-15", "BR-CO-16"}),
        ("DuePayableAmount", {"BR-CO-16"}),
    ],
)
def test_a_cent_too_many_breaks_the_rule_that_is_about_it(element, rules):
    xml = xml_of(seed(800))
    head, found, tail = xml.decode().rpartition(f"</ram:{element}>")
    amount = re.search(r"[\d.]+$", head)[0]
    wrong = f"{head.removesuffix(amount)}{Decimal(amount) + Decimal('0.01')}{found}{tail}".encode()
    assert rules <= set(broken(wrong))


def test_what_the_schema_does_not_know_is_refused():
    xml = xml_of(seed(800))
    assert xml_check_xsd(xml, flavor="factur-x", level="en16931")
    with pytest.raises(Exception, match="not valid"):
        xml_check_xsd(xml.replace(b"ram:DuePayableAmount", b"ram:Due"), flavor="factur-x",
                      level="en16931")  # fmt: skip


def test_the_xml_names_both_sides_the_receipt_and_how_it_was_paid():
    document = etree.fromstring(xml_of(seed(23_900)))

    def said(path: str) -> list[str]:
        return [one.text for one in document.findall(f".//{path.replace('ram:', RAM)}")]

    assert said("ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID") == ["FR83404833048"]
    assert said("ram:BuyerTradeParty/ram:GlobalID") == ["73282932000074"]
    assert said("ram:BuyerTradeParty/ram:SpecifiedLegalOrganization/ram:ID") == ["732829320"]
    assert said("ram:AdditionalReferencedDocument/ram:IssuerAssignedID") == [
        seed(23_900).event.receipt_number
    ]
    assert said("ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode") == ["10"]
    assert said("ram:TotalPrepaidAmount") == ["239.00"]
    assert said("ram:DuePayableAmount") == ["0.00"]


def test_vouchers_and_deposits_on_an_invoice_say_what_they_are():
    story = till()
    story.do(c.SellVoucher("98000000000000017", 5000))
    story.do(c.AddItem("A1", article(12_000)))
    credit = Credit("deposit", "CMD-7", 2000, 3000, 3000)
    invoice = invoiced(story, c.UseCredit(credit))
    assert invoice.figures.total_minor == 14_000
    assert [invoice.label(line.line) for line in invoice.figures.lines] == [
        "Bon à usages multiples 98000000000000017", "Article", "Acompte déduit CMD-7",
    ]  # fmt: skip
    assert "256 ter" in invoice.exemption
    xml = xml_of(invoice)
    assert broken(xml) == {}
    assert broken_in_france(xml) == {}


def test_the_invoice_of_a_deposit_is_one_of_a_prepayment():
    invoice = seed(15_000)
    assert invoice.title == "Facture d’acompte"
    assert b"<ram:TypeCode>386<" in xml_of(invoice)
