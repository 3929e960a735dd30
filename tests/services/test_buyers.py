"""Buyers as typed: towns taken apart, numbers held against their countries' rules."""

from __future__ import annotations

import pytest

from terminal.core.errors import Refused
from terminal.services.buyers import identified, typed_buyer


@pytest.mark.parametrize(
    ("town", "postcode", "city"),
    [
        ("69003 Lyon", "69003", "Lyon"),
        ("1012 AB Amsterdam", "1012 AB", "Amsterdam"),
        ("1000 Bruxelles", "1000", "Bruxelles"),
        ("L-1009 Luxembourg", "1009", "Luxembourg"),
        ("Dublin", "", "Dublin"),
    ],
)
def test_a_town_begins_with_its_postcode(town, postcode, city):
    buyer = typed_buyer("A", "1 rue B, Bâtiment C", town, "FR", "")
    assert (buyer.postcode, buyer.city) == (postcode, city)
    assert buyer.address == ("1 rue B", "Bâtiment C")


@pytest.mark.parametrize(
    ("number", "vat_id", "siret"),
    [
        ("732 829 320 00074", "", "73282932000074"),
        ("fr 83 404 833 048", "FR83404833048", ""),
        ("BE 0403.019.261", "BE0403019261", ""),
        ("DE136695976", "DE136695976", ""),
        ("NL004495445B01", "NL004495445B01", ""),
        ("CHE107787577", "CHE107787577", ""),
        ("", "", ""),
    ],
)
def test_one_field_takes_either_number(number, vat_id, siret):
    buyer = identified(typed_buyer("A", "1 rue B", "69003 Lyon", "FR", number))
    assert (buyer.vat_id, buyer.siret) == (vat_id, siret)
    assert buyer.is_business == bool(number)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("73282932000075", "bad_siret"),
        ("7328293200007", "bad_siret"),
        ("FR83404833049", "bad_vat_number"),
        ("BE0403019262", "bad_vat_number"),
        ("DE136695977", "bad_vat_number"),
        ("hello", "bad_vat_number"),
    ],
)
def test_a_number_with_a_wrong_figure_is_refused(number, code):
    refused = identified(typed_buyer("A", "1 rue B", "69003 Lyon", "FR", number))
    assert isinstance(refused, Refused)
    assert refused.code == code
