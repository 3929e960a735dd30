"""The simulated payment terminal that speaks the simple POI protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from drivers.payment.poi_plan import IN_PART
from drivers.payment.simple.protocol import FrameDecoder, encode_frame
from drivers.payment.simulator import TERMINAL_ID, PoiEngine, Running
from drivers.payment.transaction import MAX_MINOR, PAYMENT, REFUND, Transaction

MAX_REF = 40


class SimplePoiSimulator(PoiEngine):
    """A front end of the engine: requests by number and reference, everything can be asked."""

    offers = IN_PART

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(memory, seed, monotonic)
        self._decoder = FrameDecoder()

    # --- wire ---

    def _connected(self) -> None:
        self._decoder = FrameDecoder()
        super()._connected()

    def _read(self, data: bytes) -> None:
        for message in self._decoder.receive(data):
            self._answer(message)

    def _answer(self, message: Mapping[str, Any]) -> None:
        n, kind = message.get("n"), message.get("type")
        if not isinstance(n, int) or not isinstance(kind, str):
            return
        answers: Mapping[str, Callable[[int, Mapping[str, Any]], None]] = {
            "hello": self._on_hello,
            "status": self._on_status,
            "payment": self._on_payment,
            "ack": self._on_ack,
            "abort": self._on_abort,
            "enquire": self._on_enquire,
            "reverse": self._on_reverse,
            "close": self._on_close,
        }
        answer = answers.get(kind)
        if answer is None:
            self._refuse(n, "bad_request", "unknown request")
        else:
            answer(n, message)

    def _reply(self, kind: str, n: int, /, **fields: Any) -> None:
        self._say(encode_frame({"type": kind, "n": n, **fields}))

    def _refuse(self, n: int, code: str, text: str) -> None:
        self._reply("refused", n, code=code, text=text)

    def _tell_progress(self, running: Running, kind: str) -> None:
        self._reply("news", running.dialogue, kind=kind, text="")

    def _tell_end(self, running: Running, said: Transaction) -> None:
        self._reply("result", running.dialogue, transaction=asdict(said))

    # --- requests ---

    def _on_hello(self, n: int, message: Mapping[str, Any]) -> None:
        del message
        self._reply(
            "hello",
            n,
            terminal=TERMINAL_ID,
            model="Simulated POI",
            commit_by_ack=self._commit_by_ack,
        )

    def _on_status(self, n: int, message: Mapping[str, Any]) -> None:
        del message
        self._reply(
            "state",
            n,
            busy=self._busy(),
            last=self._ledger.last(),
            trace=f"{self._ledger.count:06}",
        )

    def _on_payment(self, n: int, message: Mapping[str, Any]) -> None:
        ref, op = message.get("ref"), message.get("op")
        amount, currency = message.get("amount"), message.get("currency")
        if (
            not isinstance(ref, str)
            or not 0 < len(ref) <= MAX_REF
            or op not in (PAYMENT, REFUND)
            or not isinstance(amount, int)
            or not 0 < amount <= MAX_MINOR
            or not isinstance(currency, str)
            or len(currency) != 3
        ):
            self._refuse(n, "bad_request", "not a payment")
        elif refusal := self._refusal(ref):
            self._refuse(n, refusal, "the terminal does not take this request")
        else:
            self._begin(n, ref, op, amount, currency)

    def _on_ack(self, n: int, message: Mapping[str, Any]) -> None:
        self._acknowledge(str(message.get("ref")))
        self._reply("acked", n)

    def _on_abort(self, n: int, message: Mapping[str, Any]) -> None:
        ref = str(message.get("ref"))
        self._reply("abort", n, accepted=self._abortable(ref))
        self._abort(ref)

    def _on_enquire(self, n: int, message: Mapping[str, Any]) -> None:
        ref = message.get("ref")
        found = self._ledger.find(ref) if isinstance(ref, str) else None
        if self._running is not None and self._running.ref == ref:
            self._reply("record", n, state="running", busy=self._busy())
        elif found is None:
            self._reply("record", n, state="none", busy=self._busy())
        else:
            self._reply("record", n, state="final", busy=self._busy(), transaction=asdict(found))

    def _on_reverse(self, n: int, message: Mapping[str, Any]) -> None:
        found = self._ledger.find(str(message.get("original")))
        if found is None or found.transaction != message.get("transaction"):
            self._refuse(n, "not_found", "no such transaction")
            return
        undone, say = self._reverse(found, str(message.get("ref")))
        if undone is None:
            self._refuse(n, "declined", "the reversal was declined")
        elif say:
            self._reply("reversed", n, transaction=asdict(undone))

    def _on_close(self, n: int, message: Mapping[str, Any]) -> None:
        del message
        if self._running is not None:
            self._refuse(n, "busy", "a request is running")
            return
        day = self._close_day()
        self._reply(
            "totals",
            n,
            net=day.payment_minor - day.refund_minor,
            count=day.payments + day.refunds,
            currency=day.currency,
        )
