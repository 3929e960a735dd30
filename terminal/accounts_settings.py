"""Settings of the exports: the plan of accounts, tax categories; ``docs/exports.md`` explains them.

An account is written ``KEY=NUMBER NAME``.  The defaults follow the French chart (PCG); an
accountant replaces them by the shop's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.policy import MAX_CATEGORY
from terminal.settings import choice, setting, text, texts

MAX_ACCOUNTS = 60
_NUMBER = r"\d{3,12} \S.{0,59}"
_ACCOUNT = text(80, rf"[\w/.+-]{{1,40}}={_NUMBER}", 'like "cash=531000 Caisse"')
_ONE = text(80, _NUMBER, 'a number and a name, like "758000 Produits divers"')
_ACCOUNTS = texts(MAX_ACCOUNTS, _ACCOUNT)
_CATEGORY = text(MAX_CATEGORY, rf"[A-Z0-9]{{1,{MAX_CATEGORY}}}", 'a code like "TLB1"')


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the accounts and the authorities call things."""

    company_number: str = setting(
        "", "SIREN, or organisation number: 9 digits.", text(9, r"\d{9}|", "9 digits in quotes")
    )
    vat_number: str = setting("", "VAT number of the company.", text(20, r"[A-Z0-9]*"))
    default_category: str = setting(
        "TLB1", "Tax category of articles that name none: TLB1, TPS1, TNT1 or TMA1.", _CATEGORY
    )
    deposit_category: str = setting("TLB1", "Tax category of deposits.", _CATEGORY)
    department_categories: tuple[str, ...] = setting(
        (),
        "Tax categories of whole departments.",
        texts(200, text(220, rf"[^=]+=[A-Z0-9]{{1,{MAX_CATEGORY}}}", 'like "Coiffure=TPS1"')),
    )
    services: tuple[str, ...] = setting(
        ("TPS1",), "Categories whose payments are reported.", texts(10, _CATEGORY, ",")
    )
    journal: str = setting(
        "CA Caisse", "Code and name of the journal.", text(60, r"[A-Z0-9]{1,6} \S.*", "code, name")
    )
    separator: str = setting("tab", "Between the fields of a FEC.", choice("tab", "pipe"))
    sales: tuple[str, ...] = setting(
        (
            "TLB1/20=707200 Ventes de marchandises 20 %",
            "TLB1/10=707100 Ventes de marchandises 10 %",
            "TLB1/5.5=707055 Ventes de marchandises 5,5 %",
            "TLB1/2.1=707021 Ventes de marchandises 2,1 %",
            "TLB1=707000 Ventes de marchandises",
            "TPS1/20=706200 Prestations de services 20 %",
            "TPS1/10=706100 Prestations de services 10 %",
            "TPS1/5.5=706055 Prestations de services 5,5 %",
            "TPS1/2.1=706021 Prestations de services 2,1 %",
            "TPS1=706000 Prestations de services",
            "TNT1=707900 Ventes non soumises à la TVA",
            "TMA1=707800 Ventes au régime de la marge",
        ),
        "Sales by tax category, or by category and rate.",
        _ACCOUNTS,
    )
    vat: tuple[str, ...] = setting(
        (
            "20=445711 TVA collectée 20 %",
            "10=445712 TVA collectée 10 %",
            "5.5=445713 TVA collectée 5,5 %",
            "2.1=445714 TVA collectée 2,1 %",
        ),
        "VAT collected, by rate.",
        _ACCOUNTS,
    )
    others: tuple[str, ...] = setting(
        (
            "deposit=419100 Clients, avances et acomptes reçus",
            "voucher=419700 Clients, bons d'achat émis",
        ),
        "Lines that are no sale of an article, by kind.",
        _ACCOUNTS,
    )
    tenders: tuple[str, ...] = setting(
        (
            "cash=531000 Caisse",
            "cash_machine=531100 Monnayeur",
            "card=511500 Cartes bancaires à l'encaissement",
            "cheque=511200 Chèques à encaisser",
            "meal_voucher=511600 Titres-restaurant à encaisser",
            "voucher=419700 Clients, bons d'achat émis",
        ),
        "Tenders by kind.",
        _ACCOUNTS,
    )
    movements: tuple[str, ...] = setting(
        (
            "float=580000 Virements internes",
            "drop=580000 Virements internes",
            "paid_in=471000 Compte d'attente",
            "paid_out=471000 Compte d'attente",
        ),
        "Against cash, by kind of cash movement.",
        _ACCOUNTS,
    )
    gains: str = setting(
        "758000 Produits divers de gestion courante", "Cash found, roundings in favour.", _ONE
    )
    losses: str = setting(
        "658000 Charges diverses de gestion courante", "Cash missing, roundings against.", _ONE
    )
    saf_t_codes: tuple[str, ...] = setting(
        ("25=3", "20=3", "15=31", "12=33", "10=33", "5.5=33", "2.1=33", "0=0"),
        "Standard VAT codes of the Norwegian SAF-T, by rate.",
        texts(20, text(20, r"\d{1,3}(\.\d{1,2})?=\w{1,9}", 'like "25=3"')),
    )

    def categories(self) -> dict[str, str]:
        """Return the tax category of each department that has one."""
        return dict(entry.rsplit("=", 1) for entry in self.department_categories)
