"""Signatures of fiscal records: ECDSA on P-256 with SHA-256, as secure elements and TPMs offer it.

A signature is written as JWS does (RFC 7518, section 3.4): r and s, 32 bytes each, big-endian, in
base64url without padding, 86 characters.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

ALGORITHM = "ES256"
SIGNATURE_CHARACTERS = 86
KEY_ID_CHARACTERS = 16
_HALF = 32
_SHA256 = ec.ECDSA(hashes.SHA256())
_EXTRACT = (2, 6, 12, 18)
"""Characters 3, 7, 13 and 19 of a signature are printed (NF525's habit)."""


class KeyUnusable(Exception):
    """The signing key cannot be read or used; says what a technician can do."""

    def __init__(self, message: str, code: str = "signature_failed") -> None:
        super().__init__(message)
        self.code = code
        """What a screen says: a refusal code."""


class Signer(Protocol):
    """Who holds the key."""

    backend: str
    """``file``, ``credential`` or ``pkcs11``. The last takes a tenth of a second for a signature,
    and is asked beside the loop; the others take less than a millisecond."""
    public_key: bytes
    """SubjectPublicKeyInfo, DER."""

    @property
    def key_id(self) -> str:
        """The fingerprint's first characters: what records name."""

    def sign(self, text: str) -> str:
        """Return the signature of a text's UTF-8 bytes. Raises KeyUnusable."""

    def ready(self) -> None:
        """Make sure that it can sign now. Raises KeyUnusable."""


def b64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text: str) -> bytes:
    """Return the bytes of base64url without padding. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_id_of(public_key: bytes) -> str:
    """Return the first characters of the SHA-256 of a public key, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_CHARACTERS]


def is_fingerprint(text: str, public_key: bytes) -> bool:
    """Tell whether a text is a key's fingerprint, or names it: its beginning, at key id length."""
    whole = hashlib.sha256(public_key).hexdigest()
    return len(text) >= KEY_ID_CHARACTERS and whole.startswith(text.lower())


def extract(signature: str) -> str:
    """Return the four characters that a receipt prints of its signature."""
    return "".join(signature[place] for place in _EXTRACT)


class PemSigner:
    """A key in a file, or in a credential that systemd unsealed for this process alone."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, backend: str) -> None:
        self.backend = backend
        self._key = key
        self.public_key = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._key_id = key_id_of(self.public_key)

    @classmethod
    def read(cls, path: Path, backend: str = "file") -> PemSigner:
        """Return the signer of a PKCS#8 file. Raises KeyUnusable."""
        try:
            return cls.of(path.read_bytes(), backend)
        except (OSError, KeyUnusable) as error:
            raise KeyUnusable(f"{path}: no signing key can be read ({error})") from error

    @classmethod
    def of(cls, pem: bytes, backend: str) -> PemSigner:
        """Return the signer of a key in PKCS#8 PEM. Raises KeyUnusable."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise KeyUnusable(str(error)) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise KeyUnusable("the signing key is not one of the curve P-256")
        return cls(key, backend)

    @property
    def key_id(self) -> str:
        return self._key_id

    def sign(self, text: str) -> str:
        """Return the signature of a text's UTF-8 bytes."""
        r, s = decode_dss_signature(self._key.sign(text.encode(), _SHA256))
        return b64url(r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big"))

    def ready(self) -> None:
        """A key in memory always can."""


def new_key() -> bytes:
    """Return a new key as PKCS#8 PEM: for a file, or to be sealed without ever being in one."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def make_key(path: Path) -> None:
    """Make a new key in a file that only its owner may read; never replaces one."""
    pem = new_key()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(pem)


class Verifier:
    """A public key that signatures are checked with."""

    def __init__(self, public_key: bytes) -> None:
        """``public_key`` is a SubjectPublicKeyInfo, DER. Raises KeyUnusable."""
        try:
            key = serialization.load_der_public_key(public_key)
        except ValueError as error:
            raise KeyUnusable(f"no public key ({error})") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise KeyUnusable("the public key is not one of the curve P-256")
        self.public_key = public_key
        self.key_id = key_id_of(public_key)
        self._key = key

    def verifies(self, text: str, signature: str) -> bool:
        """Tell whether the signature is that of the text."""
        try:
            raw = from_b64url(signature)
            if len(raw) != 2 * _HALF or b64url(raw) != signature:
                return False  # the last character has bits to spare: only one way to write it
            r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
            self._key.verify(encode_dss_signature(r, s), text.encode(), _SHA256)
        except (InvalidSignature, ValueError):
            return False
        return True
