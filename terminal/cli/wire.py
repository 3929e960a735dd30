"""The console's language: one JSON object a line, read into requests.

A field that is missing or of the wrong type is a ``BadRequest`` that names it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any

from terminal.cli.wire_commissioning import COMMISSIONING
from terminal.core import commands as do
from terminal.core.buyer import Party
from terminal.core.law_commands import BeginTraining, ConfirmClock, RecordExport
from terminal.core.valued import AMOUNT, POINTS, Benefit, Coupon, Points
from terminal.services import requests as ask
from terminal.services.restart_requests import PostponeRestart, RestartNow
from terminal.services.service_requests import ExportDiagnostics, OpenService, RestartTerminal

MAX_LINE_BYTES = 65_536
"""A command is short; a longer line is refused unread."""
MAX_PERCENT = 1_000_000
"""Far above any discount: what the core refuses in its own words may still come through."""


class BadRequest(Exception):
    """A line that is no command; the message says what is wrong with it."""


class Fields:
    """The fields of one command, fetched by type."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string."""
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise BadRequest(f"{name}: a text is needed")
        return value

    def identity(self, name: str) -> str:
        """Return a number or text that names something (an operator, a sale, an article)."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise BadRequest(f"{name}: a number or text is needed")
        return str(value)

    def whole(self, name: str, default: int | None = None) -> int:
        """Return an integer; true, 1.0 and "1" are none."""
        value = self._values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadRequest(f"{name}: a whole number is needed")
        return value

    def maybe_whole(self, name: str) -> int | None:
        """Return an integer, or None when absent or null."""
        return None if self._values.get(name) is None else self.whole(name)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise BadRequest(f"{name}: true or false is needed")
        return value

    def within(self, name: str) -> Mapping[str, Any]:
        """Return an object."""
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise BadRequest(f"{name}: an object is needed")
        return value

    def amounts(self, name: str) -> tuple[tuple[str, int], ...]:
        """Return an object of amounts as pairs; none when absent."""
        value = self._values.get(name)
        if value is None:
            return ()
        if not isinstance(value, dict):
            raise BadRequest(f"{name}: an object of amounts is needed")
        inside = Fields(value)
        return tuple((kind, inside.whole(kind)) for kind in value)

    def inside(self, name: str) -> Fields | None:
        """Return the fields of an object; None when absent or null."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise BadRequest(f"{name}: an object is needed")
        return Fields(value)

    def each(self, name: str) -> tuple[Fields, ...]:
        """Return the fields of every object of a list; none when absent."""
        value = self._values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise BadRequest(f"{name}: a list of objects is needed")
        return tuple(Fields(one) for one in value)

    def percent_bp(self, name: str) -> int | None:
        """Return a percentage in hundredths of a percent, or None when absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise BadRequest(f"{name}: a percentage is needed")
        try:
            percent = Decimal(value)
            if not percent.is_finite() or abs(percent) > MAX_PERCENT:
                raise BadRequest(f"{name}: no percentage is that large")
            scaled = percent * 100
            if scaled != scaled.to_integral_value():
                raise BadRequest(f"{name}: at most two decimals")
        except DecimalException as error:
            raise BadRequest(f"{name}: a percentage is needed") from error
        return int(scaled)

    def rest(self, *known: str) -> tuple[tuple[str, object], ...]:
        """Return the fields that are not among ``known``; fractions (seconds, mm/s) as floats."""
        return tuple(
            (name, float(value) if isinstance(value, Decimal) else value)
            for name, value in self._values.items()
            if name not in known
        )


def parse(line: bytes) -> Mapping[str, Any]:
    """Read a line as one JSON object.

    Raises:
        BadRequest: it is too long, not UTF-8, no JSON, or no object.
    """
    if len(line) > MAX_LINE_BYTES:
        raise BadRequest("the line is too long")
    try:
        value = json.loads(line.decode(), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadRequest("a JSON object is needed")
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def request_of(command: Mapping[str, Any]) -> ask.Request | None:
    """Return the request that a command means; None for ``show``, which asks nothing.

    Raises:
        BadRequest: unknown ``do``, or a field that is missing or wrong.
    """
    name = command.get("do")
    if name == "show":
        return None
    if not isinstance(name, str) or name not in COMMANDS:
        raise BadRequest(f"do: {str(name)[:40]} is no command")
    request = COMMANDS[name](Fields(command))
    if command.get("authorised_by") is None:
        return request
    if isinstance(request, ask.Question):
        raise BadRequest("authorised_by: this asks nothing that needs it")
    if not isinstance(command["authorised_by"], dict):
        raise BadRequest("authorised_by: an operator and a pin are needed")
    who = Fields(command["authorised_by"])
    return ask.Authorised(request, who.identity("operator"), who.identity("pin"))


def _discount(given: Fields) -> ask.Request:
    return do.GrantDiscount(
        given.maybe_whole("line"),
        given.percent_bp("percent"),
        given.maybe_whole("amount_minor"),
        given.text("reason", ""),
        given.text("coupon", ""),
    )


def _pay(given: Fields) -> ask.Request:
    return ask.Pay(
        given.text("tender"),
        given.whole("amount_minor"),
        given.text("number", ""),
        wait=given.flag("wait", default=True),
    )


def _invoice(given: Fields) -> ask.Request:
    buyer = Fields(given.within("buyer"))
    address = buyer.text("address").split("\n")
    return ask.MakeInvoice(
        given.identity("receipt_number"),
        Party(
            name=buyer.text("name"),
            address=tuple(address),
            postcode=buyer.text("postcode", ""),
            city=buyer.text("city"),
            country=buyer.text("country", "FR"),
            vat_id=buyer.text("vat_id", ""),
            siret=buyer.text("siret", ""),
        ),
        given.text("corrects", ""),
        given.text("corrects_date", ""),
    )


def _device(given: Fields) -> ask.Request:
    return ask.SteerDevice(
        given.text("device"), given.text("action"), given.rest("id", "do", "device", "action")
    )


def _value(given: Fields) -> ask.Request:
    """Read what a valuation says: ``customer``, ``points``, ``benefits``, ``coupons``."""
    customer, points = given.inside("customer") or Fields({}), given.inside("points")
    return do.ValueSale(
        by=given.text("by", "local"),
        customer_name=customer.text("name", ""),
        customer_card=customer.text("card", ""),
        points=None if points is None else _points(points),
        benefits=tuple(map(_benefit, given.each("benefits"))),
        coupons=tuple(map(_coupon, given.each("coupons"))),
        message=given.text("message", ""),
        sale_id=given.text("sale", ""),
        total_minor=given.maybe_whole("total_minor"),
    )


def _points(given: Fields) -> Points:
    return Points(
        earned=given.whole("earned", 0),
        used=given.whole("used", 0),
        balance=given.whole("balance"),
        at_ms=given.whole("at_ms", 0),
        until=given.text("until", ""),
    )


def _benefit(given: Fields) -> Benefit:
    """Read a row: its figure is the field of its kind, ``amount_minor`` or ``points``."""
    part, label = given.text("part"), given.text("label")
    amount, points = given.maybe_whole("amount_minor"), given.maybe_whole("points")
    if amount is not None:
        return Benefit(part, label, AMOUNT, amount)
    if points is not None:
        return Benefit(part, label, POINTS, points)
    return Benefit(part, label, text=given.text("text", ""))


def _coupon(given: Fields) -> Coupon:
    return Coupon(
        face_minor=given.whole("face_minor", 0),
        text=given.text("text", ""),
        valid_from=given.text("valid_from"),
        valid_until=given.text("valid_until"),
        usage=given.text("usage", ""),
    )


COMMANDS: Mapping[str, Callable[[Fields], ask.Request]] = {
    "sign_on": lambda f: ask.SignOnWithPin(
        f.identity("operator"), f.identity("pin"), f.text("new_pin", "")
    ),
    "sign_off": lambda _: do.SignOff(),
    "scan": lambda f: ask.Scan(f.identity("code"), f.text("aim", "")),
    "weigh": lambda f: ask.Weigh(f.identity("code"), f.maybe_whole("weight_g")),
    "zero_scale": lambda _: ask.ZeroScale(),
    "return": lambda f: ask.TakeBack(
        f.identity("code"), f.whole("quantity", 1), f.whole("weight_g", 0), f.text("reason", "")
    ),
    "deposit": lambda f: do.AddDeposit(f.text("document"), f.whole("amount_minor")),
    "voucher": lambda f: ask.IssueVoucher(
        f.whole("amount_minor"), f.maybe_whole("vat_rate_bp"), f.text("number", "")
    ),
    "redeem": lambda f: ask.Redeem(f.identity("number"), f.maybe_whole("amount_minor")),
    "select": lambda f: do.SelectLine(f.whole("line")),
    "quantity": lambda f: do.SetQuantity(f.whole("line"), f.whole("quantity")),
    "void": lambda f: do.VoidLine(f.whole("line")),
    "price": lambda f: do.SetPrice(
        f.whole("line"), f.whole("unit_price_minor"), f.text("reason", "")
    ),
    "discount": _discount,
    "value": _value,
    "approve_age": lambda _: do.ApproveAge(),
    "salesperson": lambda f: do.SetSalesperson(f.identity("salesperson")),
    "pay": _pay,
    "remove_tender": lambda f: ask.DropTender(f.whole("tender")),
    "enquire": lambda _: ask.EnquirePayment(),
    "poi_answer": lambda f: ask.AnswerManual(f.text("outcome"), f.text("approval_code", "")),
    "reconcile": lambda _: ask.Reconcile(),
    "cancel_sale": lambda f: do.CancelSale(f.text("reason", "")),
    "park": lambda f: do.ParkSale(f.text("label", "")),
    "parked": lambda _: ask.ListParked(),
    "recall": lambda f: do.RecallSale(f.identity("sale")),
    "acknowledge": lambda f: do.Acknowledge(f.whole("notice")),
    "resolve": lambda f: do.Resolve(
        f.whole("tender"), f.text("outcome"), f.text("reason", ""), f.text("evidence", "")
    ),
    "gift": lambda f: ask.PrintForGift(f.identity("receipt_number")),
    "reprint": lambda f: ask.PrintAgain(f.identity("receipt_number")),
    "reprint_slip": lambda _: ask.PrintSlipAgain(),
    "settle_paper": lambda f: ask.SettlePaper(
        f.whole("job"), came_out=f.flag("came_out", default=False)
    ),
    "receipts": lambda f: ask.ListReceipts(f.whole("limit", 20)),
    "invoice": _invoice,
    "invoices": lambda f: ask.ListInvoices(f.whole("limit", 20)),
    "receipt_choice": lambda f: do.ChooseReceipt(f.text("choice")),
    "mail_receipt": lambda f: ask.MailReceipt(
        f.text("address"), printed=f.flag("printed", default=False)
    ),
    "open_receipt": lambda f: ask.OpenReceipt(f.identity("code")),
    "return_lines": lambda f: ask.ReturnLines(
        f.identity("code"),
        tuple((int(n) if n.isdecimal() else 0, pieces) for n, pieces in f.amounts("lines")),
        f.text("reason", ""),
    ),
    "next": lambda _: do.NextCustomer(),
    "language": lambda f: do.ChooseLanguage(f.text("language")),
    "help": lambda f: do.CallHelp(f.text("reason", "shopper")),
    "help_done": lambda _: do.DismissHelp(),
    "learn_drawer": lambda _: ask.LearnDrawer(),
    "open_drawer": lambda f: do.OpenDrawer(f.text("reason", "")),
    "confirm_clock": lambda _: ConfirmClock(),
    "close": lambda f: do.ClosePeriod(
        f.text("scope", "day"), f.amounts("counted"), f.text("explanation", "")
    ),
    "cash": lambda f: do.MoveCash(f.text("kind"), f.whole("amount_minor"), f.text("reason", "")),
    "reading": lambda _: do.PrintReading(),
    "closures": lambda f: ask.ListClosures(f.whole("limit", 20)),
    "archive": lambda f: ask.MakeArchive(
        f.text("period"), copy=f.flag("copy", default=False), wait=f.flag("wait", default=True)
    ),
    "copy_archive": lambda f: ask.CopyArchive(f.text("file"), wait=f.flag("wait", default=True)),
    "archives": lambda f: ask.ListArchives(f.whole("limit", 20)),
    "reprint_closure": lambda f: ask.PrintClosureAgain(f.text("scope"), f.whole("number")),
    "extract": lambda f: ask.ExtractClosure(f.text("scope"), f.whole("number")),
    "begin_training": lambda _: BeginTraining(),
    "leave_training": lambda _: ask.LeaveTraining(),
    "postpone_restart": lambda _: PostponeRestart(),
    "restart_now": lambda _: RestartNow(),
    "exported": lambda f: RecordExport(
        f.text("kind"), f.text("first_day"), f.text("last_day"), f.text("file"), f.text("sha256")
    ),
    "search": lambda f: ask.Search(f.text("text"), f.whole("limit", 20)),
    "device": _device,
    "devices": lambda _: ask.ListDevices(),
    "service": lambda _: OpenService(),
    "export_diagnostics": lambda _: ExportDiagnostics(),
    "restart": lambda _: RestartTerminal(),
    "adopt": lambda f: ask.Adopt(f.text("role"), f.text("address", "")),
    "decline": lambda f: ask.DeclineOffer(f.text("address")),
    **COMMISSIONING,
    "self_test": lambda f: ask.CheckHealth(f.text("role")),
    "label": lambda f: ask.PrintLabel(
        f.identity("code"), f.whole("copies", 1), f.whole("weight_g", 0)
    ),
    "rfid": lambda _: ask.ReadTray(),
    "add_tray": lambda f: ask.AddTray(f.whole("inventory")),
}
