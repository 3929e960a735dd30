"""Labels of articles: their words, prices and codes; and the printer from the counter."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Health
from drivers.label.base import Barcode, Label, Text
from terminal.config import defaults, with_settings
from terminal.core.barcode import Measure, VariableScheme, read
from terminal.core.errors import Refused
from terminal.core.items import Article, Unit
from terminal.services.checkout import schemes_of
from terminal.services.labels import Labels, in_store_code
from tests.flows.power import switched_on
from tests.services.money import FLOUR

AT_MS = 1_785_196_800_000
FLOUR_BAG = Article(FLOUR, "Farine de blé", "Carrefour", "Bio", 250, 550)
BANANAS = Article("4011", "Bananes", "", "Fruits", 199, 550, Unit.KILOGRAM)
SCHEMES = schemes_of(defaults().barcodes)


def words_on(label: Label) -> list[str]:
    """Return what a person reads, codes in brackets; plain spaces."""
    said = []
    for field in label.fields:
        if isinstance(field, Text) and field.text:
            said.append(field.text.replace("\u00a0", " "))
        elif isinstance(field, Barcode):
            said.append(f"[{field.kind} {field.data}]")
    return said


def labels(language: str = "fr") -> Labels:
    return Labels(with_settings(defaults(), {"shop.receipt_language": language}))


@pytest.mark.parametrize(
    ("article", "weight_g", "language", "said"),
    [
        (
            FLOUR_BAG,
            0,
            "fr",
            ["Farine de blé", "Carrefour", "2,50 €", f"[ean13 {FLOUR}]", "28/07/2026"],
        ),
        (
            replace(FLOUR_BAG, attributes=(("content_g", "750"),)),
            0,
            "de",
            ["Farine de blé", "Carrefour", "2,50 €", "3,33 €/kg", f"[ean13 {FLOUR}]", "28.07.2026"],
        ),
        (
            Article("WINE", "Bordeaux", "", "", 690, 2000, attributes=(("content_ml", "750"),)),
            0,
            "en",
            ["Bordeaux", "€6.90", "€9.20/l", "[code128 WINE]", "28/07/2026"],
        ),
        (BANANAS, 0, "fr", ["Bananes", "1,99 €", "1,99 €/kg", "[code128 4011]", "28/07/2026"]),
        (
            BANANAS,
            842,
            "nl",
            [
                *("Bananes", "Gewicht", "0,842 kg", "Prijs per kg", "€ 1,99/kg", "Te betalen"),
                *("€ 1,68", "[ean13 0204011001685]", "28-07-2026"),
            ],
        ),
    ],
)
def test_a_label_says_all_that_a_shopper_must_know(article, weight_g, language, said):
    label = labels(language).of(article, weight_g, AT_MS)
    assert isinstance(label, Label)
    assert words_on(label) == said


@pytest.mark.parametrize(
    ("article", "weight_g", "code"),
    [
        (FLOUR_BAG, 100, "weight_not_allowed"),
        (BANANAS, -1, "weight_out_of_range"),
        (BANANAS, 100_000, "weight_out_of_range"),
    ],
)
def test_a_weight_that_cannot_be_is_refused(article, weight_g, code):
    refused = labels().of(article, weight_g, AT_MS)
    assert isinstance(refused, Refused)
    assert refused.code == code


@given(st.integers(1, 99_999), st.integers(1, 99_999), st.sampled_from(list(Measure)))
def test_a_code_on_a_label_reads_back_as_what_was_weighed(number, value, kind):
    """What the till scans later is the article, with that weight or that price."""
    decimals = 3 if kind is Measure.WEIGHT else 2
    schemes = (VariableScheme("23", (2, 7), (7, 12), kind, decimals),)
    code = in_store_code(schemes, str(number), value, value)
    if kind is Measure.QUANTITY:
        assert code == ""
        return
    reading = read(code, "]E0", schemes)
    assert not isinstance(reading, Refused)
    assert str(number) in reading.candidates
    assert (reading.weight_g or reading.price_minor) == value


@pytest.mark.parametrize(
    ("code", "weight_g", "price_minor", "made"),
    [
        ("12345", 842, 168, "0212345001684"),
        ("0212345000001", 842, 168, "0212345001684"),
        ("0212345000018", 842, 168, ""),
        ("123456", 842, 168, ""),
        ("SAC", 842, 168, ""),
        ("12345", 842, 123_456, "2112345008424"),
    ],
)
def test_an_article_without_a_place_in_the_table_gets_no_code(code, weight_g, price_minor, made):
    assert in_store_code(SCHEMES, code, weight_g, price_minor) == made


def played(story, data):
    async def play():
        async with switched_on(data) as till:
            await story(till)

    asyncio.run(play())


def test_a_label_is_printed_from_the_counter(bare_shop):
    async def story(till):
        assert await till.refused("label", code=FLOUR) == "not_signed_on"
        await till.ok("sign_on", operator="1", pin="1111")
        answer = await till.ok("label", code=FLOUR, copies=2)
        assert (answer.found["label"], answer.events) == ("printed", ())
        seen = till.knob("label", "look")
        assert seen["printed"] == 2
        assert "Farine de blé Type 65 Bio" in seen["last"]
        till.knob("label", "paper_out")
        await till.until(lambda: till.running.hub.label.status.health is Health.BLOCKED)
        assert till.running.hub.statuses()["label"].reasons[0] == "paper_out"
        assert (await till.ok("label", code=FLOUR)).found["label"] == "waiting"
        till.knob("label", "refill")
        assert till.knob("label", "look")["printed"] == 3
        till.knob("label", "unplug")
        assert await till.refused("label", code=FLOUR) == "device_failed"
        await till.ok("scan", code=FLOUR)

    played(story, bare_shop.create("devices.label_printer=sim:label").data)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "nothing"}, "unknown_code"),
        ({"code": FLOUR, "copies": 0}, "quantity_out_of_range"),
        ({"code": FLOUR, "copies": 501}, "quantity_out_of_range"),
        ({"code": FLOUR, "weight_g": 5}, "weight_not_allowed"),
    ],
)
def test_what_cannot_be_labelled_is_refused(bare_shop, fields, code):
    async def story(till):
        await till.ok("sign_on", operator="1", pin="1111")
        assert await till.refused("label", **fields) == code

    played(story, bare_shop.create("devices.label_printer=sim:label").data)


def test_a_shop_without_a_label_printer_says_so(shop):
    async def story(till):
        await till.ok("sign_on", operator="1", pin="1111")
        assert await till.refused("label", code=FLOUR) == "no_such_device"

    played(story, shop.data)
