"""What every cash machine driver offers: the CashChanger model of UnifiedPOS 1.16, chapter 5.

Cash is taken in one operation at a time.  Its identification is durable before the machine opens
its mouth, so that whatever was inserted when the power went can be asked for, and is credited or
repaid: never forgotten.  Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.base import Status


class Level(StrEnum):
    """How full a store of one denomination is (CashChanger DeviceStatus, FullStatus)."""

    OK = "ok"
    EMPTY = "empty"
    NEAREMPTY = "nearempty"
    NEARFULL = "nearfull"
    FULL = "full"
    JAM = "jam"


class Ending(StrEnum):
    """What becomes of a deposit (CashChanger endDeposit)."""

    CHANGE = "change"
    """What is above the amount is paid out."""
    NOCHANGE = "nochange"
    """Everything that is in is kept."""
    REPAY = "repay"
    """Everything that is in is paid out again."""


class Stage(StrEnum):
    WAITING = "waiting"
    """The machine knows the operation and does nothing yet: it takes no cash."""
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CashOperation:
    """One deposit or payout, as the machine tells it."""

    operation_id: str
    stage: Stage
    inserted_minor: int
    dispensed_minor: int
    missing_minor: int = 0
    """Change that the machine owes and could not pay: staff do."""
    jammed: bool = False

    @property
    def kept_minor(self) -> int:
        """What the machine has more than before: what a tender is credited with."""
        return self.inserted_minor - self.dispensed_minor


@dataclass(frozen=True, slots=True)
class Store:
    """The pieces of one denomination."""

    value_minor: int
    count: int
    """Pieces that can be paid out."""
    cashbox: int
    """Pieces that only come out with the cash box."""
    level: Level


@dataclass(frozen=True, slots=True)
class CashCapabilities:
    nochange: bool
    dispense_cash: bool
    """Certain pieces can be paid out, not only an amount."""
    counts: bool


class CashMachine(Protocol):
    """A driver. All calls block, with deadlines; one thread at a time, except ``close``.

    Every call but ``begin_deposit`` and ``dispense_change`` may be repeated.  They raise a
    TransportError or ProtocolError when the machine's answer is not known, and DeviceFault when
    it refuses.
    """

    caps: CashCapabilities

    def open(self, timeout_s: float) -> Status:
        """Reach the machine. Raises a TransportError, ProtocolError or DeviceFault."""

    def status(self, timeout_s: float) -> Status:
        """Return its health; reasons are ``cash_`` and a Level. ABSENT when it does not answer."""

    def read_cash_counts(self, timeout_s: float) -> tuple[Store, ...]:
        """Return what is in the machine, smallest denomination first."""

    def begin_deposit(
        self, amount_minor: int, persist: Callable[[str], None], timeout_s: float
    ) -> str:
        """Take cash until ``amount_minor`` is in; returns the operation's identification.

        ``persist(id)`` is called before the machine may take anything, and returns only when the
        identification is durable; when it raises, nothing is ever taken.

        Raises:
            NotSent: no byte left.
            TransportError, ProtocolError: when ``persist`` was not called, nothing is ever taken;
                otherwise ask ``operation``.
        """

    def operation(self, operation_id: str, timeout_s: float) -> CashOperation:
        """Ask how far an operation is."""

    def fix_deposit(self, operation_id: str, timeout_s: float) -> CashOperation:
        """Wait until the amount is in and nothing more is taken, or the time is up."""

    def end_deposit(self, operation_id: str, ending: Ending, timeout_s: float) -> CashOperation:
        """End a deposit and return what came of it; its stage tells whether it has ended."""

    def dispense_change(
        self, amount_minor: int, persist: Callable[[str], None], timeout_s: float
    ) -> CashOperation:
        """Pay out an amount; ``persist`` as in ``begin_deposit``. It cannot be undone."""

    def settle(self, operation_id: str, timeout_s: float) -> CashOperation:
        """After a cut: repay what is still open, and tell what an ended operation kept."""

    def confirm(self, operation_id: str, timeout_s: float) -> None:
        """Tell the machine that an ended operation is in our books."""

    def close(self) -> None: ...


Pieces = Mapping[int, int]
"""Denomination in minor units -> number of pieces."""
