"""The PDF of a receipt: what it says, how it looks to a machine, and that it is always the same."""

import io
import subprocess
import sys

import pytest
from pypdf import PdfReader

from terminal import config
from terminal.core.blocks import QR, Banner, Barcode, Row, Rule, Spacer, Table, Text
from terminal.services.pdf.strip import LONGEST_PAGE, STRIP, Facts, pdf
from terminal.services.receipts import ReceiptPrinting

FACTS = Facts("Ticket 1", "Épicerie", "fr", "20260907104901")


def read(file):
    return PdfReader(io.BytesIO(file))


def words(file):
    return " ".join(" ".join(page.extract_text() for page in read(file).pages).split())


def test_every_kind_of_block_is_on_the_page():
    blocks = (
        Text("Épicerie", bold=True), Banner("DUPLICATA"), Spacer(2), Row("Tomates", "x1 (A)"),
        Row("M1", "3,20", indent=2, middle="1,600"), Rule(), Row("NET", "3,20 €", double=True),
        Table((("CODE", "TTC"), ("A", "3,20"))), Barcode("820000000000004514"), QR("hello"),
    )  # fmt: skip
    text = words(pdf(blocks, FACTS))
    for part in ("Épicerie", "DUPLICATA", "Tomates", "x1 (A)", "M1", "1,600", "3,20 €", "CODE",
                 "8200 0000 0000 0045 14"):  # fmt: skip
        assert part in text


def test_the_file_says_what_it_is_and_nothing_else():
    """No clock, no machine, no account: what a reader shows is the receipt's own."""
    about = read(pdf((Text("x"),), FACTS)).metadata
    assert about is not None
    assert (about.title, about.author, about.creator) == ("Ticket 1", "Épicerie", "Reprise")
    assert about["/CreationDate"] == about["/ModDate"] == "D:20260907104901"


def test_the_same_document_gives_the_same_bytes():
    blocks = (Text("Łódź, Ελλάς, 日本"), Row("a", "1,00"))
    assert pdf(blocks, FACTS) == pdf(blocks, FACTS)


def test_the_page_is_as_long_as_the_content():
    short, longer = (read(pdf((Text("x"),) * count, FACTS)).pages[0].mediabox for count in (1, 20))
    assert (float(short.width), float(longer.width)) == pytest.approx((STRIP, STRIP), abs=0.01)
    assert short.height < longer.height


def test_what_no_reader_takes_on_one_page_goes_on_on_the_next():
    pages = read(pdf((Row("article", "1,00"),) * 3000, FACTS)).pages
    assert len(pages) == 3
    assert all(float(page.mediabox.height) <= LONGEST_PAGE for page in pages)


def test_faces_are_embedded():
    page = read(pdf((Text("Łódź, Ελλάς →", bold=True), Text("x")), FACTS)).pages[0]
    faces = [face.get_object() for face in page["/Resources"]["/Font"].values()]
    assert {str(face["/BaseFont"]).partition("+")[2] for face in faces} >= {
        "RepriseFigures-Bold", "RepriseFigures-Regular", "DejaVuSansMono",
    }  # fmt: skip
    assert all("/FontFile2" in face["/FontDescriptor"] for face in faces)


def test_reportlab_is_not_loaded_before_a_pdf_is_asked_for():
    program = (
        "import sys, terminal.app;"
        "print([name for name in ('reportlab', 'pypdf', 'segno') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert shown.stdout.strip() == b"[]"


def test_a_receipt_as_json_holds_its_sections_and_figures(till_of_8):
    """RCP-25."""
    plain = ReceiptPrinting(config.defaults()).json(till_of_8.sale, 1)
    assert plain["format"] == "reprise-receipt/1"
    assert [section["name"] for section in plain["sections"]][:3] == ["header", "marks", "lines"]
    assert plain["figures"]["total_minor"] == 800
    assert plain["figures"]["vat"] == [
        {"rate_bp": 2000, "net_minor": 667, "vat_minor": 133, "gross_minor": 800}
    ]
