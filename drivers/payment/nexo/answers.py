"""What a POI answers (nexo Retailer Protocol 3.1), read into the words of every driver.

Only what is named here is taken out of an answer: SensitiveCardData, AdditionalResponse with its
expiry date, and the merchant's receipt stay behind at the driver's boundary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from drivers.base import Health
from drivers.errors import RemoteProtocolError
from drivers.payment.base import Outcome, Request
from drivers.payment.nexo.amounts import to_minor
from drivers.payment.nexo.conditions import outcome_of
from drivers.payment.nexo.json_text import Tree
from drivers.payment.nexo.requests import STAMP, Identity
from drivers.payment.transaction import (
    APPROVED,
    CANCELLED,
    DECLINED,
    PARTIAL,
    PAYMENT,
    REFUND,
    Transaction,
)

MAX_SLIP_LINES = 60
MAX_TEXT = 120
_LAST4 = re.compile(r"(\d{4})\D*$")
_OPS = {"": "", "Normal": PAYMENT, "Refund": REFUND}
_NEGATIVE = {Outcome.DECLINED: DECLINED, Outcome.CANCELLED: CANCELLED}


@dataclass(frozen=True, slots=True)
class Found:
    """The terminal knows how the request ended."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class NotDone:
    """The terminal did not take the request; ``condition`` says why."""

    condition: str
    text: str


@dataclass(frozen=True, slots=True)
class StillRunning:
    """The terminal works on it; ``ref`` is what it says that it works on."""

    ref: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """The terminal does not know the request: what that proves is for rule R9."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The answer makes no sense."""

    why: str


Answer = Found | NotDone | StillRunning | NotFound | Unclear


def check_header(message: Tree, identity: Identity, category: str) -> str:
    """Return the ServiceID of an answer that is for us. Raises RemoteProtocolError."""
    header = message.at("MessageHeader")
    expected = ("Response", category, identity.sale_id, identity.poi_id)
    names = ("MessageType", "MessageCategory", "SaleID", "POIID")
    if tuple(header.text(name) for name in names) != expected:
        raise RemoteProtocolError(f"an answer that is not {category} from our terminal to us")
    return header.text("ServiceID")


def read_payment(request: Request, service_id: str, message: Tree) -> Answer:
    """Read the PaymentResponse in ``message`` that came under ``service_id``."""
    body = message.at("PaymentResponse")
    result = body.text("Response", "Result")
    if result in ("Success", "Partial"):
        return Found(_approved(request, service_id, body, result))
    if result != "Failure":
        return Unclear(f"a payment that ended as {result[:MAX_TEXT]!r}")
    if to_minor(body.at("PaymentResult", "AmountsResp").number("AuthorizedAmount"), ""):
        return Unclear("refused, and yet an amount was authorised")
    condition, text = _why(body)
    outcome = outcome_of(condition)
    if outcome is Outcome.IN_PROGRESS:
        return StillRunning(service_id)
    if outcome is Outcome.NOT_PROCESSED:
        return NotDone(condition, text)
    return Found(
        Transaction(
            ref=service_id,
            op=request.op.value,
            amount=request.amount_minor,
            currency=request.currency,
            outcome=_NEGATIVE[outcome],
            code=condition,
            text=text,
            terminal=message.text("MessageHeader", "POIID"),
        )
    )


def read_status(request: Request, message: Tree) -> Answer:
    """Read a TransactionStatusResponse about a payment.

    Success means only that the terminal repeats its answer, which may itself be a Failure.
    """
    found = _status(message)
    if isinstance(found, Tree):
        ref = found.text("MessageHeader", "ServiceID")
        return read_payment(request, ref, _repeated(found))
    return found


def read_reversal_status(message: Tree) -> Answer | bool:
    """Read a TransactionStatusResponse about a reversal: True when it was done."""
    found = _status(message)
    return read_reversal(_repeated(found)) if isinstance(found, Tree) else found


def read_reversal(message: Tree) -> Answer | bool:
    """Read a ReversalResponse: True when it was done, otherwise why not."""
    body = message.at("ReversalResponse")
    result = body.text("Response", "Result")
    if result == "Success":
        return True
    if result != "Failure":
        return Unclear(f"a reversal that ended as {result[:MAX_TEXT]!r}")
    condition, text = _why(body)
    return StillRunning("") if condition == "InProgress" else NotDone(condition, text)


def read_result(message: Tree, body: str) -> NotDone | None:
    """Return why a Login, Diagnosis or Reconciliation failed; None when it did not."""
    if message.text(body, "Response", "Result") in ("Success", "Partial"):
        return None
    return NotDone(*_why(message.at(body)))


def read_health(message: Tree) -> tuple[Health, tuple[str, ...]]:
    """Return what a DiagnosisResponse says of the terminal."""
    state = message.text("DiagnosisResponse", "POIStatus", "GlobalStatus")
    if state == "Busy":
        return Health.READY, ("busy",)
    if state in ("OK", ""):
        return Health.READY, ()
    return Health.FAULT, ("fault",)


def _approved(request: Request, service_id: str, body: Tree, result: str) -> Transaction:
    paid = body.at("PaymentResult")
    amounts = paid.at("AmountsResp")
    currency = amounts.text("Currency") or request.currency
    authorized = to_minor(amounts.number("AuthorizedAmount"), currency) or 0
    acquirer, card = paid.at("PaymentAcquirerData"), paid.at("PaymentInstrumentData", "CardData")
    number = body.at("POIData", "POITransactionID")
    modes = card.at("EntryMode").value
    masked = _LAST4.search(card.text("MaskedPan"))
    less = result == "Partial" or authorized < request.amount_minor
    return Transaction(
        ref=service_id,
        op=_OPS.get(paid.text("PaymentType"), "another") or request.op.value,
        amount=request.amount_minor,
        currency=currency,
        outcome=PARTIAL if less else APPROVED,
        authorized=authorized,
        transaction=_short(number.text("TransactionID") and _stamped(number)),
        approval=_short(
            acquirer.text("ApprovalCode") or acquirer.text("AcquirerTransactionID", "TransactionID")
        ),
        terminal=_short(acquirer.text("AcquirerPOIID")),
        brand=_short(card.text("PaymentBrand")),
        last4=masked.group(1) if masked else "",
        entry=_short(str(modes[0])) if isinstance(modes, list) and modes else "",
        aid=_short(_additional(body).get("AID", "")),
        slip=_slip(body),
    )


def _stamped(number: Tree) -> str:
    return number.text("TransactionID") + STAMP + number.text("TimeStamp")


def _status(message: Tree) -> Answer | Tree:
    body = message.at("TransactionStatusResponse")
    result, condition = body.text("Response", "Result"), body.text("Response", "ErrorCondition")
    if result == "Success" and body.at("RepeatedMessageResponse"):
        return body.at("RepeatedMessageResponse")
    if result == "Failure" and condition in ("InProgress", "Busy"):
        return StillRunning(body.text("MessageReference", "ServiceID"))
    if result == "Failure" and condition == "NotFound":
        return NotFound()
    return Unclear(f"an enquiry that ended as {result[:MAX_TEXT]!r} {condition[:MAX_TEXT]!r}")


def _repeated(found: Tree) -> Tree:
    return found.at("RepeatedResponseMessageBody")


def _why(body: Tree) -> tuple[str, str]:
    """Return the condition and its text for people."""
    said = _additional(body)
    text = said.get("refusalReason") or said.get("message") or ""
    return _short(body.text("Response", "ErrorCondition")), _short(text)


def _additional(body: Tree) -> dict[str, str]:
    """Return the pairs in AdditionalResponse, percent-encoded as Adyen does."""
    try:
        pairs = parse_qs(body.text("Response", "AdditionalResponse"), max_num_fields=200)
    except ValueError:
        return {}
    return {name: values[0] for name, values in pairs.items()}


def _slip(body: Tree) -> tuple[str, ...]:
    """Return the lines of the customer's receipt."""
    for receipt in body.items("PaymentReceipt"):
        if receipt.text("DocumentQualifier") == "CustomerReceipt":
            lines = receipt.items("OutputContent", "OutputText")
            return tuple(_line(line.text("Text")) for line in lines[:MAX_SLIP_LINES])
    return ()


def _line(text: str) -> str:
    """Return a line as people read it; Adyen writes ``name=..&value=..&key=..``, encoded."""
    if "key=" not in text:
        return text[:MAX_TEXT]
    try:
        pairs = parse_qs(text, max_num_fields=10)
    except ValueError:
        return ""
    return " ".join(pairs.get("name", []) + pairs.get("value", []))[:MAX_TEXT]


def _short(text: str) -> str:
    return text[:MAX_TEXT]
