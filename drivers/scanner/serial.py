"""Driver of a scanner on a serial line or in USB serial (CDC-ACM) mode."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.scanner.reader import SymbolReader
from drivers.scanner.serial_protocol import ScanDecoder
from drivers.transports.base import Transport

GAP_S = 0.2
"""Longest pause within a symbol; at 9600 baud a character takes a millisecond."""


class SerialScanner(SymbolReader):
    """A Scanner that sends each symbol with a terminator, or with a pause after it."""

    def __init__(
        self,
        transport: Transport,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        suffix: str = "cr",
        same_s: float = 0.0,
    ) -> None:
        decoder = ScanDecoder(suffix)
        super().__init__(transport, decoder, GAP_S, same_s=same_s, monotonic=monotonic)
