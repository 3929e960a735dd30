"""Vouchers and deposits at the till: numbers are made here, and found in the register.

The register is local: what this till has issued it honours without a network, and anything else is
refused, since nobody here could say what it is worth or whether another till has taken it.
"""

from __future__ import annotations

import secrets

from terminal.core.credit_commands import SellVoucher, UseCredit
from terminal.core.credits import Credit, left
from terminal.core.errors import Refused
from terminal.core.limits import MAX_TEXT
from terminal.core.numbering import check_digit
from terminal.core.state import Operator
from terminal.services.requests import IssueVoucher, OfCredit, Redeem
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.credits import credits_of

RANDOM_DIGITS = 14
PREFIX = "98"
"""Begins the numbers of our vouchers: 17 digits with their check digit, like coupons (NUM-02)."""


class Credits:
    """Sells and redeems vouchers, and applies deposits."""

    def __init__(self, session: Session, writer: Writer) -> None:
        self._session = session
        self._writer = writer

    async def carry_out(self, request: OfCredit, by: Operator | None) -> Decision:
        """Sell a voucher, or use a voucher or deposit."""
        if isinstance(request, IssueVoucher):
            return await self.issue(request, by)
        return await self.redeem(request, by)

    async def issue(self, request: IssueVoucher, by: Operator | None) -> Decision:
        """Sell a voucher under its own number, or under a new one that cannot be guessed."""
        number = request.number.strip() or new_number()
        if await self._find(number):
            return Refused("voucher_known")
        command = SellVoucher(number, request.amount_minor, request.vat_rate_bp)
        return await self._session.carry_out(command, by)

    async def redeem(self, request: Redeem, by: Operator | None) -> Decision:
        """Use a voucher or deposit of this till; the first of its parts that has something left."""
        number = request.number.strip()
        found = await self._find(number)
        if not found:
            return Refused("unknown_credit", {"number": number[:MAX_TEXT]})
        state = self._session.state
        chosen = next((one for one in found if left(state, one) > 0), found[0])
        return await self._session.carry_out(UseCredit(chosen, request.amount_minor), by)

    async def _find(self, number: str) -> tuple[Credit, ...]:
        return await self._writer.ask(lambda store: credits_of(store, number))


def new_number() -> str:
    """Return the number of a new voucher: who holds one cannot tell the next."""
    payload = PREFIX + str(secrets.randbelow(10**RANDOM_DIGITS)).zfill(RANDOM_DIGITS)
    return f"{payload}{check_digit(payload)}"
