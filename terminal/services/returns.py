"""Returns that begin with a receipt: read off a telephone or off paper, verified, line by line.

A receipt of this terminal is what its own books say, whatever its code says; one of another till is
believed when the key that signed it is trusted for that till.  What came back elsewhere cannot be
known here without a network: the shop says whether such receipts are refused, or want a supervisor.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from terminal.core import authority
from terminal.core.basket import totals
from terminal.core.errors import Refused
from terminal.core.items import Article
from terminal.core.numbering import is_digits, is_receipt_number
from terminal.core.receipt_commands import TakeBackLines
from terminal.core.returned import ReceiptLine, ReceiptOffer
from terminal.core.returning import under_way
from terminal.core.state import Operator, Sale
from terminal.fiscal import statement as stated
from terminal.fiscal.attesting import digest
from terminal.fiscal.base import Regime
from terminal.fiscal.signing import Verifier, b64url, from_b64url
from terminal.fiscal.trusted import TrustedKey
from terminal.services.requests import OpenReceipt, ReturnLines
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.returned import returned

MS_PER_S = 1000
TRIES = 3
"""Times that a return is decided anew because another sale was completed meanwhile."""


class Articles(Protocol):
    """Where labels of another till's articles are looked up."""

    def find_first(self, candidates: tuple[str, ...]) -> Article | None: ...


def is_receipt(code: str, prefix: str) -> bool:
    """Tell whether a scan is a receipt: its code, or the number under its bars."""
    text = code.replace(" ", "")
    return stated.is_code(text) or (is_receipt_number(text) and text.startswith(prefix))


class Returns:
    """Opens receipts and takes their lines back."""

    def __init__(
        self,
        session: Session,
        writer: Writer,
        articles: Articles,
        *,
        regime: Regime,
        key: bytes,
        trusted: Mapping[str, TrustedKey],
    ) -> None:
        self._session = session
        self._writer = writer
        self._articles = articles
        self._regime = regime
        self._key = key
        self._trusted = trusted

    def is_receipt(self, code: str) -> bool:
        """Tell whether a scan is a receipt, here."""
        return is_receipt(code, self._session.policy.receipt_prefix)

    async def open(self, request: OpenReceipt) -> ReceiptOffer | Refused:
        """Return what can come back of a receipt, or why nothing can."""
        state = self._session.state
        refused = authority.staff(state) or authority.lock(state)
        offer = refused or await self._verified(request.code)
        if isinstance(offer, Refused):
            return offer
        if offer.currency != self._session.policy.currency:
            return Refused("receipt_other_currency")
        if offer.foreign and self._session.policy.foreign_returns == "refuse":
            return Refused("foreign_receipt")
        if not offer.lines:
            return Refused("nothing_to_return")
        if not any(line.left for line in offer.lines):
            return Refused("receipt_returned", {"receipt_number": offer.receipt_number})
        return offer

    async def take_back(self, request: ReturnLines, by: Operator | None) -> Decision:
        """Take chosen lines back; the receipt is verified again, whoever asks."""
        decided: Decision = Refused("receipts_changed")
        for _ in range(TRIES):
            offer = await self._verified(request.code)
            if isinstance(offer, Refused):
                return offer
            by_number = {line.n: line for line in offer.lines}
            if any(n not in by_number for n, _ in request.lines):
                return Refused("bad_request")
            command = TakeBackLines(
                origin_receipt=offer.receipt_number,
                lines=tuple((by_number[n], pieces) for n, pieces in request.lines),
                reason=request.reason,
                foreign=offer.foreign,
                receipts_seen=offer.receipts_seen,
            )
            decided = await self._session.carry_out(command, by)
            if not isinstance(decided, Refused) or decided.code != "receipts_changed":
                return decided
        return decided

    def shown(self, offer: ReceiptOffer) -> ReceiptOffer:
        """Return an offer with what comes back in unfinished sales counted as back already."""
        state = self._session.state
        lines = tuple(
            replace(line, already=line.already + under_way(state, offer.receipt_number, line.n))
            for line in offer.lines
        )
        return replace(offer, lines=lines)

    async def _verified(self, code: str) -> ReceiptOffer | Refused:
        text = code.replace(" ", "")
        if not stated.is_code(text):
            return await self._by_number(text)
        try:
            envelope = stated.open_code(text)
            statement = stated.unpack(envelope.body)
        except stated.NotAStatement:
            return Refused("receipt_not_readable")
        seen = self._session.state.last_receipt_sequence
        sale, back = await self._known(statement.receipt_number)
        if sale is not None:
            if not self._is_of(sale, envelope):
                return Refused("receipt_not_genuine")
            return _offer(sale, back, seen)
        refused = self._check_foreign(envelope, statement)
        return refused or self._foreign(statement, back, seen)

    async def _by_number(self, number: str) -> ReceiptOffer | Refused:
        if not (is_digits(number) and is_receipt_number(number)):
            return Refused("receipt_not_readable")
        seen = self._session.state.last_receipt_sequence
        sale, back = await self._known(number)
        if sale is None:
            return Refused("receipt_not_here", {"receipt_number": number})
        return _offer(sale, back, seen)

    async def _known(self, number: str) -> tuple[Sale | None, Mapping[int, int]]:
        return await self._writer.ask(lambda store: (store.sale(number), returned(store, number)))

    def _is_of(self, sale: Sale, envelope: stated.Envelope) -> bool:
        """Tell whether a code is, bit by bit, the one of a sale in the books."""
        try:
            body = stated.pack(stated.statement_of(sale, self._session.policy.till_number))
        except stated.NotAStatement:
            return False
        seal = from_b64url(sale.seal)
        return body == envelope.body and hmac.compare_digest(seal, envelope.signature)

    def _check_foreign(
        self, envelope: stated.Envelope, statement: stated.Statement
    ) -> Refused | None:
        """Return why a receipt that is not in the books is not believed."""
        if envelope.method == stated.DIGEST:
            own = digest(self._key, envelope.body)
            genuine = hmac.compare_digest(own, envelope.signature)
            return None if genuine else Refused("receipt_not_verifiable", {"till": statement.till})
        trusted = self._trusted_key(envelope.key_id)
        if trusted is None:
            return Refused("receipt_key_unknown", {"till": statement.till})
        text = stated.signed_text(envelope.body)
        genuine = trusted.till == statement.till and trusted.verifier.verifies(
            text, b64url(envelope.signature)
        )
        return None if genuine else Refused("receipt_not_genuine")

    def _trusted_key(self, key_id: str) -> TrustedKey | None:
        signer = self._regime.signer
        if signer is not None and signer.key_id == key_id:
            return TrustedKey(self._session.policy.till_number, Verifier(signer.public_key))
        return self._trusted.get(key_id)

    def _foreign(
        self, statement: stated.Statement, back: Mapping[int, int], seen: int
    ) -> ReceiptOffer:
        """Return the offer of a receipt from elsewhere; its labels are today's, or its codes."""
        lines = []
        for line in statement.lines:
            if line.is_article and line.quantity > 0 and line.paid_minor >= 0:
                article = self._articles.find_first((line.code,))
                lines.append(_from_elsewhere(line, article, back.get(line.n, 0)))
        return ReceiptOffer(
            statement.receipt_number,
            statement.completed_s * MS_PER_S,
            statement.currency,
            True,
            tuple(lines),
            seen,
        )


def _from_elsewhere(line: stated.StatedLine, article: Article | None, back: int) -> ReceiptLine:
    return ReceiptLine(
        n=line.n,
        code=line.code,
        label=article.label if article else line.code,
        quantity=line.quantity,
        weight_g=line.weight_g,
        paid_minor=line.paid_minor,
        vat_rate_bp=line.vat_rate_bp,
        reference=(article.attribute("ref") if article else "") or line.code,
        brand=article.brand if article else "",
        department=article.department if article else "",
        already=back,
    )


def _offer(sale: Sale, back: Mapping[int, int], seen: int) -> ReceiptOffer:
    """Return the offer of a receipt in the books."""
    figures = totals(sale).lines
    lines = (
        ReceiptLine(
            n=line.n,
            code=line.code,
            label=line.label,
            quantity=line.quantity,
            weight_g=line.weight_g,
            paid_minor=figures[line.n - 1].net_minor - figures[line.n - 1].foot_minor,
            vat_rate_bp=line.vat_rate_bp,
            reference=line.reference,
            brand=line.brand,
            department=line.department,
            attributes=line.attributes,
            already=back.get(line.n, 0),
        )
        for line in sale.lines
        if not line.void and line.kind == "article" and line.quantity > 0
    )
    return ReceiptOffer(
        sale.receipt_number, sale.completed_at_ms, sale.currency, False, tuple(lines), seen
    )
