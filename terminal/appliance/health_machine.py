"""Temperature, voltage, memory, load, uptime and the last reset, from the kernel's files."""

from __future__ import annotations

import os

from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.readings import Group, Judgement, Reading

WARM_C = 75
"""Attention: five degrees before the firmware slows the processor. Ours: time to clean a fan."""
SLOWED_C = 80
"""Bad: from here to 85 degrees the processor is slowed step by step (Raspberry Pi documentation,
"Frequency management and thermal control")."""
PLAUSIBLE_C = range(-40, 151)
"""A sensor that says anything else is broken, and so unknown."""
LOW_MEMORY_PERCENT = 15
VERY_LOW_MEMORY_PERCENT = 5
"""Of ``MemAvailable``: below, the kernel begins to end programs. Ours, from a Pi with 1 GB, whose
terminal takes 300 MB."""
BUSY_PER_CORE_HUNDREDTHS = 150
"""Load of 15 minutes for each processor, in hundredths: half as much again as there is to run on.
Ours; a till that sells is far below 100."""
WDIOF_OVERHEAT = 0x0001
WDIOF_POWERUNDER = 0x0010
WDIOF_CARDRESET = 0x0020
"""Boot status of a watchdog (linux/watchdog.h): the last restart was its work."""
HAD_POWER_ON = 0x1000
HAD_WATCHDOG = 0x0070
"""Bits of PM_RSTS, the reset status of a Raspberry Pi's power manager, that its firmware hands on
in ``/chosen/bootloader/rsts``. An ordinary restart uses the watchdog as well."""
RSTS = "proc/device-tree/chosen/bootloader/rsts"
WATCHDOG = "sys/class/watchdog/watchdog0"


def temperature(files: MachineFiles) -> Reading:
    """Return the hottest thermal zone, degrees Celsius."""
    zones = [
        files.whole(f"{zone}/temp") for zone in files.folders("sys/class/thermal", "thermal_*")
    ]
    known = [milli // 1000 for milli in zones if milli is not None]
    plausible = [celsius for celsius in known if celsius in PLAUSIBLE_C]
    if not plausible:
        return Reading("temperature", Group.MACHINE, Judgement.UNKNOWN, "no_sensor")
    celsius = max(plausible)
    figures = {"celsius": celsius}
    if celsius >= SLOWED_C or _is_cooled_by_slowing(files):
        return Reading("temperature", Group.MACHINE, Judgement.BAD, "slowed", figures)
    if celsius >= WARM_C:
        return Reading("temperature", Group.MACHINE, Judgement.ATTENTION, "warm", figures)
    return Reading("temperature", Group.MACHINE, Judgement.GOOD, "", figures)


def _is_cooled_by_slowing(files: MachineFiles) -> bool:
    """Tell whether the kernel cools a processor by its clock now."""
    for device in files.folders("sys/class/thermal", "cooling_device*"):
        kind = files.text(f"{device}/type") or ""
        if "cpufreq" in kind and (files.whole(f"{device}/cur_state") or 0) > 0:
            return True
    return False


def under_voltage_now(files: MachineFiles) -> bool | None:
    """Tell whether the supply is too low now; None where nothing measures it.

    The driver asks the firmware every two seconds and clears what it remembers, so the alarm is
    over when the dip is (drivers/hwmon/raspberrypi-hwmon.c): whoever asks has to remember.
    """
    for device in files.folders("sys/class/hwmon", "hwmon*"):
        if files.text(f"{device}/name") == "rpi_volt":
            alarm = files.whole(f"{device}/in0_lcrit_alarm")
            return None if alarm is None else alarm != 0
    return None


def under_voltage(now: bool | None, times: int, last_ms: int) -> Reading:
    """Judge the supply: ``times`` it was seen too low in this boot, the last at ``last_ms``."""
    figures = {"times": times, "last_ms": last_ms} if times else {}
    if now:
        return Reading("under_voltage", Group.MACHINE, Judgement.BAD, "now", figures)
    if times:
        return Reading("under_voltage", Group.MACHINE, Judgement.ATTENTION, "seen", figures)
    if now is None:
        return Reading("under_voltage", Group.MACHINE, Judgement.UNKNOWN, "no_sensor")
    return Reading("under_voltage", Group.MACHINE, Judgement.GOOD, "", figures)


def memory(files: MachineFiles) -> Reading:
    """Return what memory is left for programs, and what is packed away in zram."""
    told = _table(files, "proc/meminfo")
    total, available = told.get("MemTotal", 0), told.get("MemAvailable")
    if not total or available is None:
        return Reading("memory", Group.MACHINE, Judgement.UNKNOWN, "unreadable")
    percent = max(0, min(100, available * 100 // total))
    figures: dict[str, int | str] = {
        "available_mib": available // 1024,
        "total_mib": total // 1024,
        "percent": percent,
    }
    packed = (files.text("sys/block/zram0/mm_stat") or "").split()
    if len(packed) >= 2 and packed[0].isdecimal() and int(packed[0]) > 0:
        figures["zram_mib"] = int(packed[0][:15]) // 2**20
    killed = _table(files, "proc/vmstat").get("oom_kill", 0)
    if killed:
        figures["killed"] = killed
    if percent < VERY_LOW_MEMORY_PERCENT:
        return Reading("memory", Group.MACHINE, Judgement.BAD, "very_low", figures)
    if percent < LOW_MEMORY_PERCENT or killed:
        finding = "killed" if killed else "low"
        return Reading("memory", Group.MACHINE, Judgement.ATTENTION, finding, figures)
    return Reading("memory", Group.MACHINE, Judgement.GOOD, "", figures)


def _table(files: MachineFiles, path: str) -> dict[str, int]:
    """Return ``name: number`` or ``name number`` lines."""
    found = {}
    for line in files.lines(path):
        parts = line.replace(":", " ").split()
        if len(parts) >= 2 and parts[1].isascii() and parts[1].isdecimal():
            found[parts[0]] = int(parts[1][:15])
    return found


def load(files: MachineFiles) -> Reading:
    """Return the load of the last 15 minutes for each processor, in hundredths."""
    parts = (files.text("proc/loadavg") or "").split()
    whole, dot, rest = (parts[2] if len(parts) > 2 else "").partition(".")
    if not dot or not (whole + rest).isascii() or not (whole + rest).isdecimal():
        return Reading("load", Group.MACHINE, Judgement.UNKNOWN, "unreadable")
    total = int(whole[:6]) * 100 + int(rest[:2].ljust(2, "0"))
    cores = max(1, len(files.folders("sys/devices/system/cpu", "cpu[0-9]*")) or _processors())
    figures = {"load_percent": total // cores, "cores": cores}
    if total // cores > BUSY_PER_CORE_HUNDREDTHS:
        return Reading("load", Group.MACHINE, Judgement.ATTENTION, "busy", figures)
    return Reading("load", Group.MACHINE, Judgement.GOOD, "", figures)


def _processors() -> int:
    return os.cpu_count() or 1


def uptime(files: MachineFiles) -> Reading:
    """Return since how long the machine has been running."""
    up_ms = files.up_ms()
    if up_ms is None:
        return Reading("uptime", Group.MACHINE, Judgement.UNKNOWN, "unreadable")
    minutes = up_ms // 60_000
    figures = {"days": minutes // 1440, "hours": minutes // 60 % 24, "minutes": minutes % 60}
    return Reading("uptime", Group.MACHINE, Judgement.GOOD, "", figures)


def last_reset(files: MachineFiles, *, cut: bool | None) -> Reading:
    """Return why the machine started the last time.

    ``cut``: the run before ended without having been told to; None when nobody kept note.  A
    hardware that restarted by itself then was no ordinary restart: the system hung or crashed.
    """
    cause = _cause(files)
    if cause == "unknown" and cut is not None:
        cause = "cut" if cut else "restart"
    elif cause == "restart" and cut:
        cause = "crash"
    figures = {"cause": cause}
    if cause == "unknown":
        return Reading("reset", Group.MACHINE, Judgement.UNKNOWN, "unreadable", figures)
    if cause in ("crash", "watchdog", "overheat", "power_low"):
        return Reading("reset", Group.MACHINE, Judgement.ATTENTION, cause, figures)
    return Reading("reset", Group.MACHINE, Judgement.GOOD, "", figures)


def _cause(files: MachineFiles) -> str:
    """Return the cause as far as the hardware remembers it."""
    status = files.whole(f"{WATCHDOG}/bootstatus") or 0
    for bit, cause in (
        (WDIOF_OVERHEAT, "overheat"),
        (WDIOF_POWERUNDER, "power_low"),
        (WDIOF_CARDRESET, "watchdog"),
    ):
        if status & bit:
            return cause
    told = files.raw(RSTS, 4)
    if len(told) == 4:
        rsts = int.from_bytes(told, "big")
        if rsts & HAD_POWER_ON:
            return "power_on"
        if rsts & HAD_WATCHDOG:
            return "restart"
    return "unknown"


def watchdog(files: MachineFiles) -> Reading:
    """Return whether something restarts the machine when it hangs."""
    state = files.text(f"{WATCHDOG}/state")
    if state is None:
        return Reading("watchdog", Group.SOFTWARE, Judgement.UNKNOWN, "absent")
    figures: dict[str, int | str] = {"guarding": "yes" if state == "active" else "no"}
    seconds = files.whole(f"{WATCHDOG}/timeout")
    if seconds is not None:
        figures["timeout"] = seconds
    if state != "active":
        return Reading("watchdog", Group.SOFTWARE, Judgement.ATTENTION, "off", figures)
    return Reading("watchdog", Group.SOFTWARE, Judgement.GOOD, "", figures)
