"""Chains of signed records: what is signed, and in which order.

The signed text of a record is comma-joined UTF-8::

    format, chain, till, <items of its kind>, SHA-256 of its content, key id, O or N, last signature

``O`` says that the signature of the chain's previous record follows, ``N`` that this is the first
one and the last item is empty.  Within an item a comma becomes a semicolon and a space an
underscore, so that the items can be told apart.  The items alone do not cover lines and payments:
the hash of the content does.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from terminal.core.books import ChainHead, VatRow
from terminal.core.events import RecordSigned, SigningKeyAdopted
from terminal.fiscal.signing import ALGORITHM, Signer
from terminal.journal.records import canonical_json

FORMAT = "R1"
"""Version of the signed text."""
FIRST, FOLLOWS = "N", "O"
TAIL_ITEMS = 4
"""Content hash, key id, flag and last signature: the same for every kind."""
HEAD_ITEMS = 3
"""Format, chain and till."""


def item(value: str | int) -> str:
    """Return a value as an item of a signed text."""
    return str(value).replace(",", ";").replace(" ", "_")


def breakdown(rows: Sequence[VatRow]) -> str:
    """Return amounts by rate: ``2000:600|0550:0``, cents and hundredths of a percent."""
    return "|".join(f"{row.rate_bp:04d}:{row.gross_minor}" for row in rows)


def local_time(at_ms: int, timezone: ZoneInfo) -> str:
    """Return a moment as ``YYYYMMDDhhmmss`` in the shop's time zone."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(timezone).strftime("%Y%m%d%H%M%S")


def content_hash(content: str) -> str:
    """Return the SHA-256 of a content in hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed text, taken apart."""

    format: str
    chain: str
    till: str
    items: tuple[str, ...]
    content_hash: str
    key_id: str
    flag: str
    previous: str


def take_apart(canonical: str) -> Signed | None:
    """Return the items of a signed text; None when it has too few."""
    parts = canonical.split(",")
    if len(parts) < HEAD_ITEMS + TAIL_ITEMS:
        return None
    form, chain, till = parts[:HEAD_ITEMS]
    digest, key_id, flag, previous = parts[-TAIL_ITEMS:]
    items = tuple(parts[HEAD_ITEMS:-TAIL_ITEMS])
    return Signed(form, chain, till, items, digest, key_id, flag, previous)


def adoption(signer: Signer) -> SigningKeyAdopted:
    """Return the event that lets a key sign from here on."""
    return SigningKeyAdopted(
        key_id=signer.key_id,
        algorithm=ALGORITHM,
        public_key=base64.b64encode(signer.public_key).decode(),
        backend=signer.backend,
    )


class Chains:
    """Signs records onto the chains of a state, one after another."""

    def __init__(self, heads: Mapping[str, ChainHead], signer: Signer, till: str) -> None:
        self._heads = dict(heads)
        self._signer = signer
        self._till = till

    def next_number(self, chain: str) -> int:
        """Return the sequence number that the chain's next record will have."""
        head = self._heads.get(chain)
        return (head.sequence if head else 0) + 1

    def sign(
        self,
        chain: str,
        document: str,
        items: Sequence[str | int],
        content: Mapping[str, Any],
    ) -> RecordSigned:
        """Return the next record of a chain. Raises KeyUnusable."""
        head = self._heads.get(chain)
        text = canonical_json(content)
        canonical = ",".join(
            (
                FORMAT,
                chain,
                self._till,
                *map(item, items),
                content_hash(text),
                self._signer.key_id,
                FOLLOWS if head else FIRST,
                head.signature if head else "",
            )
        )
        signature = self._signer.sign(canonical)
        sequence = (head.sequence if head else 0) + 1
        self._heads[chain] = ChainHead(sequence, signature)
        return RecordSigned(
            chain=chain,
            sequence=sequence,
            document=document,
            canonical=canonical,
            content=text,
            signature=signature,
            key_id=self._signer.key_id,
        )
