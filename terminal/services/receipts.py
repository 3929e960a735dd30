"""Receipts in every form, from one document model: paper, text, printer bytes, picture (RCP-25)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from drivers.printer.base import PrintItem
from drivers.printer.encoder import encode
from drivers.printer.logo import LogoError, load_logo
from drivers.printer.profiles import Profile, profile_of
from terminal.config import Config
from terminal.core.blocks import Block
from terminal.core.closing import READING
from terminal.core.closure_report import REPORT_WORDS, closure_report
from terminal.core.layout import as_text, lay_out
from terminal.core.receipt import RECEIPT_WORDS, ShopIdentity, interruption, receipt
from terminal.core.state import PaymentAttempt, PrintJob, Sale, TerminalState
from terminal.devices.paper import print_items
from terminal.fiscal.base import Regime
from terminal.fiscal.regimes import paper
from terminal.services.voucher import voucher_of
from terminal.store.store import Closure
from terminal.words import Words

log = logging.getLogger(__name__)

WRITE_S = 5.0
"""For a printer that is software: it takes everything at once."""


@dataclass(frozen=True, slots=True)
class PaperFigures:
    """The core's figures, written by the words of the paper's language."""

    words: Words
    currency: str
    date_time: str

    def amount(self, minor: int) -> str:
        """Return an amount without its currency."""
        return self.words.format_amount(minor, self.currency)

    def money(self, minor: int) -> str:
        """Return an amount with its currency."""
        return self.words.format_money(minor, self.currency)

    def rate(self, basis_points: int) -> str:
        """Return a rate."""
        return self.words.format_table_rate(basis_points)

    def kilograms(self, grams: int) -> str:
        """Return a weight."""
        return self.words.format_weight(grams)


def _logo(folder: Path | None, name: str, profile: Profile) -> tuple[PrintItem, ...]:
    if folder is None or not name:
        return ()
    try:
        return (load_logo(folder / name, profile.dots),)
    except LogoError as error:  # a receipt without a picture is better than none
        log.warning("logo: %s", error)
        return ()


class ReceiptPrinting:
    """Makes documents of sales in the shop's legal language."""

    def __init__(
        self,
        config: Config,
        regime: Regime | None = None,
        *,
        folder: Path | None = None,
        training: bool = False,
    ) -> None:
        """``regime`` proves interruption slips; without it they carry no code.

        ``folder`` is the data folder, where the logo is; a logo that cannot be used is left out.
        ``training`` marks every document as practice.
        """
        self._config = config
        self._regime = regime
        self._training = training
        self._columns = config.devices.columns
        self._profile = profile_of(config.devices.printer_profile)
        shop, machine = config.shop, config.terminal
        self._logo = _logo(folder, shop.logo, self._profile)
        self._shop = ShopIdentity(
            name=shop.name,
            address=shop.address,
            phone=shop.phone,
            registration=shop.registration,
            till_number=machine.till_number,
            workstation=machine.workstation,
        )
        self._words = Words(
            shop.receipt_language, currency=shop.currency, timezone=shop.timezone, paper=True
        )
        self._texts = {key: self._words.text(key) for key in RECEIPT_WORDS}
        self._report_texts = {key: self._words.text(key) for key in REPORT_WORDS}

    def items(
        self, job: PrintJob, sale: Sale | None, state: TerminalState
    ) -> tuple[PrintItem, ...]:
        """Return what a print job puts on paper; nothing when its sale is gone."""
        if sale is None:
            return ()
        if job.kind == "interruption":
            attempts = (one for one in state.attempts.values() if one.sale_id == sale.sale_id)
            blocks = self._interruption(sale, next(attempts, None), job.copy)
        else:
            blocks = self._receipt(sale, job.copy)
        return self._on_paper(blocks)

    def report(self, job: PrintJob, closure: Closure | None) -> tuple[PrintItem, ...]:
        """Return what the report of a closure puts on paper; nothing when it is gone."""
        if closure is None:
            return ()
        blocks = self.report_of(closure, copy=job.copy, reading=job.kind == READING)
        return print_items(lay_out(blocks, self._columns))

    def report_text(self, closure: Closure, copy: int) -> str:
        """Return the report of a closure as plain text."""
        return as_text(lay_out(self.report_of(closure, copy=copy), self._columns))

    def report_of(
        self, closure: Closure, *, copy: int = 0, reading: bool = False
    ) -> tuple[Block, ...]:
        """Return the report of a closure as a document."""
        event = closure.event
        opened = self._figures(event.opened_at_ms).date_time if event.opened_at_ms else ""
        return closure_report(
            event,
            self._shop,
            self._report_texts,
            self._figures(closure.closed_at_ms),
            opened=opened,
            reading=reading,
            copy=copy,
            training=self._training,
        )

    def text(self, sale: Sale, copy: int) -> str:
        """Return a receipt as plain text."""
        return as_text(lay_out(self._receipt(sale, copy), self._columns))

    def escpos(self, sale: Sale, copy: int) -> bytes:
        """Return the bytes that print a receipt."""
        job = encode(self._on_paper(self._receipt(sale, copy)), self._profile)
        return bytes(job.begin + job.body + job.cut)

    def picture(self, sale: Sale, copy: int) -> bytes:
        """Return a PNG of the paper that the printer bytes come out as."""
        # Drawing is for exports and the demo: Pillow is not loaded for a sale.
        from drivers.printer.picture import png  # noqa: PLC0415
        from drivers.printer.simulator import printer_simulator  # noqa: PLC0415

        printer = printer_simulator(profile=self._profile)
        wire = printer.connect()
        wire.open(0)
        wire.write(self.escpos(sale, copy), WRITE_S)
        return png(printer.elements(1) or printer.elements(), dots=self._profile.dots)

    def _on_paper(self, blocks: tuple[Block, ...]) -> tuple[PrintItem, ...]:
        """Lay a document out under the shop's logo."""
        return self._logo + print_items(lay_out(blocks, self._columns))

    def _receipt(self, sale: Sale, copy: int) -> tuple[Block, ...]:
        return receipt(
            sale,
            self._shop,
            self._texts,
            self._figures(sale.completed_at_ms),
            copy=copy,
            training=self._training,
            legal=paper(self._config, sale),
        )

    def _interruption(
        self, sale: Sale, attempt: PaymentAttempt | None, copy: int
    ) -> tuple[Block, ...]:
        figures = self._figures(attempt.intended_at_ms if attempt else sale.opened_at_ms)
        code = voucher_of(sale, self._regime) if self._regime else ""
        return interruption(
            sale,
            attempt,
            self._shop,
            self._texts,
            figures,
            code=code,
            copy=copy,
            training=self._training,
        )

    def _figures(self, at_ms: int) -> PaperFigures:
        shop = self._config.shop
        date = self._words.format_date(at_ms, shop.timezone)
        time = self._words.format_time(at_ms, shop.timezone, seconds=True)
        when = self._words.text("receipt.date_time", date=date, time=time)
        return PaperFigures(self._words, shop.currency, when)
