"""The service page as a technician may find it: all well, much wrong, nothing measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from terminal.appliance.copy_state import CopyState
from terminal.appliance.health import Report
from terminal.appliance.readings import Figure, Group, Judgement, Reading
from terminal.appliance.update_record import UpdateRecord
from terminal.journal.latency import Percentiles
from terminal.logs import Entry
from terminal.services.service_page import ServicePage, StoragePage, Trouble
from terminal.services.wear_watch import CardFigures
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


CARD = CardFigures(
    Percentiles(820, 6_200, 9_800, 21_400, 44_800),
    Percentiles(3_120, 5_900, 9_100, 18_700, 212_000),
    9_400, 64 * 2**20, 210 * 2**10, 9 * 2**30, 2_140, slow=False,
)  # fmt: skip
STORED = StoragePage(CARD, CopyState(True, "REPRISECOPY", 48_212, NOW_MS - 2_000), 0, wanted=True)
WORN = StoragePage(
    replace(
        CARD, recent=replace(CARD.recent, p99_us=640_000, max_us=1_210_000), days_left=41, slow=True
    ),
    CopyState(True, "", 47_800, NOW_MS - 5_400_000, "no_stick", "no stick"),
    412,
    wanted=True,
)
ERRORS = (
    Entry(NOW_MS - 60_000, "error", "terminal.services.post", "letter %s: %s", "OSError",
          "post.py:120"),
    Entry(NOW_MS - 600_000, "warning", "drivers.flight", "the trace %s ends: %s"),
)  # fmt: skip
PAGES: Mapping[str, ServicePage] = MappingProxyType(
    {
        "well": ServicePage(Report("b", NOW_MS - 20_000, WELL), "0.3.0", storage=STORED),
        "ill": ServicePage(
            Report("b", NOW_MS - 20_000, tuple(_ill(one) for one in WELL)),
            "0.3.0",
            UpdateRecord("refused", "0.3.1", code="unsigned"),
            ERRORS,
            troubles=MappingProxyType({"poi": Trouble("timeout", NOW_MS - 900_000)}),
            storage=WORN,
        ),
        "unmeasured": ServicePage(program="0.3.0"),
    }
)
