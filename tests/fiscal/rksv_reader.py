"""A second reader of Austrian data collection logs, written from the law and nothing of ours.

RKSV (BGBl. II Nr. 410/2015) with its annex, and RFC 7515; signatures and AES are left to the
openssl command.  It imports nothing of the terminal: the two can only agree if both read the law
alike.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from decimal import Decimal
from pathlib import Path

OUT_OF_ORDER = b"Sicherheitseinrichtung ausgefallen"


class Rejected(Exception):
    """The log is not what the law asks for; says at which receipt."""


def unpadded(text: str) -> bytes:
    """Return the bytes of base64url as a JWS has it."""
    if "=" in text:
        raise Rejected("padding in a JWS")
    return base64.urlsafe_b64decode(text + "==="[: -len(text) % 4])


def der(raw: bytes) -> bytes:
    """Return r and s of a JWS as the DER sequence that openssl reads (X.690, RFC 3279)."""
    integers = b""
    for half in (raw[:32], raw[32:]):
        value = half.lstrip(b"\0") or b"\0"
        value = (b"\0" if value[0] & 0x80 else b"") + value
        integers += b"\x02" + bytes([len(value)]) + value
    return b"\x30" + bytes([len(integers)]) + integers


def openssl_verifies(public_key: bytes, signed: bytes, raw: bytes, folder: Path) -> bool:
    """Ask the openssl command whether the signature is that of the text."""
    names = {"key.der": public_key, "signed": signed, "signature.der": der(raw)}
    for name, content in names.items():
        (folder / name).write_bytes(content)
    asked = subprocess.run(
        [
            *("openssl", "dgst", "-sha256", "-verify", "key.der", "-keyform", "DER"),
            *("-signature", "signature.der", "signed"),
        ],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return asked.returncode == 0 and asked.stdout.strip() == b"Verified OK"


def openssl_decrypts(key: bytes, block: bytes, data: bytes) -> bytes:
    """Return the plain bytes, by the openssl command."""
    return subprocess.run(
        ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", block.hex()],
        input=data,
        capture_output=True,
        timeout=60,
        check=True,
    ).stdout


class LogReader:
    """Reads a log from its start receipt on, and keeps what it says."""

    def __init__(self, container: str, folder: Path) -> None:
        """``container`` is that of the ministry's verifier; ``folder`` is for openssl."""
        keys = json.loads(container)
        self._aes_key = base64.b64decode(keys["base64AESKey"])
        self._public = {
            name: base64.b64decode(key["signatureCertificateOrPublicKey"])
            for name, key in keys["certificateOrPublicKeyMap"].items()
        }
        self._folder = folder
        self._before = ""
        self._recovering = False
        self.numbers: list[str] = []
        self.turnover = Decimal(0)
        """What the sums of all receipts so far come to."""
        self.unsigned: list[str] = []
        self.cancellations: list[str] = []
        self.zeros: list[str] = []

    def read(self, dep: str) -> LogReader:
        """Check a whole log. Raises Rejected."""
        for group in json.loads(dep)["Belege-Gruppe"]:
            if not {"Signaturzertifikat", "Zertifizierungsstellen"} <= group.keys():
                raise Rejected("a group without its two fields of certificates")
            for jws in group["Belege-kompakt"]:
                self._receipt(jws)
        return self

    def _receipt(self, jws: str) -> None:
        head, body, tail = jws.split(".")
        if json.loads(unpadded(head)) != {"alg": "ES256"}:
            raise Rejected("another algorithm than ES256")
        parts = unpadded(body).decode().split("_")
        if len(parts) != 13 or parts[:2] != ["", "R1-AT0"]:
            raise Rejected(f"{parts}: not thirteen parts")
        till, number, _time, *amounts = parts[2:10]
        counter, key_name, link = parts[10:]
        if number in self.numbers:
            raise Rejected(f"{number}: used twice")
        before = (self._before or till).encode()
        if base64.b64decode(link) != hashlib.sha256(before).digest()[:8]:
            raise Rejected(f"{number}: broken chain")
        failed = unpadded(tail) == OUT_OF_ORDER
        if failed:
            self.unsigned.append(number)
        elif not openssl_verifies(
            self._public[key_name], f"{head}.{body}".encode(), unpadded(tail), self._folder
        ):
            raise Rejected(f"{number}: signature")
        sums = [Decimal(text.replace(",", ".")) for text in amounts]
        self._count(till, number, sums, base64.b64decode(counter))
        zero = not any(sums)
        if not self._before and (failed or not zero or self.turnover):
            raise Rejected(f"{number}: no start receipt")
        if self._recovering and not failed and not zero:
            raise Rejected(f"{number}: no collective receipt after an outage")
        self._recovering, self._before = failed, jws
        self.numbers.append(number)
        if zero:
            self.zeros.append(number)

    def _count(self, till: str, number: str, sums: list[Decimal], counter: bytes) -> None:
        self.turnover += sum(sums)
        if counter == b"STO":
            self.cancellations.append(number)
            return
        block = hashlib.sha256((till + number).encode()).digest()[:16]
        plain = openssl_decrypts(self._aes_key, block, counter)
        if int.from_bytes(plain, "big", signed=True) != self.turnover * 100:
            raise Rejected(f"{number}: turnover")
