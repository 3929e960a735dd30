"""From a scanned or typed code to a command: read it, find the article, fill in the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from terminal.barcode_settings import BarcodeScheme
from terminal.core.barcode import Measure, Reading, VariableScheme, read
from terminal.core.commands import AddItem
from terminal.core.errors import Refused
from terminal.core.items import Article, Unit
from terminal.core.weighing import TYPED, Weighed
from terminal.services.requests import Scan, TakeBack, Weigh


class Articles(Protocol):
    """Where articles are looked up: the catalogue in force."""

    def find_first(self, candidates: tuple[str, ...]) -> Article | None: ...


class Checkout:
    """Resolves codes against the catalogue and the shop's table of in-store codes."""

    def __init__(
        self,
        articles: Articles,
        schemes: tuple[VariableScheme, ...],
        business_date: Callable[[], str],
    ) -> None:
        self._articles = articles
        self._schemes = schemes
        self._business_date = business_date

    def scan(self, request: Scan) -> AddItem | Refused:
        """Resolve a scanned code into the line it means."""
        if request.too_long:
            return Refused("code_too_long")
        found = self._resolve(request.code, request.aim)
        if isinstance(found, Refused):
            return found
        article, reading = found
        if reading.expires and reading.expires < self._business_date():
            return Refused("article_expired", {"label": article.label, "date": reading.expires})
        return AddItem(
            code=request.code.strip(),
            article=article,
            quantity=reading.count or 1,
            weight_g=(reading.weight_g or 0) if article.unit is Unit.KILOGRAM else 0,
            price_minor=reading.price_minor,
            source="list" if reading.price_minor is None else "embedded",
        )

    def weigh(self, request: Weigh) -> AddItem | Refused:
        """Resolve an article lying on the scale; without a typed weight it has none yet."""
        found = self._resolve(request.code, "")
        if isinstance(found, Refused):
            return found
        article, code = found[0], request.code.strip()
        if request.weight_g is not None:
            return AddItem(code, article, weight_g=request.weight_g, weighed=Weighed(TYPED))
        if article.unit is not Unit.KILOGRAM:
            return Refused("weight_not_allowed")
        return AddItem(code, article)

    def take_back(self, request: TakeBack) -> AddItem | Refused:
        """Resolve an article that a customer brings back."""
        found = self._resolve(request.code, "")
        if isinstance(found, Refused):
            return found
        return AddItem(
            code=request.code.strip(),
            article=found[0],
            quantity=request.quantity,
            weight_g=request.weight_g,
            is_return=True,
            reason=request.reason,
            weighed=Weighed(TYPED) if request.weight_g else None,
        )

    def article(self, code: str) -> Article | Refused:
        """Find the article of a code, or say why there is none."""
        found = self._resolve(code, "")
        return found if isinstance(found, Refused) else found[0]

    def _resolve(self, code: str, aim: str) -> tuple[Article, Reading] | Refused:
        reading = read(code, aim, self._schemes)
        if isinstance(reading, Refused):
            return reading
        article = self._articles.find_first(reading.candidates)
        if article is None:
            return Refused(reading.refusal, {"code": code.strip()[:32]})
        return article, reading.measured_as(article.code)


def schemes_of(rows: tuple[BarcodeScheme, ...]) -> tuple[VariableScheme, ...]:
    """Return the shop's table of in-store codes, as configured, in the core's terms."""
    return tuple(
        VariableScheme(
            prefix=row.prefix,
            item=(row.item_start, row.item_start + row.item_length),
            value=(row.value_start, row.value_start + row.value_length),
            kind=Measure(row.kind),
            decimals=row.decimals,
            length=row.length,
        )
        for row in rows
    )
