"""Every unit as it is shipped: systemd takes it, it is shut in, and it has limits."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from terminal.appliance import places
from terminal.cli import main

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "systemd"
OVERLAY = ROOT / "image" / "overlay" / "etc"
SERVICES = sorted(UNITS.glob("*.service"))
ALL = sorted(
    path
    for suffix in ("service", "path", "timer", "mount", "target", "socket")
    for path in UNITS.glob(f"*.{suffix}")
)
MAX_EXPOSURE = 2.0
PROGRAM = "/opt/reprise/bin/reprise"
NEWER = {
    "RestartSteps": 254,
    "RestartMaxDelaySec": 254,
    "ImportCredential": 254,
    "MemoryZSwapWriteback": 256,
}
"""Directives that the image's systemd (257) knows, and one that tests may run on does not yet."""
PACKAGED = {
    "/usr/sbin/wpa_supplicant": "wpasupplicant",
    "/usr/bin/rauc": "rauc",
    "/usr/sbin/nft": "nftables",
}
"""Programs that units run, and the package that brings them to the image."""
DRIVERS = {
    "drm": "drm", "usb": "usblp", "ttyACM": "cdc_acm", "ttyUSB": "usbserial",
    "hidraw": "hid", "input": "", "ttyAMA": "", "ttyS": "", "gpiochip": "",
}  # fmt: skip
"""Names of character devices that units allow -> the module that brings them; empty: built in.

As Debian's kernel is configured (CONFIG_HID=m brings hidraw, CONFIG_INPUT=y and so on); what
another kernel has built in is passed over.
"""


@cache
def parsed(path: Path) -> list[tuple[str, str, str]]:
    """Return (section, directive, value) of a unit, in order."""
    rows, section = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line.strip() and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            rows.append((section, name.strip(), value.strip()))
    return rows


def values(path: Path, name: str) -> list[str]:
    return [value for _, directive, value in parsed(path) if directive == name]


def words(path: Path, *names: str) -> set[str]:
    return {word for name in names for value in values(path, name) for word in value.split()}


@cache
def systemd_version() -> int:
    said = subprocess.run(
        ["systemd-analyze", "--version"], capture_output=True, text=True, check=True
    )
    return int(re.search(r"systemd (\d+)", said.stdout)[1])


def shipped(program: str) -> bool:
    """Tell whether the image has this program of ours where a unit looks for it."""
    place = OVERLAY.parent / program.lstrip("/")
    return place.is_file() and os.access(place, os.X_OK)


def complaints(said: str) -> list[str]:
    """Return what systemd says against units, but what is only true of the machine of a test."""
    left = []
    for line in said.splitlines():
        unknown = re.search(r"Unknown key(?: name)? '(\w+)'", line)
        if unknown and NEWER.get(unknown[1], 0) > systemd_version():
            continue
        absent = re.search(r"Command (\S+) is not executable", line)
        if absent and (absent[1] in {PROGRAM, *PACKAGED} or shipped(absent[1])):
            continue
        left.append(line)
    return left


def test_systemd_finds_nothing_wrong_with_any_unit():
    """OPS-02. ``verify`` returns 0 on unknown directives, so whatever it says is a fault."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *ALL],
        capture_output=True,
        text=True,
        check=False,
    )
    assert complaints(done.stdout + done.stderr) == []


def test_what_units_run_is_in_the_image():
    listed = (ROOT / "image" / "packages.txt").read_text(encoding="utf-8")
    names = {line.split("|")[0].strip() for line in listed.splitlines()}
    assert set(PACKAGED.values()) - names == set()


def test_a_unit_with_a_wrong_word_would_be_found(tmp_path):
    unit = tmp_path / "wrong.service"
    unit.write_text("[Service]\nExecStart=/bin/true\nProtectSistem=strict\n")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert any("ProtectSistem" in line for line in complaints(done.stdout + done.stderr))


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.stem)
def test_every_service_is_shut_in(unit):
    """systemd's own measure: 0 is locked up, 10 is free to do anything."""
    done = subprocess.run(
        [
            "systemd-analyze", "security", "--offline=true", "--no-pager",
            f"--threshold={round(MAX_EXPOSURE * 10)}", unit,
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    overall = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", done.stdout)
    assert overall, done.stdout + done.stderr
    assert float(overall[1]) <= MAX_EXPOSURE, "\n".join(re.findall("✗.*", done.stdout))
    assert done.returncode == 0


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.stem)
def test_every_service_has_the_house_s_limits(unit):
    given = {name for section, name, _ in parsed(unit) if section == "Service"}
    wanted = {"MemoryMax", "TasksMax", "UMask", "NoNewPrivileges", "CapabilityBoundingSet"}
    assert wanted - given == set()
    assert values(unit, "LimitCORE") == ["0"], "no card data in a core dump"
    assert values(unit, "ProtectSystem") == ["strict"]
    assert values(unit, "NoNewPrivileges") == ["yes"]
    if values(unit, "Type") == ["oneshot"]:
        assert values(unit, "TimeoutStartSec"), "every wait has a deadline"


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.stem)
def test_whoever_uses_the_shop_s_data_waits_for_its_partition(unit):
    data = str(places.DATA)
    uses = any(data in re.split(r"[\s:=]", value) for value in _used(unit))
    assert not uses or any(word.startswith(data) for word in words(unit, "RequiresMountsFor"))


def _used(unit: Path) -> list[str]:
    return values(unit, "ExecStart") + values(unit, "ReadWritePaths")


def sale_path() -> list[Path]:
    """Return what stands between power and the first sale: the terminal, and what is before it."""
    first = "terminal.service"
    return [one for one in SERVICES if one.name == first or first in words(one, "Before")]


@pytest.mark.parametrize("unit", sale_path(), ids=lambda path: path.stem)
def test_nothing_on_the_way_to_a_sale_waits_for_the_network_or_the_time(unit):
    after = words(unit, "After", "Wants", "Requires", "BindsTo", "Requisite", "PartOf")
    outside = re.compile(r"network|online|time-sync|time-set|nss-lookup|rauc|sync\.service|health")
    assert [other for other in after if outside.search(other)] == []


def test_the_terminal_is_never_given_up():
    """REC-01: whatever ends it, it is started again, seen to live, and what failed is said."""
    unit = UNITS / "terminal.service"
    expected = {
        "Restart": "always",
        "StartLimitIntervalSec": "0",
        "Type": "notify",
        "NotifyAccess": "main",
        "RestartMaxDelaySec": "10",
        "OnFailure": "reprise-trouble.service reprise-again.timer",
        "ExecStopPost": f"-{PROGRAM} note-end",
        "RuntimeDirectoryPreserve": "yes",
    }
    assert {name: values(unit, name) for name in expected} == {
        name: [value] for name, value in expected.items()
    }
    assert int(values(unit, "WatchdogSec")[0]) >= 3 * 5, "several frames may be missing"


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.stem)
def test_every_command_is_one_that_the_program_has(unit):
    commands = [
        value.lstrip("-+!@:").split()
        for name in ("ExecStart", "ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost")
        for value in values(unit, name)
    ]
    ours = [command for command in commands if command[0] == PROGRAM]
    parser = main._parser()
    assert [parser.parse_args(command[1:]).command for command in ours] == [
        command[1] for command in ours
    ]
    assert all(command[0].startswith("/") for command in commands), "no path is searched"


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.stem)
def test_a_device_is_allowed_by_a_name_that_is_known_at_the_start(unit):
    """systemd asks the kernel for the number of ``char-X`` once, when the unit starts."""
    loaded = (OVERLAY / "modules-load.d" / "reprise.conf").read_text().split()
    allowed = [value.split()[0] for value in values(unit, "DeviceAllow")]
    names = [one.removeprefix("char-") for one in allowed if one.startswith("char-")]
    assert [name for name in names if name not in DRIVERS] == []
    assert [DRIVERS[name] for name in names if DRIVERS[name] not in ("", *loaded)] == []


@pytest.mark.parametrize("rules", sorted(UNITS.glob("*.rules")), ids=lambda path: path.stem)
def test_no_rule_excludes_by_what_stands_above_a_device(rules):
    """``SUBSYSTEMS!="usb"`` is true of a USB stick: one device above it is no USB (udev(7))."""
    above = re.compile(r"\b(SUBSYSTEMS|KERNELS|DRIVERS|TAGS|ATTRS\{[^}]+\})!=")
    lines = rules.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#") and above.search(line)] == []


def test_a_stick_is_mounted_so_that_nothing_of_it_runs_or_leads_elsewhere():
    text = (UNITS / "63-reprise-sticks.rules").read_text(encoding="utf-8")
    mounted = re.findall(r"systemd-mount .*--options=(\S+)", text)
    assert [set(options.split(",")) for options in mounted] == [
        {"nosuid", "nodev", "noexec", "nosymfollow"}
    ] * 2


def test_a_unit_that_a_rule_wants_is_one_of_ours_and_needs_no_escape():
    """Up to systemd 257 a backslash in ``SYSTEMD_WANTS`` is lost, and the unit not found."""
    texts = [rules.read_text(encoding="utf-8") for rules in sorted(UNITS.glob("*.rules"))]
    wanted = re.findall(r'SYSTEMD_WANTS\}\+?="([^"]+)"', "".join(texts))
    assert wanted
    assert [name for name in wanted if not (UNITS / name).is_file() or "\\" in name] == []


def test_the_rehearsal_may_open_its_partition_and_has_a_place_to_work():
    """systemd opens ``RootImage`` with the unit's rights, and makes ``StateDirectory`` when needed:
    what is made when the machine starts may lie below a mount that comes later."""
    unit = UNITS / "reprise-rehearse@.service"
    assert values(unit, "DeviceAllow") == [f"{values(unit, 'RootImage')[0]} r"]
    place = Path("/var/lib", values(unit, "StateDirectory")[0])
    assert place == places.UPDATE_DATA / "rehearsal"
    assert str(place) in values(unit, "ExecStart")[0]


def test_the_terminal_s_places_are_those_of_its_unit():
    unit = UNITS / "terminal.service"
    assert values(unit, "RuntimeDirectory") == [places.RUN.name]
    assert str(places.DATA) in values(unit, "ExecStart")[0].split()
    assert values(unit, "RuntimeDirectoryMode") == ["0755"], "others read the vitals"


def test_the_sealed_key_reaches_the_terminal_under_the_name_that_it_looks_for():
    """Imported, not loaded: a machine whose key is a file or in a token has none and must start."""
    given = parsed(UNITS / "terminal.service.d" / "fiscal-key.conf")
    assert ("Service", "ImportCredential", main.SEALED.name) in given
    assert not [name for _, name, _ in given if name.startswith("LoadCredential")]
    assert main.SEALED.parent == Path("/etc/credstore.encrypted")


def test_what_mounts_for_the_machine_does_so_in_the_namespace_of_the_machine():
    """A privileged command ("+") has a mount namespace of its own where the unit is shut in."""
    for unit in SERVICES:
        for _, name, value in parsed(unit):
            if name.startswith("Exec") and "/mount " in value:
                assert "nsenter --target=1 --mount /usr/bin/mount " in value, (unit.name, value)
