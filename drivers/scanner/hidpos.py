"""Driver of a scanner in USB HID-POS mode: no layout to get wrong, GS kept, AIM sent."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.scanner.hidpos_protocol import ReportDecoder
from drivers.scanner.reader import SymbolReader
from drivers.transports.base import Transport

GAP_S = 0.2
"""Longest pause between two reports of one symbol: the host asks for one every few milliseconds."""


class HidPosScanner(SymbolReader):
    """A Scanner that sends reports."""

    def __init__(
        self,
        transport: Transport,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        same_s: float = 0.0,
    ) -> None:
        super().__init__(transport, ReportDecoder(), GAP_S, same_s=same_s, monotonic=monotonic)
