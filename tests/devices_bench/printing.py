"""The receipt printer over usblp: printed and confirmed, its states, and a plug that is pulled."""

from __future__ import annotations

import time
from collections.abc import Iterator

from drivers.base import Health
from drivers.drawer.base import DrawerState, drawer_state
from drivers.drawer.printer_kick import PrinterDrawer
from drivers.errors import Claimed, TransportTimeout
from drivers.printer.base import Confirm, PrintBarcode, PrintFeed, PrintLine, PrintQR
from drivers.printer.escpos import EscposPrinter
from drivers.simulators import Bench
from drivers.transports.address import open_transport
from tests.devices_bench import gadgets
from tests.devices_bench.behind import Socket
from tests.devices_bench.report import Row, milliseconds

ADDRESS = "usblp:04b8:0e28/SIM0001"
OPEN_S = 10.0
CLEAR_S = 60.0
"""The emulated machine prints what it has first, and is slow."""
RECEIPTS = 20
PICTURE = b"\x1dv0\0" + bytes((72, 0, 0x20, 3)) + bytes(72 * 0x320)
TOO_MUCH = PICTURE * 7
"""More bytes than the simulator, the gadget's queue and usblp take together."""
PAGE = (
    PrintLine("Épicerie du Port", double=True),
    *(PrintLine(f"Article {n:02}   1,00 €") for n in range(20)),
    PrintBarcode("4006381333931", "EAN13"),
    PrintQR("https://example.org/ticket"),
    PrintFeed(2),
)


def rows() -> Iterator[Row]:
    """Try the printer; the plug is pulled in ``plugging`` and ``selling``."""
    bench = Bench()
    socket = Socket(gadgets.printer(0), bench.printer)
    socket.plug()
    printer = EscposPrinter(open_transport(ADDRESS, {}))
    begin = _until_open(printer)
    yield Row(
        "usblp: opened, READY, maker, model and serial number read",
        printer.status().health is Health.READY and "SIM0001" in printer.status().detail,
        f"{begin * 1000:.0f} ms to open",
    )
    yield _claimed()
    yield from _receipts(printer, bench)
    yield from _states(printer, bench)
    yield _stalled(printer, bench)
    printer.close()
    socket.pull()


def _until_open(printer: EscposPrinter) -> float:
    gadgets.wait_for(lambda: bool(gadgets.nodes("/dev/usb/lp*")), "/dev/usb/lp*")
    begin = time.monotonic()
    printer.open(OPEN_S)
    return time.monotonic() - begin


def _claimed() -> Row:
    try:
        open_transport(ADDRESS, {}).open(1)
    except Claimed as error:
        return Row("usblp: a second program is refused", True, str(error)[:60])
    return Row("usblp: a second program is refused", False)


def _receipts(printer: EscposPrinter, bench: Bench) -> Iterator[Row]:
    printer.encode(PAGE)  # what encodes is loaded now, and not while the first is timed
    took, confirmed = [], 0
    for number in range(RECEIPTS):
        begin = time.monotonic()
        confirmed += _print(printer, f"{number:03}")
        took.append(time.monotonic() - begin)
    shown = bench.printer.look()
    yield Row(
        f"usblp: {RECEIPTS} receipts printed and each confirmed by process id",
        confirmed == shown["total_pieces"] == RECEIPTS and not shown["unknown"],
        milliseconds(took),
    )
    text = bench.printer.control("pieces")["pieces"][-1]["text"]
    yield Row("usblp: é and € came out", "Épicerie" in text and "1,00 €" in text)


def _print(printer: EscposPrinter, job: str) -> bool:
    encoded = printer.encode(PAGE)
    for phase, data in (("B", encoded.begin), ("M", encoded.body), ("C", encoded.cut)):
        printer.send(data + printer.mark(job + phase), 5)
        if printer.confirm(job + phase, 10) is not Confirm.PRINTED:
            return False
    return True


def _states(printer: EscposPrinter, bench: Bench) -> Iterator[Row]:
    wanted = [
        ("near_end", Health.DEGRADED, ("paper_near_end",)),
        ("paper_out", Health.BLOCKED, ("paper_out",)),
        ("cover_open", Health.BLOCKED, ("cover_open", "paper_out")),
        ("refill", Health.BLOCKED, ("cover_open",)),
        ("cover_close", Health.READY, ()),
    ]
    asked, told = [], []
    for knob, health, reasons in wanted:
        bench.control("printer", knob)
        begin = time.monotonic()
        unasked = _told(printer, health, reasons)
        told.append(time.monotonic() - begin)
        status = printer.poll(5)
        asked.append(unasked and (status.health, status.reasons) == (health, reasons))
    yield Row(
        "usblp: near end, paper out, cover: told unasked (ASB) and when asked",
        all(asked),
        f"unasked within {max(told) * 1000:.0f} ms",
    )
    drawer = PrinterDrawer(printer)
    drawer.kick(5)
    printer.poll(5)
    opened = drawer_state(drawer.sensor(), open_is_high=True)
    bench.control("drawer", "close")
    printer.poll(5)
    yield Row(
        "usblp: drawer opened, its sensor read",
        (opened, drawer_state(drawer.sensor(), open_is_high=True))
        == (DrawerState.OPEN, DrawerState.CLOSED),
    )


def _told(printer: EscposPrinter, health: Health, reasons: tuple[str, ...]) -> bool:
    def seen() -> bool:
        status = printer.status()
        return (status.health, status.reasons) == (health, reasons)

    try:
        gadgets.wait_for(seen, f"{health} {reasons}", 5)
    except TimeoutError:
        return False
    return True


def _stalled(printer: EscposPrinter, bench: Bench) -> Row:
    """Out of paper the buffers fill: the deadline stands, and it is known how much left."""
    bench.control("printer", "paper_out")
    what = "usblp: a printer that takes no more: deadline kept, bytes counted"
    begin = time.monotonic()
    try:
        printer.send(TOO_MUCH, 2)
    except TransportTimeout as error:
        took = time.monotonic() - begin
        bench.control("printer", "refill")
        begin = time.monotonic()
        cleared = printer.clear(CLEAR_S)
        return Row(
            what,
            0 < error.bytes_sent < len(TOO_MUCH) and took < 4 and cleared,
            f"{error.bytes_sent:,} bytes left; cleared {time.monotonic() - begin:.1f} s later"
            if cleared
            else f"{error.bytes_sent:,} bytes left, and the printer was not cleared",
        )
    return Row(what, passed=False, figures=f"{len(TOO_MUCH):,} bytes were taken")
