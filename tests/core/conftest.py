"""A terminal without devices: commands in, events folded, everything that happened kept."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from terminal.core import payment
from terminal.core.basket import Totals, totals
from terminal.core.commands import AddItem, Command, SignOn
from terminal.core.decide import decide
from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.evolve import evolve
from terminal.core.items import Article, Unit
from terminal.core.policy import Moment, Policy
from terminal.core.state import CardResult, Sale, TerminalState

DAY = "2026-09-07"


@dataclass
class Terminal:
    policy: Policy = field(default_factory=Policy)
    state: TerminalState = field(default_factory=TerminalState)
    records: list[tuple[Event, Moment]] = field(default_factory=list)
    at_ms: int = 1_000_000

    def do(self, command: Command) -> list[str] | str:
        """Return the names of the events, or the code of the refusal."""
        decision = decide(self.state, command, self.policy, self.moment)
        return decision.code if isinstance(decision, Refused) else self.record(decision)

    @property
    def moment(self) -> Moment:
        return Moment(self.at_ms, DAY)

    def record(self, events: tuple[Event, ...]) -> list[str]:
        for event in events:
            self.state = evolve(self.state, event, self.moment)
            self.records.append((event, self.moment))
        self.at_ms += 1000
        return [type(event).__name__ for event in events]

    def sign_on(self, operator_id: str = "1", role: str = "cashier") -> None:
        self.do(SignOn(operator_id, "Elisabeth", role))

    def sell(self, price: int, **kwargs: object) -> list[str] | str:
        return self.do(add(price, **kwargs))

    @property
    def sale(self) -> Sale:
        assert self.state.sale is not None
        return self.state.sale

    @property
    def sums(self) -> Totals:
        return totals(self.sale)

    @property
    def attempt_id(self) -> str:
        return next(iter(self.state.attempts))

    def send(self) -> str:
        """Send the intended payment; return its attempt."""
        attempt_id = self.attempt_id
        self.record(payment.sending(self.state, attempt_id, {}))
        return attempt_id

    def approve(self, attempt_id: str, amount: int, *, acked: bool = True) -> list[str]:
        return self.record(
            payment.approve(
                self.state,
                attempt_id,
                amount_minor=amount,
                acked=acked,
                card=CardResult(approval_code="A1", brand="CB", last4="1234", slip=("DEBIT",)),
                policy=self.policy,
            )
        )


def article(price: int, **kwargs: object) -> Article:
    values: dict[str, object] = {
        "code": "3760123456784", "label": "Tablier radis", "brand": "", "department": "Maison",
        "vat_rate_bp": 2000, "unit": Unit.PIECE,
    }  # fmt: skip
    return Article(price_minor=price, **{**values, **kwargs})  # type: ignore[arg-type]


def add(price: int, **kwargs: object) -> AddItem:
    """An AddItem; fields of the article are told from fields of the command by name."""
    names = set(Article.__dataclass_fields__) - {"code", "price_minor"}
    of_article = {k: v for k, v in kwargs.items() if k in names}
    of_command = {k: v for k, v in kwargs.items() if k not in names}
    return AddItem("3760123456784", article(price, **of_article), **of_command)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def new_terminal() -> type[Terminal]:
    return Terminal


@pytest.fixture
def till() -> Terminal:
    """A till with a cashier signed on."""
    terminal = Terminal()
    terminal.sign_on()
    return terminal


@pytest.fixture
def kiosk() -> Terminal:
    """A kiosk with nobody of the shop signed on."""
    return Terminal(Policy(role="kiosk"))
