"""A barcode scanner made of software: the knob ``scan`` is its trigger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drivers.scanner.protocol import encode_scan
from drivers.simulation import SimulatedDevice, UnknownAction

MAX_CODE_CHARS = 8000
"""Longest symbol: a QR code holds 7,089 digits."""


class ScannerSimulator(SimulatedDevice):
    """The simulated scanner; what is scanned while nobody listens is lost, as at a real one."""

    name = "scanner"

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {**super()._knobs(), "scan": self._scan}

    def _scan(self, code: str, aim: str = "") -> None:
        if not isinstance(code, str) or not 0 < len(code) <= MAX_CODE_CHARS:
            raise UnknownAction(f"a code has 1 to {MAX_CODE_CHARS} characters")
        if self._powered:
            self._scans += 1
            self._say(encode_scan(code, aim))

    _scans = 0

    def _visible(self) -> Mapping[str, Any]:
        return {"listened_to": self._wire is not None, "scans": self._scans}
