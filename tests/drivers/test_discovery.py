"""What is plugged in, from what udev and sysfs say; and hot-plug."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.discovery import Discovered, UsbName, describe, node_of, plugged_in, top_usages
from drivers.errors import Unplugged
from drivers.hotplug import MAX_EVENTS, HotplugMonitor, PlugEvent, Plugs
from drivers.transports.address import parse_address

HID_POS = bytes.fromhex("05 8c 09 02 a1 01 85 02 09 12 a1 02 75 08 95 3f 81 02 c0 c0")
"""Begin of the descriptor of a scanner in HID-POS mode (HID POS Usage Tables 1.02)."""
HID_SCALE = bytes.fromhex("05 8d 09 20 a1 01 09 21 a1 02 c0 c0")
KEYBOARD = bytes.fromhex("05 01 09 06 a1 01 05 07 19 e0 29 e7 81 02 c0")
TYPING = "1000000000007 ff800000000007ff febeffdff3cfffff fffffffffffffffe"
MOUSE = "70000 0 0 0 0"

USB_PRINTER = {
    "SUBSYSTEM": "usbmisc",
    "DEVNAME": "/dev/usb/lp0",
    "idVendor": "04b8",
    "idProduct": "0e28",
    "serial": "X3YZ012345",
    "manufacturer": "EPSON",
    "product": "TM-T20III",
}
TYPING_SCANNER = {
    "SUBSYSTEM": "input",
    "DEVNAME": "/dev/input/event4",
    "PRODUCT": "3/5e0/1200/110",
    "NAME": '"Symbol Technologies, Inc, 2008 Symbol Bar Code Scanner"',
    "PHYS": '"usb-0000:01:00.0-1.2/input0"',
    "UNIQ": '""',
    "KEY": TYPING,
}


@pytest.mark.parametrize(
    ("properties", "descriptor", "address", "roles"),
    [
        (USB_PRINTER, b"", "usblp:04b8:0e28/X3YZ012345", ("printer",)),
        (
            {**USB_PRINTER, "ieee1284_id": "MFG:Zebra;CMD:ZPL;MDL:ZD421;"},
            b"",
            "usblp:04b8:0e28/X3YZ012345",
            ("label_printer",),
        ),
        (
            {"SUBSYSTEM": "hidraw", "DEVNAME": "/dev/hidraw3", "HID_ID": "0003:00000C2E:00000B61"},
            HID_POS,
            "hidraw:0c2e:0b61",
            ("scanner",),
        ),
        (
            {"SUBSYSTEM": "hidraw", "DEVNAME": "hidraw0", "ID_VENDOR_ID": "0922"}
            | {"ID_MODEL_ID": "8003", "ID_SERIAL_SHORT": "7"},
            HID_SCALE,
            "hidraw:0922:8003/7",
            ("scale",),
        ),
        (
            TYPING_SCANNER,
            b"",
            "evdev:05e0:1200/usb-0000:01:00.0-1.2/input0",
            ("scanner",),
        ),
        (
            {
                "SUBSYSTEM": "tty",
                "DEVNAME": "/dev/ttyACM0",
                "idVendor": "1eab",
                "idProduct": "0d06",
            },
            b"",
            "serial:1eab:0d06",
            (),
        ),
        ({"SUBSYSTEM": "tty", "DEVNAME": "/dev/ttyUSB1"}, b"", "serial:/dev/ttyUSB1", ()),
    ],
)
def test_a_device_is_described_and_its_address_is_understood(
    properties, descriptor, address, roles
):
    device = describe(properties, descriptor)
    assert (device.address, device.roles) == (address, roles)
    target = parse_address(address).target
    assert device.is_called(target) if isinstance(target, UsbName) else target == device.node


def test_maker_and_model_are_what_the_device_says():
    device = describe(USB_PRINTER)
    assert (device.maker, device.model, device.serial) == ("EPSON", "TM-T20III", "X3YZ012345")
    named = describe({**USB_PRINTER, "product": "x\x1b[2J" + "y" * 100, "manufacturer": " "})
    assert (named.model, named.maker) == ("x[2J" + "y" * 60, "")


@pytest.mark.parametrize(
    ("properties", "descriptor"),
    [
        ({}, b""),
        ({"SUBSYSTEM": "hidraw", "DEVNAME": "/dev/hidraw0"}, KEYBOARD),
        ({"SUBSYSTEM": "hidraw", "DEVNAME": "/dev/hidraw0"}, b""),
        ({**TYPING_SCANNER, "PRODUCT": "3/46d/c31c/110", "NAME": '"Logitech Keyboard"'}, b""),
        ({**TYPING_SCANNER, "KEY": MOUSE}, b""),
        ({**TYPING_SCANNER, "KEY": "no bitmap"}, b""),
        ({**TYPING_SCANNER, "DEVNAME": "/dev/input/mouse0"}, b""),
        ({"SUBSYSTEM": "tty", "DEVNAME": "/dev/ttyS0"}, b""),
        ({"SUBSYSTEM": "tty"}, b""),
        ({"SUBSYSTEM": "block", "DEVNAME": "/dev/sda"}, b""),
    ],
)
def test_what_a_till_cannot_use_is_left_alone(properties, descriptor):
    """The shop's own keyboard and mouse above all."""
    assert describe(properties, descriptor) is None


@pytest.mark.parametrize(
    ("descriptor", "usages"),
    [
        (HID_POS, [(0x8C, 2)]),
        (HID_SCALE, [(0x8D, 0x20)]),
        (KEYBOARD, [(1, 6)]),
        (bytes.fromhex("0b 02 00 8c 00 a1 01 c0"), [(0x8C, 2)]),
        (bytes.fromhex("fe 02 f0 aa bb 05 8c 09 02 a1 01 c0"), [(0x8C, 2)]),
        (HID_POS[:5], []),
        (b"\xfe", []),
        (b"", []),
    ],
)
def test_the_collections_of_a_hid_descriptor_are_found(descriptor, usages):
    assert top_usages(descriptor) == usages


@given(st.binary(max_size=300), st.dictionaries(st.text(max_size=8), st.text(max_size=8)))
def test_garbage_describes_nothing_and_harms_nothing(descriptor, properties):
    assert len(top_usages(descriptor)) <= len(descriptor)
    shown = {"SUBSYSTEM": "hidraw", "DEVNAME": "/dev/hidraw0", **properties}
    device = describe(shown, descriptor)
    assert device is None or device.roles


# --- finding by name ------------------------------------------------------------------------------

LP0 = Discovered("usblp", "/dev/usb/lp0", 0x04B8, 0x0E28, "A")
LP1 = Discovered("usblp", "/dev/usb/lp1", 0x04B8, 0x0E28, "B")
RAW = Discovered("hidraw", "/dev/hidraw0", 0x04B8, 0x0E28, "A")


def test_a_device_is_found_by_its_name():
    found = [LP0, LP1, RAW]
    assert node_of("usblp", UsbName(0x04B8, 0x0E28, "B"), found) == "/dev/usb/lp1"
    assert node_of("hidraw", UsbName(0x04B8, 0x0E28), found) == "/dev/hidraw0"
    with pytest.raises(Unplugged, match="could be /dev/usb/lp0 or /dev/usb/lp1: add /SERIAL"):
        node_of("usblp", UsbName(0x04B8, 0x0E28), found)
    with pytest.raises(Unplugged, match="usblp:04b8:0e28/C is not plugged in"):
        node_of("usblp", UsbName(0x04B8, 0x0E28, "C"), found)


def test_this_machine_can_be_asked():
    assert [device for device in plugged_in() if not device.node.startswith("/dev/")] == []


# --- hot-plug -------------------------------------------------------------------------------------


def test_news_is_what_changed():
    plugs = Plugs()
    assert plugs.hear("add", LP0.node, LP0) == [PlugEvent(True, LP0)]
    assert plugs.hear("change", LP0.node, LP0) == []
    assert plugs.hear("bind", "/dev/x", None) == []
    other = Discovered("usblp", LP0.node, 1, 2)
    assert plugs.hear("add", LP0.node, other) == [PlugEvent(False, LP0), PlugEvent(True, other)]
    assert plugs.hear("remove", LP0.node, None) == [PlugEvent(False, other)]
    assert plugs.hear("remove", LP0.node, None) == []
    assert plugs.present == []


def test_after_lost_events_everything_is_compared():
    plugs = Plugs()
    plugs.compare([LP0, RAW])
    assert plugs.compare([LP1, RAW]) == [PlugEvent(False, LP0), PlugEvent(True, LP1)]
    assert plugs.present == [RAW, LP1]


class PipedFeed:
    """Events that a test writes; a byte in the pipe says that there are some."""

    def __init__(self):
        self.ends = os.pipe()
        self.events = []
        self.now = []

    def fileno(self):
        return self.ends[0]

    def present(self):
        return list(self.now)

    def next(self):
        if not self.events:
            os.set_blocking(self.ends[0], False)
            try:
                os.read(self.ends[0], 1000)
            except BlockingIOError:
                return None
            return self.next() if self.events else None
        event = self.events.pop(0)
        if isinstance(event, OSError):
            raise event
        return event

    def tell(self, *events):
        self.events += events
        os.write(self.ends[1], b"x")

    def close(self):
        os.close(self.ends[0])


@pytest.fixture
def watch():
    """Return a monitor that has begun, its feed, and a function that waits for news."""
    feed, news = PipedFeed(), threading.Semaphore(0)
    feed.now = [LP0]
    monitor = HotplugMonitor(news.release, lambda: feed)
    before = set(threading.enumerate())
    monitor.start()
    assert news.acquire(timeout=60)
    yield monitor, feed, lambda: news.acquire(timeout=60)
    monitor.close()
    monitor.close()
    os.close(feed.ends[1])
    assert set(threading.enumerate()) <= before  # of earlier tests some may have ended
    assert not monitor.watching


def test_what_was_there_before_is_known_and_is_no_news(watch):
    monitor, _, _ = watch
    assert monitor.watching
    assert monitor.present() == [LP0]
    assert monitor.take() == ()


def test_a_plug_is_told_and_taken_once(watch):
    monitor, feed, told = watch
    feed.tell(("remove", LP0.node, None))
    assert told()
    feed.tell(("add", LP1.node, LP1))
    assert told()
    assert monitor.take() == (PlugEvent(False, LP0), PlugEvent(True, LP1))
    assert monitor.take() == ()


def test_lost_events_are_made_good(watch):
    monitor, feed, told = watch
    feed.now = [LP1]
    feed.tell(OSError(105, "No buffer space available"))
    assert told()
    assert monitor.take() == (PlugEvent(False, LP0), PlugEvent(True, LP1))


def test_the_queue_is_bounded(watch):
    monitor, feed, told = watch
    count = 2 * MAX_EVENTS
    devices = [Discovered("serial", f"/dev/ttyUSB{n}") for n in range(count)]
    feed.tell(*(("add", device.node, device) for device in devices))
    assert all(told() for _ in devices)
    assert [event.device for event in monitor.take()] == devices[-MAX_EVENTS:]
    assert monitor.dropped == count - MAX_EVENTS


def test_where_there_is_no_udev_that_is_said_and_nothing_runs(caplog):
    def no_feed():
        raise Unplugged("hot-plug is not watched: no libudev")

    caplog.set_level("INFO")
    monitor = HotplugMonitor(lambda: None, no_feed)
    monitor.start()
    monitor._thread.join(60)
    assert not monitor._thread.is_alive()
    monitor.close()
    assert "hot-plug is not watched: no libudev; devices are found by trying them" in caplog.text


def test_the_real_feed_starts_and_stops_without_a_leak():
    from pathlib import Path

    def cycle():
        begun = threading.Event()
        monitor = HotplugMonitor(begun.set)
        monitor.start()
        begun.wait(0.5)  # where there is no udev it never begins
        monitor.close()

    cycle()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        cycle()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
