"""Every driver by the name that a configuration gives it; loaded only when configured."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "escpos": "drivers.printer.escpos:EscposPrinter",
        "star-line": "drivers.printer.star:StarPrinter",
        "serial-scanner": "drivers.scanner.serial:SerialScanner",
        "hidpos-scanner": "drivers.scanner.hidpos:HidPosScanner",
        "keyboard-scanner": "drivers.scanner.keyboard:KeyboardScanner",
        "printer-drawer": "drivers.drawer.printer_kick:PrinterDrawer",
        "gpio-drawer": "drivers.drawer.gpio:GpioDrawer",
        "dm-d": "drivers.display.driver:DmDDisplay",
        "cd5220": "drivers.display.driver:Cd5220Display",
        "light-tower": "drivers.lights.tower:LightTower",
        "pin-power": "drivers.power.pin_monitor:PinPowerMonitor",
        "caisse-ap": "drivers.payment.concert.caisse_ap:CaisseApTerminal",
        "caisse-ap-serial": "drivers.payment.concert.caisse_ap:CaisseApSerialTerminal",
        "concert-e": "drivers.payment.concert.concert_e:ConcertETerminal",
        "concert-e-plus": "drivers.payment.concert.concert_e:ConcertEPlusTerminal",
        "zvt": "drivers.payment.zvt.driver:ZvtPaymentTerminal",
        "zvt-serial": "drivers.payment.zvt.driver:ZvtSerialPaymentTerminal",
        "simple-poi": "drivers.payment.simple.driver:SimplePaymentTerminal",
        "nexo": "drivers.payment.nexo.driver:NexoTerminal",
        "nexo-local": "drivers.payment.nexo.driver:AdyenLocalTerminal",
        "manual-poi": "drivers.payment.manual:ManualTerminal",
        "cashdro": "drivers.cash.cashdro:CashDroMachine",
        "dialog-06": "drivers.scale.dialog_06:Dialog06Scale",
        "toledo-8217": "drivers.scale.toledo_8217:Toledo8217Scale",
        "nci": "drivers.scale.nci:NciScale",
        "zpl": "drivers.label.zpl_printer:ZplPrinter",
        "llrp": "drivers.rfid.llrp_reader:LlrpReader",
    }
)
"""Name -> module and class. Most take a transport first.  ``printer-drawer`` takes a printer
driver; ``nexo``, ``nexo-local`` and ``cashdro`` speak HTTP and take a function that makes a
transport; ``manual-poi`` is connected to nothing.  ``gpio-drawer``, ``light-tower`` and
``pin-power`` take the pins of ``drivers.pins``."""


class UnknownDriver(ValueError):
    """No driver has this name."""


def driver_class(name: str) -> Any:
    """Import the module of a driver and return its class. Raises UnknownDriver."""
    path = DRIVERS.get(name)
    if path is None:
        raise UnknownDriver(f"driver {name!r} is none of {', '.join(sorted(DRIVERS))}")
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)
