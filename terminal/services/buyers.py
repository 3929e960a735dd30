"""Buyers as staff types them: their numbers are held against their countries' rules.

A wrong figure in a SIRET or a VAT number makes an invoice that no platform takes.  The package
python-stdnum knows the check digits of every country of the Union; it is loaded when the first
number is typed, never at start.
"""

from __future__ import annotations

import re
from dataclasses import replace

from terminal.core.buyer import MAX_IDENTIFIER, Party
from terminal.core.errors import Refused

SIRET_DIGITS = 14
_FORM = re.compile(r"[A-Z]{2,3}(?=.*\d)[0-9A-Z]{2,14}", re.ASCII)
_TOWN = re.compile(r"(?:[A-Z]{1,2}-)?(\d[\dA-Z]*(?: [A-Z]{2})?)\s+(.+)")
"""``69003 Lyon``, ``1012 AB Amsterdam``, ``L-1009 Luxembourg``."""


def identified(buyer: Party) -> Party | Refused:
    """Return a buyer with its numbers as they are written in data, or what is wrong with them."""
    vat_id, siret = _bare(buyer.vat_id), _bare(buyer.siret)
    if siret and not _is_siret(siret):
        return Refused("bad_siret", {"number": siret[:MAX_IDENTIFIER]})
    if vat_id and not _is_vat(vat_id):
        return Refused("bad_vat_number", {"number": vat_id[:MAX_IDENTIFIER]})
    return replace(
        buyer,
        name=buyer.name.strip(),
        address=tuple(line.strip() for line in buyer.address if line.strip()),
        postcode=buyer.postcode.strip(),
        city=buyer.city.strip(),
        country=buyer.country.strip().upper(),
        vat_id=vat_id,
        siret=siret,
    )


def typed_buyer(name: str, street: str, town: str, country: str, number: str) -> Party:
    """Return a buyer from five fields: ``number`` is a SIRET or a VAT number, as it comes.

    ``town`` begins with the postcode; a comma parts lines of ``street``.
    """
    found = _TOWN.fullmatch(town.strip())
    postcode, city = (found[1], found[2]) if found else ("", town.strip())
    bare = _bare(number)
    is_siret = bare.isdecimal()
    return Party(
        name=name,
        address=tuple(line.strip() for line in street.split(",")),
        postcode=postcode,
        city=city,
        country=country,
        vat_id="" if is_siret else bare,
        siret=bare if is_siret else "",
    )


def _bare(number: str) -> str:
    return re.sub(r"[\s.\-]", "", number).upper()


def _is_siret(siret: str) -> bool:
    from stdnum.fr import siret as rules  # noqa: PLC0415 - see the head of this module

    return len(siret) == SIRET_DIGITS and bool(rules.is_valid(siret))


def _is_vat(vat_id: str) -> bool:
    """Tell whether a VAT number is one; of a country outside the Union only its form is known."""
    from stdnum.eu import vat  # noqa: PLC0415

    if not _FORM.fullmatch(vat_id):
        return False
    in_union = vat_id[:2].lower() in {"el", "xi", *vat.MEMBER_STATES}
    return bool(vat.is_valid(vat_id)) if in_union else True
