"""Settings of the shop: who sells, where, in which money."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.settings import choice, setting, text, texts, whole

LANGUAGES = ("fr", "en", "nl", "de")


@dataclass(frozen=True, slots=True)
class Shop:
    """Who sells, where, and in which money."""

    name: str = setting("Épicerie Reprise", "As printed at the head of the receipt.", text(40))
    address: tuple[str, ...] = setting(
        ("1 rue du Marché", "75001 Paris"), "Address lines of the receipt.", texts(5, text(48))
    )
    phone: str = setting("", "Printed when not empty.", text(30))
    site: str = setting("", "Number or name of this shop among others of the chain.", text(20))
    logo: str = setting(
        "",
        "Picture at the head of the receipt: a PNG file in the data folder.",
        text(60, r"[\w-][\w.-]*\.png|", 'the name of a file, like "logo.png"'),
    )
    registration: tuple[str, ...] = setting(
        (), "Registration lines of the receipt: SIRET, VAT number ...", texts(5, text(48))
    )
    currency: str = setting("EUR", "ISO 4217.", choice("EUR", "CHF", "GBP", "USD"))
    country: str = setting("FR", "ISO 3166.", text(2, "[A-Z]{2}", 'two capital letters, like "FR"'))
    receipt_language: str = setting("fr", "Legal language of the paper.", choice(*LANGUAGES))
    timezone: str = setting(
        "Europe/Paris", "IANA name; dates of receipts and trading days follow it.", text(64)
    )
    deposit_vat_rate_bp: int = setting(
        2000, "VAT of deposit lines, in hundredths of a percent.", whole(0, 10_000)
    )
