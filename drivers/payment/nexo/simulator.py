"""Simulated payment terminals that speak nexo Retailer in JSON: plain, and sealed as Adyen's.

The terminal's side, written from the protocol and not from our driver: any till may be tried on it.
Several connections may be open: a payment holds its own until it ends, aborts and enquiries come
beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from drivers.errors import RemoteProtocolError
from drivers.http_device import HttpCall, HttpDevice
from drivers.payment.nexo.amounts import to_major, to_minor
from drivers.payment.nexo.crypto import AdyenCipher, SecurityKey
from drivers.payment.nexo.envelope import REQUEST, RESPONSE, Envelope, Plain, Sealed
from drivers.payment.nexo.json_text import Tree
from drivers.payment.poi_display import LEAK
from drivers.payment.poi_plan import IN_PART
from drivers.payment.simulator import TERMINAL_ID, PoiEngine, Running
from drivers.payment.transaction import (
    CANCELLED,
    MAX_MINOR,
    PARTIAL,
    PAYMENT,
    REFUND,
    STANDING,
    TIMED_OUT,
    Transaction,
)

MAX_SERVICE_ID = 10
SIM_KEY = SecurityKey("p@ssw0rd123456", "CryptoKeyIdentifier12345", 1)
"""The key that Adyen's own examples use."""
_TYPES = {"Normal": PAYMENT, "Refund": REFUND}
_STAMP = "2026-01-01T00:00:00.000Z"
"""A simulator has no clock: it repeats the till's time, or says this."""

Message = dict[str, Any]


class NexoPoiSimulator(HttpDevice, PoiEngine):
    """A front end of the engine: POST /EPASSaleToPOI/3.1, unsealed."""

    offers = IN_PART

    target = "/EPASSaleToPOI/3.1"

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        envelope: Envelope | None = None,
    ) -> None:
        super().__init__(memory, seed, monotonic)
        self._envelope = envelope or Plain()
        self._dialogues: dict[int, tuple[HttpCall, Tree]] = {}
        self._dialogue = 0

    # --- wires: a payment outlives the connection that asked for it ---

    def _connected(self) -> None:
        """Nothing waits for a connection here."""

    def _disconnected(self) -> None:
        """A dropped connection stops no payment."""

    def _receive(self, data: bytes) -> int:
        return PoiEngine._receive(self, data)  # noqa: SLF001 - the engine's, not the device's

    def _serve(self, call: HttpCall) -> None:
        if call.method != "POST" or call.target != self.target:
            self._answer(call, 404)
            return
        try:
            message = self._envelope.unpack(REQUEST, call.body)
        except RemoteProtocolError:
            self._answer(call, 400)
            return
        header = message.at("MessageHeader")
        answers: Mapping[str, Callable[[HttpCall, Tree], None]] = {
            "Payment": self._on_payment,
            "Reversal": self._on_reversal,
            "TransactionStatus": self._on_status,
            "Abort": self._on_abort,
            "Login": self._on_login,
            "Logout": self._on_logout,
            "Diagnosis": self._on_diagnosis,
            "Reconciliation": self._on_reconciliation,
        }
        answer = answers.get(header.text("MessageCategory"))
        if answer is None or not 0 < len(header.text("ServiceID")) <= MAX_SERVICE_ID:
            self._reject(call, message)
        else:
            answer(call, message)

    def _reply(self, call: HttpCall, asked: Tree, body: Message, service_id: str = "") -> None:
        header = {**_header(asked), "MessageType": "Response"}
        if service_id:
            header["ServiceID"] = service_id
        packed = self._envelope.pack(RESPONSE, {"MessageHeader": header, **body})
        self._answer(call, 200, packed)

    def _reject(self, call: HttpCall, asked: Tree) -> None:
        """Answer what cannot be taken with the event that says so."""
        event = {
            "MessageHeader": {
                **_header(asked),
                "MessageClass": "Event",
                "MessageCategory": "Event",
                "MessageType": "Notification",
            },
            "EventNotification": {"TimeStamp": _STAMP, "EventToNotify": "Reject"},
        }
        self._answer(call, 200, self._envelope.pack(REQUEST, event))

    # --- requests ---

    def _on_payment(self, call: HttpCall, asked: Tree) -> None:
        body = asked.at("PaymentRequest")
        amounts = body.at("PaymentTransaction", "AmountsReq")
        currency = amounts.text("Currency")
        amount = to_minor(amounts.number("RequestedAmount"), currency)
        op = _TYPES.get(body.text("PaymentData", "PaymentType") or "Normal", "")
        ref = asked.text("MessageHeader", "ServiceID")
        if not op or amount is None or not 0 < amount <= MAX_MINOR or len(currency) != 3:
            condition = "MessageFormat"
        else:
            refusal = self._refusal(ref)
            condition = {"": "", "busy": "Busy"}.get(refusal, "NotAllowed")
        if condition or amount is None:
            self._reply(
                call, asked, {"PaymentResponse": {**_sale(asked), "Response": _no(condition)}}
            )
            return
        self._dialogue += 1
        self._dialogues[self._dialogue] = (call, asked)
        self._begin(self._dialogue, ref, op, amount, currency)

    def _tell_end(self, running: Running, said: Transaction) -> None:
        dialogue = self._dialogues.pop(running.dialogue, None)
        if dialogue is not None:
            call, asked = dialogue
            body = {**_sale(asked), **self._payment_body(said)}
            self._reply(call, asked, {"PaymentResponse": body}, said.ref)

    def _on_status(self, call: HttpCall, asked: Tree) -> None:
        reference = asked.at("TransactionStatusRequest", "MessageReference")
        ref = reference.text("ServiceID") or self._busy() or self._ledger.last()
        category = reference.text("MessageCategory") or "Payment"
        body: Message = {"MessageReference": {"MessageCategory": category, "ServiceID": ref}}
        header = {**_header(asked), "MessageCategory": category, "ServiceID": ref}
        repeated: Message | None = None
        if category == "Reversal":
            undone = self._ledger.find_reversal(ref)
            if undone is not None:
                repeated = {"ReversalResponse": {"Response": _YES, **_number(undone)}}
        elif (found := self._ledger.find(ref)) is not None:
            repeated = {"PaymentResponse": {**_sale(asked), **self._payment_body(found)}}
        if category == "Payment" and ref and ref == self._busy():
            body["Response"] = _no("InProgress")
        elif repeated is None:
            body["Response"] = _no("NotFound")
        else:
            body["Response"] = _YES
            body["RepeatedMessageResponse"] = {
                "MessageHeader": {**header, "MessageType": "Response"},
                "RepeatedResponseMessageBody": repeated,
            }
        self._reply(call, asked, {"TransactionStatusResponse": body})

    def _on_abort(self, call: HttpCall, asked: Tree) -> None:
        ref = asked.text("AbortRequest", "MessageReference", "ServiceID")
        if not ref or ref != self._busy():
            self._reject(call, asked)
            return
        self._answer(call, 204)
        self._abort(ref)

    def _on_reversal(self, call: HttpCall, asked: Tree) -> None:
        original = asked.at("ReversalRequest", "OriginalPOITransaction", "POITransactionID")
        found = self._ledger.find_number(original.text("TransactionID"))
        if found is None:
            self._reply(call, asked, {"ReversalResponse": {"Response": _no("NotFound")}})
            return
        undone, say = self._reverse(found, asked.text("MessageHeader", "ServiceID"))
        if undone is None:
            self._reply(call, asked, {"ReversalResponse": {"Response": _no("Refusal")}})
        elif say:
            body = {"Response": _YES, **_number(undone)}
            self._reply(call, asked, {"ReversalResponse": body})

    def _on_login(self, call: HttpCall, asked: Tree) -> None:
        data = {
            "DateTime": asked.text("LoginRequest", "DateTime") or _STAMP,
            "POISoftware": {
                "ManufacturerID": "Reprise",
                "ApplicationName": "Simulated POI",
                "SoftwareVersion": "1",
                "CertificationCode": "none",
            },
            "POITerminalData": {
                "TerminalEnvironment": "Attended",
                "POICapabilities": ["ICC", "EMVContactless"],
                "POISerialNumber": TERMINAL_ID,
            },
        }
        self._reply(call, asked, {"LoginResponse": {"Response": _YES, "POISystemData": data}})

    def _on_logout(self, call: HttpCall, asked: Tree) -> None:
        self._reply(call, asked, {"LogoutResponse": {"Response": _YES}})

    def _on_diagnosis(self, call: HttpCall, asked: Tree) -> None:
        state = {
            "GlobalStatus": "Busy" if self._busy() else "OK",
            "SecurityOKFlag": True,
            "PEDOKFlag": True,
            "CardReaderOKFlag": True,
            "CommunicationOKFlag": True,
        }
        self._reply(call, asked, {"DiagnosisResponse": {"Response": _YES, "POIStatus": state}})

    def _on_reconciliation(self, call: HttpCall, asked: Tree) -> None:
        if self._busy():
            refused = {"ReconciliationType": "SaleReconciliation", "Response": _no("Busy")}
            self._reply(call, asked, {"ReconciliationResponse": refused})
            return
        day = self._close_day()
        totals = [
            _total("Debit", day.payments, day.payment_minor, day.currency),
            _total("Credit", day.refunds, day.refund_minor, day.currency),
        ]
        body = {
            "Response": _YES,
            "ReconciliationType": "SaleReconciliation",
            "TransactionTotals": [
                {
                    "PaymentInstrumentType": "Card",
                    "PaymentCurrency": day.currency or "EUR",
                    "PaymentTotals": totals,
                }
            ],
        }
        self._reply(call, asked, {"ReconciliationResponse": body})

    # --- what a payment's answer says ---

    def _payment_body(self, said: Transaction) -> Message:
        if said.outcome not in (*STANDING, "reversed"):
            return {"Response": _failure(said)}
        major = to_major(said.authorized, said.currency)
        return {
            "Response": {
                "Result": "Partial" if said.outcome == PARTIAL else "Success",
                "AdditionalResponse": f"AID={said.aid}&expiryDate=12%2f2030&expiryMonth=12",
            },
            **_number(said),
            "PaymentResult": {
                "PaymentType": "Refund" if said.op == REFUND else "Normal",
                "AmountsResp": {"Currency": said.currency, "AuthorizedAmount": major},
                "OnlineFlag": True,
                "PaymentAcquirerData": {
                    "AcquirerPOIID": said.terminal,
                    "MerchantID": "Reprise",
                    "ApprovalCode": said.approval,
                },
                "PaymentInstrumentData": {
                    "PaymentInstrumentType": "Card",
                    "CardData": {
                        "PaymentBrand": said.brand,
                        "MaskedPan": LEAK if self._leaky else f"424242 **** {said.last4}",
                        "EntryMode": [said.entry.capitalize()],
                        "SensitiveCardData": {
                            "CardSeqNumb": "01",
                            "ExpiryDate": "1230",
                            **({"PAN": LEAK.replace(" ", "")} if self._leaky else {}),
                        },
                    },
                },
            },
            "PaymentReceipt": [
                {
                    "DocumentQualifier": "CustomerReceipt",
                    "RequiredSignatureFlag": False,
                    "OutputContent": {
                        "OutputFormat": "Text",
                        "OutputText": [{"Text": line, "EndOfLineFlag": True} for line in said.slip],
                    },
                }
            ],
        }


class AdyenPoiSimulator(NexoPoiSimulator):
    """The same behind Adyen's local encryption: POST /nexo/."""

    target = "/nexo/"

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        key: SecurityKey = SIM_KEY,
    ) -> None:
        super().__init__(memory, seed, monotonic, envelope=Sealed(AdyenCipher(key)))


_YES: Message = {"Result": "Success"}


def _no(condition: str, text: str = "") -> Message:
    more = {"AdditionalResponse": f"message={text.replace(' ', '%20')}"} if text else {}
    return {"Result": "Failure", "ErrorCondition": condition, **more}


def _failure(said: Transaction) -> Message:
    if said.outcome == CANCELLED:
        return _no("Aborted" if "cash register" in said.text else "Cancel", said.text)
    return _no("Cancel" if said.outcome == TIMED_OUT else "Refusal", said.text)


def _header(asked: Tree) -> Message:
    header = asked.at("MessageHeader").value
    return dict(header) if isinstance(header, dict) else {}


def _sale(asked: Tree) -> Message:
    number = asked.at("PaymentRequest", "SaleData", "SaleTransactionID").value
    return {"SaleData": {"SaleTransactionID": number}} if number else {}


def _number(said: Transaction) -> Message:
    return {
        "POIData": {"POITransactionID": {"TransactionID": said.transaction, "TimeStamp": _STAMP}}
    }


def _total(kind: str, count: int, minor: int, currency: str) -> Message:
    amount = to_major(minor, currency) if minor else Decimal(0)
    return {"TransactionType": kind, "TransactionCount": count, "TransactionAmount": amount}
