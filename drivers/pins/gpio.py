"""Real pins, by gpiozero on a pin factory that is named: one that is guessed is refused.

gpiozero picks another factory by itself when the one it wants is missing, and what it picks may
drive nothing.  Here the factory is always given, so that a machine without pins says so.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from drivers.errors import Unplugged
from drivers.transports.address import BadAddress


class NoPins(BadAddress):
    """This machine has no pins that can be driven."""


@cache
def pi_factory() -> Any:
    """Return the pin factory of a Raspberry Pi (lgpio), one per process. Raises NoPins."""
    try:
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - on a Pi alone

        return LGPIOFactory()
    except Exception as error:
        raise NoPins(
            f"this machine's GPIO pins cannot be had ({error}); use a Raspberry Pi with lgpio, "
            "or a sim: address"
        ) from error


class GpioPins:
    """A PinPort on a gpiozero pin factory (``MockFactory`` in tests)."""

    def __init__(
        self,
        factory: Any,
        outputs: Mapping[str, int],
        inputs: Mapping[str, int] | None = None,
        *,
        active_low: bool = False,
        pull: str = "none",
    ) -> None:
        """``active_low`` counts for outputs and inputs; ``pull`` is the inputs' resistor."""
        self._factory = factory
        self._outputs = dict(outputs)
        self._inputs = dict(inputs or {})
        self._active_low = active_low
        self._pull = {"up": True, "down": False, "none": None}[pull]
        self._devices: dict[str, Any] = {}
        self._moved = threading.Event()

    def open(self, timeout_s: float) -> None:
        """Take the pins, all outputs inactive. Raises Unplugged."""
        del timeout_s  # a pin is there at once or not at all
        self.close()
        from gpiozero import DigitalInputDevice, DigitalOutputDevice  # noqa: PLC0415 - when used

        try:
            for name, number in self._outputs.items():
                self._devices[name] = DigitalOutputDevice(
                    number,
                    active_high=not self._active_low,
                    initial_value=False,
                    pin_factory=self._factory,
                )
            for name, number in self._inputs.items():
                device = DigitalInputDevice(
                    number,
                    pull_up=self._pull,
                    active_state=True if self._pull is None else None,
                    pin_factory=self._factory,
                )
                device.when_activated = device.when_deactivated = self._moved.set
                self._devices[name] = device
        except Exception as error:
            self.close()
            raise Unplugged(f"a GPIO pin cannot be had: {error}") from error

    def write(self, pin: str, *, active: bool) -> None:
        """Drive an output. Raises Unplugged."""
        self._device(pin).value = active

    def read(self, pin: str) -> bool:
        """Return an input, or what an output is driven to. Raises Unplugged."""
        device = self._device(pin)
        active = bool(device.value)
        if pin in self._outputs:
            return active
        high = active != (self._pull is True)  # gpiozero takes a pulled-up input for active low
        return high != self._active_low

    def wait(self, timeout_s: float) -> None:
        """Wait until an input has moved since the last wait, or the time is up."""
        self._moved.wait(timeout_s)
        self._moved.clear()

    def measure(self, quantity: str) -> int | None:
        """Return None: a pin has a level and nothing else."""
        del quantity
        return None

    def close(self) -> None:
        """Let go of the pins: outputs become inputs again, so that lamps go dark."""
        devices, self._devices = self._devices, {}
        for device in devices.values():
            device.close()
        self._moved.set()

    def _device(self, pin: str) -> Any:
        device = self._devices.get(pin)
        if device is None:
            raise Unplugged(f"pin {pin} is not held")
        return device
