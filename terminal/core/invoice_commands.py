"""Commands about invoices; what becomes of them is in ``core.invoicing``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.core.buyer import Party
from terminal.core.state import Sale


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """Make an invoice of a finished receipt; the session has found it, and that it has none yet.

    ``seller`` is who sells, as the settings say now.
    """

    sale: Sale
    buyer: Party
    seller: Mapping[str, str]
    corrects: str = ""
    corrects_date: str = ""
    """ISO date of the invoice that is corrected."""


@dataclass(frozen=True, slots=True)
class CopyInvoice:
    """Give an invoice once more, as a marked, counted copy of the one that there is."""

    invoice_number: str
    receipt_number: str
    copies_so_far: int
