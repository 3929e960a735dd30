"""How a receipt reaches its customer, put together: by mail, by link, by its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.clock import Clock
from terminal.config import Config
from terminal.core.state import Sale, SaleStatus
from terminal.fiscal.attesting import code_of_sale
from terminal.folder import DataFolder
from terminal.services.delivery_offer import DeliveryOffer
from terminal.services.letters import FOLDER, Letter, Letters, NotDelivered
from terminal.services.links import Links
from terminal.services.post import Post, Way
from terminal.services.receipts import ReceiptPrinting
from terminal.services.returns import Returns
from terminal.services.session import Session
from terminal.services.writer import Writer
from terminal.settings import ConfigError
from terminal.tasks import CoroutineFactory
from terminal.words import Words

if TYPE_CHECKING:
    from email.message import EmailMessage

    from terminal.services.receipt_web import ReceiptWeb


class Delivery:
    """What of a receipt leaves the counter without paper, and what comes back on one."""

    def __init__(
        self,
        config: Config,
        folder: DataFolder,
        key: bytes,
        *,
        session: Session,
        writer: Writer,
        receipts: ReceiptPrinting,
        returns: Returns,
        clock: Clock,
    ) -> None:
        self.returns = returns
        self._config = config
        self._keys = folder.keys
        self._practises = folder.shop is not None
        self._writer = writer
        self._receipts = receipts
        self._clock = clock
        self._offered: tuple[Sale, DeliveryOffer] | None = None
        asked = config.delivery
        served = asked.web_listen and not self._practises
        self.links = Links(key, asked.web_address if served else "", asked.web_days)
        way = Way(self._write, self._hand_in) if self._sends else None
        self.post = Post(
            session, writer, clock, Letters(folder.path / FOLDER), way,
            key=key, give_up_h=asked.mail_give_up_h,
        )  # fmt: skip
        self.web = self._serving()

    @property
    def _sends(self) -> bool:
        """Tell whether letters leave: what was sold in training goes to no customer."""
        asked = self._config.delivery
        return bool(asked.mail_server and asked.mail_from) and not self._practises

    def close(self) -> None:
        """Let go of the thread."""
        self.post.close()

    @property
    def tasks(self) -> tuple[tuple[str, CoroutineFactory], ...]:
        """What runs in the background, by name."""
        served = () if self.web is None else (("receipt page", self.web.run),)
        return (("post", self.post.run), *served)

    def offer(self, sale: Sale | None) -> DeliveryOffer:
        """Return how the receipt of the sale on the screen can be had."""
        if sale is None or sale.status is not SaleStatus.COMPLETED:
            return DeliveryOffer(self._config.delivery.choices)
        if self._offered is None or self._offered[0] is not sale:
            code = code_of_sale(sale, self._config.terminal.till_number)
            offer = DeliveryOffer(self._config.delivery.choices, self.link_of(sale), code)
            self._offered = (sale, offer)
        return self._offered[1]

    def link_of(self, sale: Sale | None) -> str:
        """Return the link to a completed sale's receipt; empty where there is none."""
        if sale is None or sale.status is not SaleStatus.COMPLETED:
            return ""
        return self.links.url(sale.receipt_sequence, sale.receipt_number)

    # --- mail -------------------------------------------------------------------------------------

    def _write(self, letter: Letter, sale: Sale) -> EmailMessage:
        # What speaks of mail is loaded with the first letter, not with the terminal.
        from terminal.services.mail import compose  # noqa: PLC0415

        pdf, text = self._receipts.pdf(sale, 0), self._receipts.text(sale, 0)
        return compose(self._config, self._words(letter.language), letter, pdf=pdf, text=text)

    def _hand_in(self, message: EmailMessage) -> None:
        from terminal.services.mail import MailServer, hand_in  # noqa: PLC0415

        try:
            server = MailServer.of(self._config, self._keys)
        except ConfigError as error:
            raise NotDelivered("no_password") from error
        hand_in(server, message)

    # --- the page ---------------------------------------------------------------------------------

    def _serving(self) -> ReceiptWeb | None:
        asked = self._config.delivery
        if not asked.web_listen or self._practises:
            return None
        from terminal.services.receipt_pages import ReceiptPages  # noqa: PLC0415
        from terminal.services.receipt_web import ReceiptWeb  # noqa: PLC0415

        pages = ReceiptPages(
            self._config, self.links, self._receipts, writer=self._writer, clock=self._clock
        )
        return ReceiptWeb(asked.web_listen, pages.find, pages.refusal, self._clock.monotonic_s)

    def _words(self, language: str) -> Words:
        shop = self._config.shop
        return Words(language, currency=shop.currency, timezone=shop.timezone)
