"""Makes invoices of receipts: finds the receipt, checks the buyer, numbers, and writes the file.

The journal is the truth: the file is made from it, away from the loop, and can be made again.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from pathlib import Path

from terminal.config import Config
from terminal.core.authority import right
from terminal.core.errors import Refused
from terminal.core.events import InvoiceCopied, InvoiceIssued
from terminal.core.frozen import replace
from terminal.core.invoice_commands import CopyInvoice, IssueInvoice
from terminal.core.numbering import RECEIPT_NUMBER_LENGTH
from terminal.core.state import Operator, Sale
from terminal.invoices.cii import local_date
from terminal.invoices.document import NotMade, facturx
from terminal.invoices.invoice import FRANCE, Invoice, invoice_of
from terminal.services.buyers import identified
from terminal.services.requests import MakeInvoice
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.invoices import Issued, invoice
from terminal.store.store import Store
from terminal.whole_files import write_whole
from terminal.words import Words

log = logging.getLogger(__name__)

FOLDER = "invoices"
_TOWN = re.compile(r"(\d{4,5}) (.+)")


class Invoicing:
    """The invoices of this terminal."""

    def __init__(self, session: Session, writer: Writer, config: Config, folder: Path) -> None:
        """``folder`` is the data folder; files go into ``invoices`` below it."""
        self._session = session
        self._writer = writer
        self._config = config
        self._folder = folder / FOLDER
        shop = config.shop
        self._words = Words(shop.receipt_language, currency=shop.currency, timezone=shop.timezone)
        self._turn = asyncio.Lock()

    async def make(self, request: MakeInvoice, by: Operator | None) -> Decision:
        """Issue the invoice of a receipt, or count a copy of the one that it has."""
        async with self._turn:  # two demands at once must not both find that there is none
            decided = await self._decide(request, by)
        if isinstance(decided, Refused):
            return decided
        for event in decided:
            if isinstance(event, InvoiceIssued | InvoiceCopied):
                copy = event.copy if isinstance(event, InvoiceCopied) else 0
                written = await self._write(event.invoice_number, copy)
                if isinstance(written, Refused):
                    return written
        return decided

    async def _decide(self, request: MakeInvoice, by: Operator | None) -> Decision:
        asked = self._session.state if by is None else replace(self._session.state, operator=by)
        refused = right(asked, self._session.policy, "invoice")
        if refused is not None:
            return refused
        number = request.receipt_number.replace(" ", "")
        sale, there = await self._writer.ask(
            lambda store: (store.sale(number), invoice(store, number))
        )
        if sale is None:
            shown = number[:RECEIPT_NUMBER_LENGTH]
            return Refused("no_such_receipt", {"receipt_number": shown})
        if there is not None:
            command = CopyInvoice(there.event.invoice_number, number, there.copies)
            return await self._session.carry_out(command, by)
        buyer = identified(request.buyer)
        if isinstance(buyer, Refused):
            return buyer
        seller = seller_of(self._config, sale)
        if isinstance(seller, Refused):
            return seller
        corrects = request.corrects.strip()
        date = await self._date_of(corrects, request.corrects_date.strip())
        return await self._session.carry_out(IssueInvoice(sale, buyer, seller, corrects, date), by)

    async def _date_of(self, number: str, given: str) -> str:
        """Return the date of an invoice of this till; that of another's was given."""
        if not number:
            return ""
        issued = await self._writer.ask(lambda store: invoice(store, number))
        if issued is None:
            return given
        return local_date(issued.issued_at_ms, self._config.shop.timezone).isoformat()

    async def pdf(self, number: str, copy: int = 0) -> bytes | Refused:
        """Return the file of an invoice, by its number or its receipt's.

        ``copy`` 0 is the invoice itself; the others are marked.
        """
        found = await self._found(number, copy)
        if isinstance(found, Refused):
            return found
        try:
            return await asyncio.get_running_loop().run_in_executor(None, facturx, found)
        except NotMade as error:
            log.error("invoice %s", error)  # noqa: TRY400 - the words say it
            return Refused("invoice_failed", {"number": found.event.invoice_number})

    def path(self, number: str, copy: int = 0) -> Path:
        """Return where the file of an invoice lies."""
        return self._folder / (f"{number}-{copy}.pdf" if copy else f"{number}.pdf")

    async def _write(self, number: str, copy: int) -> Path | Refused:
        made = await self.pdf(number, copy)
        if isinstance(made, Refused):
            return made
        path = self.path(number, copy)
        try:
            await asyncio.get_running_loop().run_in_executor(None, _put, path, made)
        except OSError as error:
            log.warning("invoice %s: %s", number, error)
            return Refused("invoice_failed", {"number": number})
        return path

    async def _found(self, number: str, copy: int) -> Invoice | Refused:
        def ask(store: Store) -> tuple[Issued, Sale | None] | None:
            found = invoice(store, number)
            return None if found is None else (found, store.sale(found.event.receipt_number))

        found = await self._writer.ask(ask)
        issued, sale = found or (None, None)
        if issued is None or sale is None:
            return Refused("no_such_invoice")
        return invoice_of(
            issued.event,
            sale,
            issued.issued_at_ms,
            self._words,
            timezone=self._config.shop.timezone,
            copy=copy,
        )


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, content)


def seller_of(config: Config, sale: Sale) -> Mapping[str, str] | Refused:
    """Return who sells as an invoice says it, or which setting is missing for that."""
    shop, own = config.shop, config.invoice
    taxed = any(row.rate_bp for row in sale.vat)
    missing = ""
    if taxed and not own.vat_id:
        missing = "invoice.vat_id"
    elif shop.country == FRANCE and not own.siret:
        missing = "invoice.siret"
    if missing:
        return Refused("invoice_settings_missing", {"setting": missing})
    *street, town = shop.address or ("",)
    found = _TOWN.fullmatch(town)
    values = {
        "name": own.legal_name or shop.name,
        "address": "\n".join(street if found else shop.address),
        "postcode": found[1] if found else "",
        "city": found[2] if found else town,
        "country": shop.country,
        "vat_id": own.vat_id,
        "siret": own.siret,
        "legal_form": own.legal_form,
        "phone": shop.phone,
        "email": own.email,
        "operation": own.operation,
        "vat_on_debits": "yes" if own.vat_on_debits else "",
        "late_penalty": own.late_penalty,
        "early_discount": own.early_discount,
        "exemption": own.exemption,
        "notes": "\n".join(own.notes),
    }
    return {key: value for key, value in values.items() if value}
