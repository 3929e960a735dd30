"""The sample receipts of the requirements, sold by the core itself: goods, valuation, payment.

Numbers, dates and figures are those of the samples; where a sample shows only its end, the goods
are ours.  One figure differs on purpose: of 450.89 the sample prints 375.75 + 75.14, the sum of
rounded lines, and this terminal 375.74 + 75.15, rounded once per receipt and rate (RCP-19).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from terminal.core import payment
from terminal.core.commands import (
    AddDeposit,
    GrantDiscount,
    SetPrice,
    TenderCard,
    TenderCash,
    TenderCheque,
    ValueSale,
)
from terminal.core.policy import Policy
from terminal.core.state import CardResult, Sale, TerminalState
from terminal.core.valued import Benefit, Coupon, Points
from tests.core.conftest import Terminal

ANABELLE = {"customer_name": "AVET ANABELLE", "customer_card": "1004"}
WELCOME = "Nous sommes contents de vous revoir, ANABELLE AVET."
SHOP = {
    "shop.name": "GENERIX Rennes-Cesson",
    "shop.address": "318 rue des Landelles;35510 Cesson-Sévigné",
    "shop.registration": "00390516486475",
    "receipt.customer_card": "whole",
}
"""Settings of the shop of the samples."""


def ms(text: str) -> int:
    """Return a UTC time, ``2021-09-06 10:05:02``, in milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def counter(sequence: int, at: str) -> Terminal:
    """Return a till whose next receipt has this sequence number, at this time."""
    state = TerminalState(last_receipt_sequence=sequence - 1, last_coupon=15_458)
    till = Terminal(Policy(till_number="0000", workstation="300101"), state, at_ms=ms(at))
    till.sign_on()
    return till


def sold(till: Terminal, token: str, at: str) -> Sale:
    """Return the completed sale with the code that the law's signature would give it."""
    return replace(till.sale, token=token, operator_name="", completed_at_ms=ms(at))


def gift(till: Terminal, line: int) -> None:
    till.sell(900, label="Trousse de secours", attributes=(("ref", "M0039"),))
    till.do(SetPrice(line, 0, "Opération commerciale"))


def of_150() -> Sale:
    """A gift, and a coupon for the next purchase."""
    till = counter(451, "2021-09-06 10:05:02")
    till.sell(15_000, label="Trampoline diamètre 300 cm", attributes=(("ref", "M0021"),))
    gift(till, 2)
    coupon = Coupon(
        1500,
        "Utilisez ce coupon de remise lors de votre prochain achat.",
        "2021-09-06",
        "2021-12-05",
        "Ce coupon est valable 3 mois à partir de sa date d'émission, et correspond à 10 % de vos "
        "achats dans le rayon jeux présents dans le ticket de son émission.",
    )
    till.do(ValueSale("hub", **ANABELLE, coupons=(coupon,), message=WELCOME))
    till.do(TenderCash(15_000))
    return sold(till, "qRpk", "2021-09-06 10:05:02")


def of_8() -> Sale:
    """A discount on a line, a gift, and a coupon redeemed at the foot."""
    till = counter(454, "2021-09-07 08:49:01")
    till.sell(1500, label="Tablier radis", attributes=(("ref", "M0035"),))
    till.do(GrantDiscount(1, None, 200, "Fidélité"))
    gift(till, 2)
    till.do(GrantDiscount(None, None, 500, "Fidélité", "330000000000027272"))
    till.do(ValueSale("hub", **ANABELLE, message=WELCOME))
    till.do(TenderCash(800))
    return sold(till, "Jkct", "2021-09-07 08:49:01")


def of_239() -> Sale:
    """Properties under the articles, and eco-participation that the price includes."""
    till = counter(453, "2021-09-07 08:28:02")
    till.sell(
        9900, label="Console XBOX 360 4Go Kinect", attributes=(("ref", "M0026"), ("eco", "20"))
    )
    till.sell(15_000, label="Salon de jardin Brugge", attributes=(("ref", "M0001"), ("eco", "520")))
    till.do(GrantDiscount(2, 1000, None, "Opération commerciale"))
    till.sell(
        500,
        label="Tong Temax Vert T. 29/30",
        attributes=(("ref", "A003006"), ("colour", "Vert"), ("size", "29/30")),
    )
    gift(till, 4)
    till.do(ValueSale("hub", **ANABELLE, message=WELCOME))
    till.do(TenderCash(23_900))
    return sold(till, "81nU", "2021-09-07 08:28:02")


def of_450() -> Sale:
    """Eleven articles, and the customer's points."""
    till = counter(442, "2021-08-31 08:07:02")
    for price, label, reference in (
        (15_000, "Salon de jardin Brugge", "M0001"),
        (15_000, "Trampoline diamètre 300 cm", "M0021"),
        (9900, "Console XBOX 360 4Go Kinect", "M0026"),
        (1500, "Tablier radis", "M0035"),
        (1290, "Crème solaire 50+", "M0041"),
        (1290, "Crème solaire 50+", "M0041"),
        (799, "Serviette de plage", "M0044"),
        (430, "Ballon", "M0047"),
        (250, "Seau et pelle", "M0048"),
        (130, "Moulin à vent", "M0049"),
    ):
        till.sell(price, label=label, attributes=(("ref", reference),))
    gift(till, 11)
    till.do(GrantDiscount(None, None, 500, "Fidélité"))
    points = Points(542, -300, 16_506, ms("2021-09-07 08:47:00"), "2033-09-06")
    till.do(ValueSale("hub", **ANABELLE, points=points, message=WELCOME))
    till.do(TenderCash(45_089))
    return sold(till, "OfmG", "2021-08-31 08:07:02")


BENEFITS = (
    *(
        Benefit("discounts", label, "amount", amount)
        for label, amount in (
            ("Rem 2€ sur Tablier Radis", -200),
            ("-10% sur le rayon Mobilier", -3200),
            ("La 3ème crème solaire à 1 €", -900),
            ("Bain de soleil à 39 € si salon de jardin", -9000),
            ("Coupon n°33000000000018188", -1000),
            ("Echangez 50 pts contre 5 €", -500),
        )
    ),
    *(
        Benefit("points", label, "points", count)
        for label, count in (
            ("Les articles de jardin donnent des points", 50),
            ("1 € dépensé = 1 pt de Fidélité", 360),
            ("Echangez 50 pts contre 5 €", -50),
            ("1 cadeau contre 200 pts", -200),
        )
    ),
    Benefit("gifts", "1 cadeau au choix parmi ...", text="M0007"),
    Benefit("gifts", "Trousse de secours offerte", text="M0039"),
    Benefit("coupons", "Coupon n°33000000000018225"),
    Benefit("coupons", "Coupon n°33000000000018188"),
    Benefit("events", "Cumulez dans votre cagnotte", "amount", 1803),
    Benefit("events", "Votre fidélité remplit votre cagnotte !", "amount", 36_000),
)
"""A selection of the sample's rows; RCP-16: negative points, pots, a coupon without a discount."""


def of_benefits() -> Sale:
    """Every part of the benefits section, and points."""
    till = counter(469, "2020-11-09 08:00:49")
    till.sell(36_000, label="Salon de jardin Brugge", attributes=(("ref", "M0001"),))
    points = Points(140, -10, 1234, ms("2020-11-09 16:03:00"), "2021-12-31")
    till.do(
        ValueSale(
            "hub", "DUBOIS Coralie", "1234", points, BENEFITS,
            message="Bonjour Mme DUBOIS. Nous sommes contents de vous revoir.",
        )
    )  # fmt: skip
    till.do(TenderCash(36_000))
    return sold(till, "AWZQ", "2020-11-09 08:00:49")


def of_cards() -> Sale:
    """A deposit, durable goods, a cheque, and a card slip made of what the terminal said."""
    till = counter(470, "2020-06-19 10:09:31")
    till.do(AddDeposit("7288367524644618", 1000))
    till.sell(
        49_900,
        label="Réfrigérateur combiné 300 L",
        attributes=(("ref", "F300"), ("durable", "2"), ("eco", "1666")),
    )
    till.do(TenderCheque(1000, "765 432"))
    till.do(TenderCard(49_900, "30004"))
    attempt = till.send()
    card = CardResult(
        approval_code="20F608", poi_transaction_id="000443", terminal_id="30004", brand="CB",
        last4="1234", entry_mode="contactless", aid="A0000000421010",
    )  # fmt: skip
    till.record(
        payment.approve(
            till.state, attempt, amount_minor=49_900, acked=True, card=card, policy=till.policy
        )
    )
    return sold(till, "pYyV", "2020-06-19 10:09:31")


SALES: Mapping[str, Callable[[], Sale]] = {
    "450.89": of_450,
    "239.00": of_239,
    "150.00": of_150,
    "8.00": of_8,
    "benefits": of_benefits,
    "cards": of_cards,
}
