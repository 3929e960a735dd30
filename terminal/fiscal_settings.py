"""Settings of the law that the books follow; ``docs/fiscal.md`` explains them."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.settings import choice, setting, text, texts, whole

FILE, CREDENTIAL = "file", "credential"
"""Where the signing key lives, unless it is in a token."""
RATE_COLUMNS = ("normal", "reduced_1", "reduced_2", "zero", "special")


@dataclass(frozen=True, slots=True)
class Fiscal:
    """The law that receipts and closures follow."""

    regime: str = setting(
        "plain",
        "plain (no law), france (signed records) or austria (RKSV); never changed once a sale was"
        " made.",
        choice("plain", "france", "austria"),
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
    archive_folder: str = setting(
        "",
        "Folder that archives are copied to; empty: the removable medium plugged in last.",
        text(200, r"/\S+|", "an absolute path"),
    )
    purge_keeps_years: int = setting(
        1,
        "Whole years before the present one that a purge leaves in the till.",
        whole(1, 10, "years"),
    )
    trusted: str = setting(
        "",
        "Folder of the public keys of the shop's other tills; empty: keys/trusted.",
        text(200, r"/\S+|", "an absolute path"),
    )
    register_id: str = setting(
        "",
        "austria: the till's number at FinanzOnline (Kassen-ID); empty: terminal.till_number.",
        text(40, r"[A-Za-z0-9./-]*", "letters, digits, dots, slashes and hyphens"),
    )
    company_id: str = setting(
        "",
        "austria: U: and the VAT number, S: and the tax number, or G: and the GLN.",
        text(16, r"U:[A-Z0-9]{1,14}|S:\d{9}|G:\d{13}|", 'like "U:ATU12345678", or empty'),
    )
    vat_columns: tuple[str, ...] = setting(
        ("20.00:normal", "10.00:reduced_1", "13.00:reduced_2", "0.00:zero", "19.00:special"),
        "austria: in which sum of the signed code a rate counts; one not named here is special.",
        texts(
            20,
            text(
                16,
                rf"\d{{1,2}}\.\d\d:({'|'.join(RATE_COLUMNS)})",
                'a rate and a column, like "13.00:reduced_2"',
            ),
            ",",
        ),
    )
