"""What Linux tells about its clock, by files alone: nothing is asked, started or waited for.

systemd-timesyncd(8) touches ``/run/systemd/timesync/synchronized`` whenever a time server's answer
was taken; ``/run`` is empty after a boot.  ``/sys/class/rtc/rtcN/hctosys`` is 1 when the kernel set
the clock from that RTC (Documentation/ABI/testing/rtc-cdev and sysfs-class-rtc).  The RTC of a
Raspberry Pi 5 (``soc@107c000000:rpi_rtc``) adds ``battery_voltage`` in microvolts.
"""

from __future__ import annotations

import re
from pathlib import Path

from drivers.timekeeping.base import Evidence, Files

SYNCHRONIZED = "run/systemd/timesync/synchronized"
BOOT_ID = "proc/sys/kernel/random/boot_id"
RTCS = "sys/class/rtc"
BATTERIES = (
    "{rtc}/battery_voltage",
    "sys/devices/platform/soc@107c000000/soc@107c000000:rpi_rtc/rtc/rtc0/battery_voltage",
    "sys/devices/platform/soc/soc:rpi_rtc/rtc/rtc0/battery_voltage",
)
"""Where the voltage may stand: the device's path has moved between kernels."""
MAX_LINE_BYTES = 200


class SystemFiles:
    """The files of the running system, or of a folder that looks like one."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def text(self, path: str) -> str | None:
        """Return the first line of a file, or None when it cannot be read."""
        try:
            with (self._root / path).open("rb") as file:
                return file.readline(MAX_LINE_BYTES).decode("ascii", "replace").strip()
        except OSError:  # an RTC without a time answers so too
            return None

    def modified_ms(self, path: str) -> int | None:
        """Return when a file was last written, or None when it is not there."""
        try:
            return (self._root / path).stat().st_mtime_ns // 1_000_000
        except OSError:
            return None

    def names(self, folder: str) -> tuple[str, ...]:
        """Return what is in a folder, sorted; nothing when it is not there."""
        try:
            return tuple(sorted(one.name for one in (self._root / folder).iterdir()))
        except OSError:
            return ()


def gather(files: Files, now_ms: int) -> Evidence:
    """Return what the files tell when the clock says ``now_ms``."""
    synced_ms = files.modified_ms(SYNCHRONIZED)
    rtc, set_clock = _rtc(files)
    folder = f"{RTCS}/{rtc}"
    epoch_s = _whole(files.text(f"{folder}/since_epoch")) if rtc else None
    return Evidence(
        boot_id=files.text(BOOT_ID) or "",
        synced_ago_s=None if synced_ms is None else (now_ms - synced_ms) // 1000,
        rtc=rtc,
        rtc_set_clock=set_clock,
        rtc_ms=None if epoch_s is None else epoch_s * 1000,
        battery_mv=_battery_mv(files, folder) if rtc else None,
    )


def _rtc(files: Files) -> tuple[str, bool]:
    """Return the RTC that set the clock, or the first there is."""
    found = [name for name in files.names(RTCS) if re.fullmatch(r"rtc\d{1,3}", name)]
    for name in found:
        if files.text(f"{RTCS}/{name}/hctosys") == "1":
            return name, True
    return (found[0], False) if found else ("", False)


def _battery_mv(files: Files, folder: str) -> int | None:
    for path in BATTERIES:
        microvolts = _whole(files.text(path.format(rtc=folder)))
        if microvolts is not None:
            return microvolts // 1000
    return None


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\d{1,18}", text) else None
