"""The udev rules of the appliance: their syntax, and what a device is called by them."""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from drivers.discovery import SCANNER_MAKERS

FILE = Path(__file__).resolve().parents[2] / "systemd" / "60-reprise.rules"
SERVICE = FILE.with_name("terminal.service")
TOKEN = re.compile(r'([A-Z]+)(?:\{([^}]*)\})?(==|!=|\+=|=)"([^"]*)"\s*(?:,\s*|$)')
MATCHED = {"ACTION", "SUBSYSTEM", "SUBSYSTEMS", "KERNEL", "ATTRS", "ENV"}
ASSIGNED = {"GROUP", "MODE", "SYMLINK", "GOTO", "LABEL", "ENV"}


def parsed():
    """Return the rules: of each its line number and its (key, argument, operator, value)."""
    rules = []
    for number, line in enumerate(FILE.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        tokens, at = [], 0
        while at < len(line):
            token = TOKEN.match(line, at)
            assert token, f"line {number}, column {at}: {line[at:]}"
            tokens.append(token.groups())
            at = token.end()
        rules.append((number, tokens))
    return rules


RULES = parsed()
LABELS = {
    value: place
    for place, (_, tokens) in enumerate(RULES)
    for key, _, _, value in tokens
    if key == "LABEL"
}


def test_every_key_is_used_as_udev_knows_it():
    wrong = [
        (number, key, operator)
        for number, tokens in RULES
        for key, _, operator, _ in tokens
        if key not in (MATCHED if operator in ("==", "!=") else ASSIGNED)
        or (operator == "+=") != (key == "SYMLINK")
    ]
    assert wrong == []


def test_every_jump_leads_forward_to_a_label():
    jumps = [
        (place, value)
        for place, (_, tokens) in enumerate(RULES)
        for key, _, _, value in tokens
        if key == "GOTO"
    ]
    assert jumps
    assert [to for place, to in jumps if LABELS.get(to, -1) <= place] == []


def test_the_groups_are_those_of_the_service():
    given = {value for _, tokens in RULES for key, _, _, value in tokens if key == "GROUP"}
    has = re.search(r"^SupplementaryGroups=(.*)$", SERVICE.read_text(), re.MULTILINE)[1].split()
    assert given - set(has) == set()


def test_the_makers_of_scanners_are_those_of_the_program():
    lists = [
        value
        for _, tokens in RULES
        for key, arg, _, value in tokens
        if (key, arg) == ("ATTRS", "idVendor") and "|" in value
    ]
    assert lists
    assert {frozenset(int(x, 16) for x in one.split("|")) for one in lists} == {SCANNER_MAKERS}


def matches(pattern, text):
    return any(fnmatchcase(text, one) for one in pattern.split("|"))


def applied(device, parents, env):
    """Carry the rules out on a device; returns what it is given. Enough of udev for our rules."""
    given, place = {"SYMLINK": [], **{f"ENV{{{k}}}": v for k, v in env.items()}}, 0
    while place < len(RULES):
        tokens = RULES[place][1]
        parent = next((p for p in (device, *parents) if _fits(tokens, device, p, given)), None)
        if parent is None:
            place += 1
            continue
        jump = None
        for key, arg, operator, value in tokens:
            filled = re.sub(r"\$attr\{(\w+)\}", lambda m, p=parent: p.get(m[1], ""), value)
            if operator == "+=":
                given[key] += filled.split()
            elif operator == "=" and key == "GOTO":
                jump = LABELS[value]
            elif operator == "=" and key != "LABEL":
                given[f"{key}{{{arg}}}" if arg else key] = filled
        place = jump if jump is not None else place + 1
    return given


def _fits(tokens, device, parent, given):
    for key, arg, operator, value in tokens:
        if operator not in ("==", "!="):
            continue
        text = {
            "ACTION": "add",
            "SUBSYSTEM": device["SUBSYSTEM"],
            "KERNEL": device["KERNEL"],
            "SUBSYSTEMS": parent.get("SUBSYSTEM", ""),
            "ATTRS": parent.get(arg or "", "\0"),
            "ENV": given.get(f"ENV{{{arg}}}", ""),
        }[key]
        if (text != "\0" and matches(value, text)) != (operator == "=="):
            return False
    return True


USB = {"SUBSYSTEM": "usb", "idVendor": "04b8", "idProduct": "0e28", "serial": "SIM1"}
ZEBRA = {"SUBSYSTEM": "usb", "idVendor": "05e0", "idProduct": "1200"}


@pytest.mark.parametrize(
    ("device", "parents", "links", "group"),
    [
        (
            {"SUBSYSTEM": "usbmisc", "KERNEL": "lp0"},
            [{"SUBSYSTEM": "usb", "ieee1284_id": "MFG:EPSON;CMD:ESC/POS;"}, USB],
            ["reprise/printer", "reprise/unit/usblp-04b8:0e28-SIM1"],
            "lp",
        ),
        (
            {"SUBSYSTEM": "usbmisc", "KERNEL": "lp1"},
            [{"SUBSYSTEM": "usb", "ieee1284_id": "MFG:Zebra;CMD:ZPL;"}, USB],
            ["reprise/label-printer", "reprise/unit/usblp-04b8:0e28-SIM1"],
            "lp",
        ),
        (
            {"SUBSYSTEM": "hidraw", "KERNEL": "hidraw0"},
            [{"SUBSYSTEM": "usb", "bInterfaceProtocol": "00"}, ZEBRA],
            ["reprise/scanner", "reprise/unit/hidraw-05e0:1200"],
            "input",
        ),
        (
            {"SUBSYSTEM": "hidraw", "KERNEL": "hidraw1"},
            [{"SUBSYSTEM": "usb", "bInterfaceProtocol": "01"}, ZEBRA],
            [],
            "input",
        ),
        (
            {"SUBSYSTEM": "hidraw", "KERNEL": "hidraw2"},
            [{"SUBSYSTEM": "usb", "bInterfaceProtocol": "00"}, USB],
            ["reprise/unit/hidraw-04b8:0e28-SIM1"],
            "input",
        ),
        (
            {"SUBSYSTEM": "input", "KERNEL": "event4"},
            [ZEBRA],
            ["reprise/scanner-keys", "reprise/unit/evdev-05e0:1200"],
            "input",
        ),
        ({"SUBSYSTEM": "input", "KERNEL": "event5"}, [USB], [], None),
        (
            {"SUBSYSTEM": "tty", "KERNEL": "ttyACM0"},
            [USB],
            ["reprise/unit/serial-04b8:0e28-SIM1"],
            "dialout",
        ),
        ({"SUBSYSTEM": "tty", "KERNEL": "ttyS0"}, [], [], None),
        ({"SUBSYSTEM": "block", "KERNEL": "sda"}, [USB], [], None),
    ],
)
def test_devices_are_named_by_role_and_by_unit(device, parents, links, group):
    given = applied(device, parents, {"ID_INPUT_KEYBOARD": "1"})
    assert (given["SYMLINK"], given.get("GROUP")) == (links, group)


def test_no_modem_is_looked_for_on_a_serial_line():
    for kernel in ("ttyACM0", "ttyUSB3"):
        given = applied({"SUBSYSTEM": "tty", "KERNEL": kernel}, [USB], {})
        assert given["ENV{ID_MM_PORT_IGNORE}"] == given["ENV{ID_MM_DEVICE_IGNORE}"] == "1"


def test_udev_itself_takes_the_rules_where_it_can_be_asked():
    """``udevadm verify`` came with systemd 254."""
    udevadm = shutil.which("udevadm")
    version = 0
    if udevadm:
        said = subprocess.run([udevadm, "--version"], capture_output=True, text=True, check=True)
        version = int(re.match(r"\d+", said.stdout)[0])
    problems = ""
    if version >= 254:
        verified = subprocess.run(
            [udevadm, "verify", "--resolve-names=never", FILE],
            capture_output=True,
            text=True,
            check=False,
        )
        problems = verified.stderr if verified.returncode else ""
    assert problems == ""
