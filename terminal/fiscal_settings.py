"""Settings of the law that the books follow; ``docs/fiscal.md`` explains them."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.settings import choice, setting, text


@dataclass(frozen=True, slots=True)
class Fiscal:
    """The law that receipts and closures follow."""

    regime: str = setting(
        "plain", "plain (no law) or france (signed records).", choice("plain", "france")
    )
    extraction_folder: str = setting(
        "",
        "Folder that closures are handed over to, as files; empty: they are not.",
        text(200, r"/\S+|", "an absolute path"),
    )
    head_folder: str = setting(
        "",
        "Folder of the head record, best on another medium; empty: beside the keys.",
        text(200, r"/\S+|", "an absolute path"),
    )
