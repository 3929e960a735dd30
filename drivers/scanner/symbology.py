"""What kind of symbol was read: AIM identifiers (ISO/IEC 15424) and the names of UnifiedPOS.

An identifier is ``]``, a code character and a modifier.  The modifier tells GS1 symbols from
ordinary ones of the same kind (GS1 General Specifications, section 5.1.3).
"""

from __future__ import annotations

from enum import IntEnum


class Symbology(IntEnum):
    """``ScanDataType`` of UnifiedPOS (Scanner): names and numbers are the standard's."""

    UNKNOWN = 0
    UPCA = 101
    UPCE = 102
    EAN8 = 103
    EAN13 = 104
    TF = 105
    ITF = 106
    CODABAR = 107
    CODE39 = 108
    CODE93 = 109
    CODE128 = 110
    EAN13_S = 119
    """With a supplement of two or five digits."""
    EAN128 = 120
    """GS1-128."""
    GS1DATABAR = 131
    CODE11 = 142
    MSI = 143
    PDF417 = 201
    MAXICODE = 202
    DATAMATRIX = 203
    QRCODE = 204
    AZTEC = 206
    GS1DATAMATRIX = 208
    GS1QRCODE = 209
    OTHER = 501


_EXACT = {
    "]E0": Symbology.EAN13,  # UPC-A and UPC-E come so too, as thirteen digits
    "]E3": Symbology.EAN13_S,
    "]E4": Symbology.EAN8,
    "]C1": Symbology.EAN128,
    "]d2": Symbology.GS1DATAMATRIX,
    "]Q3": Symbology.GS1QRCODE,
}
_BY_CODE_CHARACTER = {
    "A": Symbology.CODE39,
    "C": Symbology.CODE128,
    "E": Symbology.OTHER,  # a supplement by itself
    "F": Symbology.CODABAR,
    "G": Symbology.CODE93,
    "H": Symbology.CODE11,
    "I": Symbology.ITF,
    "L": Symbology.PDF417,
    "M": Symbology.MSI,
    "Q": Symbology.QRCODE,
    "S": Symbology.TF,
    "U": Symbology.MAXICODE,
    "d": Symbology.DATAMATRIX,
    "e": Symbology.GS1DATABAR,
    "z": Symbology.AZTEC,
}


def symbology_of(aim: str) -> Symbology:
    """Return what an AIM identifier names: OTHER for one that is not listed, UNKNOWN for none."""
    if not aim:
        return Symbology.UNKNOWN
    return _EXACT.get(aim) or _BY_CODE_CHARACTER.get(aim[1:2], Symbology.OTHER)
