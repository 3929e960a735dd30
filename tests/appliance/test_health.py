"""Readings of the machine: each judgement from a small tree of files; rubbish harms none."""

import itertools
import json
from dataclasses import replace

import pytest

from terminal.appliance import health_storage
from terminal.appliance.health import Health, Moment, Report
from terminal.appliance.health_history import DAYS, MAX_DAYS, MAX_SAMPLES, History, read_days
from terminal.appliance.health_memory import Latches, Memory
from terminal.appliance.machine_files import MachineFiles, Space
from terminal.appliance.readings import Judgement
from terminal.core.limits import LANGUAGES
from terminal.words import Words
from tests.appliance.trees import BOOT, NOW_MS, PI, UP_MS, grown, planted

GOOD, ATTENTION, BAD, UNKNOWN = "good", "attention", "bad", "unknown"
AT = Moment(NOW_MS, 1000.0)
VOLT = "sys/class/hwmon/hwmon1/in0_lcrit_alarm"
TEMPERATURE = "sys/class/thermal/thermal_zone0/temp"
LIFE = "sys/class/block/mmcblk0/device/life_time"
EOL = "sys/class/block/mmcblk0/device/pre_eol_info"
ARP = "proc/net/arp"
MOUNTS = "proc/self/mountinfo"
DISK = "sys/fs/ext4/mmcblk0p6/"
VITALS = "run/reprise/vitals.json"


def look(root, at=AT) -> Report:
    return Health(MachineFiles(root)).look(at)


def memory(available: int) -> str:
    return f"MemTotal: 1000000 kB\nMemAvailable: {available} kB\n"


def test_a_machine_in_health_is_good_in_all_that_it_tells(tmp_path):
    root = grown(tmp_path)
    report = look(root)
    assert {one.name: (one.judgement.value, one.finding) for one in report.readings} == {
        **{
            one.name: (GOOD, "")
            for one in report.readings
            if one.name not in ("wear", "clock_step", "space")
        },
        "wear": (UNKNOWN, "not_told"),
        "clock_step": (UNKNOWN, "not_watched"),
        "space": (report.reading("space").judgement.value, report.reading("space").finding),
    }
    figures = {one.name: dict(one.figures) for one in report.readings}
    assert figures["temperature"] == {"celsius": 51}
    assert figures["uptime"] == {"days": 2, "hours": 3, "minutes": 4}
    assert figures["reset"] == {"cause": "power_on"}
    assert figures["card"]["cid"] == "03534d534e4136a780ac6f3a1b0b83c0"
    assert figures["card"]["size_mib"] == 15193
    assert figures["gateway"] == {"ip": "192.168.1.1"}
    assert figures["address"] == {"ip": "192.168.1.20"}
    assert figures["slot"] == {"slot": "A"}
    assert figures["usb"] == {"count": 1}
    assert [(one.vendor, one.name) for one in report.usb] == [("04b8", "EPSON TM-T20III")]


def test_a_machine_that_tells_nothing_is_unknown_and_never_good(tmp_path):
    report = look(tmp_path)
    assert {one.judgement for one in report.readings} == {Judgement.UNKNOWN, Judgement.ATTENTION}
    assert [one.name for one in report.readings if one.judgement is Judgement.ATTENTION] == [
        "clock"
    ]  # the time of such a machine is a guess, and that is known


def test_serial_numbers_of_devices_are_not_in_the_report(tmp_path):
    assert "X3YT012345" not in json.dumps(look(grown(tmp_path)).plain())


CASES = {
    "warm": ({TEMPERATURE: "75000"}, "temperature", ATTENTION, "warm"),
    "just below warm": ({TEMPERATURE: "74999"}, "temperature", GOOD, ""),
    "slowed": ({TEMPERATURE: "80000"}, "temperature", BAD, "slowed"),
    "slowed by the kernel": (
        {
            "sys/class/thermal/cooling_device0/type": "cpufreq-cpu0",
            "sys/class/thermal/cooling_device0/cur_state": "2",
        },
        "temperature", BAD, "slowed",
    ),
    "a broken sensor": ({TEMPERATURE: "-200000"}, "temperature", UNKNOWN, "no_sensor"),
    "no voltage sensor": (
        {"sys/class/hwmon/hwmon1/name": "nct"}, "under_voltage", UNKNOWN, "no_sensor"
    ),
    "under-voltage": ({VOLT: "1"}, "under_voltage", BAD, "now"),
    "memory low": ({"proc/meminfo": memory(149_000)}, "memory", ATTENTION, "low"),
    "memory very low": ({"proc/meminfo": memory(49_000)}, "memory", BAD, "very_low"),
    "a program was ended": ({"proc/vmstat": "oom_kill 2\n"}, "memory", ATTENTION, "killed"),
    "busy": ({"proc/loadavg": "9 9 3.02 1/1 1"}, "load", ATTENTION, "busy"),
    "not busy": ({"proc/loadavg": "9 9 3.00 1/1 1"}, "load", GOOD, ""),
    "hung": (
        {"sys/class/watchdog/watchdog0/bootstatus": "32"}, "reset", ATTENTION, "watchdog"
    ),
    "overheated": (
        {"sys/class/watchdog/watchdog0/bootstatus": "1"}, "reset", ATTENTION, "overheat"
    ),
    "starved": (
        {"sys/class/watchdog/watchdog0/bootstatus": "16"}, "reset", ATTENTION, "power_low"
    ),
    "restarted": (
        {"proc/device-tree/chosen/bootloader/rsts": b"\x00\x00\x00\x20"}, "reset", GOOD, ""
    ),
    "watchdog off": (
        {"sys/class/watchdog/watchdog0/state": "inactive"}, "watchdog", ATTENTION, "off"
    ),
    "no watchdog": ({"sys/class/watchdog/watchdog0/state": None}, "watchdog", UNKNOWN, "absent"),
    "ext4 errors": (
        {
            "sys/fs/ext4/mmcblk0p6/errors_count": "3",
            "sys/fs/ext4/mmcblk0p6/last_error_time": "1764000000",
        },
        "file_system", BAD, "errors",
    ),
    "remounted read-only": (
        {"proc/self/mountinfo": "31 22 179:6 / /data rw - ext4 /dev/mmcblk0p6 ro,errors=x\n"
         "32 22 179:6 /reprise /var/lib/reprise rw - ext4 /dev/mmcblk0p6 ro\n"},
        "writable", BAD, "read_only",
    ),
    "errors on a stick": (
        {"sys/fs/ext4/sda1/errors_count": "3", "sys/fs/ext4/sda1/last_error_time": "1764000000"},
        "file_system", GOOD, "",
    ),
    "stopped by Linux 6.15": (
        {MOUNTS: PI[MOUNTS].replace("errors=remount-ro", "errors=remount-ro,emergency_ro")},
        "writable", BAD, "read_only",
    ),
    "shut down": (
        {MOUNTS: PI[MOUNTS].replace("errors=remount-ro", "errors=remount-ro,shutdown")},
        "writable", BAD, "read_only",
    ),
    "an error since the start": (
        {DISK + "errors_count": "1", DISK + "last_error_time": f"{NOW_MS // 1000 - 183_000}"},
        "writable", BAD, "read_only",
    ),
    "an error before the start": (
        {DISK + "errors_count": "1", DISK + "last_error_time": f"{NOW_MS // 1000 - 184_000}"},
        "writable", GOOD, "",
    ),
    "an error that stops nothing": (
        {DISK + "errors_count": "1", DISK + "last_error_time": f"{NOW_MS // 1000}",
         MOUNTS: PI[MOUNTS].replace(",errors=remount-ro", "")},
        "writable", GOOD, "",
    ),
    "eMMC": ({LIFE: "0x01 0x02", EOL: "0x01"}, "wear", GOOD, ""),
    "eMMC worn": ({LIFE: "0x02 0x09", EOL: "0x01"}, "wear", ATTENTION, "worn"),
    "eMMC worn out": ({LIFE: "0x0b 0x02", EOL: "0x01"}, "wear", BAD, "worn_out"),
    "eMMC reserve low": ({LIFE: "0x01 0x01", EOL: "0x02"}, "wear", ATTENTION, "worn"),
    "eMMC reserve gone": ({LIFE: "0x01 0x01", EOL: "0x03"}, "wear", BAD, "worn_out"),
    "eMMC that does not tell": ({LIFE: "0x00 0x00"}, "wear", UNKNOWN, "not_told"),
    "no clock": (
        {"sys/class/rtc/rtc0/hctosys": None, "sys/class/rtc/rtc0/since_epoch": None,
         "sys/class/rtc/rtc0/battery_voltage": None}, "clock", ATTENTION, "no_rtc",
    ),
    "clock not used": ({"sys/class/rtc/rtc0/hctosys": "0"}, "clock", ATTENTION, "rtc_not_used"),
    "clock differs": ({"sys/class/rtc/rtc0/since_epoch": "0"}, "clock", ATTENTION, "rtc_differs"),
    "clock unreadable": (
        {"sys/class/rtc/rtc0/since_epoch": ""}, "clock", ATTENTION, "rtc_unreadable"
    ),
    "battery empty": (
        {"sys/class/rtc/rtc0/battery_voltage": "1999000"}, "battery", BAD, "empty"
    ),
    "clock with an empty battery": (
        {"sys/class/rtc/rtc0/battery_voltage": "1999000"}, "clock", ATTENTION, "rtc_battery"
    ),
    "battery low": ({"sys/class/rtc/rtc0/battery_voltage": "2499000"}, "battery", ATTENTION, "low"),
    "battery unknown": (
        {"sys/class/rtc/rtc0/battery_voltage": None}, "battery", UNKNOWN, "not_told"
    ),
    "no cable": ({"sys/class/net/eth0/operstate": "down"}, "link", ATTENTION, "down"),
    "no card": ({"sys/class/net/eth0/device/uevent": None}, "link", UNKNOWN, "no_interface"),
    "weak Wi-Fi": (
        {"proc/net/wireless": "a\nb\n  eth0: 0000   40.  -82.  -256 0 0\n"},
        "link", ATTENTION, "weak",
    ),
    "no address": ({"proc/net/fib_trie": "Main:\n"}, "address", ATTENTION, "none"),
    "own address": (
        {"proc/net/fib_trie": "|-- 169.254.3.4\n /32 host LOCAL\n"},
        "address", ATTENTION, "self_made",
    ),
    "no way out": ({"proc/net/route": "Iface\tDestination\n"}, "gateway", ATTENTION, "none"),
    "silent router": ({ARP: PI[ARP].replace("0x2", "0x0")}, "gateway", ATTENTION, "silent"),
    "router not asked": ({ARP: "IP address\n"}, "gateway", UNKNOWN, "not_asked"),
    "port switched off": (
        {"sys/bus/usb/devices/1-0:1.0/usb1-port1/over_current_count": "4"},
        "usb", ATTENTION, "over_current",
    ),
    "no image": ({"usr/share/reprise/release.json": None}, "release", UNKNOWN, "no_appliance"),
    "slot of no image": ({"proc/cmdline": "root=/dev/sda1"}, "slot", UNKNOWN, "no_appliance"),
    "slot on trial": (
        {"proc/device-tree/chosen/bootloader/tryboot": b"\x00\x00\x00\x01"},
        "slot", ATTENTION, "tried",
    ),
    "no terminal": ({VITALS: None}, "terminal", UNKNOWN, "not_running"),
    "silent terminal": (
        {VITALS: f'{{"up_ms": {UP_MS - 6000}, "boot_id": "{BOOT}", "ready": true}}'},
        "terminal", BAD, "silent",
    ),
    "a clock that was set since the last beat": (
        {VITALS: f'{{"at_ms": 5, "up_ms": {UP_MS - 900}, "boot_id": "{BOOT}", "ready": true}}'},
        "terminal", GOOD, "",
    ),
    "terminal of another boot": (
        {VITALS: f'{{"up_ms": {UP_MS}, "boot_id": "old", "ready": true}}'},
        "terminal", BAD, "silent",
    ),
    "faulty terminal": (
        {VITALS: f'{{"up_ms": {UP_MS}, "boot_id": "{BOOT}", "fault": "storage_full"}}'},
        "terminal", BAD, "faulty",
    ),
    "starting terminal": (
        {VITALS: f'{{"up_ms": {UP_MS}, "boot_id": "{BOOT}", "ready": false}}'},
        "terminal", ATTENTION, "starting",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_judged(tmp_path, name):
    changes, reading, judgement, finding = CASES[name]
    found = look(grown(tmp_path, **changes)).reading(reading)
    assert (found.judgement.value, found.finding) == (judgement, finding)


@pytest.mark.parametrize(
    ("space", "judgement", "finding"),
    [
        (Space(501 << 20, 8 << 30, 90, 100), GOOD, ""),
        (Space(499 << 20, 8 << 30, 90, 100), ATTENTION, "low"),
        (Space(199 << 20, 8 << 30, 90, 100), BAD, "very_low"),
        (Space(2 << 30, 8 << 30, 9, 100), ATTENTION, "few_files"),
        (Space(2 << 30, 8 << 30, 1, 100), BAD, "no_files"),
        (Space(2 << 30, 8 << 30, 0, 0), GOOD, ""),  # a file system that makes files as it goes
        (None, UNKNOWN, "unreadable"),
    ],
)
def test_space_is_judged_by_room_and_by_files(tmp_path, space, judgement, finding):
    class Told(MachineFiles):
        def space(self, path):
            return space

    found = health_storage.space(Told(tmp_path))
    assert (found.judgement.value, found.finding) == (judgement, finding)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reading_and_every_finding_has_words(tmp_path, language):
    words = Words(language, strict=True)
    reports = [look(grown(tmp_path / "whole")), look(tmp_path / "nothing")]
    for n, (changes, *_) in enumerate(CASES.values()):
        reports.append(look(grown(tmp_path / str(n), **changes)))
    for reading in itertools.chain.from_iterable(one.readings for one in reports):
        assert words.has(f"reading.{reading.name}")
        if reading.figures:
            assert words.text(f"figure.{reading.name}", **reading.figures)
        if reading.judgement in (Judgement.ATTENTION, Judgement.BAD):
            assert words.has(f"finding.{reading.name}.{reading.finding}"), reading
        elif reading.finding:
            assert words.has(f"finding.any.{reading.finding}"), reading


# --- what is remembered ---------------------------------------------------------------------------


def test_a_dip_of_the_supply_is_remembered_for_the_boot_and_over_a_restart_of_the_service(tmp_path):
    root = grown(tmp_path / "pi", **{VOLT: "1"})
    run, state = tmp_path / "run", tmp_path / "state"
    run.mkdir()
    state.mkdir()
    memory_ = Memory(run, state, BOOT)
    health = Health(MachineFiles(root), memory_.kept)
    assert health.look(AT).reading("under_voltage").finding == "now"
    memory_.keep(health.kept)
    planted(root, {VOLT: "0"})
    for again in (health, Health(MachineFiles(root), Memory(run, state, BOOT).kept)):
        found = again.look(replace(AT, wall_ms=NOW_MS + 60_000)).reading("under_voltage")
        assert (found.judgement, found.finding) == (Judgement.ATTENTION, "seen")
        assert found.figures == {"times": 1, "last_ms": NOW_MS}
    fresh = Health(MachineFiles(root), Memory(run, state, "another-boot").kept)
    assert fresh.look(AT).reading("under_voltage").judgement is Judgement.GOOD


@pytest.mark.parametrize(("ended", "cause"), [(True, "restart"), (False, "cut")])
def test_a_run_that_nobody_ended_was_cut(tmp_path, ended, cause):
    root = grown(tmp_path / "pi", **{"proc/device-tree/chosen/bootloader/rsts": None})
    run, state = tmp_path / "run", tmp_path / "state"
    run.mkdir()
    state.mkdir()
    before = Memory(run, state, "the boot before")
    if ended:
        before.end()
    health = Health(MachineFiles(root), Memory(run, state, BOOT).kept)
    assert health.look(AT).reading("reset").figures == {"cause": cause}
    run_anew = Memory(run, state, BOOT)  # the service alone was started anew
    assert run_anew.kept.cut is None


def test_a_restart_by_hardware_that_nobody_asked_for_is_none_of_the_ordinary(tmp_path):
    """A kernel that panics or hangs leaves the same bits behind as an ordinary restart."""
    root = grown(
        tmp_path / "pi", **{"proc/device-tree/chosen/bootloader/rsts": b"\x00\x00\x00\x20"}
    )
    for cut, judgement, cause in ((False, GOOD, "restart"), (True, ATTENTION, "crash")):
        health = Health(MachineFiles(root), Latches(boot_id=BOOT, cut=cut))
        found = health.look(AT).reading("reset")
        assert (found.judgement.value, found.figures) == (judgement, {"cause": cause})
    for language in LANGUAGES:
        assert Words(language, strict=True).text("finding.reset.crash")


@pytest.mark.parametrize(
    ("synchronised", "step_ms", "judgement", "finding"),
    [
        (True, 400_000, ATTENTION, "jumped"),
        (True, -400_000, ATTENTION, "jumped"),
        (True, 250_000, GOOD, ""),
        (False, 86_400_000, GOOD, ""),  # the network came up: the clock was set for the first time
        (True, 900, GOOD, ""),
    ],
)
def test_a_step_of_a_clock_that_was_set_is_noticed(
    tmp_path, synchronised, step_ms, judgement, finding
):
    root = grown(tmp_path)
    if synchronised:
        flag = planted(root, {"run/systemd/timesync/synchronized": ""})
        import os

        os.utime(flag / "run/systemd/timesync/synchronized", (NOW_MS / 1000, NOW_MS / 1000))
    health = Health(MachineFiles(root))
    health.look(AT)
    found = health.look(Moment(NOW_MS + 60_000 + step_ms, AT.monotonic_s + 60)).reading(
        "clock_step"
    )
    assert (found.judgement.value, found.finding) == (judgement, finding)


def test_the_history_is_bounded_and_its_days_survive(tmp_path):
    report = look(grown(tmp_path / "pi"))
    history = History(tmp_path, tmp_path)
    for n in range(MAX_SAMPLES + 5):
        hot = replace(report.reading("temperature"), figures={"celsius": 40 + n % 30})
        minute = replace(report, at_ms=NOW_MS + n * 60_000, readings=(hot,))
        if n % 400 == 0 or n > MAX_SAMPLES:
            history.add(minute, f"2026-11-{n // 400 + 1:02d}", n * 60.0)
        else:
            history._samples.append((minute.at_ms, {"celsius": 40}))
    assert len(history.plain()) == MAX_SAMPLES
    for n in range(MAX_DAYS + 10):
        history.add(report, f"2027-{n // 28 + 1:02d}-{n % 28 + 1:02d}", 1e6 + n)
    history.write_days()
    assert len(history.days) == MAX_DAYS
    assert read_days(tmp_path) == history.days
    assert history.days["2027-01-11"]["celsius"] == (51, 51)


@pytest.mark.parametrize("rubbish", ["", "[]", '{"x": 1}', '{"2026-11-28": {"celsius": "hot"}}'])
def test_days_that_are_none_are_left_out(tmp_path, rubbish):
    (tmp_path / DAYS).write_text(rubbish)
    assert all(not extremes for extremes in read_days(tmp_path).values())
