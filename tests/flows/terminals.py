"""A shop whose payment terminal is another process, over any protocol, and their money."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from drivers.payment.nexo.certificate import NAME
from drivers.payment.nexo.simulator import SIM_KEY
from terminal.poi_settings import POI_SCHEMES
from tests.conftest import Shop
from tests.flows.books import Books, books
from tests.flows.nursery import Nursery
from tests.flows.process import ConsoleProcess, SimulatorProcess

QUICK = (
    "payment.answer_timeout_s=1",
    "payment.enquiry_window_s=0",
    "payment.enquiry_timeout_s=1",
    "payment.status_interval_s=1",
    "poi.concert_quiet_ms=100",
)
BENCH, PRICE = "2000000000015", 15_000
KEEP_DUE = 10_000
"""A sale of which less is due is paid in cash, and another one begins."""
ASKINGS = 12
"""A serial ZVT terminal waits 5 s for a till that was cut before it listens again."""
DOUBT = ("pending", "unknown")


class Lane:
    """A console and a simulated terminal, each its own process, with a cable between them."""

    def __init__(
        self, folder: Path, protocol: str, cables: ExitStack, settings: tuple[str, ...] = QUICK
    ) -> None:
        self.protocol = protocol
        self.settings = settings
        self.nursery = cables.enter_context(Nursery())
        self.memory = folder / "terminal"
        self.ledger = folder / "ledger.jsonl"
        self.serial = POI_SCHEMES[protocol] == ("serial",)
        self.listen = "tcp:127.0.0.1:0"
        if self.serial:
            line = cables.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm"))
            self.listen = f"pty:{line}/line"
        elif protocol == "nexo-local":
            self.listen = "tls:127.0.0.1:0"
        self.poi = self._simulator()
        address = self.poi.ready["address"].partition("?")[0]
        if not self.serial:
            self.listen = address
        self.data = self._shop(folder, address)
        self.console = ConsoleProcess(self.data, nursery=self.nursery)
        self.sale: Mapping[str, Any] | None = None
        self.amount = 100
        self.words = 0

    def _simulator(self) -> SimulatorProcess:
        more = ("--ledger", str(self.ledger))
        return SimulatorProcess(
            self.protocol, self.listen, self.memory, *more, nursery=self.nursery
        )

    def _shop(self, folder: Path, address: str) -> Path:
        settings = [
            f"devices.poi_protocol={self.protocol}",
            f"devices.poi={address}",
            *self.settings,
        ]
        if self.protocol == "nexo-local":
            settings += ["poi.ca_file=ca.pem", f"poi.certificate_name={NAME}"]
        data = Shop(folder / "shop").create(*settings).data
        if self.protocol == "nexo-local":
            trusted = (self.memory / "poi-certificate.pem").read_bytes()
            (data / "keys" / "ca.pem").write_bytes(trusted)
            (data / "keys" / "poi.toml").write_text(
                f'passphrase = "{SIM_KEY.passphrase}"\nidentifier = "{SIM_KEY.identifier}"\n'
                f"version = {SIM_KEY.version}\n"
            )
        return data

    # --- power ---

    def restart_simulator(self) -> None:
        self.poi.__exit__()
        self.poi = self._simulator()
        assert self.poi.ready

    def restart_console(self) -> None:
        self.console.__exit__()
        self.console = ConsoleProcess(self.data, nursery=self.nursery)
        assert self.console.ready
        self.sale = self.console.ready["state"]["sale"]

    def close(self) -> None:
        self.console.__exit__()
        self.poi.__exit__()

    # --- selling ---

    def ask(self, do: str, **fields: Any) -> Mapping[str, Any]:
        answer = self.console.ask(do, **fields)
        if answer:
            self.sale = answer["state"]["sale"]
        return answer

    def prepare(self) -> int:
        """See that there is a sale with enough to pay; returns an amount never asked before."""
        if self.sale is not None and self.sale["due_minor"] < KEEP_DUE:
            if self.sale["status"] in ("open", "tendering"):
                self.ask("pay", tender="cash", amount_minor=self.sale["due_minor"])
            self.ask("next")
        if self.sale is None or self.sale["status"] not in ("open", "tendering"):
            assert self.ask("scan", code=BENCH)["ok"]
        self.amount += 1
        return self.amount

    def settle(self) -> None:
        """Ask as long as it helps; what is still in doubt a supervisor settles by the ledger."""
        for _ in range(ASKINGS):
            self.ask("enquire")
            if not self.doubted() or self.cannot_be_asked():
                break
        while self.doubted() and self.poi.turn("look")["ref"]:
            time.sleep(0.02)  # the cardholder is slow: a person decides when the display is empty
        for tender in self.doubted():
            paid = self.net()[tender["amount_minor"]] > 0
            answer = self.ask(
                "resolve",
                tender=tender["n"],
                outcome="paid" if paid else "not_paid",
                reason="journal du terminal",
                evidence="ledger",
                authorised_by={"operator": "9", "pin": "9999"},
            )
            self.words += answer["ok"]
            # An answer that comes at the last moment goes before a person's word.
            assert answer["ok"] or answer["refused"] == "payment_not_unknown", answer

    def cannot_be_asked(self) -> bool:
        return self.protocol.startswith(("caisse-ap", "concert"))

    def doubted(self) -> list[Mapping[str, Any]]:
        tenders = [] if self.sale is None else self.sale["tenders"]
        return [tender for tender in tenders if tender["status"] in DOUBT]

    # --- money ---

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]

    def net(self) -> Counter[int]:
        """Return how often each amount stands at the terminal: approvals less reversals."""
        approved = {one["ref"]: one["amount_minor"] for one in self.approvals()}
        standing = Counter(approved.values())
        standing.subtract(
            approved[one["ref"]] for one in self.lines() if one["event"] == "reversed"
        )
        return standing

    def approvals(self) -> list[dict[str, Any]]:
        return [one for one in self.lines() if one["event"] == "approved"]

    def check(self) -> Books:
        """Approvals less reversals = booked tenders + declared unknowns, attempt by attempt.

        Every attempt of a run asks for an amount of its own, which every protocol carries.
        """
        ours = books(self.data)
        made = Counter(one["amount_minor"] for one in self.approvals())
        assert max(made.values(), default=0) <= 1, "two approvals for one attempt"
        assert made.keys() <= set(ours.asked.values()), "an approval that nobody asked for"
        net = self.net()
        for ref, amount in ours.asked.items():
            if ref not in ours.open:
                assert net[amount] == (ref in ours.booked), (ref, amount, net[amount], ours)
        return ours
