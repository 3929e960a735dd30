"""A byte channel to a USB printer by the kernel's printer driver, usblp (``/dev/usb/lpN``).

Unplugging shows as a hang-up in ``poll`` and as ENODEV in reads and writes.  A write that returns
proves only that the kernel took the bytes: a printer that prints nothing takes 80,000 of them.
"""

from __future__ import annotations

import errno

from drivers.transports.descriptor import DescriptorTransport


class UsblpTransport(DescriptorTransport):
    """A printer's device file, opened for ourselves alone."""

    scheme = "usblp"
    empty_is_end = False  # some printers answer the question for data with an empty packet

    def _take(self, descriptor: int, limit: int) -> bytes:
        try:
            return super()._take(descriptor, limit)
        except OSError as error:
            if error.errno == errno.EINVAL:  # a printer without a way back: it is silent
                raise BlockingIOError from error
            raise
