"""A checkout whose devices are all processes of their own, over sockets and lines."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import Shop
from tests.flows.books import Books, check_money, check_paper
from tests.flows.nursery import Nursery
from tests.flows.process import PATIENCE_S, ConsoleProcess, SimulatorProcess

LOOK_S = 0.02
DOUBT = ("pending", "unknown")
QUICK = (
    "payment.answer_timeout_s=2",
    "payment.enquiry_window_s=0",
    "payment.enquiry_timeout_s=1",
    "payment.status_interval_s=1",
)


@dataclass(frozen=True)
class Place:
    """A device of the lane: what it speaks, and whether its cable is a line or a socket."""

    protocol: str
    setting: str
    line: bool = False


PLACES: Mapping[str, Place] = {
    "printer": Place("simple", "receipt_printer"),
    "scanner": Place("simple", "scanner", line=True),
    "poi": Place("simple", "poi"),
    "scale": Place("toledo-8217", "scale", line=True),
    "display": Place("simple", "customer_display"),
}

ROLES = {"display": "customer_display"}
"""What the terminal calls a device that its simulator calls otherwise."""


class Lane:
    """A console, and a process for each device; a killed one comes back where it was."""

    def __init__(self, folder: Path, cables: ExitStack) -> None:
        self.nursery = cables.enter_context(Nursery())
        self._memory = folder / "devices"
        lines = cables.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm"))
        self._listen = {
            role: f"pty:{lines}/{role}" if place.line else "tcp:127.0.0.1:0"
            for role, place in PLACES.items()
        }
        self.devices = {role: self._start(role) for role in PLACES}
        addresses = {role: str(one.ready["address"]) for role, one in self.devices.items()}
        self._listen |= {role: addresses[role] for role, place in PLACES.items() if not place.line}
        settings = [f"devices.{place.setting}={addresses[role]}" for role, place in PLACES.items()]
        settings.append(f"devices.scale_protocol={PLACES['scale'].protocol}")
        self.data = Shop(folder / "shop").create(*settings, *QUICK).data
        self.console = ConsoleProcess(self.data, nursery=self.nursery)
        self.state: Mapping[str, Any] = self.console.ready["state"]

    def _start(self, role: str) -> SimulatorProcess:
        return SimulatorProcess(
            PLACES[role].protocol,
            self._listen[role],
            self._memory / role,
            device=role,
            nursery=self.nursery,
        )

    def kill(self, role: str) -> None:
        """Kill a device's process, and wait until the terminal's statement says so."""
        self.devices[role].kill()
        self.until(lambda: self.health(role) == "absent", f"{role} is shown absent")

    def revive(self, role: str) -> None:
        """Start it again, and wait until the terminal has found it."""
        self.devices[role].close()
        self.devices[role] = self._start(role)
        self.until(lambda: self.health(role) == "ready", f"{role} is found again")

    def close(self) -> None:
        self.console.__exit__()
        for device in self.devices.values():
            device.__exit__()

    # --- asking ---

    def ask(self, do: str, **fields: Any) -> Mapping[str, Any]:
        answer = self.console.ask(do, **fields)
        assert answer, f"the console died of {do}"
        self.state = answer["state"]
        return answer

    def ok(self, do: str, **fields: Any) -> Mapping[str, Any]:
        answer = self.ask(do, **fields)
        assert answer["ok"], answer
        return answer

    def health(self, role: str) -> str:
        return str(self.state["devices"][ROLES.get(role, role)]["health"])

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Ask for the state until it is so. Fails after PATIENCE_S."""
        deadline = time.monotonic() + PATIENCE_S / 2
        while not condition():
            assert time.monotonic() < deadline, f"not seen: {what}; {self.state}"
            time.sleep(LOOK_S)
            self.ok("show")

    # --- selling ---

    @property
    def sale(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.state["sale"] or {"lines": [], "status": ""}
        return found

    @property
    def codes(self) -> list[str]:
        return [line["code"] for line in self.sale["lines"] if not line["void"]]

    def scan(self, code: str) -> None:
        """Scan at the scanner, and wait until it is a line."""
        wanted = [*self.codes, code]
        self.until(lambda: self.health("scanner") == "ready", "a scanner")
        assert self.devices["scanner"].turn("scan", code=code)["listened_to"]
        self.until(lambda: self.codes == wanted, f"{code} is sold")

    def weigh(self, grams: int) -> None:
        """Sell bananas by what the scale says."""
        self.until(lambda: self.health("scale") == "ready", "a scale")
        self.load(grams)
        self.ok("weigh", code="4011")
        assert self.sale["lines"][-1]["weight_g"] == grams

    def load(self, grams: int) -> None:
        """Lift what lies on the scale, let the terminal see it, and put something on."""
        self.devices["scale"].turn("remove")
        self.until(
            lambda: self.ask("weigh", code="4011")["refused"] != "scale_same_load",
            "that the scale is empty",
        )
        self.devices["scale"].turn("put", grams=grams)

    def drawer(self) -> Mapping[str, Any]:
        """Return what is seen of the drawer behind the printer."""
        return self.devices["printer"].turn("look", device="drawer")

    def doubted(self) -> list[Mapping[str, Any]]:
        """Return the tenders of which nobody knows yet."""
        return [one for one in self.sale.get("tenders", ()) if one["status"] in DOUBT]

    def settle(self) -> None:
        """Ask the payment terminal until every payment is known."""
        self.until(lambda: self.ask("enquire") and not self.doubted(), "the payment is known")

    def pieces(self) -> list[str]:
        """Return what came out of the printer, the piece still in it last."""
        seen = self.devices["printer"].turn("pieces")
        return [one["text"] for one in seen["pieces"]] + [seen["current"]]

    def check(self) -> Books:
        """See that books, money and paper agree, after every device has had its say."""
        ours = check_money(self.data, self.devices["poi"].turn("ledger")["ledger"])
        papers = self.pieces()
        for number in ours.receipts:
            originals, duplicates = check_paper(papers, number)
            assert originals + duplicates >= 1, f"{number} never came out"
        return ours
