"""What a hand-made world is made of, and a shop with a few articles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from terminal.core.items import Article, Unit
from terminal.core.state import Discount, Line, Sale, SaleStatus, Tender, TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.surroundings import DeviceStatus, Surroundings
from terminal.services.scale_reading import ScaleReading

NOW_MS = 1_631_090_732_000
"""8 September 2021, 10:45:32 in Paris: the moment of the sample receipts."""

ARTICLES = (
    Article("3266980018276", "Cordon bleu de dinde", "Le Gaulois", "Charcuterie", 349, 550),
    Article("5410188031072", "Gazpacho original", "Alvalle", "Boissons", 249, 550),
    Article("4011", "Bananes", "", "Fruits et légumes", 199, 550, Unit.KILOGRAM),
    Article("2000000000015", "Tablier radis", "Maison Reprise", "Textile", 1500, 2000),
    Article("3175680011480", "Petit beurre aux céréales complètes et pépites de chocolat noir",
            "Gerblé", "Biscuits", 289, 550),
    Article("3760152700704", "Gressins sarrasin bio", "Aglina", "Bio", 179, 550),
    Article("3033710074365", "Lait demi-écrémé 6 × 1 L", "Lactel", "Crèmerie", 684, 550),
    Article("3256220126502", "Côtes-du-rhône 2019", "Cellier des Dauphins", "Vins et alcools",
            695, 2000, minimum_age=18),
    Article("4131", "Pommes Fuji", "", "Fruits et légumes", 279, 550, Unit.KILOGRAM),
    Article("4065", "Poivrons verts", "", "Fruits et légumes", 349, 550, Unit.KILOGRAM),
    Article("4664", "Tomates", "", "Fruits et légumes", 299, 550, Unit.KILOGRAM),
    Article("3250390005974", "Croissants au beurre × 8", "Chabrior", "Viennoiserie", 245, 550),
)  # fmt: skip
DEPARTMENTS = (
    "Fruits et légumes", "Viennoiserie", "Bio", "Biscuits", "Boissons", "Crèmerie", "Surgelés",
    "Vins et alcools",
)  # fmt: skip

READINGS = (
    ScaleReading("stable", "4131", 842, 235, 12, can_zero=True),
    ScaleReading("unstable", "4131", can_zero=True),
    ScaleReading("zero", "4131", can_zero=True),
    ScaleReading("same_weight", "4131"),
    ScaleReading("overweight", "4131"),
    ScaleReading(),
)
"""What a scale may say of apples at 2.79 the kilogram."""


def shop(**changes: object) -> Surroundings:
    """Return a shop where everything works."""
    ready = {name: DeviceStatus() for name in ("printer", "scanner", "drawer", "poi")}
    whole = Surroundings(
        shop_name="Maison Reprise",
        till_name="3001",
        departments=DEPARTMENTS,
        devices=ready,
        now_ms=NOW_MS,
        business_date="2021-09-08",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class World:
    """One state of the terminal, the desk and what is around, and the screen it must show."""

    name: str
    state: TerminalState
    desk: Desk = field(default_factory=Desk)
    surroundings: Surroundings = field(default_factory=shop)
    route: str = ""


def line(n: int, article: Article, quantity: int = 1, weight_g: int = 0, **changes: object) -> Line:
    """Return a line of an article."""
    sold = Line(
        n, "article", article.code, article.code, article.label, article.brand,
        article.department, quantity, weight_g, article.price_minor, article.price_minor,
        article.vat_rate_bp, article.attributes, article.minimum_age,
    )  # fmt: skip
    return replace(sold, **changes)  # type: ignore[arg-type]


def sale(*lines: Line, status: SaleStatus = SaleStatus.OPEN, **changes: object) -> Sale:
    """Return a sale with these lines, the last one selected."""
    whole = Sale(
        "s1", 1036, status, "EUR", "1", "Pierre", "", NOW_MS - 240_000, "2021-09-08",
        lines=lines, selected=len(lines),
    )  # fmt: skip
    return replace(whole, **changes)  # type: ignore[arg-type]


def basket_lines() -> tuple[Line, ...]:
    """Return the four lines of the usual basket: 20.66."""
    a = ARTICLES
    return (
        line(1, a[3]),
        line(2, a[2], weight_g=842),
        line(3, a[1], 2),
        line(4, a[0]),
    )


def basket_sale(status: SaleStatus = SaleStatus.OPEN, *tenders: Tender, **changes: object) -> Sale:
    """Return the usual basket: a line discount each on the first and the last line."""
    discounts = (
        Discount(1, 1, 0, 200, "Fidélité"),
        Discount(2, 4, 0, 249, "3e à 1 €"),
    )
    return sale(*basket_lines(), status=status, discounts=discounts, tenders=tenders, **changes)
