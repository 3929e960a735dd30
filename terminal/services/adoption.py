"""Adopting devices: what is offered, and making one this terminal's own.

Disk before effect, and nothing half: the settings are written beside the old ones, the journal
records who adopted what, and only then do the new settings take the place of the old.  A device
serves from the next start on; until then the one before does.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from drivers.base import SelfTestReport
from drivers.errors import Claimed, DriverError, TransportError
from drivers.transports.address import BadAddress, open_transport
from terminal import config_edit
from terminal.core import authority
from terminal.core.commands import AdoptDevice
from terminal.core.decide import decide
from terminal.core.errors import Refused
from terminal.core.state import Operator
from terminal.device_settings import Devices
from terminal.devices.adoption import Offer
from terminal.devices.host import DeviceHost
from terminal.devices.hub import Hub
from terminal.devices.page import DevicesPage, Watch, make_page, surveyed
from terminal.devices.roles import addresses, refusal, roles
from terminal.services.session import Decision, Session
from terminal.settings import ConfigError

log = logging.getLogger(__name__)

PROBE_S = 1.0
"""For one opening of the device that is to be adopted: it was just plugged in."""
TEST_S = 10.0
"""For a device's test of itself; a printer prints a page."""
MAX_DECLINED = 50
RECENT_S = 0.5
"""Making the page takes a millisecond or some: a scan does not pay for it."""


class Adoption:
    """The devices of this terminal as people see them."""

    def __init__(
        self,
        session: Session,
        hub: Hub,
        devices: Devices,
        settings: Path,
        on_change: Callable[[], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._hub = hub
        self._devices = devices
        self._settings = settings
        self._tell = on_change
        self._monotonic = monotonic
        self._recent = DevicesPage()
        self._made_s = -math.inf
        self._watch = Watch(lambda: session.moment().at_ms)
        self._pending: dict[str, str] = {}
        """Role -> address that serves from the next start on."""
        self._declined: set[str] = set()

    @property
    def addresses(self) -> Mapping[str, str]:
        """The address of each role as it serves now; empty where there is none."""
        return addresses(self._devices)

    def observe(self) -> None:
        """Note since when devices are how they are."""
        self._watch.observe(self._hub.statuses())

    @property
    def page(self) -> DevicesPage:
        """The page of the devices, as things are now."""
        plugged = self._hub.hotplug.present()
        self._declined &= {device.address for device in plugged}
        found = surveyed(
            self._devices,
            plugged,
            self._session.state.adopted,
            frozenset(self._declined),
            self._pending,
        )
        seen = self._watch.seen(self._hub.statuses(), self._hub.hosts)
        return make_page(self._devices, found, seen, self._pending)

    @property
    def recent(self) -> DevicesPage:
        """The page for screens, which ask for it at every stroke: at most RECENT_S old."""
        now_s = self._monotonic()
        if now_s - self._made_s > RECENT_S:
            self._recent, self._made_s = self.page, now_s
        return self._recent

    def decline(self, address: str) -> Refused | None:
        """Do not offer a device again until it is plugged in anew."""
        page = self.page
        if address not in {offer.address for offer in (*page.offers, *page.unknown)}:
            return Refused("device_not_found", {"address": address[:40]})
        if len(self._declined) < MAX_DECLINED:
            self._declined.add(address)
        self._changed()
        return None

    async def adopt(self, role: str, address: str, by: Operator | None) -> Decision:
        """Make a device this terminal's own, from the next start on."""
        offer = wanted(self.page, role, address)
        if isinstance(offer, Refused):
            return offer
        command = AdoptDevice(role, offer.address, offer.maker, offer.model, offer.serial)
        refused = self._may(command, by)
        if refused is not None:
            return refused
        if {**addresses(self._devices), **self._pending}[role] == offer.address:
            return ()
        loop = asyncio.get_running_loop()
        refused = await loop.run_in_executor(None, probe, offer.address)
        if refused is not None:
            return refused
        return await self._write(command, by)

    async def test(self, role: str) -> SelfTestReport | Refused:
        """Let a device test itself; a printer that has a receipt to print does that first."""
        refused = authority.staff(self._session.state)
        if refused is not None:
            return refused
        host = self._hub.hosts.get(role)
        if not isinstance(host, DeviceHost) or not hasattr(host.driver, "self_test"):
            return Refused("no_such_action", {"action": "self_test"})
        if role == "printer" and self._session.state.print_jobs:
            return Refused("device_busy")

        def run(driver: Any) -> SelfTestReport:
            report: SelfTestReport = driver.self_test(TEST_S)
            return report

        try:
            report = await host.call(run)
        except DriverError as error:
            log.info("self-test of the %s: %s", role, error)
            return Refused("device_failed")
        self._watch.tested(role, report)
        self._changed()
        return report

    def _changed(self) -> None:
        self._made_s = -math.inf
        self._tell()

    def _may(self, command: AdoptDevice, by: Operator | None) -> Refused | None:
        """Ask the core before a device is touched and a file is written."""
        state, moment = self._session.state, self._session.moment()
        who = by or state.operator
        decided = decide(replace(state, operator=who), command, self._session.policy, moment)
        return decided if isinstance(decided, Refused) else None

    async def _write(self, command: AdoptDevice, by: Operator | None) -> Decision:
        loop = asyncio.get_running_loop()
        key = f"devices.{roles()[command.role]}"
        try:
            edit = await loop.run_in_executor(
                None, config_edit.prepare, self._settings, key, command.address
            )
        except ConfigError as error:
            log.warning("settings not written: %s", error)
            return Refused("settings_not_written", {"why": error.message[:80]})
        decided = await self._session.carry_out(command, by)
        if isinstance(decided, Refused):
            edit.discard()
            return decided
        try:
            await loop.run_in_executor(None, edit.commit)
        except OSError as error:
            log.warning("settings not written: %s", error)
            return Refused("settings_not_written", {"why": (error.strerror or "")[:80]})
        self._pending[command.role] = command.address
        self._changed()
        return decided


def wanted(page: DevicesPage, role: str, address: str) -> Offer | Refused:
    """Return what a person means: by its address, or the only thing offered for the role."""
    line = page.line(role)
    if line is None:
        return Refused("no_such_role", {"role": role[:20]})
    if any(other.address == address != "" for other in page.lines if other.role != role):
        return Refused("device_claimed", {"address": address[:40]})
    if not address:
        if len(line.offers) != 1:
            return Refused("device_not_found", {})
        return line.offers[0]
    for offer in (*line.offers, *page.unknown):
        if offer.address == address:
            return Offer(role, address, offer.maker, offer.model, offer.serial, offer.another)
    why = refusal(role, address)
    if why:
        return Refused("address_not_usable", {"why": why[:160]})
    return Offer(role, address)


def probe(address: str) -> Refused | None:
    """Open the way to a device for a moment: what is adopted was there, and nobody else's."""
    if address.startswith(("gpio:", "printer:")):
        return None  # pins say nothing of what hangs on them
    try:
        transport = open_transport(address, {})
    except BadAddress as error:
        return Refused("address_not_usable", {"why": str(error)[:160]})
    try:
        transport.open(PROBE_S)
    except Claimed:
        return Refused("device_claimed", {"address": address[:40]})
    except TransportError:
        return Refused("device_not_found", {"address": address[:40]})
    finally:
        transport.close()
    return None
