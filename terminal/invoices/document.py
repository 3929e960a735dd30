"""An invoice as one file for people and machines: Factur-X, a PDF/A-3 that carries the XML.

What PDF/A-3 asks for (ISO 19005-3) and is done here or in the page: fonts in the file, colours that
an ICC profile explains, metadata in XMP that agrees with the document's, a file identifier, and the
XML as an associated file whose relation to the pages is named (``Alternative``: it says the same).
"""

from __future__ import annotations

import io

from terminal.invoices.cii import PROFILE, xml_of
from terminal.invoices.invoice import Invoice
from terminal.invoices.page import pages

SRGB = "sRGB IEC61966-2.1"
PROFILE_DATE = slice(24, 36)
"""Where an ICC profile says when it was made: set to nothing, so that files are alike."""
COMPONENTS = 3
PDF_VERSION = "%PDF-1.7"
"""ISO 32000-1, on which PDF/A-3 stands."""


class NotMade(Exception):
    """The file of an invoice cannot be made; the message says why."""


def facturx(invoice: Invoice) -> bytes:
    """Return the invoice's file; its libraries take a second to load, so never on the loop.

    Raises:
        NotMade: the XML is not valid, or the pages cannot be drawn.
    """
    try:
        return _made(invoice)
    except Exception as error:  # three libraries make it, and factur-x raises plain ones
        raise NotMade(f"{invoice.event.invoice_number}: {error}") from error


def _made(invoice: Invoice) -> bytes:
    from facturx import generate_from_binary  # noqa: PLC0415 - lxml, pypdf: never at start

    seller, number = invoice.seller.name, invoice.event.invoice_number
    date = invoice.date(invoice.issued_at_ms)
    title = f"{invoice.title} {number}"
    file: bytes = generate_from_binary(
        with_output_intent(pages(invoice)),
        xml_of(invoice),
        flavor="factur-x",
        level=PROFILE,
        check_xsd=False,
        check_schematron=False,
        pdf_metadata={
            "author": seller,
            "keywords": "Factur-X",
            "title": f"{seller}: {title}",
            "subject": f"{title}, {date}",
        },
        lang=invoice.words.language,
        afrelationship="alternative",
    )
    return file


def srgb_profile() -> bytes:
    """Return the ICC profile of sRGB, as LittleCMS makes it: free of anybody's rights."""
    from PIL import ImageCms  # noqa: PLC0415

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[PROFILE_DATE] = bytes(PROFILE_DATE.stop - PROFILE_DATE.start)
    return bytes(profile)


def with_output_intent(pdf: bytes) -> bytes:
    """Return a PDF that says what its colours mean (ISO 19005-3, 6.2.3)."""
    from pypdf import PdfWriter  # noqa: PLC0415
    from pypdf.generic import (  # noqa: PLC0415
        ArrayObject,
        DictionaryObject,
        NameObject,
        NumberObject,
        StreamObject,
        TextStringObject,
    )

    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    stream = StreamObject()
    stream.set_data(srgb_profile())
    profile = stream.flate_encode()
    profile[NameObject("/N")] = NumberObject(COMPONENTS)
    intent = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/OutputIntent"),
            NameObject("/S"): NameObject("/GTS_PDFA1"),
            NameObject("/OutputConditionIdentifier"): TextStringObject(SRGB),
            NameObject("/Info"): TextStringObject(SRGB),
            NameObject("/DestOutputProfile"): writer._add_object(profile),  # noqa: SLF001
        }
    )
    writer.root_object[NameObject("/OutputIntents")] = ArrayObject([writer._add_object(intent)])  # noqa: SLF001
    writer.pdf_header = PDF_VERSION
    writer.generate_file_identifiers()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
