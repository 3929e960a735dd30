"""Scanners in their three modes, and a keyboard of the kernel's own: nothing lost, GS kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from evdev import InputDevice

from drivers.errors import Claimed
from drivers.scanner.hidpos import HidPosScanner
from drivers.scanner.keyboard import KeyboardScanner
from drivers.scanner.layouts import LAYOUTS
from drivers.scanner.reader import SymbolReader
from drivers.scanner.serial import SerialScanner
from drivers.scanner.simulator import ScannerSimulator
from drivers.transports.address import open_transport
from tests.devices_bench import gadgets
from tests.devices_bench.behind import Socket, stream
from tests.devices_bench.keyboard import BootReports, UinputKeyboard
from tests.devices_bench.report import Row, milliseconds

SCANS = 100
READ_S = 5.0
EAN, EAN_AIM = "4006381333931", "]E0"
DATAMATRIX = "010950600013435217261231" + "10ABC123\x1d" + "21" + "S" * 20 + "\x1d" + "2401234567"
"""AI 01, 17, 10, 21 and 240: 69 characters, which are two reports of HID-POS."""
DATAMATRIX_AIM = "]d2"
KEYS_PER_S = 250
"""As a scanner types on USB: a report every two milliseconds.  The kernel keeps 64 events for a
reader, which are ten keys: one that is not served for 40 ms loses some, and is told."""
STALLED_SCANS = 12
STALL_S = 2.0
"""Longer than it takes to type them."""
KEYBOARD = "evdev:0c2e:0b62"


@dataclass
class Mode:
    """A way in which a scanner is attached."""

    name: str
    socket: Socket
    scanner: SymbolReader
    far: str

    def scan(self, code: str, aim: str) -> tuple[bool, float]:
        """Scan once; tell whether it was read as it is, and seconds from its end to the driver."""
        self.socket.simulator.control("scan", code=code, aim=aim)
        scan = self.scanner.read(READ_S)
        arrived = time.monotonic()
        whole = scan is not None and (scan.text, scan.aim) == (code, aim)
        return whole, arrived - self.socket.said_at


def reports(data: bytes) -> Iterator[bytes]:
    """Yield the HID-POS reports that the simulator said, one a write."""
    return (data[at : at + 64] for at in range(0, len(data), 64))


def modes(first_socket: int) -> Iterator[Mode]:
    """Yield the three modes, not yet plugged in."""
    for number, (name, gadget, encode, record, far, driver, address) in enumerate(
        (
            ("HID-POS (hidraw)", gadgets.hid_pos, lambda: reports, 64, "/dev/hidraw*",
             HidPosScanner, "hidraw:0c2e:0b61/SIM0B61"),
            ("CDC-ACM (tty)", gadgets.acm, lambda: stream, 0, "/dev/ttyACM*",
             SerialScanner, "serial:0c2e:0b63/SIM0B63"),
            ("keyboard (evdev)", gadgets.keyboard, BootReports, 24, "/dev/input/event*",
             KeyboardScanner, KEYBOARD),
        ),
        start=first_socket,
    ):  # fmt: skip
        personality = {64: "hidpos", 24: "keyboard"}.get(record, "serial")
        simulator = ScannerSimulator(personality=personality)
        if personality == "keyboard":
            simulator.control("speed", per_s=KEYS_PER_S)
        socket = Socket(gadget(number), simulator, encode, record)
        yield Mode(name, socket, driver(open_transport(address, {})), far)


def plug(mode: Mode) -> None:
    """Plug a scanner in and open it once the kernel knows it."""
    before = gadgets.nodes(mode.far)
    mode.socket.plug()
    gadgets.wait_for(lambda: bool(gadgets.nodes(mode.far) - before), mode.far)
    mode.scanner.open(READ_S)


def rows() -> Iterator[Row]:
    """Try every mode; the plug is pulled in ``plugging``."""
    for mode in modes(0):
        plug(mode)
        yield _reads(mode)
        whole, _ = mode.scan(DATAMATRIX, DATAMATRIX_AIM)
        yield Row(f"{mode.name}: a GS1 DataMatrix of {len(DATAMATRIX)} characters, GS kept", whole)
        if mode.name.startswith("keyboard"):
            yield from _grabbed(mode)
            yield from _layouts(mode)
        mode.scanner.close()
        mode.socket.pull()
    yield from _uinput()


def _reads(mode: Mode) -> Row:
    taken = [mode.scan(EAN, EAN_AIM) for _ in range(SCANS)]
    lost = sum(not whole for whole, _ in taken)
    return Row(
        f"{mode.name}: {SCANS} scans, none lost",
        not lost,
        f"scan end to event: {milliseconds([took for _, took in taken])}; {lost} lost",
    )


def _grabbed(mode: Mode) -> Iterator[Row]:
    node = next(iter(_typing(mode)))
    other = InputDevice(node, readonly=True)
    whole, _ = mode.scan(EAN, EAN_AIM)
    heard = other.read_one()
    other.close()
    yield Row("keyboard (evdev): grabbed, nobody else hears the digits", whole and heard is None)
    try:
        open_transport(KEYBOARD, {}).open(1)
        refused = False
    except Claimed:
        refused = True
    yield Row("keyboard (evdev): a second program is refused", refused)


def _typing(mode: Mode) -> set[str]:
    found = set()
    for node in gadgets.nodes(mode.far):
        device = InputDevice(node, readonly=True)
        if device.info.vendor == mode.socket.gadget.vendor:
            found.add(node)
        device.close()
    return found


def _layouts(mode: Mode) -> Iterator[Row]:
    """A scanner that types as the layout says, and a driver that is set alike."""
    text = "ABCabc0123456789-./+"
    done = []
    for layout in LAYOUTS:
        mode.scanner.close()
        mode.socket.simulator.control("layout", name=layout)
        mode.scanner = KeyboardScanner(open_transport(KEYBOARD, {}), layout=layout)
        mode.scanner.open(READ_S)
        if all(mode.scan(code, aim)[0] for code, aim in ((text, "]C0"), ("]" + EAN, EAN_AIM))):
            done.append(layout)
    yield Row(
        "keyboard (evdev): letters, digits and signs in every layout",
        done == list(LAYOUTS),
        " ".join(done),
    )


def _uinput() -> Iterator[Row]:
    simulator = ScannerSimulator(personality="keyboard")
    simulator.control("speed", per_s=KEYS_PER_S)
    keyboard = UinputKeyboard(simulator)
    scanner = KeyboardScanner(open_transport(f"evdev:{keyboard.node}", {}))
    scanner.open(READ_S)
    took, lost = [], 0
    for _ in range(SCANS):
        simulator.control("scan", code=EAN, aim=EAN_AIM)
        scan = scanner.read(READ_S)
        took.append(time.monotonic() - keyboard.said_at)
        lost += scan is None or (scan.text, scan.aim) != (EAN, EAN_AIM)
    yield Row(
        f"keyboard (uinput): {SCANS} scans, none lost",
        not lost,
        f"scan end to event: {milliseconds(took)}; {lost} lost",
    )
    yield _dropped(simulator, scanner)
    scanner.close()
    keyboard.close()


def _dropped(simulator: ScannerSimulator, scanner: SymbolReader) -> Row:
    """Nobody reads while a dozen codes are typed: the kernel drops keys, and says so (S3)."""
    for _ in range(STALLED_SCANS):
        simulator.control("scan", code=EAN, aim=EAN_AIM)
    time.sleep(STALL_S)
    heard = []
    while (scan := scanner.read(0.5)) is not None:
        heard.append(scan)
    said = sum(scan.dropped for scan in heard)
    partial = [scan for scan in heard if not scan.dropped and scan.text != EAN]
    simulator.control("scan", code=EAN, aim=EAN_AIM)
    after = scanner.read(READ_S)
    return Row(
        "keyboard (uinput): a reader that stalls is told, and gets no half code",
        not partial and said > 0 and after is not None and after.text == EAN,
        f"{len(heard) - said} of {STALLED_SCANS} whole, {said} said to be lost, "
        f"{len(partial)} in part",
    )
