"""The syntax of GS1 symbols, which biip knows; imported by ``core.gs1`` when one is read.

biip's tables take longer to load than the rest of the core together, and most shops hardly ever
scan such a symbol: a start does not wait for them.
"""

from __future__ import annotations

from biip import BiipException, ParseConfig
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message

# biip checks a date against the year of the wall clock; the core reads no clock and checks it here.
_CONFIG = ParseConfig(gs1_element_strings_verify_date=False)
_SEPARATOR = "\x1d"


def identifiers(text: str, *, uri: bool) -> list[tuple[str, str]] | None:
    """Return the application identifiers of an ASCII text with their values, in order.

    ``uri`` says that the text is a web address.  None when it is not well formed.
    """
    try:
        elements = _elements(text, uri=uri)
    # ValueError: urllib refuses some addresses; the others: biip on digits out of its tables.
    except (BiipException, ValueError, ArithmeticError, LookupError):
        return None
    return [(element.ai.ai, element.pattern_groups[-1]) for element in elements]


def _elements(text: str, *, uri: bool) -> list[GS1ElementString]:
    if uri:
        return GS1DigitalLinkURI.parse(text, config=_CONFIG).element_strings
    if text.startswith("("):
        return GS1Message.parse_hri(text, config=_CONFIG).element_strings
    return GS1Message.parse(text.lstrip(_SEPARATOR), config=_CONFIG).element_strings
