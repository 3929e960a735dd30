"""Labels of articles in the shop's legal language: for shelves, and for goods that were weighed."""

from __future__ import annotations

import logging

from drivers.errors import DriverError
from drivers.label.base import MAX_COPIES, Label, LabelPrinter, Printed
from drivers.label.layouts import ShelfWords, WeighedWords, shelf_label, weighed_label
from terminal.config import Config
from terminal.core.barcode import Measure, VariableScheme
from terminal.core.errors import Refused
from terminal.core.items import Article, Unit
from terminal.core.limits import MAX_WEIGHT_G
from terminal.core.money import round_half_away
from terminal.core.numbering import check_digit, is_digits
from terminal.devices.host import DeviceHost
from terminal.services.checkout import schemes_of
from terminal.words import Words

log = logging.getLogger(__name__)

PRINT_S = 15.0
"""For labels to come out; what takes longer is not confirmed, and goes on."""
_CONTENTS = (("content_g", "label.per_kilogram"), ("content_ml", "label.per_litre"))
"""Attribute of an article that says what is in a piece, and how its unit price is written."""


class Labels:
    """Makes labels of articles."""

    def __init__(self, config: Config) -> None:
        shop = config.shop
        self._timezone = shop.timezone
        self._schemes = schemes_of(config.barcodes)
        self._words = Words(shop.receipt_language, currency=shop.currency, timezone=shop.timezone)
        self._currency = shop.currency

    def of(self, article: Article, weight_g: int, at_ms: int) -> Label | Refused:
        """Return the label of a piece, or of ``weight_g`` of an article sold by weight."""
        if weight_g == 0:
            return self._shelf(article, at_ms)
        if article.unit is not Unit.KILOGRAM:
            return Refused("weight_not_allowed")
        if not 0 < weight_g <= MAX_WEIGHT_G:
            return Refused("weight_out_of_range", {"limit_g": MAX_WEIGHT_G})
        return self._weighed(article, weight_g, at_ms)

    def _shelf(self, article: Article, at_ms: int) -> Label:
        by_weight = article.unit is Unit.KILOGRAM
        price = self._money(article.price_minor)
        words = ShelfWords(
            name=article.label,
            brand=article.brand,
            price=price,
            unit_price=self._per("label.per_kilogram", article.price_minor)
            if by_weight
            else self._unit_price(article),
            code=article.code,
            note=self._words.format_date(at_ms, self._timezone),
        )
        return shelf_label(words)

    def _weighed(self, article: Article, weight_g: int, at_ms: int) -> Label:
        price_minor = round_half_away(article.price_minor * weight_g, 1000)
        words = WeighedWords(
            name=article.label,
            weight_title=self._words.text("label.weight"),
            weight=self._words.format_weight(weight_g),
            unit_price_title=self._words.text("label.unit_price"),
            unit_price=self._per("label.per_kilogram", article.price_minor),
            price_title=self._words.text("label.to_pay"),
            price=self._money(price_minor),
            code=in_store_code(self._schemes, article.code, weight_g, price_minor),
            note=self._words.format_date(at_ms, self._timezone),
        )
        return weighed_label(words)

    def _unit_price(self, article: Article) -> str:
        """The price per kilogram or litre, which the law wants beside the price (98/6/EC)."""
        for name, key in _CONTENTS:
            content = article.attribute(name)
            if is_digits(content) and int(content) > 0:
                per = round_half_away(1000 * article.price_minor, int(content))
                return self._per(key, per)
        return ""

    def _per(self, key: str, price_minor: int) -> str:
        return self._words.text(key, price_minor=price_minor)

    def _money(self, minor: int) -> str:
        return self._words.format_money(minor, self._currency)


def in_store_code(
    schemes: tuple[VariableScheme, ...], code: str, weight_g: int, price_minor: int
) -> str:
    """Return the in-store code that this shop's own table reads back; empty when it has none."""
    for scheme in schemes:
        value = {Measure.WEIGHT: weight_g, Measure.PRICE: price_minor}.get(scheme.kind)
        item = _item(scheme, code)
        if value is None or not item:
            continue
        if scheme.kind is Measure.WEIGHT:
            value, rest = divmod(value, 10 ** (3 - scheme.decimals))
            if rest:
                continue  # this scheme cannot say so many grams
        start, end = scheme.value
        figures = f"{value:0{end - start}}"
        if len(figures) != end - start or (scheme.kind is Measure.PRICE and scheme.decimals != 2):
            continue
        digits = list(scheme.prefix.ljust(scheme.length - 1, "0"))
        digits[slice(*scheme.item)] = item
        digits[start:end] = figures
        body = "".join(digits)
        return f"{body}{check_digit(body)}"
    return ""


def _item(scheme: VariableScheme, code: str) -> str:
    """Return the item digits under which the article is filed; empty when they do not fit."""
    start, end = scheme.item
    if not is_digits(code):
        return ""
    if scheme.matches(code) and int(code[slice(*scheme.value)]) == 0:
        return code[start:end]
    return code.zfill(end - start) if len(code) <= end - start else ""


async def print_label(
    printer: DeviceHost[LabelPrinter] | None, label: Label, copies: int
) -> Printed | Refused:
    """Print a label and say what the printer tells of it."""
    if printer is None:
        return Refused("no_such_device", {"device": "label"})
    if not 1 <= copies <= MAX_COPIES:
        return Refused("quantity_out_of_range", {"limit": MAX_COPIES})
    try:
        return await printer.call(lambda driver: driver.print_labels(label, copies, PRINT_S))
    except DriverError as error:
        log.warning("label not printed: %s", error)
        return Refused("device_failed")
