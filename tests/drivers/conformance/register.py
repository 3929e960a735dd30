"""Every driver that the kit tries. A new one is one class and one line here."""

from __future__ import annotations

from tests.drivers.conformance import devices, displays, labels, money, weighing
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
    weighing.Dialog06Candidate,
    weighing.Toledo8217Candidate,
    weighing.NciCandidate,
    displays.DmDCandidate,
    displays.Cd5220Candidate,
    labels.ZplCandidate,
    labels.LlrpCandidate,
)

ON_PINS = "it has pins and no bytes: tests/drivers/test_counter_conformance.py"
WIRELESS = {
    "manual-poi": "a person types what the terminal says: there is nothing to unplug",
    "gpio-drawer": ON_PINS,
    "light-tower": ON_PINS,
    "pin-power": ON_PINS,
}
"""Drivers without a wire, each with the reason why the kit has nothing to try."""
