"""Settings of invoices: what the law wants the shop to say of itself, beside the receipt's head."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.settings import choice, flag, setting, text, texts


@dataclass(frozen=True, slots=True)
class InvoiceSettings:
    """What invoices say of the shop."""

    prefix: str = setting(
        "FA",
        "First characters of invoice numbers.",
        text(4, r"[A-Z0-9]{1,4}", "1 to 4 capital letters or digits"),
    )
    legal_name: str = setting("", "Name of the company; empty: the shop's.", text(80))
    legal_form: str = setting(
        "", "Form, capital and register: SARL au capital de ..., RCS ...", text(120)
    )
    siret: str = setting("", "Of this shop.", text(14, r"\d{14}|", "14 digits, or empty"))
    vat_id: str = setting(
        "", "VAT number.", text(16, r"[A-Z]{2}[0-9A-Z]{2,14}|", 'like "FR83404833048", or empty')
    )
    email: str = setting("", "Printed when not empty.", text(80))
    operation: str = setting(
        "goods", "What is sold: goods, services or both.", choice("goods", "services", "both")
    )
    vat_on_debits: bool = setting(False, "The shop chose to pay VAT on what is invoiced.", flag())
    late_penalty: str = setting(
        "", "Penalties for late payment; empty: three times the legal rate.", text(120)
    )
    early_discount: str = setting(
        "", "Discount for early payment; empty: there is none.", text(120)
    )
    exemption: str = setting(
        "", "Why lines without VAT have none; empty: article 293 B.", text(120)
    )
    notes: tuple[str, ...] = setting((), "More lines at the foot.", texts(4, text(120)))
