"""Input and output reports of a HID device, raw (``/dev/hidrawN``): scanners, scales.

The kernel gives one report per read, with its number first when the device numbers its reports
(Documentation/hid/hidraw.rst); a write is one output report.
"""

from __future__ import annotations

from drivers.errors import LocalProtocolError, Locus
from drivers.transports.descriptor import DescriptorTransport

MAX_REPORT_BYTES = 16384
"""Longest report (HID_MAX_BUFFER_SIZE of the kernel)."""


class HidrawTransport(DescriptorTransport):
    """A HID device, held for ourselves. ``read`` returns exactly one input report."""

    scheme = "hidraw"

    def _take(self, descriptor: int, limit: int) -> bytes:
        report = super()._take(descriptor, MAX_REPORT_BYTES)
        if len(report) > limit:
            raise LocalProtocolError(
                f"a report of {len(report)} bytes does not fit into {limit}", locus=Locus.INPUT
            )
        return report
