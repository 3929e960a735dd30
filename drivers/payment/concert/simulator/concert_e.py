"""A simulated terminal that speaks Concert E and E+, whichever the till does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from drivers.payment.concert.simulator.line import PoiLine
from drivers.payment.concert.simulator.wire import TricklingPoi
from drivers.payment.currency import NUMBERS, letters_of
from drivers.payment.poi_display import LEAK
from drivers.payment.poi_plan import WHOLE
from drivers.payment.simulator import Running
from drivers.payment.transaction import PAYMENT, REFUND, STANDING, Transaction

E_CHARS, E_PLUS_CHARS = 26, 34
ACCEPTED, NOT_ACCEPTED, HANDLED = "0", "7", "9"
WITH_REP = "1"
REP_CHARS = 55
AT_ONCE = "A011"


class ConcertESimulator(TricklingPoi):
    """Listens on a line for requests of 26 characters (E) or 34 (E+), and answers once.

    It can be asked nothing else, as in life.
    """

    offers = WHOLE

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(memory, seed, monotonic)
        self._line = PoiLine(
            self._say,
            self._heard,
            lambda: self._running is not None,
            monotonic,
        )
        self._asked = ""
        self._asks = 0

    def _connected(self) -> None:
        self._line.reset()
        super()._connected()

    def _started(self) -> None:
        self._line.reset()

    def _read(self, data: bytes) -> None:
        self._line.receive(data)

    def advance(self) -> float | None:
        """Do what is due on the line and in the terminal."""
        times = [
            planned for planned in (super().advance(), self._line.run()) if planned is not None
        ]
        return min(times, default=None)

    def _heard(self, body: bytes) -> None:
        """Act on a whole message; one that is no request is not answered."""
        text = body.decode("latin-1")
        if len(text) not in (E_CHARS, E_PLUS_CHARS) or not (text[:10] + text[13:16]).isdigit():
            return
        amount, kind = int(text[2:10]), text[12]
        currency = letters_of(text[13:16])
        if not currency or not amount:
            self._line.tell(_answer(text, NOT_ACCEPTED, text[2:10]))
        elif kind == "2":
            self._cancel(text, amount)
        elif kind in ("0", "1", "4"):
            self._asks += 1
            self._asked = text
            if text[E_CHARS : E_CHARS + 4] == AT_ONCE:
                self._line.tell(_answer(text, HANDLED, text[2:10]))
            op = REFUND if kind == "1" else PAYMENT
            self._begin(
                self._asks, self._unheard_ref(text[16:E_CHARS].strip()), op, amount, currency
            )
        else:
            self._line.tell(_answer(text, NOT_ACCEPTED, text[2:10]))

    def _cancel(self, text: str, amount: int) -> None:
        found = self._newest(amount)
        undone, say = (None, True) if found is None else self._reverse(found, text[16:E_CHARS])
        if say:
            status = NOT_ACCEPTED if undone is None else ACCEPTED
            self._line.tell(_answer(text, status, text[2:10]))

    def _tell_end(self, running: Running, said: Transaction) -> None:
        if self._asked[E_CHARS : E_CHARS + 4] == AT_ONCE:
            return  # it was answered when it came
        asked = self._asked
        if said.ref != running.ref:
            asked = f"{asked[:16]}{said.ref:<10}{asked[E_CHARS:]}"
        if said.currency != running.currency:
            asked = f"{asked[:13]}{NUMBERS.get(said.currency, '999')}{asked[16:]}"
        paid = said.outcome in STANDING
        amount = said.authorized if paid else said.amount
        status = ACCEPTED if paid else NOT_ACCEPTED
        self._line.tell(_answer(asked, status, f"{amount:08}", leak=self._leaky))


def _answer(asked: str, status: str, amount: str, *, leak: bool = False) -> bytes:
    """Return the answer to a request; ``leak`` sends card data although nobody wants it."""
    rep = f"{LEAK.replace(' ', ''):<{REP_CHARS}}" if leak else " " * REP_CHARS
    if not leak and asked[10] != WITH_REP:
        rep = ""
    return f"{asked[:2]}{status}{amount}{asked[11]}{rep}{asked[13:16]}{asked[16:26]}".encode(
        "latin-1"
    )
