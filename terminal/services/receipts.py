"""Receipts in every form, from one document model (RCP-25).

Paper, text, printer bytes, picture of the paper, PDF, JSON.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from drivers.printer.base import PrintItem
from drivers.printer.encoder import MAX_QR_BYTES, encode
from drivers.printer.logo import LogoError, load_logo
from drivers.printer.profiles import Profile, profile_of
from terminal.config import Config
from terminal.core.blocks import QR, Align, Block, Section, Spacer, Text, all_blocks
from terminal.core.closing import READING
from terminal.core.closure_report import REPORT_WORDS, closure_report
from terminal.core.layout import as_text, lay_out
from terminal.core.numbering import grouped
from terminal.core.printing import GIFT
from terminal.core.receipt import (
    RECEIPT_WORDS,
    Receipt,
    ShopIdentity,
    gift_receipt,
    interruption,
    receipt,
)
from terminal.core.state import PaymentAttempt, PrintJob, Sale, TerminalState
from terminal.devices.paper import print_items
from terminal.fiscal.attesting import code_of_sale
from terminal.fiscal.base import Regime
from terminal.fiscal.regimes import paper
from terminal.fiscal.statement import MAX_DIGITS
from terminal.formats import LANGUAGES
from terminal.receipt_settings import BENEATH, OFF
from terminal.services.receipt_json import as_plain
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
    timezone: str = "Europe/Paris"

    def amount(self, minor: int) -> str:
        """Return an amount without its currency."""
        return self.words.format_amount(minor, self.currency)

    def money(self, minor: int) -> str:
        """Return an amount with its currency."""
        return self.words.format_money(minor, self.currency)

    def rate(self, basis_points: int) -> str:
        """Return a rate."""
        return self.words.format_table_rate(basis_points)

    def count(self, number: int) -> str:
        """Return a number of something that is no money."""
        return self.words.format_quantity(number)

    def day(self, iso: str) -> str:
        """Return an ISO day as the language writes it."""
        return self.words.format_day(iso)

    def moment(self, at_ms: int) -> str:
        """Return a day and a time of day, to the minute."""
        date = self.words.format_date(at_ms, self.timezone)
        return self.words.text(
            "receipt.moment", date=date, time=self.words.format_time(at_ms, self.timezone)
        )

    def kilograms(self, grams: int) -> str:
        """Return a weight."""
        return self.words.format_weight(grams)


@dataclass(frozen=True, slots=True)
class Form:
    """What one customer wants of a receipt, beyond what the shop has set."""

    gift: bool = False
    """Without prices, to give away with a present."""
    language: str = ""
    """The shopper's language; empty: the one the sale was made in."""
    large: bool = False


PLAIN = Form()


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
        self._logo_png = (folder / shop.logo).read_bytes() if folder and self._logo else b""
        self._shop = ShopIdentity(
            name=shop.name,
            address=shop.address,
            phone=shop.phone,
            registration=shop.registration,
            till_number=machine.till_number,
            workstation=machine.workstation,
        )
        self._words = self._words_of(shop.receipt_language)
        self._texts = _texts_of(self._words)
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
            blocks = self._receipt(sale, job.copy, Form(gift=job.kind == GIFT))
            if self._config.delivery.code_on_paper and job.kind != GIFT:
                blocks += self._code(sale, MAX_QR_BYTES)
        return self._on_paper(blocks, large=self._config.receipt.large_print)

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

    def text(self, sale: Sale, copy: int, form: Form = PLAIN) -> str:
        """Return a receipt as plain text."""
        return as_text(lay_out(self._receipt(sale, copy, form), self._columns, plain=True))

    def escpos(self, sale: Sale, copy: int, form: Form = PLAIN) -> bytes:
        """Return the bytes that print a receipt."""
        items = self._on_paper(self._receipt(sale, copy, form), large=self._large(form))
        job = encode(items, self._profile)
        return bytes(job.begin + job.body + job.cut)

    def pdf(self, sale: Sale, copy: int, form: Form = PLAIN) -> bytes:
        """Return a receipt as a PDF file, the same bytes for the same receipt."""
        # reportlab takes a tenth of a second to import: not before a PDF is asked for.
        from terminal.services.pdf.strip import Facts, pdf  # noqa: PLC0415

        facts = Facts(
            title=self._words.text("receipt.pdf_title", number=grouped(sale.receipt_number)),
            author=self._shop.name,
            language=self._words.language,
            made=self._words.format_stamp(sale.completed_at_ms, self._config.shop.timezone),
        )
        blocks, large = self._receipt(sale, copy, form), self._large(form)
        if not form.gift:
            blocks += self._code(sale, MAX_DIGITS)
        return pdf(blocks, facts, logo=self._logo_png, large=large)

    def json(self, sale: Sale, copy: int, form: Form = PLAIN) -> dict[str, Any]:
        """Return a receipt as plain values: its sections as written, and its figures."""
        sections = self.sections(sale, copy, form)
        return as_plain(sections, sale, self._shop, copy=copy, figures=not form.gift)

    def picture(self, sale: Sale, copy: int, form: Form = PLAIN) -> bytes:
        """Return a PNG of the paper that the printer bytes come out as."""
        # Drawing is for exports and the demo: Pillow is not loaded for a sale.
        from drivers.printer.picture import png  # noqa: PLC0415
        from drivers.printer.simulator import printer_simulator  # noqa: PLC0415

        printer = printer_simulator(profile=self._profile)
        wire = printer.connect()
        wire.open(0)
        wire.write(self.escpos(sale, copy, form), WRITE_S)
        return png(printer.elements(1) or printer.elements(), dots=self._profile.dots)

    def _on_paper(self, blocks: tuple[Block, ...], *, large: bool = False) -> tuple[PrintItem, ...]:
        """Lay a document out under the shop's logo."""
        return self._logo + print_items(lay_out(blocks, self._columns, large=large))

    def sections(self, sale: Sale, copy: int, form: Form = PLAIN) -> tuple[Section, ...]:
        """Return a receipt as a document. Raises NotFinal before the sale is completed."""
        write = gift_receipt if form.gift else receipt
        figures = self._figures(sale.completed_at_ms)
        how = self._how(sale, copy, form.language or sale.language)
        return write(sale, self._shop, self._texts, figures, how)

    def _receipt(self, sale: Sale, copy: int, form: Form = PLAIN) -> tuple[Block, ...]:
        return all_blocks(self.sections(sale, copy, form))

    def _how(self, sale: Sale, copy: int, language: str) -> Receipt:
        """Return how the shop has its receipts, for a shopper of this language."""
        chosen, own = self._config.receipt, self._words.language
        how = Receipt(
            copy=copy,
            training=self._training,
            legal=paper(self._config, sale),
            message=chosen.message,
            properties=chosen.rules(own, self._config.shop.site),
            shows_points=chosen.points,
            card_shown=chosen.customer_card,
        )
        if chosen.second_language == OFF or language in {"", own} or language not in LANGUAGES:
            return how
        words = self._words_of(language)
        if chosen.second_language == BENEATH:
            return replace(how, second=_texts_of(words))
        figures = self._figures(sale.completed_at_ms, words)
        return replace(how, block=_texts_of(words), block_figures=figures)

    def _large(self, form: Form) -> bool:
        return form.large or self._config.receipt.large_print

    def _words_of(self, language: str) -> Words:
        shop = self._config.shop
        return Words(language, currency=shop.currency, timezone=shop.timezone, paper=True)

    def _code(self, sale: Sale, longest: int) -> tuple[Block, ...]:
        """Return the code that another till can verify, where its length fits the medium."""
        code = code_of_sale(sale, self._shop.till_number)
        if not code or len(code) > longest:
            return ()
        return (Spacer(), Text(self._texts["receipt.return_code"], Align.CENTER), QR(code))

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

    def _figures(self, at_ms: int, words: Words | None = None) -> PaperFigures:
        shop, words = self._config.shop, words or self._words
        date = words.format_date(at_ms, shop.timezone)
        time = words.format_time(at_ms, shop.timezone, seconds=True)
        when = words.text("receipt.date_time", date=date, time=time)
        return PaperFigures(words, shop.currency, when, shop.timezone)


def _texts_of(words: Words) -> dict[str, str]:
    return {key: words.text(key) for key in RECEIPT_WORDS}
