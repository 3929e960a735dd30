"""All simulated devices of one terminal on a bench, wired as they stand in a shop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from drivers.cash.simulator import CashDroSimulator
from drivers.display.simulator import DisplaySimulator
from drivers.drawer.simulator import DrawerSimulator
from drivers.faults import RECORD, Faults
from drivers.label.simulator import LabelSimulator
from drivers.lights.simulator import LightsSimulator
from drivers.payment.simulator import PoiEngine
from drivers.power.simulator import PowerSimulator
from drivers.printer.profiles import DEFAULT, profile_of
from drivers.printer.simulator import printer_simulator
from drivers.rfid.simulator import RfidSimulator
from drivers.scale.simulator import SCALES, ScaleSimulator
from drivers.scanner.simulator import ScannerSimulator
from drivers.simulation import SimulatedDevice, UnknownAction
from drivers.timekeeping.simulator import ClockSimulator

_CONCERT = "drivers.payment.concert.simulator"
_ZVT = "drivers.payment.zvt.simulator"
BENCH = "bench"
"""Name by which the bench itself is steered: its knobs are those of ``drivers.faults.Faults``."""
POI_SIMULATORS: Mapping[str, str] = MappingProxyType(
    {
        "simple": "drivers.payment.simple.simulator:SimplePoiSimulator",
        "caisse-ap": f"{_CONCERT}.caisse_ap:CaisseApSimulator",
        "caisse-ap-serial": f"{_CONCERT}.caisse_ap:CaisseApSerialSimulator",
        "concert-e": f"{_CONCERT}.concert_e:ConcertESimulator",
        "concert-e-plus": f"{_CONCERT}.concert_e:ConcertESimulator",
        "zvt": f"{_ZVT}.terminal:ZvtPoiSimulator",
        "zvt-serial": f"{_ZVT}.serial:ZvtSerialPoiSimulator",
        "nexo": "drivers.payment.nexo.simulator:NexoPoiSimulator",
        "nexo-local": "drivers.payment.nexo.simulator:AdyenPoiSimulator",
        "manual-poi": "drivers.payment.simulator:PoiEngine",
    }
)
"""Protocol -> module and class of the simulated payment terminal that speaks it; the one of
``manual-poi`` stands on the counter and is connected to nothing."""


def poi_simulator(
    protocol: str,
    memory: Path | None = None,
    seed: int = 0,
    monotonic: Callable[[], float] = time.monotonic,
) -> PoiEngine:
    """Return a simulated payment terminal; ``memory`` is its file. Raises UnknownAction."""
    path = POI_SIMULATORS.get(protocol)
    if path is None:
        known = ", ".join(POI_SIMULATORS)
        raise UnknownAction(f"no simulated terminal speaks {protocol!r}; there are {known}")
    module, _, attribute = path.partition(":")
    simulator: PoiEngine = getattr(import_module(module), attribute)(memory, seed, monotonic)
    return simulator


def scale_simulator(
    protocol: str, seed: int = 0, monotonic: Callable[[], float] = time.monotonic
) -> ScaleSimulator:
    """Return a simulated scale. Raises UnknownAction."""
    path = SCALES.get(protocol)
    if path is None:
        raise UnknownAction(
            f"no simulated scale speaks {protocol!r}; there are {', '.join(SCALES)}"
        )
    module, _, attribute = path.partition(":")
    simulator: ScaleSimulator = getattr(import_module(module), attribute)(seed, monotonic)
    return simulator


class Bench:
    """A printer with a drawer behind it, a scanner, a payment terminal, a cash machine, scales, a
    customer display, a light tower, a reserve of power, a label printer, an RFID reader, a clock.

    What survives without power is kept in ``memory_dir``, which is created (``paper.jsonl``,
    ``poi.jsonl``, ``cash.jsonl``, ``labels.jsonl``, ``clock.jsonl``); with None it lasts as long as
    the bench.  ``seed`` decides the coins that the simulators toss; ``poi_protocol``,
    ``scale_protocol`` and ``scanner_personality`` what is spoken, ``printer_profile`` which printer
    it is.
    """

    def __init__(
        self,
        memory_dir: Path | None = None,
        seed: int = 0,
        *,
        print_speed_mm_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        poi_protocol: str = "simple",
        scanner_personality: str = "serial",
        scale_protocol: str = "dialog-06",
        printer_profile: str = DEFAULT,
    ) -> None:
        if memory_dir is not None:
            memory_dir.mkdir(parents=True, exist_ok=True)
        self.drawer = DrawerSimulator(monotonic)
        self.printer = printer_simulator(
            memory_dir and memory_dir / "paper.jsonl",
            profile=profile_of(printer_profile),
            drawer=self.drawer,
            speed_mm_s=print_speed_mm_s,
            monotonic=monotonic,
            changed=self.drawer.changed,
        )
        self.drawer.on_move = self.printer.drawer_changed
        self.scanner = ScannerSimulator(monotonic, personality=scanner_personality)
        self.poi = poi_simulator(
            poi_protocol, memory_dir and memory_dir / "poi.jsonl", seed, monotonic
        )
        self.cash = CashDroSimulator(memory_dir and memory_dir / "cash.jsonl", monotonic)
        self.scale = scale_simulator(scale_protocol, seed, monotonic)
        self.bagging_scale = scale_simulator("toledo-8217", seed, monotonic)
        self.bagging_scale.name = "bagging_scale"
        self.label = LabelSimulator(memory_dir and memory_dir / "labels.jsonl", monotonic=monotonic)
        self.rfid = RfidSimulator(seed, monotonic)
        self.clock = ClockSimulator(memory_dir and memory_dir / "clock.jsonl", seed, monotonic)
        self.display = DisplaySimulator(monotonic)
        self.lights = LightsSimulator(monotonic)
        self.power = PowerSimulator(monotonic)
        devices: tuple[SimulatedDevice, ...] = (
            self.printer, self.drawer, self.scanner, self.poi, self.cash,
            self.display, self.lights, self.power, self.scale, self.bagging_scale,
            self.label, self.rfid, self.clock,
        )  # fmt: skip
        self.simulators: Mapping[str, SimulatedDevice] = {one.name: one for one in devices}

        self.faults = Faults(self.simulators, monotonic, memory_dir and memory_dir / RECORD)

    def control(self, device: str, action: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Turn a knob of a device, or play faults on the ``bench``; returns what can be seen then.

        Raises UnknownAction.
        """
        if device == BENCH:
            return self.faults.control(action, **parameters)
        return self._device(device).control(action, **parameters)

    def look(self, device: str) -> Mapping[str, Any]:
        """Return what can be seen of a device, or of the ``bench``. Raises UnknownAction."""
        return self.faults.look() if device == BENCH else self._device(device).look()

    def close(self) -> None:
        """Let nothing more happen by itself."""
        self.faults.stop()

    def _device(self, name: str) -> SimulatedDevice:
        device = self.simulators.get(name)
        if device is None:
            known = ", ".join(self.simulators)
            raise UnknownAction(f"there is no device {name!r}; there are {known}")
        return device
