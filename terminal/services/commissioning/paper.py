"""The paper of a commissioning: test receipt, and report with its code. Marked as no sale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.display.base import COLUMNS
from drivers.printer.base import PrintItem
from drivers.printer.encoder import MAX_DRAWN_QR_BYTES
from terminal.appliance.identity import machine_serial, release
from terminal.config import Config
from terminal.core.blocks import QR, Align, Banner, Block, Row, Rule, Spacer, Text
from terminal.core.layout import as_text, lay_out
from terminal.devices.paper import print_items
from terminal.services.commissioning.steps import CommissioningPage, StepLine
from terminal.services.commissioning.wording import said_of
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class Identity:
    """Which terminal this is."""

    shop: str
    site: str
    till: str
    lane: str
    role: str
    release: str
    machine: str
    regime: str

    @classmethod
    def of(cls, config: Config) -> Identity:
        """Return what the settings, the image and the board say."""
        machine = config.terminal
        return cls(
            shop=config.shop.name,
            site=config.shop.site,
            till=machine.till_number,
            lane=machine.workstation,
            role=machine.role,
            release=release(),
            machine=machine_serial(),
            regime=config.fiscal.regime,
        )


class CommissioningPaper:
    """Makes the paper of one terminal's commissioning, in the shop's own language."""

    def __init__(self, config: Config, now_ms: Callable[[], int]) -> None:
        shop = config.shop
        self.identity = Identity.of(config)
        self.words = Words(
            shop.receipt_language, currency=shop.currency, timezone=shop.timezone, paper=True
        )
        self.page: Callable[[], CommissioningPage] = CommissioningPage
        """Asked for what stands when the paper is printed."""
        self._columns = config.devices.columns
        self._timezone = shop.timezone
        self._now_ms = now_ms

    def rows(self) -> tuple[str, str]:
        """Return two lines that a customer display is tested with."""
        return self.identity.shop[:COLUMNS], "1234567890 ABCDEFGHI"

    def items(self) -> tuple[PrintItem, ...]:
        """Return what goes to the printer."""
        page = self.page()
        return print_items(lay_out(self.blocks(page, self._now_ms()), self._columns))

    def text(self, page: CommissioningPage, at_ms: int) -> str:
        """Return the same as plain text."""
        return as_text(lay_out(self.blocks(page, at_ms), self._columns, plain=True))

    def blocks(self, page: CommissioningPage, at_ms: int) -> tuple[Block, ...]:
        """Return the document; with the code of the newest report, when nothing came after it."""
        say = self.words.text
        reported = page.code if not page.stale and len(page.code) <= MAX_DRAWN_QR_BYTES else ""
        verdict = "complete" if page.complete else "incomplete"
        symbol: tuple[Block, ...] = ()
        if reported:
            symbol = (Spacer(), Text(say("commission.paper.code"), Align.CENTER), QR(reported))
        return (
            Banner(say("commission.paper.title")),
            Text(say("commission.paper.no_sale"), Align.CENTER, bold=True),
            Rule(),
            *self._identity(at_ms, page.person),
            Rule(),
            *(block for line in page.lines for block in self._step(line)),
            Rule(),
            Text(say(f"commission.paper.{verdict}"), bold=True),
            *symbol,
            Spacer(),
            Text(say("commission.paper.no_sale"), Align.CENTER),
        )

    def _identity(self, at_ms: int, person: str) -> tuple[Block, ...]:
        who = self.identity
        facts = {
            "shop": " ".join(part for part in (who.shop, who.site) if part),
            "till": who.till,
            "lane": who.lane,
            "role": self.words.text(f"commission.role.{who.role}"),
            "release": who.release,
            "machine": who.machine,
            "regime": who.regime,
            "person": person,
            "when": self._moment(at_ms),
        }
        return tuple(
            Row(self.words.text(f"commission.paper.{name}"), value)
            for name, value in facts.items()
            if value
        )

    def _step(self, line: StepLine) -> tuple[Block, ...]:
        said, result = said_of(line, self.words), line.result
        below = [part for part in (said.unit, said.note) if part]
        if result.at_ms:
            below.append(f"{self._moment(result.at_ms)} {result.operator}".strip())
        return (
            Row(said.name, said.state, bold=not line.settled),
            *(Text(f"  {part}") for part in below),
        )

    def _moment(self, at_ms: int) -> str:
        words, zone = self.words, self._timezone
        return f"{words.format_date(at_ms, zone)} {words.format_time(at_ms, zone)}"
