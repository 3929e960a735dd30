"""Driver of a scanner that poses as a keyboard: the compatible mode, where there is no other."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.scanner.keyboard_protocol import AUTO, KeyboardDecoder
from drivers.scanner.reader import SymbolReader
from drivers.transports.base import Transport

IDLE_S = 0.15
"""Silence that ends a symbol of a scanner without a terminator."""
READ_BYTES = 24 * 256
"""A reader that is served late takes all that the kernel kept for it at once."""


class KeyboardScanner(SymbolReader):
    """A Scanner that types."""

    def __init__(
        self,
        transport: Transport,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        layout: str = AUTO,
        learned: str = "us",
        same_s: float = 0.0,
    ) -> None:
        """``layout``: a name of ``layouts.LAYOUTS``, or ``auto``, which begins with ``learned``."""
        super().__init__(
            transport,
            KeyboardDecoder(layout, learned),
            IDLE_S,
            same_s=same_s,
            read_bytes=READ_BYTES,
            monotonic=monotonic,
        )
