"""The service page as a technician may find it: all well, much wrong, nothing measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from terminal.appliance.health import Report
from terminal.appliance.readings import Figure, Group, Judgement, Reading
from terminal.appliance.update_record import UpdateRecord
from terminal.logs import Entry
from terminal.services.service_page import ServicePage, Trouble
from terminal.ui.samples.world import NOW_MS


def _good(name: str, group: Group, **figures: Figure) -> Reading:
    return Reading(name, group, Judgement.GOOD, "", figures)


def _wrong(reading: Reading, judgement: Judgement, finding: str, **figures: Figure) -> Reading:
    return replace(reading, judgement=judgement, finding=finding, figures=figures)


WELL = (
    _good("temperature", Group.MACHINE, celsius=52),
    _good("under_voltage", Group.MACHINE, times=0),
    _good("memory", Group.MACHINE, available_mib=1112, total_mib=1855, percent=60, zram_mib=10),
    _good("load", Group.MACHINE, load_percent=18, cores=4),
    _good("uptime", Group.MACHINE, days=12, hours=3, minutes=40),
    _good("reset", Group.MACHINE, cause="power_on"),
    _good("space", Group.STORAGE, free_mib=9712, size_mib=11_840, files_percent=99),
    _good("writable", Group.STORAGE, system="ext4"),
    _good("file_system", Group.STORAGE, errors=0),
    _good("card", Group.STORAGE, medium="SD", model="SN16G", made="03/2024", size_mib=15_193),
    Reading("wear", Group.STORAGE, Judgement.UNKNOWN, "not_told"),
    _good("clock", Group.CLOCK, trust="ntp", synced_minutes=12, rtc="rtc0"),
    _good("battery", Group.CLOCK, millivolt=3010),
    _good("clock_step", Group.CLOCK, seconds=0),
    _good("link", Group.NETWORK, interface="eth0", mbit=1000),
    _good("address", Group.NETWORK, ip="192.168.1.20"),
    _good("gateway", Group.NETWORK, ip="192.168.1.1"),
    _good("usb", Group.DEVICES, count=5),
    _good("release", Group.SOFTWARE, version="0.3.0", target="arm64-rpi"),
    _good("slot", Group.SOFTWARE, slot="A"),
    _good("watchdog", Group.SOFTWARE, guarding="yes", timeout=60),
    _good("terminal", Group.SOFTWARE),
)
ILL: Mapping[str, tuple[Judgement, str, Mapping[str, Figure]]] = {
    "temperature": (Judgement.BAD, "slowed", {"celsius": 82}),
    "under_voltage": (Judgement.ATTENTION, "seen", {"times": 3, "last_ms": NOW_MS - 4_000_000}),
    "space": (Judgement.ATTENTION, "low", {"free_mib": 412, "size_mib": 11_840}),
    "file_system": (Judgement.BAD, "errors", {"errors": 2}),
    "clock": (Judgement.ATTENTION, "no_rtc", {"trust": "guess"}),
    "gateway": (Judgement.ATTENTION, "silent", {"ip": "192.168.1.1"}),
    "slot": (Judgement.ATTENTION, "tried", {"slot": "B"}),
}


def _ill(reading: Reading) -> Reading:
    if reading.name not in ILL:
        return reading
    judgement, finding, figures = ILL[reading.name]
    return _wrong(reading, judgement, finding, **figures)


ERRORS = (
    Entry(NOW_MS - 60_000, "error", "terminal.services.post", "letter %s: %s", "OSError",
          "post.py:120"),
    Entry(NOW_MS - 600_000, "warning", "drivers.flight", "the trace %s ends: %s"),
)  # fmt: skip
PAGES: Mapping[str, ServicePage] = MappingProxyType(
    {
        "well": ServicePage(Report("b", NOW_MS - 20_000, WELL), "0.3.0"),
        "ill": ServicePage(
            Report("b", NOW_MS - 20_000, tuple(_ill(one) for one in WELL)),
            "0.3.0",
            UpdateRecord("refused", "0.3.1", code="unsigned"),
            ERRORS,
            troubles=MappingProxyType({"poi": Trouble("timeout", NOW_MS - 900_000)}),
        ),
        "unmeasured": ServicePage(program="0.3.0"),
    }
)
