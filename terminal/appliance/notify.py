"""What the program says to the service manager: ready, alive, stopping (sd_notify(3)).

Datagrams to the socket that ``NOTIFY_SOCKET`` names, a path or an abstract name (``@`` first).
Without the variable nobody listens, and everything here is silent.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)

MAX_STATUS_CHARS = 200
"""A status is one line of ``systemctl status``."""


class Notifier:
    """Speaks to the service manager; a datagram that cannot be delivered is logged once."""

    def __init__(self, address: str = "") -> None:
        """``address`` is the value of ``NOTIFY_SOCKET``; empty: nobody listens."""
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._unheard = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Notifier:
        """Return the notifier of this process. The variable stays for a program started anew."""
        return cls(environment.get("NOTIFY_SOCKET", ""))

    @property
    def heard(self) -> bool:
        """True when somebody asked to be told."""
        return bool(self._address)

    def ready(self) -> None:
        """Say that start-up is over: what waits for this unit goes on."""
        self._say("READY=1")

    def alive(self) -> None:
        """Feed the watchdog (``WatchdogSec=``)."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that a clean end has begun."""
        self._say("STOPPING=1")

    def status(self, text: str) -> None:
        """Say in one line what goes on; seen in ``systemctl status``."""
        self._say(f"STATUS={' '.join(text.split())[:MAX_STATUS_CHARS]}")

    def extend(self, seconds: float) -> None:
        """Ask for at least so many seconds more of a start, and again before they end."""
        self._say(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def _say(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                # A full queue must not stop the screens: a feeding that is lost comes in a second.
                line.setblocking(False)
                line.connect(self._address)
                line.send(message.encode())
        except OSError as error:
            if not self._unheard:
                log.warning("the service manager does not hear: %s", error)
            self._unheard = True
        else:
            self._unheard = False
