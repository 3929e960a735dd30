"""The web service of CashDro machines, sans-IO: targets of GET requests, and what is answered.

Every request is a GET of ``/Cashdro3WS/index.php``; operator and password travel in its query, as
the maker wants it, which is why no target may ever be logged (``hide_credentials``).

    startOperation type 4 (sale) or 3 (payout) -> identification; nothing happens yet
    acknowledgeOperationId                     -> the machine begins
    askOperation                               -> state F when ended; totalin, totalout in cents
    finishOperation type 1 (finish), 2 (cancel: repay)
    setOperationImported                       -> the host has it in its books
    getPiecesCurrency                          -> levels of every denomination

An answer is ``{"code": 1, "data": ...}``; data is often JSON inside a string, and numbers often are
strings.  Codes below 1 are refusals.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from drivers.cash.base import CashOperation, Level, Stage, Store
from drivers.errors import DeviceFault, RemoteProtocolError

PATH = "/Cashdro3WS/index.php"
SALE, PAYOUT = "4", "3"
FINISH, CANCEL = "1", "2"
MAX_ID = 32
MAX_MINOR = 10**9
NEARLY_FULL = 90
"""Percent of the upper level."""
_SECRETS = re.compile(r"\b(name|password)=[^&\s\"']*")


@dataclass(frozen=True, slots=True)
class Operator:
    """Who works at the machine: its own user and password, and the name of this till."""

    name: str
    password: str = field(repr=False)
    till: str = "reprise"


def hide_credentials(text: str) -> str:
    """Return ``text`` without the operator and password of a request."""
    return _SECRETS.sub(r"\1=***", text)


def start_target(operator: Operator, kind: str, amount_minor: int) -> str:
    """Prepare a sale or payout."""
    return _target(
        operator,
        "startOperation",
        type=kind,
        posid=operator.till,
        posuser=operator.till,
        parameters=json.dumps({"amount": str(amount_minor)}, separators=(",", ":")),
    )


def acknowledge_target(operator: Operator, operation_id: str) -> str:
    """Begin what was prepared."""
    return _target(operator, "acknowledgeOperationId", operationId=operation_id)


def ask_target(operator: Operator, operation_id: str) -> str:
    """Ask how far it is."""
    return _target(operator, "askOperation", operationId=operation_id)


def finish_target(operator: Operator, operation_id: str, how: str) -> str:
    """End it."""
    return _target(operator, "finishOperation", type=how, operationId=operation_id)


def imported_target(operator: Operator, operation_id: str) -> str:
    """Say that it is in our books."""
    return _target(operator, "setOperationImported", operationId=operation_id)


def pieces_target(operator: Operator, currency: str) -> str:
    """Ask what is in the machine."""
    return _target(
        operator, "getPiecesCurrency", currencyId=currency, includeImages="0", includeLevels="1"
    )


def parse_id(body: bytes) -> str:
    """Return the identification of what was prepared. Raises as ``parse_data``."""
    data = parse_data(body)
    if isinstance(data, dict):
        data = data.get("operationId")
    text = str(data) if isinstance(data, int | str) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_ID):
        raise RemoteProtocolError("an operation without a number")
    return text


def parse_operation(operation_id: str, body: bytes) -> CashOperation:
    """Return how far an operation is. Raises as ``parse_data``."""
    data = parse_data(body)
    operation = data.get("operation") if isinstance(data, dict) else None
    if isinstance(operation, dict) and isinstance(operation.get("operation"), dict):
        operation = operation["operation"]
    if not isinstance(operation, dict):
        raise RemoteProtocolError("an answer without the operation")
    told = operation.get("operationid", operation.get("operationId", operation_id))
    if str(told) != operation_id:
        raise RemoteProtocolError("an answer about another operation")
    state = operation.get("state")
    if not isinstance(state, str) or not state:
        raise RemoteProtocolError("an operation without a state")
    return CashOperation(
        operation_id=operation_id,
        stage={"F": Stage.ENDED, "I": Stage.WAITING}.get(state, Stage.RUNNING),
        inserted_minor=_cents(operation, "totalin"),
        dispensed_minor=_cents(operation, "totalout"),
        missing_minor=_cents(operation, "amountchangenotavailable"),
        jammed=isinstance(data, dict) and str(data.get("withError", "")).lower() == "true",
    )


def parse_stores(body: bytes) -> tuple[Store, ...]:
    """Return the levels of every denomination. Raises as ``parse_data``."""
    data = parse_data(body)
    if not isinstance(data, list) or not all(isinstance(piece, dict) for piece in data):
        raise RemoteProtocolError("levels that are not a list")
    stores = [
        Store(
            value_minor=_cents(piece, "Value"),
            count=_cents(piece, "LevelRecycler"),
            cashbox=_cents(piece, "LevelCasete"),
            level=_level(piece),
        )
        for piece in data
    ]
    return tuple(sorted(stores, key=lambda store: store.value_minor))


def parse_data(body: bytes) -> Any:
    """Return what an answer carries, also when it is JSON in a string.

    Raises:
        RemoteProtocolError: this is no answer.
        DeviceFault: the machine refuses.
    """
    answer = _json(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), int):
        raise RemoteProtocolError("an answer without a code")
    data = answer.get("data", answer.get("response"))
    if answer["code"] < 1:
        raise DeviceFault(hide_credentials(f"the machine refuses ({answer['code']})"))
    if isinstance(data, dict) and set(data) & {"errorMessage"} and "operation" in data:
        inner = data["operation"]
        return {"operationId": inner["operationId"]} if _is_start(inner) else data
    if isinstance(data, str) and data[:1] in ("{", "["):
        return _json(data.encode())
    return data


def _is_start(inner: object) -> bool:
    return isinstance(inner, dict) and "operationId" in inner and "operation" not in inner


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError("not JSON") from error


def _cents(record: dict[str, Any], name: str) -> int:
    value = record.get(name)
    if value is None or value == "":
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_ID:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_MINOR:
        raise RemoteProtocolError(f"{name} is not an amount")
    return value


def _level(piece: dict[str, Any]) -> Level:
    count, least, most = (_cents(piece, n) for n in ("LevelRecycler", "MinLevel", "MaxLevel"))
    if most and count >= most:
        return Level.FULL
    if most and count * 100 >= most * NEARLY_FULL:
        return Level.NEARFULL
    if count == 0:
        return Level.EMPTY if least else Level.OK
    return Level.NEAREMPTY if count < least else Level.OK


def _target(operator: Operator, operation: str, **more: str) -> str:
    query = {"name": operator.name, "password": operator.password, "operation": operation, **more}
    return f"{PATH}?{urlencode(query)}"
