"""The electronics of a scanner that types: input events of its simulator, as a USB keyboard's
reports (HID 1.11, appendix B.1) or as a device of the kernel's own making (uinput).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from evdev import UInput, ecodes

from drivers.errors import DriverError
from drivers.scanner.input_events import EV_KEY, EV_SYN, EVENT_BYTES, RELEASED, EventReader
from drivers.simulation import SimulatedDevice

MODIFIERS = (29, 42, 56, 125, 97, 54, 100, 126)
"""Keys of the first byte of a report, its lowest bit first."""
MAX_KEYS = 6
READ_BYTES = EVENT_BYTES * 64
WAIT_S = 3600.0
_LETTERS = (30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47)
_LETTERS += (17, 45, 21, 44)
_FROM_ENTER = (28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53, 58)
_KEYPAD = (98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83, 86)
USAGES = {
    **{key: 4 + place for place, key in enumerate(_LETTERS)},
    **{key: 30 + place for place, key in enumerate(range(2, 12))},
    **{key: 40 + place for place, key in reversed(list(enumerate(_FROM_ENTER)))},
    **{key: 84 + place for place, key in enumerate(_KEYPAD)},
}
"""Key of the kernel -> usage of the keyboard page (HID Usage Tables, 10)."""


class BootReports:
    """Makes a report of every moment at which the keys that are down change."""

    def __init__(self) -> None:
        self._records = EventReader()
        self._down: list[int] = []

    def __call__(self, data: bytes) -> Iterator[bytes]:
        """Yield the reports that these events make."""
        for event in self._records.receive(data):
            if event.type == EV_KEY and event.value == RELEASED:
                self._down.remove(event.code)
            elif event.type == EV_KEY:
                self._down.append(event.code)
            elif event.type == EV_SYN:
                yield self._report()

    def _report(self) -> bytes:
        held = sum(1 << bit for bit, key in enumerate(MODIFIERS) if key in self._down)
        keys = [USAGES[key] for key in self._down if key not in MODIFIERS][:MAX_KEYS]
        return bytes((held, 0, *keys)).ljust(2 + MAX_KEYS, b"\0")


class UinputKeyboard:
    """A keyboard that the kernel makes of what is written to /dev/uinput: no bus between."""

    VENDOR, PRODUCT = 0x0C2E, 0x0B64

    def __init__(self, simulator: SimulatedDevice) -> None:
        keys = [*MODIFIERS, *USAGES]
        self._device = UInput(
            {ecodes.EV_KEY: keys}, "barcode scanner", self.VENDOR, self.PRODUCT, bustype=0x03
        )
        self.node = str(self._device.device.path)
        """Its device file."""
        self.said_at = 0.0
        """Monotonic seconds when the kernel had taken the last key."""
        self._wire = simulator.connect()
        self._wire.open(0.0)
        self._records = EventReader()
        self._thread = threading.Thread(target=self._type, name="typing", daemon=True)
        self._thread.start()

    def _type(self) -> None:
        with contextlib.suppress(DriverError):  # the wire was closed
            while True:
                for event in self._records.receive(self._wire.read(READ_BYTES, WAIT_S)):
                    if event.type in (EV_KEY, EV_SYN):
                        self._device.write(event.type, event.code, event.value)
                self.said_at = time.monotonic()

    def close(self) -> None:
        """Take the keyboard away."""
        self._wire.close()
        self._thread.join()
        self._device.close()
