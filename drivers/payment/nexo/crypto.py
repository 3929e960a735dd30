"""Encryption between a till and an Adyen terminal on the local network (Terminal API, local).

    key material   PBKDF2-HMAC-SHA1(passphrase, "AdyenNexoV1Salt", 4,000 rounds, 80 bytes):
                   HMAC key 32, AES key 32, initialisation vector 16
    nonce          16 random bytes, XORed into the initialisation vector
    NexoBlob       base64 of AES-256-CBC with PKCS#7 padding
    Hmac           base64 of HMAC-SHA256 over the *plain* text

The message header travels in the clear beside the blob, and again inside it: what counts is inside,
and the two must be the same.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import pbkdf2_hmac, sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from drivers.errors import RemoteProtocolError
from drivers.payment.nexo.json_text import Tree

SALT = b"AdyenNexoV1Salt"
ROUNDS = 4000
NONCE_BYTES = 16
BLOCK_BITS = 128
CRYPTO_VERSION = 1


@dataclass(frozen=True, slots=True)
class SecurityKey:
    """The shared key of a terminal, as it stands in Adyen's Customer Area."""

    passphrase: str
    identifier: str
    version: int

    def __repr__(self) -> str:
        return f"SecurityKey(identifier={self.identifier!r}, version={self.version})"


class AdyenCipher:
    """Seals and opens messages with one key. Raises RemoteProtocolError for what does not open."""

    def __init__(self, key: SecurityKey, random: Callable[[int], bytes] = os.urandom) -> None:
        material = pbkdf2_hmac("sha1", key.passphrase.encode(), SALT, ROUNDS, 80)
        self._hmac_key, self._aes_key, self._iv = material[:32], material[32:64], material[64:]
        self._key = key
        self._random = random

    def seal(self, header: Mapping[str, Any], plain: bytes) -> dict[str, Any]:
        """Return the members of a sealed message: header, blob and trailer."""
        nonce = self._random(NONCE_BYTES)
        padder = PKCS7(BLOCK_BITS).padder()
        padded = padder.update(plain) + padder.finalize()
        encryptor = self._cipher(nonce).encryptor()
        blob = encryptor.update(padded) + encryptor.finalize()
        return {
            "MessageHeader": header,
            "NexoBlob": base64.b64encode(blob).decode(),
            "SecurityTrailer": {
                "AdyenCryptoVersion": CRYPTO_VERSION,
                "Hmac": base64.b64encode(self._hmac(plain)).decode(),
                "KeyIdentifier": self._key.identifier,
                "KeyVersion": self._key.version,
                "Nonce": base64.b64encode(nonce).decode(),
            },
        }

    def open(self, sealed: Tree) -> bytes:
        """Return the plain text of a sealed message. Raises RemoteProtocolError."""
        trailer = sealed.at("SecurityTrailer")
        mine = (self._key.identifier, self._key.version)
        if (trailer.text("KeyIdentifier"), trailer.at("KeyVersion").value) != mine:
            raise RemoteProtocolError("sealed with another key")
        nonce = _from_base64(trailer.text("Nonce"))
        blob = _from_base64(sealed.text("NexoBlob"))
        if len(nonce) != NONCE_BYTES or not blob or len(blob) % (BLOCK_BITS // 8):
            raise RemoteProtocolError("a sealed message of an impossible length")
        decryptor = self._cipher(nonce).decryptor()
        padded = decryptor.update(blob) + decryptor.finalize()
        unpadder = PKCS7(BLOCK_BITS).unpadder()
        try:
            plain = unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:
            raise RemoteProtocolError("a sealed message that does not open") from error
        if not hmac.compare_digest(self._hmac(plain), _from_base64(trailer.text("Hmac"))):
            raise RemoteProtocolError("a sealed message that was changed on its way")
        return plain

    def _cipher(self, nonce: bytes) -> Cipher[modes.CBC]:
        iv = bytes(a ^ b for a, b in zip(self._iv, nonce, strict=True))
        return Cipher(algorithms.AES256(self._aes_key), modes.CBC(iv))

    def _hmac(self, plain: bytes) -> bytes:
        return hmac.digest(self._hmac_key, plain, sha256)


def _from_base64(text: str) -> bytes:
    """Decode, also what is broken into lines, as MIME does."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RemoteProtocolError("not base64") from error
