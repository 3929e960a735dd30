"""From the core's laid-out document to the items a printer driver takes, one to one."""

from __future__ import annotations

from drivers.printer.base import PrintBarcode, PrintItem, PrintLine, PrintQR
from terminal.core.blocks import Barcode
from terminal.core.layout import Laid, LaidLine


def print_items(laid: tuple[Laid, ...]) -> tuple[PrintItem, ...]:
    """Turn a laid-out document into print items; alignment is in the spaces already."""
    return tuple(_item(item) for item in laid)


def _item(item: Laid) -> PrintItem:
    if isinstance(item, LaidLine):
        return PrintLine(item.text, bold=item.bold, double=item.double)
    return PrintBarcode(item.data) if isinstance(item, Barcode) else PrintQR(item.data)
