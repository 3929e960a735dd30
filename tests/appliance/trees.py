"""Small trees of files that look like machines: a Raspberry Pi in health, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

BOOT = "ab111111-cd22-ef33-ab44-cdef55555555"
NOW_MS = 1_764_340_800_000
UP_MS = 183_845_120

PI: Mapping[str, str | bytes] = {
    "proc/sys/kernel/random/boot_id": BOOT + "\n",
    "proc/meminfo": "MemTotal: 1900000 kB\nMemFree: 100 kB\nMemAvailable: 1140000 kB\n",
    "proc/vmstat": "nr_free_pages 1000\noom_kill 0\n",
    "proc/loadavg": "0.10 0.20 0.30 1/100 1234\n",
    "proc/uptime": "183845.12 700000.00\n",
    "proc/cmdline": "console=tty3 root=PARTLABEL=system_a ro quiet\n",
    "proc/self/mountinfo": (
        "22 1 179:4 / / ro,relatime - erofs /dev/mmcblk0p4 ro\n"
        "30 22 179:6 / /data rw,noatime - ext4 /dev/mmcblk0p6 rw,errors=remount-ro\n"
        "31 22 179:6 /reprise /var/lib/reprise ro,noatime"
        " - ext4 /dev/mmcblk0p6 rw,errors=remount-ro\n"
    ),
    "proc/net/fib_trie": (
        "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n"
        "     |-- 192.168.1.20\n        /32 host LOCAL\n     |-- 192.168.1.255\n"
        "        /32 link BROADCAST\n"
    ),
    "proc/net/route": (
        "Iface\tDestination\tGateway\tFlags\n"
        "eth0\t00000000\t0101A8C0\t0003\neth0\t0001A8C0\t00000000\t0001\n"
    ),
    "proc/net/arp": (
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "192.168.1.1      0x1         0x2         00:00:5e:00:53:01     *        eth0\n"
    ),
    "proc/net/wireless": "Inter-| sta\n face | tus\n",
    "proc/device-tree/chosen/bootloader/rsts": b"\x00\x00\x10\x00",
    "proc/device-tree/chosen/bootloader/tryboot": b"\x00\x00\x00\x00",
    "sys/class/thermal/thermal_zone0/temp": "51234\n",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
    "sys/block/zram0/mm_stat": "10485760 2000000 3000000 0 0 0 0 0 0\n",
    "sys/devices/system/cpu/cpu0/online": "1\n",
    "sys/devices/system/cpu/cpu1/online": "1\n",
    "sys/dev/block/179:6/uevent": "MAJOR=179\nMINOR=6\nDEVNAME=mmcblk0p6\nDEVTYPE=partition\n",
    "sys/class/block/mmcblk0/size": "31116288\n",
    "sys/class/block/mmcblk0/device/type": "SD\n",
    "sys/class/block/mmcblk0/device/name": "SN16G\n",
    "sys/class/block/mmcblk0/device/date": "03/2024\n",
    "sys/class/block/mmcblk0/device/manfid": "0x000003\n",
    "sys/class/block/mmcblk0/device/cid": "03534d534e4136a780ac6f3a1b0b83c0\n",
    "sys/fs/ext4/features/lazy_itable_init": "supported\n",
    "sys/fs/ext4/mmcblk0p6/errors_count": "0\n",
    "sys/fs/ext4/mmcblk0p6/first_error_time": "0\n",
    "sys/fs/ext4/mmcblk0p6/last_error_time": "0\n",
    "sys/class/watchdog/watchdog0/state": "active\n",
    "sys/class/watchdog/watchdog0/timeout": "60\n",
    "sys/class/watchdog/watchdog0/bootstatus": "0\n",
    "sys/class/rtc/rtc0/hctosys": "1\n",
    "sys/class/rtc/rtc0/since_epoch": f"{NOW_MS // 1000}\n",
    "sys/class/rtc/rtc0/battery_voltage": "3000000\n",
    "sys/class/net/lo/operstate": "unknown\n",
    "sys/class/net/eth0/operstate": "up\n",
    "sys/class/net/eth0/speed": "1000\n",
    "sys/class/net/eth0/device/uevent": "DRIVER=bcmgenet\n",
    "sys/bus/usb/devices/usb1/idVendor": "1d6b\n",
    "sys/bus/usb/devices/1-1/idVendor": "04b8\n",
    "sys/bus/usb/devices/1-1/idProduct": "0e28\n",
    "sys/bus/usb/devices/1-1/manufacturer": "EPSON\n",
    "sys/bus/usb/devices/1-1/product": "TM-T20III\n",
    "sys/bus/usb/devices/1-1/serial": "X3YT012345\n",
    "sys/bus/usb/devices/1-1/speed": "480\n",
    "sys/bus/usb/devices/1-0:1.0/usb1-port1/over_current_count": "0\n",
    "usr/share/reprise/release.json": '{"version": "0.3.0", "target": "rpi", "built_at": "2026"}',
    "run/reprise/vitals.json": f'{{"up_ms": {UP_MS - 800}, "boot_id": "{BOOT}", "ready": true}}',
    "var/lib/reprise/here": "",
}
"""A Raspberry Pi on which all is well."""


def grown(root: Path, **changes: str | bytes | None) -> Path:
    """Return a machine under ``root``: the Pi, with files changed, or (None) taken away."""
    return planted(root, {**PI, **changes})


def planted(root: Path, files: Mapping[str, str | bytes | None]) -> Path:
    """Write files under ``root``; None is a file that is not there."""
    for name, content in files.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root
