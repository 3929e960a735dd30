"""Every scanner that is plugged in, while nobody has said yet which one is the till's.

The settings of a new machine may come as codes, and what reads them is known only from its plug.
A scanner that types is heard by the window; one with a line of its own is listened to here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drivers.discovery import Discovered, plugged_in
from drivers.errors import Unplugged
from drivers.registry import driver_class
from drivers.scanner.base import Scan
from drivers.transports.address import open_transport
from drivers.transports.base import Transport
from terminal.devices.host import ScannerHost

log = logging.getLogger(__name__)

MAX_LISTENED = 4
"""Lines that are listened to at once."""
_USB_SERIAL = "/dev/ttyACM"
"""Serial lines that have no speed to know; what stands behind a converter is not guessed."""


def driver_of(device: Discovered) -> tuple[str, dict[str, Any]] | None:
    """Return the name and the options of the driver for what may be a scanner; None otherwise."""
    if device.scheme == "hidraw" and "scanner" in device.roles:
        return "hidpos-scanner", {}
    if device.scheme == "serial" and device.node.startswith(_USB_SERIAL):
        # How it ends a symbol is a setting nobody knows yet: silence ends one in any case.
        return "serial-scanner", {"suffix": "none"}
    return None


class AnyScanner:
    """Listens to whatever may be a scanner; ``deliver`` gets what was read, on the loop.

    Only what can be printed: how a scanner frames its codes is not known yet.
    """

    def __init__(
        self,
        deliver: Callable[[str], None],
        look: Callable[[], Sequence[Discovered]] = plugged_in,
        connect: Callable[[str], Transport] = lambda url: open_transport(url, {}),
    ) -> None:
        """``look`` says what is plugged in, ``connect`` makes the way to an address."""
        self._deliver = deliver
        self._look = look
        self._connect = connect
        self._hosts: dict[str, ScannerHost] = {}

    async def look(self) -> None:
        """Listen to what has come, and no more to what has gone."""
        try:
            found = await asyncio.to_thread(self._look)
        except Unplugged as error:
            log.info("scanners are not looked for: %s", error)
            return
        wanted = {
            one.node: (one, *driver) for one in found if (driver := driver_of(one)) is not None
        }
        for node in set(self._hosts) - set(wanted):
            await asyncio.to_thread(self._hosts.pop(node).stop)
        for node in sorted(set(wanted) - set(self._hosts))[: MAX_LISTENED - len(self._hosts)]:
            self._listen(*wanted[node])

    async def close(self) -> None:
        """Listen to nothing any more: another program may want the lines."""
        while self._hosts:
            _, host = self._hosts.popitem()
            await asyncio.to_thread(host.stop)

    def _listen(self, device: Discovered, driver: str, options: Mapping[str, Any]) -> None:
        # By its file: two of one kind are both listened to.
        transport = self._connect(f"{device.scheme}:{device.node}")
        host = ScannerHost(driver_class(driver)(transport, **options))
        host.deliver = self._read
        host.start(asyncio.get_running_loop())
        self._hosts[device.node] = host
        log.info("listening to %s %s at %s", device.maker, device.model, device.node)

    def _read(self, scan: Scan) -> None:
        plain = "".join(char for char in scan.text if char.isprintable())
        if plain:
            self._deliver(plain)
