"""Every driver that the kit tries. A new one is one class and one line here."""

from __future__ import annotations

from importlib import import_module

from drivers.registry import DRIVERS
from tests.drivers.conformance import devices, money
from tests.drivers.conformance.candidate import Candidate

CANDIDATES: tuple[type[Candidate], ...] = (
    devices.EscposCandidate,
    devices.CloneCandidate,
    devices.StarLineCandidate,
    devices.PrinterDrawerCandidate,
    devices.SerialScannerCandidate,
    devices.HidPosScannerCandidate,
    devices.KeyboardScannerCandidate,
    money.SimplePoiCandidate,
    money.CaisseApCandidate,
    money.CaisseApSerialCandidate,
    money.ConcertECandidate,
    money.ConcertEPlusCandidate,
    money.ZvtCandidate,
    money.ZvtSerialCandidate,
    money.NexoCandidate,
    money.NexoLocalCandidate,
    money.CashDroCandidate,
)

OTHER_FAMILIES = {"toledo-8217": "weighing", "dm-d": "displays", "zpl": "labels"}
"""A driver of a family that is in the registry, and the module with the family's candidates."""
CANDIDATES += tuple(
    kind
    for driver, module in OTHER_FAMILIES.items()
    if driver in DRIVERS
    for kind in import_module(f"tests.drivers.conformance.{module}").CANDIDATES
)

ON_PINS = "it has pins and no bytes: tests/drivers/test_counter_conformance.py"
WIRELESS = {
    "manual-poi": "a person types what the terminal says: there is nothing to unplug",
    "gpio-drawer": ON_PINS,
    "light-tower": ON_PINS,
    "pin-power": ON_PINS,
}
"""Drivers without a wire, each with the reason why the kit has nothing to try."""
