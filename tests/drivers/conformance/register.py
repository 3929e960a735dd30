"""Every driver that the kit tries. A new one is one class and one line here."""

from __future__ import annotations

from tests.drivers.conformance import devices, money
from tests.drivers.conformance.candidate import Candidate

CANDIDATES: tuple[type[Candidate], ...] = (
    devices.EscposCandidate,
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

WIRELESS = {"manual-poi": "a person types what the terminal says: there is nothing to unplug"}
"""Drivers without a wire, each with the reason why the kit has nothing to try."""
