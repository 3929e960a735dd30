"""The ways out of a kiosk that the image's files close (docs/break-outs.md), and that they do."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ETC = ROOT / "image" / "overlay" / "etc"
SYSTEM = ETC / "systemd" / "system"
MASKED = (
    "getty@.service", "autovt@.service", "serial-getty@.service", "console-getty.service",
    "container-getty@.service", "ctrl-alt-del.target", "debug-shell.service", "rescue.service",
    "systemd-ask-password-console.path", "systemd-ask-password-wall.path",
)  # fmt: skip


@pytest.mark.parametrize("unit", MASKED)
def test_no_unit_offers_a_login_or_a_shell(unit):
    assert (SYSTEM / unit).readlink() == Path("/dev/null")


@pytest.mark.parametrize(
    ("file", "setting"),
    [
        ("systemd/logind.conf.d/50-reprise.conf", "NAutoVTs=0"),
        ("systemd/logind.conf.d/50-reprise.conf", "ReserveVT=0"),
        ("systemd/logind.conf.d/50-reprise.conf", "HandlePowerKey=ignore"),
        ("systemd/system.conf.d/50-reprise.conf", "CtrlAltDelBurstAction=none"),
        ("systemd/system.conf.d/50-reprise.conf", "CrashShell=no"),
        ("systemd/system.conf.d/50-reprise.conf", "ShowStatus=no"),
        ("systemd/system.conf.d/50-reprise.conf", "DumpCore=no"),
        ("systemd/coredump.conf.d/50-reprise.conf", "Storage=none"),
        ("systemd/journald.conf.d/50-reprise.conf", "ForwardToConsole=no"),
        ("systemd/journald.conf.d/50-reprise.conf", "SystemMaxUse=64M"),
        ("sysctl.d/50-reprise.conf", "kernel.sysrq = 0"),
        ("sysctl.d/50-reprise.conf", "kernel.core_pattern = |/bin/false"),
        ("sysctl.d/50-reprise.conf", "fs.suid_dumpable = 0"),
        ("modprobe.d/50-reprise.conf", "install rndis_host /bin/false"),
        ("modprobe.d/50-reprise.conf", "install usbnet /bin/false"),
        ("modprobe.d/50-reprise.conf", "install firewire_core /bin/false"),
    ],
)
def test_what_is_closed_is_closed_in_so_many_words(file, setting):
    lines = (ETC / file).read_text(encoding="utf-8").splitlines()
    assert lines.count(setting) == 1


def test_what_a_till_needs_is_not_among_the_drivers_that_are_refused():
    needed = {"usblp", "cdc_acm", "usbserial", "usb_storage", "hid_generic", "usbhid", "vfat"}
    needed |= {"exfat", "ext4", "erofs", "squashfs", "overlay", "drm", "evdev", "dm_verity"}
    written = (ETC / "modprobe.d/50-reprise.conf").read_text()
    refused = re.findall(r"^install (\S+)", written, re.MULTILINE)
    loaded = (ETC / "modules-load.d/reprise.conf").read_text().split()
    assert needed & set(refused) == set()
    assert set(loaded) & set(refused) == set()


def test_no_network_comes_by_usb_whatever_its_driver():
    """All of drivers/net/usb (Linux 6.12) that do without usbnet, which is refused itself."""
    alone = {
        "catc",
        "cdc_phonet",
        "hso",
        "ipheth",
        "kaweth",
        "lan78xx",
        "pegasus",
        "r8152",
        "rtl8150",
    }
    written = (ETC / "modprobe.d/50-reprise.conf").read_text()
    refused = re.findall(r"^install (\S+) /bin/false$", written, re.MULTILINE)
    assert (alone | {"usbnet"}) - set(refused) == set()


@pytest.mark.parametrize("line", (ETC / "sysctl.d/50-reprise.conf").read_text().splitlines())
def test_every_line_for_the_kernel_is_one(line):
    assert not line or line[0] == "#" or re.fullmatch(r"-?[a-z0-9_.]+ = \S+", line)


def test_a_machine_that_cannot_start_asks_nobody_for_a_password():
    """The vendor's unit with our drop-in, as systemd reads them together."""
    path = f"{SYSTEM}:"
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "emergency.service"],
        env={**os.environ, "SYSTEMD_UNIT_PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "is not executable" not in line]
    assert said == []
    drop_in = (SYSTEM / "emergency.service.d/50-reprise.conf").read_text()
    assert "\nExecStart=\nExecStart=/opt/reprise/bin/reprise trouble" in drop_in
    assert "\nStandardInput=null" in drop_in
