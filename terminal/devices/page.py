"""The page of the devices: what each role has, how it is, what it last said, what to do.

One function makes it, from the hub of a running terminal as from the questions of ``doctor``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from drivers.base import Health, SelfTestReport, Status
from drivers.discovery import Discovered
from drivers.flight import FlightRecorder
from terminal.core.state import AdoptedDevice
from terminal.device_settings import Devices
from terminal.devices.adoption import Given, Offer, Place, Stand, Survey, survey
from terminal.devices.host import DeviceHost, ScannerHost
from terminal.devices.roles import addresses, may_be_a_line, roles

RUNNING = Status(Health.ABSENT, ("in_use",))
"""Of a device that a running terminal holds: nobody else can ask it."""
NOT_ASKED = Status(Health.STARTING)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one device."""

    status: Status = NOT_ASKED
    since_ms: int = 0
    """Since when its health is what it is, UTC; 0 when nobody watched."""
    heard_ms: int = 0
    """When it last said something, UTC; 0 when it did not."""
    statistics: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))
    can_test: bool = False
    test: SelfTestReport | None = None
    tested_ms: int = 0


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One role on the page."""

    role: str
    setting: str
    """Its key in ``reprise.toml``, under ``[devices]``."""
    address: str
    stand: str
    health: str
    reasons: tuple[str, ...] = ()
    detail: str = ""
    """What it says of itself when asked."""
    maker: str = ""
    model: str = ""
    serial: str = ""
    protocol: str = ""
    pending: bool = False
    """Adopted, and in use from the next start on."""
    since_ms: int = 0
    heard_ms: int = 0
    statistics: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))
    can_test: bool = False
    test: SelfTestReport | None = None
    tested_ms: int = 0
    offers: tuple[Offer, ...] = ()

    @property
    def simulated(self) -> bool:
        """Tell whether no real device serves."""
        return self.stand == Stand.SIMULATED


@dataclass(frozen=True, slots=True)
class DevicesPage:
    """All of it."""

    lines: tuple[DeviceLine, ...] = ()
    unknown: tuple[Offer, ...] = ()
    """Serial lines of which a person has to say what is behind them."""
    for_lines: tuple[str, ...] = ()
    """Roles that may stand behind such a line."""

    def line(self, role: str) -> DeviceLine | None:
        """Return the line of a role."""
        return next((line for line in self.lines if line.role == role), None)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """All that could be adopted and whose role is known."""
        return tuple(offer for line in self.lines for offer in line.offers)


def surveyed(
    devices: Devices,
    plugged: Sequence[Discovered],
    adopted: Mapping[str, AdoptedDevice],
    declined: frozenset[str] = frozenset(),
    pending: Mapping[str, str] = MappingProxyType({}),
) -> Survey:
    """Compare the settings (and what they will be at the next start) with what is plugged in."""
    wanted = {**addresses(devices), **pending}
    return survey(
        Given(
            addresses=wanted,
            plugged=plugged,
            adopted=adopted,
            settings=roles(),
            declined=declined,
            nodes={role: os.path.realpath(path) for role, path in _paths(wanted)},
        )
    )


def _paths(wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    for role, url in wanted.items():
        path = url.partition(":")[2].partition("?")[0]
        if path.startswith("/dev/"):
            found.append((role, path))
    return found


def make_page(
    devices: Devices,
    found: Survey,
    seen: Mapping[str, Seen],
    pending: Mapping[str, str] = MappingProxyType({}),
) -> DevicesPage:
    """Return the page, in the order of the settings."""
    lines = tuple(
        _line(place, devices, seen.get(place.role, Seen()), place.role in pending)
        for place in found.places
    )
    can = tuple(p.role for p in found.places if may_be_a_line(p.role) and p.stand != Stand.PRESENT)
    return DevicesPage(lines, found.unknown, can)


def _line(place: Place, devices: Devices, seen: Seen, pending: bool) -> DeviceLine:
    unit = place.unit or AdoptedDevice(place.address)
    status = seen.status
    return DeviceLine(
        role=place.role,
        setting=roles()[place.role],
        address=place.address,
        stand=place.stand,
        health=status.health,
        reasons=status.reasons,
        detail=status.detail,
        maker=unit.maker,
        model=unit.model,
        serial=unit.serial,
        protocol=str(getattr(devices, f"{place.role}_protocol", "")) if place.address else "",
        pending=pending,
        since_ms=seen.since_ms,
        heard_ms=seen.heard_ms,
        statistics=seen.statistics,
        can_test=seen.can_test,
        test=seen.test,
        tested_ms=seen.tested_ms,
        offers=() if pending else place.offers,
    )


def counted(recorder: FlightRecorder) -> Mapping[str, int | str]:
    """Return the statistics of a device as plain values."""
    values: dict[str, Any] = asdict(recorder.statistics)
    return values


class Watch:
    """Since when each device is how it is, and what tests of it found."""

    def __init__(
        self, now_ms: Callable[[], int], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._since: dict[str, tuple[Health, int]] = {}
        self._tests: dict[str, tuple[SelfTestReport, int]] = {}

    def observe(self, statuses: Mapping[str, Status]) -> None:
        """Note what is new."""
        for role, status in statuses.items():
            before = self._since.get(role)
            if before is None or before[0] is not status.health:
                self._since[role] = (status.health, self._now_ms())

    def tested(self, role: str, report: SelfTestReport) -> None:
        """Keep what a test found."""
        self._tests[role] = (report, self._now_ms())

    def seen(
        self,
        statuses: Mapping[str, Status],
        hosts: Mapping[str, DeviceHost[Any] | ScannerHost],
    ) -> Mapping[str, Seen]:
        """Return what is known of every device."""
        self.observe(statuses)
        return {
            role: self._seen(role, status, hosts.get(role)) for role, status in statuses.items()
        }

    def _seen(self, role: str, status: Status, host: DeviceHost[Any] | ScannerHost | None) -> Seen:
        test, tested_ms = self._tests.get(role, (None, 0))
        if host is None:
            return Seen(status, self._since[role][1], test=test, tested_ms=tested_ms)
        return Seen(
            status,
            self._since[role][1],
            self._moment(host.recorder.heard_at_s),
            counted(host.recorder),
            isinstance(host, DeviceHost) and hasattr(host.driver, "self_test"),
            test,
            tested_ms,
        )

    def _moment(self, at_s: float | None) -> int:
        if at_s is None:
            return 0
        return self._now_ms() - round(1000 * (self._monotonic() - at_s))
