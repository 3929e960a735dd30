"""The kiosk's worlds, one per thing a shopper may see."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from terminal.core.state import (
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
from terminal.presenters import patience, routes
from terminal.presenters.commissioning import COMMISSIONING
from terminal.presenters.desk import Desk, Entry, Message
from terminal.presenters.surroundings import DeviceStatus
from terminal.services.delivery_offer import DeliveryOffer
from terminal.services.restarting import RestartView
from terminal.ui.samples.commissioning import commissionings
from terminal.ui.samples.devices import pages
from terminal.ui.samples.own_pin import own_pins
from terminal.ui.samples.service import PAGES
from terminal.ui.samples.world import (
    ARTICLES,
    NOW_MS,
    READINGS,
    World,
    basket_lines,
    basket_sale,
    line,
    sale,
    shop,
)

TOTAL_MINOR = 2066
SLIP = "REPRISE:1:s1:2066:EUR:pYyV"
RECEIPT_NUMBER = "820000000000004514"
DIGITAL = DeliveryOffer(
    ("link", "email", "both", "print", "none"),
    "http://192.168.1.20:8080/r/4514-Vv0pYwq1kq3mUoQhS8yX0oZJ7m2dWcTb",
)


def worlds() -> tuple[World, ...]:
    """Return every world of the kiosk, in the order of a purchase."""
    return (
        *_welcome(), *_basket(), *_lookup(), *_payment(), *_truth(), *_closing(), *_sheets(),
        *_staff(), *_power_cut(), *_commissioning(),
    )  # fmt: skip


def _tendering(*tenders: Tender, **changes: object) -> Sale:
    return basket_sale(SaleStatus.TENDERING, *tenders, total_minor=TOTAL_MINOR, **changes)


def _card(status: TenderStatus, reason: str = "") -> Tender:
    return Tender(1, "card", TOTAL_MINOR, status, attempt_id="a1", reason=reason)


def _notice(kind: str, n: int = 1, **details: str | int) -> Notice:
    about: dict[str, str | int] = {"sale_id": "s1", "tender": 1, "at_ms": NOW_MS}
    about["amount_minor"] = TOTAL_MINOR
    return Notice(n, kind, about | details, NOW_MS)


def _attempt() -> PaymentAttempt:
    return PaymentAttempt(
        "a1", "s1", 1, 7, "poi", "payment", TOTAL_MINOR, "EUR", "0000000007", PaymentState.UNKNOWN,
        NOW_MS - 14_000, NOW_MS - 13_000,
    )  # fmt: skip


def _welcome() -> tuple[World, ...]:
    waiting = basket_sale(SaleStatus.PARKED, parked_at_ms=NOW_MS)
    parked = MappingProxyType({"s1": waiting})
    no_paper = {"poi": DeviceStatus(), "printer": DeviceStatus("blocked", ("paper_out",))}
    return (
        World("welcome", TerminalState(parked=parked), route=routes.WELCOME),
        World(
            "welcome-help", TerminalState(help_reason="customer"), Desk(), shop(devices=no_paper),
            routes.WELCOME,
        ),
    )  # fmt: skip


def _basket() -> tuple[World, ...]:
    usual = TerminalState(sale=basket_sale())
    wine = TerminalState(sale=sale(*basket_lines(), line(5, ARTICLES[7])))
    kept = TerminalState(sale=basket_sale(), notices=(_notice("power_cut", lines=4),))
    lines = [line(n, ARTICLES[n % len(ARTICLES)], 1 + n % 3) for n in range(1, 41)]
    lines[3] = replace(lines[3], void=True)
    refused = Desk(message=Message("refused.unknown_code", values={"code": "3017760000062"}))
    return (
        World("basket", usual, route=routes.BASKET),
        World("basket-one", TerminalState(sale=sale(line(1, ARTICLES[4]))), route=routes.BASKET),
        World("basket-long", TerminalState(sale=sale(*lines)), route=routes.BASKET),
        World("basket-age", wine, route=routes.BASKET),
        World("basket-resumed", kept, route=routes.BASKET),
        World("basket-refused", usual, refused, route=routes.BASKET),
    )


def _power_cut() -> tuple[World, ...]:
    dark = TerminalState(power_failed_at_ms=NOW_MS - 4000)
    shopping = replace(dark, sale=basket_sale())
    return (
        World("power-cut", dark, route=routes.OUT_OF_SERVICE),
        World("power-cut-basket", shopping, route=routes.BASKET),
        World("power-cut-tender", shopping, Desk(panel="tender"), route=routes.TENDER),
        World(
            "clock-behind", TerminalState(), Desk(), shop(clock_stopped=True), routes.OUT_OF_SERVICE
        ),
    )


def _lookup() -> tuple[World, ...]:
    usual = TerminalState(sale=basket_sale())
    fruit = tuple(a for a in ARTICLES if a.department == "Fruits et légumes")
    panel = Desk(panel="lookup")
    typed = replace(panel, entry=Entry("search", "po"), found=(ARTICLES[8], ARTICLES[9]))
    return (
        World("lookup", TerminalState(), panel, route=routes.LOOKUP),
        World(
            "lookup-department", usual,
            replace(panel, department="Fruits et légumes", found=(*fruit, *ARTICLES)),
            route=routes.LOOKUP,
        ),
        World("lookup-typing", usual, typed, route=routes.LOOKUP),
        World(
            "lookup-weigh", usual,
            Desk(panel="lookup", overlay="weigh", weighing=ARTICLES[8],
                 entry=Entry("weight", "842", 5, digits=True)),
            route=routes.LOOKUP,
        ),
        *_weighing(usual),
    )  # fmt: skip


def _weighing(usual: TerminalState) -> tuple[World, ...]:
    """Return apples on the scale, and without one: for a shopper, and for staff who types."""
    desk = Desk(
        panel="lookup", overlay="weigh", weighing=ARTICLES[8],
        entry=Entry("weight", "842", 5, digits=True),
    )  # fmt: skip
    staff = replace(usual, operator=Operator("9", "Anne", "supervisor"))
    return (
        *(
            World(f"weigh-{reading.state}", usual, desk, shop(scale=reading), routes.LOOKUP)
            for reading in READINGS
        ),
        World("weigh-staff", staff, desk, shop(scale=READINGS[-1]), routes.LOOKUP),
    )


def _payment() -> tuple[World, ...]:
    declined = _tendering(_card(TenderStatus.DECLINED, "declined"))
    pending = TerminalState(sale=_tendering(_card(TenderStatus.PENDING)))
    wine = sale(*basket_lines(), line(5, ARTICLES[7]))
    return (
        World("tender", TerminalState(sale=basket_sale()), Desk(panel="tender"),
              route=routes.TENDER),
        World("tender-declined", TerminalState(sale=declined), route=routes.TENDER),
        World("tender-age", TerminalState(sale=wine), Desk(panel="tender"), route=routes.TENDER),
        World("paying", pending, Desk(), shop(progress=("insert_card", "")), routes.PAYING),
        World("paying-pin", pending, Desk(), shop(progress=("pin", "ENTER PIN")), routes.PAYING),
    )  # fmt: skip


def _truth() -> tuple[World, ...]:
    unknown = TerminalState(
        sale=_tendering(_card(TenderStatus.UNKNOWN)),
        help_reason="payment_unknown",
        notices=(_notice("payment_unknown"),),
        attempts=MappingProxyType({"a1": _attempt()}),
    )
    booked = basket_sale(
        SaleStatus.COMPLETED, _card(TenderStatus.BOOKED), total_minor=TOTAL_MINOR,
        receipt_number=RECEIPT_NUMBER,
    )  # fmt: skip
    not_charged = _tendering(_card(TenderStatus.DECLINED, "not_processed"))
    return (
        World(
            "charged-checking", TerminalState(sale=_tendering(_card(TenderStatus.PENDING))), Desk(),
            shop(recovering=True, voucher=SLIP), routes.CHARGED,
        ),
        World("charged-unknown", unknown, Desk(), shop(voucher=SLIP), routes.CHARGED),
        World(
            "charged-yes", TerminalState(sale=booked, notices=(_notice("payment_settled"),)),
            route=routes.CHARGED,
        ),
        World(
            "charged-no",
            TerminalState(sale=not_charged, notices=(_notice("payment_not_restored"),)),
            route=routes.CHARGED,
        ),
    )  # fmt: skip


def _closing() -> tuple[World, ...]:
    done = basket_sale(
        SaleStatus.COMPLETED, _card(TenderStatus.BOOKED), total_minor=TOTAL_MINOR,
        receipt_number=RECEIPT_NUMBER,
    )  # fmt: skip
    thanked = replace(done, receipt_choice="print")
    no_paper = {"poi": DeviceStatus(), "printer": DeviceStatus("blocked", ("paper_out",))}
    counting = {"seconds_left": 21, "seconds_total": 30}
    return (
        World("receipt", TerminalState(sale=done), Desk(), shop(**counting), routes.RECEIPT),
        World("receipt-no-paper", TerminalState(sale=done), Desk(),
              shop(devices=no_paper, **counting), routes.RECEIPT),
        World("thanks", TerminalState(sale=thanked), Desk(),
              shop(seconds_left=8, seconds_total=12), routes.THANKS),
        World("receipt-digital", TerminalState(sale=done), Desk(),
              shop(delivery=DIGITAL, paper_on_request=True, **counting), routes.RECEIPT),
        World("receipt-mail", TerminalState(sale=done),
              Desk(overlay="mail", entry=Entry("address", "camille@exemple.fr", 254)),
              shop(delivery=DIGITAL, paper_on_request=True, **counting), routes.RECEIPT),
        World("thanks-link", TerminalState(sale=replace(done, receipt_choice="link")), Desk(),
              shop(delivery=DIGITAL, paper_on_request=True,
                   seconds_left=38, seconds_total=45), routes.THANKS),
        World("thanks-email", TerminalState(sale=replace(done, receipt_choice="email")), Desk(),
              shop(delivery=DIGITAL, paper_on_request=True,
                   seconds_left=8, seconds_total=12), routes.THANKS),
        World("out-poi", TerminalState(), Desk(), shop(devices={}), routes.OUT_OF_SERVICE),
        World("out-storage", TerminalState(sale=basket_sale()), Desk(),
              shop(storage_problem="storage_full"), routes.OUT_OF_SERVICE),
        World("restarting", TerminalState(), Desk(),
              shop(restart=RestartView("0.3.0", True)), routes.OUT_OF_SERVICE),
        World("starting", TerminalState(sale=basket_sale()), Desk(), shop(recovering=True),
              routes.OUT_OF_SERVICE),
    )  # fmt: skip


def _sheets() -> tuple[World, ...]:
    usual = TerminalState(sale=basket_sale())
    waiting = {
        f"s{n}": basket_sale(SaleStatus.PARKED, parked_at_ms=NOW_MS - n * 900_000)
        for n in range(1, 4)
    }
    parked = TerminalState(parked=MappingProxyType(waiting))
    still = shop(seconds_left=42, seconds_total=60)
    return (
        World("sheet-languages", usual, Desk(overlay="languages"), route=routes.BASKET),
        World("sheet-access", usual, Desk(overlay="access"), route=routes.BASKET),
        World("sheet-help", replace(usual, help_reason="customer"), Desk(overlay="help"),
              route=routes.BASKET),
        World("sheet-parked", parked, Desk(overlay="parked"), route=routes.WELCOME),
        World("sheet-later", usual, Desk(overlay="later"), route=routes.BASKET),
        World("sheet-still-there", usual, Desk(overlay=patience.STILL_THERE), still,
              routes.BASKET),
    )  # fmt: skip


def _commissioning() -> tuple[World, ...]:
    operator = TerminalState(operator=Operator("9", "Claire", "supervisor"))
    return tuple(
        World(
            f"commissioning-{name}", operator, Desk(panel=COMMISSIONING, tab=step),
            shop(commissioning=page), COMMISSIONING,
        )
        for name, (step, page) in commissionings("kiosk").items()
    )  # fmt: skip


def _staff() -> tuple[World, ...]:
    operator = Operator("9", "Claire", "supervisor")
    wine = sale(*basket_lines(), line(5, ARTICLES[7]))
    job = PrintJob(1, "receipt", "s0", RECEIPT_NUMBER, 0, "fr", PrintState.AMBIGUOUS)
    busy = TerminalState(
        operator=operator, sale=wine, help_reason="customer",
        notices=(_notice("power_cut", lines=5), _notice("payment_unknown", 2)),
        print_jobs=MappingProxyType({1: job}),
    )  # fmt: skip
    unknown = TerminalState(operator=operator, sale=_tendering(_card(TenderStatus.UNKNOWN)))
    evidence = Desk(
        overlay="evidence", entry=Entry("evidence", "ticket 0042"),
        memory=MappingProxyType({"outcome": "paid", "tender": "1"}),
    )  # fmt: skip
    pin = Desk(overlay="staff", entry=Entry("pin", "1234", 8, digits=True))
    return (
        World("staff-pin", TerminalState(sale=wine), pin, route=routes.BASKET),
        *(
            World(
                f"own-pin-{name}",
                TerminalState(),
                replace(desk, overlay="staff"),
                route=routes.WELCOME,
            )
            for name, desk in own_pins().items()
        ),
        World("staff-actions", busy, Desk(overlay="staff"), route=routes.BASKET),
        World("staff-unknown", unknown, Desk(overlay="staff"), route=routes.CHARGED),
        World(
            "staff-service",
            TerminalState(operator=operator),
            Desk(panel=routes.SERVICE),
            shop(service=PAGES["ill"], page=pages()["away"]),
            routes.SERVICE,
        ),
        World("staff-evidence", unknown, evidence, route=routes.CHARGED),
    )
