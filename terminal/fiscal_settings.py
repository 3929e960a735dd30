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
    key: str = setting(
        "file",
        "Where the signing key lives; docs/fiscal.md says what each protects against.",
        text(300, r"file|credential|pkcs11:\S+", '"file", "credential" or a "pkcs11:" address'),
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
