"""Printer, drawer and scanner for the kit."""

from __future__ import annotations

from typing import ClassVar

from drivers.base import Health, Status
from drivers.drawer.base import DrawerState, drawer_state
from drivers.drawer.printer_kick import PrinterDrawer
from drivers.drawer.simulator import DrawerSimulator
from drivers.errors import Unplugged
from drivers.printer.base import Confirm
from drivers.printer.escpos import EscposPrinter
from drivers.printer.profiles import profile_of
from drivers.printer.simulator import PrinterSimulator, printer_simulator
from drivers.printer.star import StarPrinter
from drivers.printer.star_simulator import StarSimulator
from drivers.registry import driver_class
from drivers.scanner.simulator import ScannerSimulator
from tests.drivers.conformance.candidate import Candidate, Truth


class EscposCandidate(Candidate):
    name = "escpos"
    serial = True
    truths = (
        Truth("near_end", Health.DEGRADED, ("paper_near_end",)),
        Truth("paper_out", Health.BLOCKED, ("paper_out",)),
        Truth("cover_open", Health.BLOCKED, ("cover_open", "paper_out")),
        Truth("refill", Health.BLOCKED, ("cover_open",)),
        Truth("cover_close", Health.READY),
        Truth("paper_out_after", Health.BLOCKED, ("paper_out",), {"lines": 0}),
        Truth("refill", Health.READY),
    )
    beside: ClassVar = {
        "speed": "how long it takes is no trouble",
        "pieces": "looks at what was cut off",
        "jam_cutter": "shows at the next cut",
        "free_cutter": "nothing is jammed",
        "confirmation": "how it confirms, which is no state",
    }

    def device(self, monotonic, memory=None):
        return PrinterSimulator(memory, monotonic=monotonic)

    def driver(self, connect, monotonic):
        return EscposPrinter(connect(), monotonic=monotonic)

    def use(self, driver, device):
        driver.send(b"text\n", 2 * self.times)
        driver.send(driver.mark("WORK"), 2 * self.times)
        return driver.confirm("WORK", 2 * self.times) is Confirm.PRINTED

    def status(self, driver):
        return driver.poll(1 * self.times)

    def settle(self, driver, device):
        """What the printer still holds is thrown away, where it can be, and that is said."""
        return driver.clear(2 * self.times) is driver.caps.can_clear


class CloneCandidate(EscposCandidate):
    """A printer without process ids: it is fenced by an answer that waits its turn."""

    name = "clone-80"

    def device(self, monotonic, memory=None):
        return printer_simulator(memory, profile=profile_of(self.name), monotonic=monotonic)

    def driver(self, connect, monotonic):
        return EscposPrinter(connect(), profile=profile_of(self.name), monotonic=monotonic)


class StarLineCandidate(EscposCandidate):
    name = "star-line"

    def device(self, monotonic, memory=None):
        return StarSimulator(memory, monotonic=monotonic)

    def driver(self, connect, monotonic):
        return StarPrinter(connect(), monotonic=monotonic)


class _PrinterWithDrawer(PrinterSimulator):
    def __init__(self, memory, monotonic):
        self.box = DrawerSimulator(monotonic)
        super().__init__(memory, drawer=self.box, monotonic=monotonic, changed=self.box.changed)
        self.box.on_move = self.drawer_changed

    def _knobs(self):
        return {**super()._knobs(), "push_shut": lambda: self.box.control("close")}


class _DrawerBehindPrinter:
    """A drawer is opened and closed with the printer that it hangs on."""

    def __init__(self, printer):
        self.printer = printer
        self.drawer = PrinterDrawer(printer)
        self.open = printer.open
        self.close = printer.close
        self.status = printer.poll

    @property
    def caps(self):
        return self.printer.caps


class PrinterDrawerCandidate(Candidate):
    name = "printer-drawer"
    truths = EscposCandidate.truths
    beside: ClassVar = {**EscposCandidate.beside, "push_shut": "a drawer may be open"}

    def device(self, monotonic, memory=None):
        return _PrinterWithDrawer(memory, monotonic)

    def driver(self, connect, monotonic):
        return _DrawerBehindPrinter(EscposPrinter(connect(), monotonic=monotonic))

    def use(self, driver, device):
        """It springs open, its sensor says so, and it is pushed shut again."""
        device.control("push_shut")
        driver.printer.poll(2 * self.times)
        before = drawer_state(driver.drawer.sensor(), open_is_high=True)
        driver.drawer.kick(2 * self.times)
        driver.printer.poll(2 * self.times)
        opened = drawer_state(driver.drawer.sensor(), open_is_high=True)
        device.control("push_shut")
        return (before, opened) == (DrawerState.CLOSED, DrawerState.OPEN)


class ScannerCandidate(Candidate):
    """What is the same for every scanner; ``personality`` is the wire its simulator speaks."""

    personality = ""
    asks = False
    beside: ClassVar = {
        "scan": "a scan is no state",
        "personality": "which kind of scanner it is",
        "layout": "how it types",
        "suffix": "how it ends a symbol",
        "speed": "how long it takes",
        "alt": "how it types",
        "double_read": "reads twice",
        "lose": "loses a part of the next symbol",
    }

    def device(self, monotonic, memory=None):
        return ScannerSimulator(monotonic, personality=self.personality)

    def driver(self, connect, monotonic):
        return driver_class(self.name)(connect(), monotonic)

    def use(self, driver, device):
        # Over TCP the line stands a moment after the connection: scan again, as people do.
        for _ in range(20):
            device.control("scan", code="4006381333931", aim="]E0")
            scan = driver.read(0.1)
            if scan is not None:
                return (scan.text, scan.aim) == ("4006381333931", "]E0")
        return False

    def status(self, driver):
        """A scanner cannot be asked: what is known is whether its line is there."""
        try:
            driver.read(0.1)
        except Unplugged:
            return Status(Health.ABSENT, ("unplugged",))
        return Status(Health.READY)


class SerialScannerCandidate(ScannerCandidate):
    name = "serial-scanner"
    personality = "serial"
    serial = True


class HidPosScannerCandidate(ScannerCandidate):
    name = "hidpos-scanner"
    personality = "hidpos"


class KeyboardScannerCandidate(ScannerCandidate):
    name = "keyboard-scanner"
    personality = "keyboard"
    byte_s = 0.00002  # 144 bytes for a key, of which USB has three milliseconds
