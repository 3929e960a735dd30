"""What the law wants on an Austrian receipt: the till, and the machine-readable code as QR.

Source: RKSV section 11 and its annex: the code stands on the paper as QR code, bar code, link
or in OCR-A.  Its terms are the law's and are not translated.
"""

from __future__ import annotations

import base64

from terminal.core.blocks import QR, Align, Banner, Block, Spacer, Text
from terminal.core.state import Sale
from terminal.fiscal.rksv import DEVICE_FAILED, NoCode, read_code

TILL = "Kassen-ID"
KINDS = {
    "sale": "Beleg", "cancellation": "Stornobeleg", "start": "Startbeleg", "month": "Monatsbeleg",
    "year": "Jahresbeleg", "collective": "Sammelbeleg", "control": "Kontrollbeleg",
    "end": "Schlussbeleg",
}  # fmt: skip


def blocks(sale: Sale) -> tuple[Block, ...]:
    """Return the law's part of a sale's receipt; nothing of one that was made under another law."""
    return code_blocks(sale.fiscal_code) if sale.fiscal_code else ()


def code_blocks(qr_text: str) -> tuple[Block, ...]:
    """Return the till, the law's words when the device failed, and the code."""
    signed, _, signature = qr_text.rpartition("_")
    try:
        till = read_code(signed).till
    except NoCode:
        return ()
    failed = signature == base64.b64encode(DEVICE_FAILED.encode()).decode()
    warning: tuple[Block, ...] = (Banner(DEVICE_FAILED),) if failed else ()
    return (Spacer(), *warning, Text(f"{TILL} {till}", Align.CENTER), QR(qr_text))


def zero_slip(kind: str, number: str, time: str, qr_text: str) -> tuple[Block, ...]:
    """Return a zero receipt as a document: it has no lines, and sells nothing."""
    when = time.replace("T", " ")
    return (
        Banner(KINDS.get(kind, kind)),
        Spacer(),
        Text(f"{number}  {when}", Align.CENTER),
        *code_blocks(qr_text),
    )
