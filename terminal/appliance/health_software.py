"""Which release runs, from which slot, and whether the terminal itself lives."""

from __future__ import annotations

import re

from terminal.appliance import places, vitals
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.readings import Figure, Group, Judgement, Reading

TRYBOOT = "proc/device-tree/chosen/bootloader/tryboot"
"""Not zero: the firmware was asked to try this slot once (Raspberry Pi documentation, tryboot)."""
_SLOT = re.compile(r"(?:system_|rauc\.slot=)([ab])\b", re.IGNORECASE)
_TEXT = re.compile(r"[A-Za-z0-9 ._+:-]{1,40}")


def relative(path: object) -> str:
    """Return an absolute path as one below a root."""
    return str(path).lstrip("/")


def release(files: MachineFiles) -> Reading:
    """Return what this image is."""
    told = files.json(relative(places.RELEASE))
    version = told.get("version")
    if not (isinstance(version, str) and _TEXT.fullmatch(version)):
        return Reading("release", Group.SOFTWARE, Judgement.UNKNOWN, "no_appliance")
    figures: dict[str, Figure] = {"version": version}
    for name in ("target", "built_at"):
        value = told.get(name)
        if isinstance(value, str) and _TEXT.fullmatch(value):
            figures[name] = value
    return Reading("release", Group.SOFTWARE, Judgement.GOOD, "", figures)


def slot(files: MachineFiles) -> Reading:
    """Return the slot that runs, and whether it is only tried."""
    found = _SLOT.search(" ".join(files.lines("proc/cmdline")))
    if found is None:
        return Reading("slot", Group.SOFTWARE, Judgement.UNKNOWN, "no_appliance")
    figures = {"slot": found[1].upper()}
    tried = files.raw(TRYBOOT, 4)
    if any(tried):
        return Reading("slot", Group.SOFTWARE, Judgement.ATTENTION, "tried", figures)
    return Reading("slot", Group.SOFTWARE, Judgement.GOOD, "", figures)


def terminal(files: MachineFiles, boot_id: str) -> Reading:
    """Return whether the terminal lives: it says so once a second (``places.VITALS``).

    Its age is that of the machine: a clock that is set makes nobody silent.
    """
    told = files.json(relative(places.VITALS))
    if not told:
        return Reading("terminal", Group.SOFTWARE, Judgement.UNKNOWN, "not_running")
    up_ms, said_ms, ready = files.up_ms(), told.get("up_ms"), told.get("ready")
    silent = Reading("terminal", Group.SOFTWARE, Judgement.BAD, "silent")
    if up_ms is None or not isinstance(said_ms, int) or told.get("boot_id") != boot_id:
        return silent
    if up_ms - said_ms > vitals.STALE_S * 1000:
        return silent
    fault = told.get("fault")
    if isinstance(fault, str) and fault:
        return Reading("terminal", Group.SOFTWARE, Judgement.BAD, "faulty")
    if ready is not True:
        return Reading("terminal", Group.SOFTWARE, Judgement.ATTENTION, "starting")
    return Reading("terminal", Group.SOFTWARE, Judgement.GOOD)
