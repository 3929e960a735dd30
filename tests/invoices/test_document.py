"""The file of an invoice: what PDF/A-3 and Factur-X ask for that can be read off it here.

Conformance as a whole is judged by a validator of its own (veraPDF), which no package brings; what
it looks at first is looked at here: fonts, colours, metadata, identifiers, and the XML.
"""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import pytest
from facturx import get_facturx_xml_from_pdf
from lxml import etree
from pypdf import PdfReader

from terminal.core import commands as c
from terminal.invoices.cii import xml_of
from terminal.invoices.document import NotMade, facturx, srgb_profile
from terminal.invoices.page import pages
from tests.invoices.receipts import SHOPPER, article, invoiced, seed, take_back, till

PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


@pytest.fixture(scope="module")
def file() -> bytes:
    return facturx(seed(23_900))


@pytest.fixture(scope="module")
def pdf(file) -> PdfReader:
    return PdfReader(io.BytesIO(file))


def words_of(invoice) -> str:
    pdf = PdfReader(io.BytesIO(pages(invoice)))
    text = " ".join(page.extract_text() for page in pdf.pages)
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())


def test_the_xml_in_the_file_is_the_invoice_and_its_relation_is_named(file, pdf):
    name, xml = get_facturx_xml_from_pdf(file)
    assert (name, xml) == ("factur-x.xml", xml_of(seed(23_900)))
    (attached,) = pdf.trailer["/Root"]["/AF"]
    assert attached.get_object()["/AFRelationship"] == "/Alternative"
    assert attached.get_object()["/EF"]["/F"]["/Subtype"] == "/text/xml"


def test_every_font_is_in_the_file(pdf):
    fonts = [font.get_object() for page in pdf.pages
             for font in page["/Resources"]["/Font"].values()]  # fmt: skip
    assert fonts
    for font in fonts:
        assert "/FontFile2" in font["/FontDescriptor"]
        assert "/ToUnicode" in font
        assert font["/BaseFont"][7] == "+", "a subset has a name of its own"


def test_colours_are_explained_and_nothing_is_transparent_or_hidden(pdf):
    (intent,) = pdf.trailer["/Root"]["/OutputIntents"]
    intent = intent.get_object()
    assert intent["/S"] == "/GTS_PDFA1"
    profile = intent["/DestOutputProfile"].get_object()
    assert (profile["/N"], profile.get_data()) == (3, srgb_profile())
    assert profile.get_data()[36:40] == b"acsp"
    for page in pdf.pages:
        assert not {"/Group", "/AA"} & set(page)
        assert "/ExtGState" not in page["/Resources"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(pdf.trailer["/Root"])


def test_metadata_say_what_the_file_is(pdf, file):
    metadata = etree.fromstring(pdf.trailer["/Root"]["/Metadata"].get_data())
    said = {one.tag: one.text for one in metadata.iter() if isinstance(one.tag, str)}
    assert (said[f"{PDFA}part"], said[f"{PDFA}conformance"]) == ("3", "B")
    assert (said[f"{FX}DocumentType"], said[f"{FX}ConformanceLevel"]) == ("INVOICE", "EN 16931")
    assert said[f"{FX}DocumentFileName"] == "factur-x.xml"
    assert file.startswith(b"%PDF-1.7\n%")
    assert min(file.splitlines()[1][1:5]) > 127, "four bytes say that the file is binary"
    assert len(pdf.trailer["/ID"]) == 2
    assert "/Encrypt" not in pdf.trailer
    assert pdf.trailer["/Root"]["/Lang"] == "fr"


def test_the_page_says_what_the_law_wants_for_a_business():
    """CGI, annexe II, 242 nonies A; code de commerce, L441-9 and D441-5."""
    invoice = seed(23_900)
    text = words_of(invoice)
    for said in (
        "Facture", "FA3001-000001", "21/09/2026", "Librairie Reprise",
        "SARL au capital de 10 000 €, RCS Paris 404 833 048", "SIRET 404 833 048 00022",
        "TVA FR83404833048", "Atelier Martin", "12 avenue de la Gare", "69003 Lyon",
        "SIRET 732 829 320 00074", "199,17", "39,83", "239,00 €", "Remise (Fin de saison)",
        "Nature de l’opération : livraison de biens.", "Pénalités de retard",
        "40,00 €", "Pas d’escompte", "Acquittée le 21/09/2026 : Espèces.",
        "D’après le ticket de caisse 8203 0010 0000 0000 15",
    ):  # fmt: skip
        assert said in text


def test_a_shopper_is_not_told_of_penalties_and_a_country_abroad_is_named():
    text = words_of(invoiced(till(), c.AddItem("A1", article(1234)), buyer=SHOPPER))
    assert "Marie Durand" in text
    assert "BE" in text
    assert "Pénalités" not in text


def test_a_copy_is_marked_and_a_credit_note_says_so():
    story = till()
    story.do(c.AddItem("A1", article(500)))
    copy = invoiced(story, take_back(2000), corrects=("FA3001-000007", "2026-09-20"), copy=2)
    text = words_of(copy)
    assert "Avoir" in text
    assert "Duplicata n° 2" in text
    assert "Avoir sur la facture FA3001-000007 du 20/09/2026." in text
    assert "Déjà remboursé" in text


def test_a_long_invoice_turns_its_pages_and_loses_no_line():
    labels = [
        f"Article au nom assez long pour deux lignes de la page, numéro {n}" for n in range(90)
    ]
    commands = [c.AddItem("A1", article(100 + n, label=label)) for n, label in enumerate(labels)]
    invoice = invoiced(till(), *commands)
    pdf = PdfReader(io.BytesIO(pages(invoice)))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert len(pdf.pages) > 2
    assert "Page 2" in text
    assert all(f"numéro {n}" in text for n in range(90))
    assert text.count("SIRET 404 833 048 00022") == len(pdf.pages) + 1


def test_the_shop_says_its_own_terms():
    text = words_of(
        invoiced(
            till(), c.AddItem("A1", article(1000, 0)), vat_on_debits="yes",
            late_penalty="Pénalités : 12 % l’an.", early_discount="Escompte : 1 % à dix jours.",
            exemption="Livre exonéré.", notes="Merci.\nÀ bientôt.", operation="services",
        )
    )  # fmt: skip
    for said in ("12 % l’an", "1 % à dix jours", "Livre exonéré.", "Merci.", "À bientôt.",
                 "prestation de services", "d’après les débits"):  # fmt: skip
        assert said in text


def test_a_file_that_cannot_be_made_says_whose():
    right = seed(800)
    wrong = replace(right, event=replace(right.event, invoice_number="\x00"))
    with pytest.raises(NotMade, match="XML"):
        facturx(wrong)


def test_nothing_heavy_is_loaded_before_an_invoice_is_made():
    heavy = "reportlab", "facturx", "lxml", "pypdf", "stdnum", "PIL"
    code = (
        "import sys, terminal.services.invoicing, terminal.cli.invoice\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
