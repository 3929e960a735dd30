"""What a shop's settings open on the machine, and that everything else stays closed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from drivers.discovery import SCANNER_MAKERS
from image import layout
from terminal.appliance.access import UNSET, Access, access_of, key_rules, port_rules, write
from terminal.config import defaults, with_settings
from tests.appliance.udev_rules import applied

ROOT = Path(__file__).resolve().parents[2]
FIREWALL = ROOT / "image" / "overlay" / "etc" / "nftables.conf"
INPUTS = ROOT / "systemd" / "61-reprise-inputs.rules"
USB = ROOT / "systemd" / "62-reprise-usb.rules"
CARDS = ROOT / "systemd" / "62-reprise-cards.rules"
STICKS = ROOT / "systemd" / "63-reprise-sticks.rules"
TILL = Access(keyboards=True)
KIOSK = Access(keyboards=False)


@pytest.mark.parametrize(
    ("settings", "access"),
    [
        ({}, TILL),
        ({"terminal.role": "kiosk"}, KIOSK),
        (
            {"terminal.role": "kiosk", "devices.scanner": "evdev:05E0:1200"},
            Access(keyboards=False, scanners=(("05e0", "1200"),)),
        ),
        (
            {
                "terminal.role": "kiosk",
                "devices.scanner": "evdev:/dev/reprise/unit/evdev-1234:abcd",
            },
            Access(keyboards=False, scanners=(("1234", "abcd"),)),
        ),
        ({"terminal.role": "kiosk", "devices.scanner": "hidraw:0c2e:0b61"}, KIOSK),
        (
            {"devices.receipt_printer": "tcp:10.0.0.9:9100", "devices.rfid": "tcp:[fd00::7]:5084"},
            Access(keyboards=True, reached=(5084, 9100)),
        ),
        (
            {"devices.receipt_printer": "tcp:10.0.0.9:99999", "devices.rfid": "tcp:10.0.0.8:5084"},
            Access(keyboards=True, reached=(5084,)),
        ),
        (
            {"delivery.web_listen": "0.0.0.0:8080", "delivery.mail_server": "mail.example",
             "delivery.mail_port": "2525", "delivery.mail_from": "shop@mail.example"},
            Access(keyboards=True, served=(8080,), reached=(2525,)),
        ),
        (
            {"head_office.url": "https://head.example:8443", "shop.site": "Lyon"},
            Access(keyboards=True, reached=(8443,)),
        ),
        (
            {"updates.url": "https://new.example:8443/index.json"},
            Access(keyboards=True, fetched=(8443,)),
        ),
        (
            {"updates.url": "https://new.example/index.json"},
            Access(keyboards=True, fetched=(443,)),
        ),
    ],
)  # fmt: skip
def test_settings_open_what_they_need(settings, access):
    assert access_of(with_settings(defaults(), settings)) == access


def test_a_kiosk_lets_nothing_type_but_its_own_scanner():
    assert "allowed" in key_rules(TILL)
    assert "allowed" not in key_rules(KIOSK)
    own = key_rules(Access(keyboards=False, scanners=(("05e0", "1200"),)))
    assert 'ATTRS{idVendor}=="05e0", ATTRS{idProduct}=="1200", ENV{REPRISE_KEYS}="allowed"' in own


def test_a_machine_without_a_shop_may_be_typed_on_and_serves_nothing():
    assert (UNSET.keyboards, UNSET.served) == (True, ())


def test_both_are_written_whole_and_for_udev_to_read(tmp_path):
    for access in (TILL, KIOSK):
        keys, ports = write(access, tmp_path)
        assert keys.read_text() == key_rules(access)
        assert ports.read_text() == port_rules(access)
        assert keys.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in keys.parent.iterdir()] == ["55-reprise-keys.rules"]


# --- the firewall ---------------------------------------------------------------------------------


def chain(name: str) -> list[str]:
    """Return the rules of a chain, without comments."""
    body = re.search(rf"chain {name} \{{(.*?)\n    \}}", FIREWALL.read_text(), re.DOTALL)[1]
    lines = [line.strip() for line in body.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", ["in", "forward", "out"])
def test_every_way_is_closed_unless_it_is_opened(name):
    assert chain(name)[0].endswith("policy drop;")


def test_nothing_comes_in_but_answers_addresses_pings_and_what_the_shop_serves():
    opened = [rule for rule in chain("in") if rule.endswith("accept")]
    ports = {port for rule in opened for port in re.findall(r"dport (\S+)", rule)}
    assert ports == {"68", "546", "@served"}
    assert "elements" not in re.search(r"set served \{.*?\}", FIREWALL.read_text(), re.DOTALL)[0]


def test_every_new_connection_out_is_somebody_s():
    """By the user of a program; addresses (DHCP, neighbours) belong to the kernel."""
    unnamed = [
        rule
        for rule in chain("out")
        if rule.endswith("accept") and "skuid" not in rule
        and not re.match(r"oif lo |ct state |icmp|udp sport (68|546) ", rule)
    ]  # fmt: skip
    assert unnamed == []


def loaded(rules: str) -> str:
    """Return what nftables has against rules, in a network of its own; where it can be asked."""
    program = shutil.which("nft", path="/usr/sbin:/usr/bin")
    if program is None or subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        return ""
    done = subprocess.run(
        ["unshare", "-n", program, "-f", "-"], input=rules, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    return done.stderr


def with_numbers(rules: str) -> str:
    """Users of the appliance are none of a developer's machine: give them numbers."""
    users = ("reprise", "systemd-timesync", "systemd-resolve")
    for number, user in enumerate(users, start=900):
        rules = re.sub(rf"(skuid [^\n]*?)\b{user}\b(?=[ ,])", rf"\g<1>{number}", rules)
    return rules


@pytest.mark.parametrize("access", [TILL, Access(True, (), (8080,), (2525, 9100), (8443,))])
def test_nftables_takes_the_rules_and_what_the_settings_add(access):
    rules = with_numbers(FIREWALL.read_text())
    assert not re.search(r"skuid [^\n]*reprise", rules)
    assert loaded(rules + port_rules(access)) == ""


# --- devices that type, devices at all ------------------------------------------------------------


def test_the_makers_of_scanners_are_those_of_the_program():
    lists = re.findall(r'idVendor\}=="([0-9a-f|]+)"', INPUTS.read_text())
    assert [frozenset(int(x, 16) for x in one.split("|")) for one in lists] == [SCANNER_MAKERS]


KEYBOARD = {"ENV{ID_INPUT_KEY}": "1", "ENV{ID_INPUT_KEYBOARD}": "1"}


@pytest.mark.parametrize(
    ("found", "inhibited"),
    [
        (KEYBOARD, "1"),
        ({"ENV{ID_INPUT_KEY}": "1"}, "1"),  # a power button
        ({"ENV{ID_INPUT_MOUSE}": "1"}, None),
        ({"ENV{ID_INPUT_TOUCHSCREEN}": "1"}, None),
        ({"ENV{ID_INPUT_TOUCHSCREEN}": "1", "ENV{ID_INPUT_KEY}": "1"}, None),  # a home button
        # A keyboard with a pad for the finger, and what pretends to be a screen.
        ({**KEYBOARD, "ENV{ID_INPUT_MOUSE}": "1"}, "1"),
        ({**KEYBOARD, "ENV{ID_INPUT_TOUCHSCREEN}": "1"}, "1"),
        ({**KEYBOARD, "SUBSYSTEMS": "usb", "ATTRS{idVendor}": "05e0"}, "0"),
        ({**KEYBOARD, "SUBSYSTEMS": "usb", "ATTRS{idVendor}": "046d"}, "1"),
        ({**KEYBOARD, "ENV{REPRISE_KEYS}": "allowed"}, "0"),
    ],
)
def test_what_has_keys_is_silent_unless_it_is_allowed(found, inhibited):
    device = {"ACTION": "add", "SUBSYSTEM": "input", "KERNEL": "input3", **found}
    assert applied(INPUTS, device).get("ATTR{inhibited}") == inhibited


@pytest.mark.parametrize(
    ("interface", "taken"),
    [
        (("03", "01"), True),  # keyboards, scanners: what types is another rule's
        (("07", "01"), True),
        (("08", "06"), True),
        (("02", "02"), True),  # a serial line
        (("02", "06"), False),  # Ethernet over USB
        (("02", "0d"), False),
        (("e0", "01"), False),  # Bluetooth, RNDIS
        (("01", "01"), False),
        (("0e", "01"), False),
        (("06", "01"), False),
    ],
)
def test_only_what_a_till_needs_may_be_plugged_in(interface, taken):
    by_class, by_subclass = interface
    rules = [line for line in USB.read_text().splitlines() if line.startswith("ATTR{bInterface")]
    kept = False
    for rule in rules:
        wanted = dict(re.findall(r'ATTR\{(bInterface\w+)\}=="([^"]*)"', rule))
        kept = kept or (
            by_class in wanted["bInterfaceClass"].split("|")
            and wanted.get("bInterfaceSubClass", by_subclass) == by_subclass
        )
    assert kept == taken


# --- another card beside the one that the machine started from -----------------------------------

PARTITION = {"ACTION": "add", "SUBSYSTEM": "block", "KERNEL": "sda6", "$parent": "sda"}
STARTED = ("/run/reprise-disk", "/run/reprise-disk/mmcblk0")
BEHIND = {"OPTIONS": "link_priority=-100", "ENV{SYSTEMD_READY}": "0"}


@pytest.mark.parametrize("name", [part.label for part in layout.PARTITIONS])
def test_the_partitions_of_another_card_are_never_taken_for_those_of_this_machine(name):
    """A dead till's card in a reader: udev gives the link to who came last, and READY to both."""
    foreign = {**PARTITION, "ENV{ID_PART_ENTRY_NAME}": name}
    assert applied(CARDS, foreign, STARTED) == BEHIND
    assert applied(CARDS, {**foreign, "$parent": "mmcblk0"}, STARTED) == {}
    assert applied(CARDS, foreign) == {}, "started from who knows what: nobody is excluded"


def test_a_stick_with_other_names_is_nobody_s_card():
    named = {**PARTITION, "ENV{ID_PART_ENTRY_NAME}": "Basic data partition"}
    assert applied(CARDS, named, STARTED) == {}
    assert applied(CARDS, PARTITION, STARTED) == {}


def test_a_stick_is_mounted_and_a_card_in_a_reader_is_not():
    stick = {**PARTITION, "ENV{ID_BUS}": "usb", "ENV{ID_FS_TYPE}": "vfat"}
    assert "/media/$kernel" in applied(STICKS, stick)["RUN{program}"]
    for part in layout.PARTITIONS:
        assert applied(STICKS, {**stick, "ENV{ID_PART_ENTRY_NAME}": part.label}) == {}
