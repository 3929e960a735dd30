"""Where new versions come from, and when the machine may restart for one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from terminal.settings import ConfigError, Said, leads_somewhere, setting, text

_HOURS = r"(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Updates:
    """Updates: signed bundles from a stick or a server, installed when nobody sells."""

    url: str = setting(
        "",
        "Index of new versions; empty: from sticks alone.",
        text(300, r"(https?://\S+)?", "an https address", leads_somewhere),
    )
    channel: str = setting(
        "stable", "Which versions of the index are taken.", text(20, r"[a-z0-9-]+", "a word")
    )
    window: str = setting(
        "02:00-05:00",
        "Local hours in which the machine restarts by itself; empty: any quiet moment.",
        text(11, _HOURS, 'hours like "02:00-05:00"'),
    )

    def check(self) -> None:
        """Refuse a server that nobody vouches for. Raises ConfigError."""
        parts = urlsplit(self.url)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            said = Said("config.https")
            raise ConfigError("it must begin with https://", key="updates.url", said=said)


def in_window(window: str, time_of_day: str) -> bool:
    """Tell whether a time like ``03:10`` is within the hours; they may go over midnight."""
    if not window:
        return True
    begins, _, ends = window.partition("-")
    if begins <= ends:
        return begins <= time_of_day < ends
    return time_of_day >= begins or time_of_day < ends
