"""Label printers and RFID readers for the kit."""

from __future__ import annotations

from typing import ClassVar

from drivers.base import Health
from drivers.label.base import Label, Printed, Text
from drivers.label.simulator import LabelSimulator
from drivers.label.zpl_printer import ZplPrinter
from drivers.rfid.llrp_reader import LlrpReader
from drivers.rfid.simulator import RfidSimulator
from tests.drivers.conformance.candidate import Candidate, Truth

LABEL = Label(456, 256, (Text(10, 10, 30, "label"),))
READING_S = 0.06


class ZplCandidate(Candidate):
    name = "zpl"
    truths = (
        Truth("paper_out", Health.BLOCKED, ("paper_out", "paused")),
        Truth("refill", Health.READY),
        Truth("head_open", Health.BLOCKED, ("cover_open", "paused")),
        Truth("head_close", Health.READY),
        Truth("pause", Health.BLOCKED, ("paused",)),
        Truth("resume", Health.READY),
    )
    beside: ClassVar = {
        "paper_left": "there still is some",
        "mute_when_blocked": "it is not blocked",
        "picture": "looks at what came out",
        "labels": "looks at what came out",
    }

    def device(self, monotonic, memory=None):
        return LabelSimulator(memory, monotonic=monotonic)

    def driver(self, connect, monotonic):
        return ZplPrinter(connect(), pause_s=0.0, monotonic=monotonic)

    def use(self, driver, device):
        return driver.print_labels(LABEL, 1, 4 * self.times) is Printed.PRINTED

    def status(self, driver):
        return driver.poll(2 * self.times)


class LlrpCandidate(Candidate):
    name = "llrp"
    beside: ClassVar = {
        "put": "what lies there is no state",
        "remove": "likewise",
        "clear": "likewise",
        "noise": "likewise",
        "miss": "how often a tag is not heard",
        "busy": "told when opening",
        "hang": "noticed when it is asked, or after its keep-alives stopped",
        "version": "what it speaks",
        "antenna": "told when opening",
    }

    def device(self, monotonic, memory=None):
        return RfidSimulator(7, monotonic)

    def driver(self, connect, monotonic):
        return LlrpReader(connect(), monotonic=monotonic)

    def use(self, driver, device):
        device.control("clear")
        (epc,) = device.control("put", gtin="4006381333931")["placed"]
        return [tag.epc for tag in driver.inventory(READING_S * self.times, 5 * self.times)] == [
            epc
        ]

    def status(self, driver):
        return driver.poll(0.5 * self.times)
