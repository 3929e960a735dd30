"""Settings of the link to the head office; ``docs/head-office.md`` explains them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from terminal.settings import leads_somewhere, setting, text, whole

SITE_NAME = re.compile(r"[0-9A-Za-z._-]{1,20}")
"""What ``shop.site`` must be where there is a head office: it names a folder there."""


@dataclass(frozen=True, slots=True)
class HeadOffice:
    """Where the journal goes, so that a dead till takes nothing with it."""

    url: str = setting(
        "",
        "Address that takes the journal; empty: none.",
        text(
            200,
            r"https://[\w.:\[\]-]+(/[\w./~-]*)?|",
            "an address that begins with https://",
            leads_somewhere,
        ),
    )
    ca_file: str = setting(
        "",
        "File of the authority that signed its certificate; empty: those of the system.",
        text(200, r"/\S+|", "an absolute path"),
    )
    token_file: str = setting(
        "",
        "File of the word that lets this till in; empty: keys/head-office-token.",
        text(200, r"/\S+|", "an absolute path"),
    )
    interval_s: int = setting(5, "Between two looks for new records.", whole(1, 3600, "seconds"))
