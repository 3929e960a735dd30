"""What each address of the receipts' page shows."""

from __future__ import annotations

import asyncio

from terminal.clock import Clock
from terminal.config import Config
from terminal.core.numbering import grouped, receipt_number
from terminal.core.state import Sale
from terminal.fiscal.attesting import code_of_sale
from terminal.services.links import PATH, Links
from terminal.services.receipt_page import PageContent, plain_page, receipt_page
from terminal.services.receipt_web import Page
from terminal.services.receipts import ReceiptPrinting
from terminal.services.writer import Writer
from terminal.words import Words

PDF = "application/pdf"
_DAY_MS = 86_400_000


class ReceiptPages:
    """Finds receipts by their links and writes their pages, off the loop."""

    def __init__(
        self,
        config: Config,
        links: Links,
        receipts: ReceiptPrinting,
        *,
        writer: Writer,
        clock: Clock,
    ) -> None:
        self._config = config
        self._links = links
        self._receipts = receipts
        self._writer = writer
        self._clock = clock
        words = self._words(config.terminal.language)
        self.refusal = Page(404, plain_page(words, config.shop.name, "web.none"), wrong=True)
        """The same for whatever is not there, whatever the reason."""

    async def find(self, path: str) -> Page:
        """Return what an address shows."""
        asked = PATH.fullmatch(path)
        sequence = int(asked[1]) if asked else 0
        if asked is None or not sequence:
            return self.refusal
        machine = self._config.terminal
        number = receipt_number(machine.receipt_prefix, machine.till_number, sequence)
        if not self._links.opens(number, asked[2]):
            return self.refusal
        sale = await self._writer.ask(lambda store: store.sale(number))
        if sale is None:
            return self.refusal
        if self._links.is_over(sale.completed_at_ms, self._clock.now_ms()):
            words = self._words(sale.language)
            return Page(410, plain_page(words, self._config.shop.name, "web.over"))
        if asked[3]:
            return Page(200, await asyncio.to_thread(self._receipts.pdf, sale, 0), PDF)
        return Page(200, await asyncio.to_thread(self._html, sale, path))

    def _html(self, sale: Sale, path: str) -> bytes:
        words, shop = self._words(sale.language), self._config.shop
        until = sale.completed_at_ms + self._links.days * _DAY_MS
        content = PageContent(
            shop=shop.name,
            number=words.text("web.number", number=grouped(sale.receipt_number)),
            when=words.format_date(sale.completed_at_ms, shop.timezone),
            total=words.format_money(sale.total_minor, sale.currency),
            text=self._receipts.text(sale, 0),
            code=code_of_sale(sale, self._config.terminal.till_number),
            pdf_path=f"{path}.pdf",
            until=words.text("web.until", date=words.format_date(until, shop.timezone)),
        )
        return receipt_page(content, words)

    def _words(self, language: str) -> Words:
        shop = self._config.shop
        return Words(language, currency=shop.currency, timezone=shop.timezone)
