"""The requests of a Sale System to a POI (nexo Retailer Protocol 3.1), as plain objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.payment.base import Operation, Request
from drivers.payment.nexo.amounts import to_major

VERSION = "3.0"
SERVICE_ID_MAX = 10
"""Adyen's limit; nexo allows more."""
STAMP = "@"
"""Between TransactionID and TimeStamp: the two together are a POITransactionID."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who talks to whom: SaleID is this till, POIID is the payment terminal."""

    sale_id: str
    poi_id: str


@dataclass(frozen=True, slots=True)
class Software:
    """What Login says of us."""

    manufacturer: str = "Reprise"
    name: str = "Reprise"
    version: str = "1"
    certification: str = "none"


class Requests:
    """Makes the requests of one till to one terminal; ``stamp`` is ISO 8601 in UTC."""

    def __init__(self, identity: Identity, version: str = VERSION) -> None:
        self._identity = identity
        self._version = version

    def payment(self, request: Request, stamp: str) -> Mapping[str, Any]:
        """PaymentRequest; its ServiceID and SaleTransactionID are the attempt's reference."""
        refund = request.op is Operation.REFUND
        return {
            "MessageHeader": self.header("Payment", request.ref),
            "PaymentRequest": {
                "SaleData": {
                    "SaleTransactionID": {"TransactionID": request.ref, "TimeStamp": stamp}
                },
                "PaymentTransaction": {
                    "AmountsReq": {
                        "Currency": request.currency,
                        "RequestedAmount": to_major(request.amount_minor, request.currency),
                    }
                },
                "PaymentData": {"PaymentType": "Refund" if refund else "Normal"},
            },
        }

    def reversal(
        self, original: Request, poi_transaction_id: str, ref: str, stamp: str
    ) -> Mapping[str, Any]:
        """ReversalRequest of the whole amount, because the merchant wants it."""
        number, _, when = poi_transaction_id.rpartition(STAMP)
        return {
            "MessageHeader": self.header("Reversal", ref),
            "ReversalRequest": {
                "SaleData": {"SaleTransactionID": {"TransactionID": ref, "TimeStamp": stamp}},
                "OriginalPOITransaction": {
                    "SaleID": self._identity.sale_id,
                    "POIID": self._identity.poi_id,
                    "POITransactionID": {"TransactionID": number, "TimeStamp": when},
                },
                "ReversalReason": "MerchantCancel",
                "ReversedAmount": to_major(original.amount_minor, original.currency),
            },
        }

    def abort(self, service_id: str, aborted: str, reason: str) -> Mapping[str, Any]:
        """AbortRequest for the payment whose ServiceID is ``aborted``."""
        return {
            "MessageHeader": self.header("Abort", service_id),
            "AbortRequest": {
                "AbortReason": reason,
                "MessageReference": self._reference("Payment", aborted),
            },
        }

    def status(self, service_id: str, category: str, asked: str) -> Mapping[str, Any]:
        """TransactionStatusRequest for one message; for the last payment when ``asked`` is ""."""
        what = {"MessageReference": self._reference(category, asked)} if asked else {}
        return {
            "MessageHeader": self.header("TransactionStatus", service_id),
            "TransactionStatusRequest": {
                **what,
                "ReceiptReprintFlag": True,
                "DocumentQualifier": ["CustomerReceipt"],
            },
        }

    def login(self, service_id: str, software: Software, stamp: str) -> Mapping[str, Any]:
        """LoginRequest: before anything else at a terminal that wants a session."""
        return {
            "MessageHeader": self.header("Login", service_id),
            "LoginRequest": {
                "DateTime": stamp,
                "OperatorLanguage": "en",
                "SaleSoftware": {
                    "ManufacturerID": software.manufacturer,
                    "ApplicationName": software.name,
                    "SoftwareVersion": software.version,
                    "CertificationCode": software.certification,
                },
                "SaleTerminalData": {
                    "TerminalEnvironment": "Attended",
                    "SaleCapabilities": ["CashierStatus", "CustomerDisplay", "PrinterReceipt"],
                },
            },
        }

    def diagnosis(self, service_id: str) -> Mapping[str, Any]:
        """DiagnosisRequest, of the terminal only: asking its hosts may take long."""
        return {
            "MessageHeader": self.header("Diagnosis", service_id),
            "DiagnosisRequest": {"HostDiagnosisFlag": False},
        }

    def reconciliation(self, service_id: str) -> Mapping[str, Any]:
        """ReconciliationRequest: close the terminal's period and tell its totals."""
        return {
            "MessageHeader": self.header("Reconciliation", service_id),
            "ReconciliationRequest": {"ReconciliationType": "SaleReconciliation"},
        }

    def header(self, category: str, service_id: str) -> dict[str, Any]:
        """Return the MessageHeader of a service request."""
        return {
            "ProtocolVersion": self._version,
            "MessageClass": "Service",
            "MessageCategory": category,
            "MessageType": "Request",
            "ServiceID": service_id,
            "SaleID": self._identity.sale_id,
            "POIID": self._identity.poi_id,
        }

    def _reference(self, category: str, service_id: str) -> Mapping[str, Any]:
        return {
            "MessageCategory": category,
            "ServiceID": service_id,
            "SaleID": self._identity.sale_id,
            "POIID": self._identity.poi_id,
        }
