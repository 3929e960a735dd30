"""The receipt printer, and from the core's laid-out document to the items that it takes."""

from __future__ import annotations

from typing import cast

from drivers.printer.base import PrintBarcode, PrintItem, PrintLine, PrintQR, ReceiptPrinter
from drivers.printer.profiles import Language, profile_of
from drivers.registry import driver_class
from drivers.transports.base import Transport
from terminal.core.blocks import Barcode
from terminal.core.layout import Laid, LaidLine
from terminal.device_settings import Devices

DRIVERS = {Language.ESCPOS: "escpos", Language.STAR_LINE: "star-line"}


def receipt_printer(devices: Devices, transport: Transport) -> ReceiptPrinter:
    """Return the driver of the configured model, in the language that it speaks."""
    profile = profile_of(devices.printer_profile)
    driver = driver_class(DRIVERS[profile.language])
    return cast("ReceiptPrinter", driver(transport, profile=profile))


def print_items(laid: tuple[Laid, ...]) -> tuple[PrintItem, ...]:
    """Turn a laid-out document into print items; alignment is in the spaces already."""
    return tuple(_item(item) for item in laid)


def _item(item: Laid) -> PrintItem:
    if isinstance(item, LaidLine):
        return PrintLine(item.text, bold=item.bold, double=item.double, tall=item.tall)
    return PrintBarcode(item.data) if isinstance(item, Barcode) else PrintQR(item.data)
