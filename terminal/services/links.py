"""Links to receipts on the terminal's own page: unguessable, derived, and they end (RCP-02).

A link names the receipt by its sequence and proves the right to read it by 192 bits of a keyed
digest: nothing is stored, and a receipt's number alone opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

TOKEN_BYTES = 24
PATH = re.compile(r"/r/(\d{1,10})-([A-Za-z0-9_-]{32})(\.pdf)?")
"""The only address of the page: ``/r/<sequence>-<token>``, and its PDF."""
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links and knows them again; without an address there are none."""

    key: bytes
    address: str
    days: int

    def path(self, sequence: int, number: str) -> str:
        """Return the path of a receipt."""
        return f"/r/{sequence}-{self.token(number)}"

    def url(self, sequence: int, number: str) -> str:
        """Return the whole link; empty where there is no page."""
        return f"{self.address.rstrip('/')}{self.path(sequence, number)}" if self.address else ""

    def token(self, number: str) -> str:
        """Return what proves the right to read a receipt."""
        digest = hmac.digest(self.key, f"link|{number}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()

    def opens(self, number: str, token: str) -> bool:
        """Tell whether a token is the one of a receipt, in constant time."""
        return hmac.compare_digest(self.token(number).encode(), token.encode())

    def is_over(self, completed_at_ms: int, now_ms: int) -> bool:
        """Tell whether a receipt is too old to be read by its link."""
        return now_ms - completed_at_ms > self.days * _DAY_MS
