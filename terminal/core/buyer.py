"""Who buys and who sells, as an invoice names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from terminal.core.errors import Refused
from terminal.core.wording import check_text

MAX_NAME = 100
MAX_ADDRESS_LINES = 3
MAX_POSTCODE = 12
MAX_IDENTIFIER = 20
"""Characters of a VAT or company number: the longest of the Union have 14."""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of an invoice; numbers without spaces, empty when there is none."""

    name: str
    address: tuple[str, ...]
    """Lines of the address above the town, at most three."""
    postcode: str
    city: str
    country: str
    """ISO 3166-1, two letters."""
    vat_id: str = ""
    """With its country's letters: ``FR83404833048``."""
    siret: str = ""
    """French establishment, 14 digits; its first nine are the company's SIREN."""

    @property
    def is_business(self) -> bool:
        """Tell whether the buyer trades: what an invoice must say differs."""
        return bool(self.vat_id or self.siret)

    def values(self) -> dict[str, str]:
        """Return the party as an event carries it: nothing that is empty."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["address"] = "\n".join(self.address)
        return {name: value for name, value in plain.items() if value}


def party_of(values: Mapping[str, str]) -> Party:
    """Return the party that an event carries; what it says beside that is left out."""
    return Party(
        name=values.get("name", ""),
        address=tuple(values.get("address", "").split("\n")),
        postcode=values.get("postcode", ""),
        city=values.get("city", ""),
        country=values.get("country", ""),
        vat_id=values.get("vat_id", ""),
        siret=values.get("siret", ""),
    )


def check_party(party: Party) -> Refused | None:
    """Return why a buyer cannot stand on an invoice, or None.

    The numbers are checked by whoever knows their countries' rules; here only their form.
    """
    if not all((party.name.strip(), party.city.strip(), any(map(str.strip, party.address)))):
        return Refused("buyer_incomplete")
    if len(party.address) > MAX_ADDRESS_LINES:
        return Refused("bad_request")
    letters = party.country
    if not (len(letters) == 2 and letters.isascii() and letters.isalpha() and letters.isupper()):
        return Refused("bad_country", {"country": letters[:MAX_POSTCODE]})
    refused = check_text(party.postcode, MAX_POSTCODE)
    for text in (party.name, party.city, *party.address):
        refused = refused or check_text(text, MAX_NAME)
    for number in (party.vat_id, party.siret):
        refused = refused or check_text(number, MAX_IDENTIFIER)
    return refused
