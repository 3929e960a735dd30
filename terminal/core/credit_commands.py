"""Commands about vouchers and deposits; what becomes of them is in ``core.vouchers``."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.credits import Credit


@dataclass(frozen=True, slots=True)
class SellVoucher:
    """Sell a voucher; with a rate it is single-purpose and taxed now, without multi-purpose.

    The session has checked that the number is new.
    """

    number: str
    amount_minor: int
    vat_rate_bp: int | None = None


@dataclass(frozen=True, slots=True)
class UseCredit:
    """Use a voucher or a deposit in the present sale; the register has found it.

    ``amount_minor`` None: as much as there is, and as can be used.
    """

    credit: Credit
    amount_minor: int | None = None
