"""How a nexo message travels: as it is, or sealed for an Adyen terminal.

The outer object has one member, ``SaleToPOIRequest`` or ``SaleToPOIResponse``, which holds a
MessageHeader and one body; sealed, it holds the header, a blob and a trailer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from drivers.errors import RemoteProtocolError
from drivers.payment.nexo.crypto import AdyenCipher
from drivers.payment.nexo.json_text import Tree, dump, load

REQUEST, RESPONSE = "SaleToPOIRequest", "SaleToPOIResponse"


class Envelope(Protocol):
    def pack(self, kind: str, message: Mapping[str, Any]) -> bytes:
        """Return the bytes of a message; ``kind`` is REQUEST or RESPONSE."""

    def unpack(self, kind: str, data: bytes) -> Tree:
        """Return the message that came. Raises RemoteProtocolError."""


class Plain:
    """Messages as they are."""

    def pack(self, kind: str, message: Mapping[str, Any]) -> bytes:
        """Return the bytes of a message."""
        return dump({kind: message}).encode()

    def unpack(self, kind: str, data: bytes) -> Tree:
        """Return the message that came. Raises RemoteProtocolError."""
        return _member(kind, data)


class Sealed:
    """Messages sealed with the key that the till and its terminal share."""

    def __init__(self, cipher: AdyenCipher) -> None:
        self._cipher = cipher

    def pack(self, kind: str, message: Mapping[str, Any]) -> bytes:
        """Return the bytes of a sealed message."""
        plain = dump({kind: message}).encode()
        return dump({kind: self._cipher.seal(message["MessageHeader"], plain)}).encode()

    def unpack(self, kind: str, data: bytes) -> Tree:
        """Return the message inside. Raises RemoteProtocolError, also when its header differs."""
        sealed = _member(kind, data)
        message = _member(kind, self._cipher.open(sealed))
        if sealed.at("MessageHeader").value != message.at("MessageHeader").value:
            raise RemoteProtocolError("the header outside is not the header inside")
        return message


def _member(kind: str, data: bytes) -> Tree:
    message = Tree(load(data)).at(kind)
    if not isinstance(message.value, dict):
        raise RemoteProtocolError(f"no {kind}")
    return message
