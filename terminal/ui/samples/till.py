"""The till's worlds, one per thing an operator may see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

from terminal.core.items import Article, Unit
from terminal.core.returned import ReceiptLine, ReceiptOffer
from terminal.core.state import (
    CardResult,
    Discount,
    Line,
    Notice,
    Operator,
    PaymentAttempt,
    PaymentState,
    PrintJob,
    PrintState,
    Sale,
    SaleStatus,
    Tender,
    TenderStatus,
    TerminalState,
)
from terminal.presenters.desk import Desk, Entry
from terminal.presenters.surroundings import DeviceStatus, Surroundings
from terminal.presenters.till import routes
from terminal.services.delivery_offer import DeliveryOffer
from terminal.services.restarting import RestartView
from terminal.services.scale_reading import ScaleReading
from terminal.ui.samples.closures import books_worlds
from terminal.ui.samples.commissioning import commissioning_worlds
from terminal.ui.samples.devices import LINE, pages
from terminal.ui.samples.own_pin import own_pin_worlds
from terminal.ui.samples.service import PAGES
from terminal.ui.samples.world import ARTICLES, NOW_MS, READINGS, World, line, sale, shop

PIERRE = Operator("1", "Pierre", "cashier")
SUPERVISOR = Operator("9", "Claire", "supervisor")
RECEIPT = "820030010000004514"
GOODS = (
    Article("5030917077418", "Console XBOX 360 4Go Kinect", "Microsoft", "Jeux vidéo", 9900, 2000,
            attributes=(("ref", "A001204"), ("eco", "20"))),
    Article("8712345670016", "Salon de jardin Brugge", "Hespéride", "Jardin", 15_000, 2000,
            attributes=(("ref", "A002871"), ("eco", "520"))),
    Article("3700000030066", "Tong Temax Vert T. 29/30", "Temax", "Chaussures", 500, 2000,
            attributes=(("ref", "A003006"), ("colour", "Vert"), ("size", "29/30"))),
    Article("3700000040119", "Trousse de secours", "Mercurochrome", "Hygiène", 1290, 2000,
            attributes=(("ref", "A004011"),)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """A row of the list of receipts."""

    receipt_number: str
    ended_at_ms: int
    total_minor: int
    currency: str = "EUR"


def till(**changes: object) -> Surroundings:
    """Return a till where everything works."""
    return shop(role="till", **changes)


def world(name: str, state: TerminalState, route: str, desk: Desk | None = None,
          **around: object) -> World:  # fmt: skip
    return World(name, state, desk or Desk(), till(**around), route)


def goods_sale(status: SaleStatus = SaleStatus.OPEN, *tenders: Tender, **changes: object) -> Sale:
    """Return the sale of the reference receipt: 239.00."""
    a, b, c, d = GOODS
    gift = good(4, d, unit_price_minor=0, price_reason="Opération commerciale")
    whole = sale(
        good(1, a), good(2, b), good(3, c), gift,
        status=status, discounts=(Discount(1, 2, 1000, 0, "Fin de saison"),), tenders=tenders,
        selected=3,
    )  # fmt: skip
    return replace(whole, **changes)  # type: ignore[arg-type]


def busy_sale() -> Sale:
    """Return a sale with everything that a line can be."""
    a, b, c, d = GOODS
    lines = (
        good(1, a),
        line(2, ARTICLES[2], weight_g=842),
        good(3, c, void=True),
        good(4, b, quantity=-1, return_reason="Ne convient pas"),
        line(5, ARTICLES[4], 12),
        good(6, d, unit_price_minor=0, price_reason="Offert"),
        line(7, ARTICLES[7], 6),
        line(8, ARTICLES[1], 2, unit_price_minor=199, price_reason="Erreur d’étiquette"),
    )
    discounts = (
        Discount(1, 1, 1000, 0, "Geste commercial"),
        Discount(2, 5, 0, 300, "Date courte"),
        Discount(3, 0, 0, 500, "Bon d’anniversaire"),
    )
    return sale(*lines, discounts=discounts, selected=5, salesperson_id="14")


def signed_on(sale_: Sale | None = None, **changes: object) -> TerminalState:
    whole = TerminalState(operator=PIERRE, sale=sale_, running=True)
    return replace(whole, **changes)  # type: ignore[arg-type]


def attempt(state: PaymentState, amount_minor: int = 23_900) -> PaymentAttempt:
    return PaymentAttempt(
        "s1-1", "s1", 1, 7, "SIM00001", "payment", amount_minor, "EUR", "0000000007", state,
        NOW_MS - 14_000, NOW_MS - 13_000, reason="connection_lost",
    )  # fmt: skip


def good(n: int, article: Article, quantity: int = 1, **changes: object) -> Line:
    """Return a line of an article that has a reference of its own."""
    plain = replace(line(n, article, quantity), reference=article.attribute("ref"))
    return replace(plain, **changes)  # type: ignore[arg-type]


def memory(**values: str) -> MappingProxyType[str, str]:
    return MappingProxyType(values)


def worlds() -> tuple[World, ...]:
    """Return every world of the till, in the order of a day."""
    return (
        *_starting(),
        *_selling(),
        *_dialogs(),
        *_paying(),
        *_troubles(),
        *_devices(),
        *commissioning_worlds(signed_on(), till),
        *own_pin_worlds(),
        *books_worlds(signed_on()),
        world("training", signed_on(goods_sale()), routes.SALE, training=True),
        world("training-sign-on", TerminalState(), routes.SIGN_ON, training=True),
        world("training-leave", signed_on(), routes.SALE, Desk(overlay="operator"), training=True),
    )


def _starting() -> tuple[World, ...]:
    locked = replace(TerminalState(), failed_sign_ons={"1": (5, NOW_MS - 18_000)})
    pin = Desk(entry=Entry("pin", "11", 12, digits=True), memory=memory(operator="1"))
    return (
        world("sign-on", TerminalState(), routes.SIGN_ON),
        world("sign-on-pin", replace(TerminalState(), sale=goods_sale()), routes.SIGN_ON, pin),
        world("sign-on-locked", locked, routes.SIGN_ON, replace(pin, entry=Entry("pin", "", 12))),
    )


def _selling() -> tuple[World, ...]:
    long = sale(*(line(n, ARTICLES[n % len(ARTICLES)], 1 + n % 3) for n in range(1, 61)))
    parked = {"s9": replace(goods_sale(), sale_id="s9", status=SaleStatus.PARKED)}
    return (
        world("sale-empty", signed_on(), routes.SALE),
        world("sale", signed_on(goods_sale()), routes.SALE),
        world("sale-busy", signed_on(busy_sale()), routes.SALE),
        world("sale-long", signed_on(long), routes.SALE),
        world(
            "sale-ticket", signed_on(busy_sale(), parked=parked), routes.SALE, Desk(tab="ticket")
        ),
        world("sale-customer", signed_on(goods_sale()), routes.SALE, Desk(tab="customer")),
        world("sale-cancelled", signed_on(goods_sale(SaleStatus.CANCELLED)), routes.SALE),
    )


def _dialogs() -> tuple[World, ...]:
    state = signed_on(busy_sale(), parked=_parked())
    kilo = replace(ARTICLES[8], unit=Unit.KILOGRAM)
    digits = {"digits": True}
    desks = {
        "quantity": Desk(entry=Entry("quantity", "3", 4, **digits), memory=memory(line="1")),
        "price": Desk(entry=Entry("price", "8900", 8, **digits),
                      memory=memory(line="1", reason="Prix promis")),
        "discount": Desk(entry=Entry("amount", "15", 3, **digits),
                         memory=memory(line="1", mode="percent")),
        "discount-reason": Desk(entry=Entry("reason", "Sac déchiré", 60),
                                memory=memory(line="0", mode="value", amount="500")),
        "weigh": Desk(entry=Entry("weight", "842", 5, **digits), weighing=kilo),
        "weigh-which": Desk(entry=Entry("code", "4131", 20, **digits)),
        "return": Desk(entry=Entry("code", "3700000030066", 20, **digits),
                       memory=memory(reason="Échange")),
        "info": Desk(memory=memory(line="5")),
        "search": Desk(entry=Entry("search", "po"), found=ARTICLES),
        "search-empty": Desk(entry=Entry("search", "")),
        "parked": Desk(),
        "receipts": Desk(receipts=tuple(
            Receipt(f"82003001000000{45 + n:02}1{n}", NOW_MS - n * 911_000, 1990 + n * 1377)
            for n in range(9)
        )),
        "invoice": Desk(entry=Entry("town", "69003 Ly", 60), memory=memory(
            receipt=RECEIPT, total="239,00 €", buyer="Atelier Martin",
            street="12 avenue de la Gare", country="FR", number="")),
        "voucher": Desk(entry=Entry("amount", "5000", 8, **digits)),
        "redeem": Desk(entry=Entry("credit", "98042713000000012", 80)),
        "cancel": Desk(entry=Entry("reason", "", 60)),
        "park": Desk(entry=Entry("label", "Dame au manteau rouge", 40)),
        "salesperson": Desk(entry=Entry("seller", "14", 8, **digits)),
        "deposit": Desk(entry=Entry("document", "CMD-2021-0914", 40),
                        memory=memory(amount="5000")),
        "drawer": Desk(entry=Entry("reason", "", 60)),
        "cheque": Desk(entry=Entry("number", "0042713", 20, **digits),
                       memory=memory(amount="23900")),
        "operator": Desk(),
    }  # fmt: skip
    plain = tuple(
        world(f"form-{name}", state, routes.SALE, replace(desk, overlay=name.partition("-")[0]))
        for name, desk in desks.items()
    )
    return (*plain, *_scales(state, desks["weigh"]))


def _scales(state: TerminalState, desk: Desk) -> tuple[World, ...]:
    """Return what the scale may say of the article that is put on it."""
    weighing = replace(desk, overlay="weigh")
    by_hand = replace(weighing, memory=memory(by_hand="1"))
    return (
        *(
            world(f"form-scale-{reading.state}", state, routes.SALE, weighing, scale=reading)
            for reading in READINGS
        ),
        world("form-scale-by-hand", state, routes.SALE, by_hand, scale=READINGS[0]),
        world("form-scale-gone-by-hand", state, routes.SALE, by_hand, scale=ScaleReading()),
    )


def _parked() -> dict[str, Sale]:
    first = replace(goods_sale(), sale_id="s9", label="Dame au manteau rouge")
    second = replace(busy_sale(), sale_id="s8", ordinal=1031)
    return {
        whole.sale_id: replace(
            whole, status=SaleStatus.PARKED, parked_at_ms=NOW_MS - 700_000 * (n + 1)
        )
        for n, whole in enumerate((first, second))
    }


def _paying() -> tuple[World, ...]:
    tendering = SaleStatus.TENDERING
    typing = Desk(panel=routes.TENDER, entry=Entry("amount", "25000", 8, digits=True))
    pending = Tender(1, "card", 23_900, TenderStatus.PENDING, attempt_id="s1-1")
    unknown = replace(pending, status=TenderStatus.UNKNOWN, reason="connection_lost")
    card = CardResult("A00042", "T-42", "SIM00001", "CB", "4242")
    mixed = (
        Tender(1, "card", 10_000, TenderStatus.DECLINED, reason="declined"),
        Tender(2, "card", 10_000, TenderStatus.BOOKED, card=card, attempt_id="s1-2"),
        Tender(3, "cheque", 5000, TenderStatus.BOOKED, number="0042713"),
        Tender(4, "cash", 2000, TenderStatus.BOOKED),
    )
    refused = (Tender(1, "card", 23_900, TenderStatus.DECLINED, reason="declined"),)
    cash = (Tender(1, "cash", 25_000, TenderStatus.BOOKED),)
    done = goods_sale(
        SaleStatus.COMPLETED, *cash, receipt_number=RECEIPT, total_minor=23_900,
        change_minor=1100, completed_at_ms=NOW_MS,
    )  # fmt: skip
    by_card = replace(done, tenders=(replace(mixed[1], amount_minor=23_900),), change_minor=0)
    sending, doubt = attempt(PaymentState.SENDING), attempt(PaymentState.UNKNOWN)
    resolving = Desk(
        overlay="resolve", entry=Entry("evidence", "Ticket 000042, 10:45", 120),
        memory=memory(outcome="paid"),
    )  # fmt: skip
    approving = Desk(panel=routes.TENDER, entry=Entry("approval", "a00042", 12))
    in_doubt = signed_on(goods_sale(tendering, unknown), attempts={"s1-1": doubt})
    on_card = signed_on(goods_sale(tendering, pending), attempts={"s1-1": sending})
    return (
        world("tender", signed_on(goods_sale()), routes.TENDER, replace(typing, entry=Entry())),
        world("tender-typed", signed_on(goods_sale()), routes.TENDER, typing),
        world("tender-mixed", signed_on(goods_sale(tendering, *mixed)), routes.TENDER, typing),
        world("tender-declined", signed_on(goods_sale(tendering, *refused)), routes.TENDER),
        world("paying", on_card, routes.PAYING, progress=("pin", "")),
        world("paying-typed", on_card, routes.PAYING, approving, typed_result=True),
        world("paying-typed-empty", on_card, routes.PAYING, typed_result=True),
        world("paying-recovering", replace(on_card, operator=None), routes.PAYING, recovering=True),
        world("unknown", in_doubt, routes.UNKNOWN),
        world("unknown-resolve", in_doubt, routes.UNKNOWN, resolving),
        world("unknown-override", replace(in_doubt, operator=PIERRE), routes.UNKNOWN, Desk(
            blocked=None, overlay="override", entry=Entry("pin", "9999", 12, digits=True),
            memory=memory(operator="9"))),
        world("done-change", signed_on(done), routes.DONE),
        world("done-card", signed_on(by_card), routes.DONE),
        world("done-on-request", signed_on(by_card), routes.DONE, paper_on_request=True),
        *_receipts(done),
    )  # fmt: skip


def _receipts(done: Sale) -> tuple[World, ...]:
    """Return a receipt that goes out in every way, and lines of one that come back."""
    digital = DeliveryOffer(
        ("link", "email", "both", "print", "none"),
        "http://192.168.1.20:8080/r/4514-Vv0pYwq1kq3mUoQhS8yX0oZJ7m2dWcTb",
    )
    silent, paper = signed_on(done), DeliveryOffer(("print", "email", "link", "none"), digital.link)
    mail = Desk(overlay="mail", entry=Entry("address", "camille.durand@exemple.fr", 254))
    bought = tuple(
        ReceiptLine(
            n,
            article.code,
            article.label,
            pieces,
            0,
            article.price_minor * pieces,
            2000,
            article.attribute("ref"),
            article.brand,
            article.department,
            already=back,
        )
        for n, (article, pieces, back) in enumerate(
            ((GOODS[0], 1, 0), (GOODS[1], 1, 1), (GOODS[2], 3, 1), (GOODS[3], 2, 0)), 1
        )
    )
    offer = ReceiptOffer(RECEIPT, NOW_MS - 9 * 86_400_000, "EUR", False, bought)
    choosing = Desk(
        overlay="receipt_return",
        receipt=offer,
        memory=memory(code="97531", line1="1", line3="2", reason="Échange"),
    )
    foreign = replace(choosing, receipt=replace(offer, foreign=True), memory=memory(code="97531"))
    return (
        world("done-digital", silent, routes.DONE, delivery=digital, paper_on_request=True),
        world("done-paper", silent, routes.DONE, delivery=paper),
        world("done-mail", silent, routes.DONE, mail, delivery=digital, paper_on_request=True),
        world("done-link", silent, routes.DONE, Desk(overlay="link"), delivery=digital,
              paper_on_request=True),
        world("form-receipt-return", signed_on(goods_sale()), routes.SALE, choosing),
        world("form-receipt-foreign", signed_on(), routes.SALE, foreign),
    )  # fmt: skip


def _troubles() -> tuple[World, ...]:
    notices = (
        Notice(1, "power_cut", {"lines": 4, "total_minor": 23_900}, NOW_MS - 9000),
        Notice(2, "payment_not_restored",
               {"tender": 1, "amount_minor": 23_900, "at_ms": NOW_MS - 60_000,
                "last_state": "sending"}, NOW_MS - 8000),
        Notice(3, "payment_unknown",
               {"amount_minor": 4500, "at_ms": NOW_MS - 600_000, "last_state": "unknown"},
               NOW_MS - 8000),
    )  # fmt: skip
    job = PrintJob(4, "receipt", "s1", RECEIPT, 0, "fr", PrintState.AMBIGUOUS)
    waiting = replace(job, state=PrintState.WAIT_PAPER)
    empty = dict(till().devices) | {"printer": DeviceStatus("blocked", ("paper_out",))}
    gone = dict(till().devices) | {"poi": DeviceStatus("absent", ("unplugged",))}
    done = goods_sale(
        SaleStatus.COMPLETED, Tender(1, "cash", 23_900, TenderStatus.BOOKED),
        receipt_number=RECEIPT, total_minor=23_900,
    )  # fmt: skip
    selling = signed_on(goods_sale())
    unlearned = dict(till().devices) | {"drawer": DeviceStatus("ready", ("drawer_not_learned",))}
    no_power = replace(selling, power_failed_at_ms=NOW_MS - 4000)
    left_open = replace(selling, drawer_open_since_ms=NOW_MS - 75_000)
    drawer_form = Desk(overlay="drawer", entry=Entry("reason", "", 60))
    return (
        world("notice-banner", signed_on(goods_sale(), notices=notices), routes.SALE),
        world("notices", signed_on(goods_sale(), notices=notices), routes.NOTICES,
              Desk(panel=routes.NOTICES)),
        world("paper-question", signed_on(goods_sale(), print_jobs={4: job}), routes.SALE),
        world("paper-out", signed_on(done, print_jobs={4: waiting}), routes.DONE, devices=empty),
        world("poi-gone", selling, routes.TENDER, Desk(panel=routes.TENDER), devices=gone),
        world("power-cut", no_power, routes.SALE, power_remaining_s=480),
        world("power-cut-sign-on", replace(no_power, operator=None), routes.SIGN_ON),
        world("clock-behind", replace(selling, last_at_ms=NOW_MS + 3_600_000), routes.SALE,
              clock_stopped=True),
        world("drawer-left-open", left_open, routes.SALE),
        world("drawer-lesson", selling, routes.SALE, drawer_lesson="close_it"),
        world("form-drawer-unlearned", selling, routes.SALE, drawer_form, devices=unlearned),
        world("restart-wanted", signed_on(), routes.SALE, restart=RestartView("0.3.0")),
        world("restarting", signed_on(), routes.RESTARTING, restart=RestartView("0.3.0", True)),
        world("storage", selling, routes.STORAGE, storage_problem="storage_full"),
        world("disk-full", replace(selling, sale=None), routes.STORAGE, disk_full=True),
    )  # fmt: skip


def _devices() -> tuple[World, ...]:
    """Return the screens of devices and service, and what is behind a serial line."""
    here = Desk(panel=routes.DEVICES)
    asked = replace(
        here, overlay="which", memory=memory(address=LINE.address, name="FTDI FT232R USB UART")
    )
    shown = tuple(
        world(f"devices-{name}", signed_on(), routes.DEVICES, here, page=page)
        for name, page in pages().items()
    )
    service = Desk(panel=routes.SERVICE)
    served = tuple(
        world(f"service-{name}", signed_on(), routes.SERVICE, service, service=page,
              page=pages()["away" if name == "ill" else "real"])
        for name, page in PAGES.items()
    )  # fmt: skip
    return (
        *shown,
        *served,
        world("devices-which", signed_on(), routes.DEVICES, asked, page=pages()["offer"]),
    )
