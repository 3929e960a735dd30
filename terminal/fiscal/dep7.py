"""The Austrian data collection log (DEP) as the tax office reads it, and the keys to check it with.

Source: RKSV section 7 and annex, number 3: a JSON object, one group of receipts per certificate.
In a closed system there is no certificate: the group names none, and each receipt names its key.
The container of keys is the input of the ministry's verifier, not part of the law (BMF,
Festlegungen 1.2).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from terminal.core.events import Event, RecordSigned, SigningKeyAdopted
from terminal.fiscal.austria import CHAIN, Register

_BEGIN = '{"Belege-Gruppe":[{"Signaturzertifikat":"","Zertifizierungsstellen":[],"Belege-kompakt":['
_END = "]}]}\n"


@dataclass
class Passed:
    """What went by while receipts were written: their keys, the first and the last."""

    keys: dict[str, str] = field(default_factory=dict)
    """Id -> public key, SubjectPublicKeyInfo in base64."""
    count: int = 0
    first: str = ""
    last: str = ""


def write_dep7(receipts: Iterable[RecordSigned], file: TextIO) -> None:
    """Write receipts one after another: no more than one is in memory."""
    file.write(_BEGIN)
    separator = "\n"
    for receipt in receipts:
        file.write(separator + json.dumps(receipt.signature))
        separator = ",\n"
    file.write(_END)


def receipts_of(
    events: Iterable[tuple[str, Event]], first: str, last: str, passed: Passed
) -> Iterator[RecordSigned]:
    """Yield the receipts of the trading days from ``first`` to ``last``, both included.

    Args:
        events: (trading day, event) of the journal from its beginning.
        first: ISO date; empty: from the start receipt on.
        last: ISO date; empty: to the newest one.
        passed: is told what went by.
    """
    for day, event in events:
        if isinstance(event, SigningKeyAdopted):
            passed.keys[event.key_id] = event.public_key
        elif isinstance(event, RecordSigned) and event.chain == CHAIN:
            if (first and day < first) or (last and day > last):
                continue
            passed.count += 1
            passed.first = passed.first or event.document
            passed.last = event.document
            yield event


def key_container(register: Register, keys: Mapping[str, str]) -> str:
    """Return the container of keys. It holds the AES key: whoever has it reads the turnover."""
    return json.dumps(
        {
            "base64AESKey": base64.b64encode(register.aes_key).decode(),
            "certificateOrPublicKeyMap": {
                name: {
                    "id": name,
                    "signatureDeviceType": "PUBLIC_KEY",
                    "signatureCertificateOrPublicKey": public_key,
                }
                for name, public_key in (
                    (register.key_name(key_id), key) for key_id, key in keys.items()
                )
            },
        },
        indent=1,
    )
