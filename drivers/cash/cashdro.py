"""Driver of CashDro cash machines, over HTTP or HTTPS."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from drivers.base import Health, Status
from drivers.cash.base import (
    CashCapabilities,
    CashOperation,
    Ending,
    Level,
    Stage,
    Store,
)
from drivers.cash.cashdro_protocol import (
    CANCEL,
    FINISH,
    MAX_MINOR,
    PAYOUT,
    SALE,
    Operator,
    acknowledge_target,
    ask_target,
    finish_target,
    imported_target,
    parse_data,
    parse_id,
    parse_operation,
    parse_stores,
    pieces_target,
    start_target,
)
from drivers.errors import (
    DeviceFault,
    NotSent,
    ProtocolError,
    RemoteProtocolError,
    TransportError,
)
from drivers.transports.http import Connect, HttpChannel

Parsed = TypeVar("Parsed")

CONNECT_S = 5.0
ANSWER_S = 5.0
POLL_S = 0.5
"""Between two questions about a running operation."""
_WORRYING = (Level.EMPTY, Level.NEAREMPTY, Level.NEARFULL, Level.FULL)


class CashDroMachine:
    """A CashMachine; see there for its calls. ``connect`` makes a transport to the machine."""

    caps = CashCapabilities(nochange=True, dispense_cash=False, counts=True)

    def __init__(
        self,
        connect: Connect,
        operator: Operator,
        currency: str = "EUR",
        *,
        poll_s: float = POLL_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = HttpChannel(connect, "cashdro", monotonic)
        self._operator = operator
        self._currency = currency
        self._poll_s = poll_s
        self._now = monotonic
        self._closing = threading.Event()
        self._answered_at: float | None = None
        self._jammed = False

    # --- the machine itself ---

    def open(self, timeout_s: float) -> Status:
        """Reach the machine. Raises a TransportError, ProtocolError or DeviceFault."""
        self._closing.clear()
        return self._healthy(self.read_cash_counts(timeout_s))

    def status(self, timeout_s: float) -> Status:
        """Return its health; ABSENT when it does not answer."""
        try:
            return self._healthy(self.read_cash_counts(timeout_s))
        except (TransportError, ProtocolError, DeviceFault) as error:
            return Status(Health.ABSENT, ("unplugged",), self._answered_at, str(error))

    def read_cash_counts(self, timeout_s: float) -> tuple[Store, ...]:
        """Return what is in the machine, smallest denomination first."""
        target = pieces_target(self._operator, self._currency)
        return self._ask(target, parse_stores, self._now() + timeout_s)

    def close(self) -> None:
        """Poll no more."""
        self._closing.set()

    # --- cash ---

    def begin_deposit(
        self, amount_minor: int, persist: Callable[[str], None], timeout_s: float
    ) -> str:
        """Take cash until the amount is in; ``persist`` is called before anything is taken."""
        return self._begin(SALE, amount_minor, persist, self._now() + timeout_s)

    def operation(self, operation_id: str, timeout_s: float) -> CashOperation:
        """Ask how far an operation is."""
        return self._operation(operation_id, self._now() + timeout_s)

    def fix_deposit(self, operation_id: str, timeout_s: float) -> CashOperation:
        """Wait until the amount is in: the machine then takes no more, and pays the change."""
        return self._follow(operation_id, self._now() + timeout_s)

    def end_deposit(self, operation_id: str, ending: Ending, timeout_s: float) -> CashOperation:
        """End a deposit. CHANGE waits for the machine, which pays the change by itself."""
        deadline = self._now() + timeout_s
        if ending is not Ending.CHANGE:
            how = FINISH if ending is Ending.NOCHANGE else CANCEL
            self._finish(operation_id, how, deadline)
        return self._follow(operation_id, deadline)

    def dispense_change(
        self, amount_minor: int, persist: Callable[[str], None], timeout_s: float
    ) -> CashOperation:
        """Pay out an amount."""
        deadline = self._now() + timeout_s
        operation_id = self._begin(PAYOUT, amount_minor, persist, deadline)
        return self._follow(operation_id, deadline)

    def settle(self, operation_id: str, timeout_s: float) -> CashOperation:
        """After a cut: repay what is still open, and tell what an ended operation kept."""
        deadline = self._now() + timeout_s
        found = self._operation(operation_id, deadline)
        if found.stage is Stage.ENDED:
            return found
        self._finish(operation_id, CANCEL, deadline)
        return self._follow(operation_id, deadline)

    def confirm(self, operation_id: str, timeout_s: float) -> None:
        """Tell the machine that an ended operation is in our books."""
        target = imported_target(self._operator, operation_id)
        self._ask(target, parse_data, self._now() + timeout_s)

    # --- how ---

    def _begin(
        self, kind: str, amount_minor: int, persist: Callable[[str], None], deadline: float
    ) -> str:
        if not 0 < amount_minor <= MAX_MINOR:
            raise NotSent("the amount is out of the machine's range")
        try:
            operation_id = self._ask(
                start_target(self._operator, kind, amount_minor), parse_id, deadline
            )
        except TransportError as error:
            if error.bytes_sent == 0:
                raise NotSent(f"no byte left: {error}") from error
            raise
        persist(operation_id)
        self._ask(acknowledge_target(self._operator, operation_id), parse_data, deadline)
        return operation_id

    def _finish(self, operation_id: str, how: str, deadline: float) -> None:
        """Ask for the end; a machine that refuses may have ended it by itself: it is asked next."""
        try:
            self._ask(finish_target(self._operator, operation_id, how), parse_data, deadline)
        except DeviceFault:
            if self._operation(operation_id, deadline).stage is not Stage.ENDED:
                raise

    def _follow(self, operation_id: str, deadline: float) -> CashOperation:
        """Ask every ``poll_s`` until it has ended or the time is up."""
        while True:
            found = self._operation(operation_id, deadline)
            left = deadline - self._now()
            if found.stage is Stage.ENDED or left <= 0 or self._closing.is_set():
                return found
            self._closing.wait(min(self._poll_s, left))

    def _operation(self, operation_id: str, deadline: float) -> CashOperation:
        found = self._ask(
            ask_target(self._operator, operation_id),
            lambda body: parse_operation(operation_id, body),
            deadline,
        )
        self._jammed = found.jammed
        return found

    def _ask(self, target: str, parse: Callable[[bytes], Parsed], deadline: float) -> Parsed:
        until = min(deadline, self._now() + ANSWER_S)
        answer = self._channel.ask("GET", target, connect_s=CONNECT_S, deadline=until)
        if answer.status != 200:
            raise RemoteProtocolError(f"the machine answered HTTP {answer.status}")
        self._answered_at = self._now()
        return parse(answer.body)

    def _healthy(self, stores: tuple[Store, ...]) -> Status:
        if self._jammed:
            return Status(Health.BLOCKED, ("cash_jam",), self._answered_at, "CashDro")
        found = {store.level for store in stores}
        reasons = tuple(f"cash_{level}" for level in _WORRYING if level in found)
        health = Health.DEGRADED if reasons else Health.READY
        return Status(health, reasons, self._answered_at, "CashDro")
