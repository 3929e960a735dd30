"""From a new card to a sale that outlives a power cut."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terminal.appliance import places
from tests.image_trials.board import Board, TrialFailed
from tests.image_trials.card import Card

REPRISE = "/opt/reprise/bin/reprise"
AS_TERMINAL = ("runuser", "-u", "reprise", "--", REPRISE)
PROVISIONING = """\
[shop]
name = "Chez Lise"

[terminal]
role = "till"
till_number = "3001"

[[operators]]
number = "9"
name = "Lise"
role = "supervisor"
pin = "9999"
"""
OWN_PIN = "4821"
CARD_TO_WRITE = places.MACHINE / "card.json"
"""What is still to be written on the card: its secrets are not off it before."""
FLOUR = "3270190128724"
READY = (
    f"grep -q '\"ready\": *true' {places.VITALS} && "
    f"test $(( $(date +%s) - $(stat -c %Y {places.VITALS}) )) -le 30 && cat {places.VITALS}"
)


def told(what: str) -> None:
    """Say what was seen."""
    sys.stdout.write(f"  {what}\n")
    sys.stdout.flush()


def first_start(board: Board) -> None:
    """Wait for a new machine's terminal."""
    told(f"its system runs after {board.wait_for_agent():.0f} s (slot {board.started.slot})")
    if not has_shop(board):
        raise TrialFailed(f"the card was refused: {board.run('cat', str(places.PROVISION_STATE))}")


def has_shop(board: Board) -> bool:
    """Tell whether there is a shop, once the first start is over."""
    board.until(f"test -e {places.PROVISION_STATE} || test -e {places.DATA}/reprise.toml")
    asked = board.order(run=["test", "-e", f"{places.DATA}/reprise.toml"])
    return asked["code"] == 0


def healthy(board: Board) -> Mapping[str, Any]:
    """Wait for the terminal's own word that it is ready."""
    vitals = json.loads(board.until(READY))
    told(f"the terminal is ready after {board.age_s:.0f} s: screen {vitals['screen']!r}")
    return vitals


class Till:
    """The terminal without its window, by the console."""

    def __init__(self, board: Board) -> None:
        self._board = board
        board.run("systemctl", "stop", "terminal.service")
        command = [*AS_TERMINAL, "console", "--data", str(places.DATA), "--role", "till"]
        self.ready = self._read(board.order(console=command))

    def ok(self, do: str, **fields: Any) -> Mapping[str, Any]:
        """Ask for something that is done."""
        answer = self._read(self._board.order(line=json.dumps({"id": 1, "do": do, **fields})))
        if not answer.get("ok"):
            raise TrialFailed(f"{do}: {answer}")
        return answer

    def find(self, *receipts: str) -> None:
        """Find receipts by their numbers. Raises TrialFailed naming those that are gone."""
        numbers = {row["receipt_number"] for row in self.ok("receipts")["receipts"]}
        if gone := sorted(set(receipts) - numbers):
            raise TrialFailed(f"receipts are gone: {gone}; there are {sorted(numbers)}")

    def close(self) -> None:
        """End it in order."""
        self._board.order(end=True)

    @staticmethod
    def _read(answer: Mapping[str, Any]) -> Mapping[str, Any]:
        said = answer.get("said", "")
        if not said:
            raise TrialFailed("the console is gone")
        return json.loads(said)


def verified(board: Board) -> str:
    """Have the books verified; return the verdict. Raises TrialFailed when they do not agree."""
    return board.run(*AS_TERMINAL, "verify", "--data", str(places.DATA)).splitlines()[0]


def sign_on(till: Till) -> None:
    """Sign on as the supervisor, who chooses a PIN of her own the first time."""
    try:
        till.ok("sign_on", operator="9", pin=OWN_PIN)
    except TrialFailed:
        till.ok("sign_on", operator="9", pin="9999", new_pin=OWN_PIN)


def sell(till: Till) -> str:
    """Sell something by card; return the receipt's number."""
    if till.ready["state"]["operator"] is None:
        sign_on(till)
    till.ok("scan", code=FLOUR)
    due = till.ok("show")["state"]["sale"]["due_minor"]
    return till.ok("pay", tender="card", amount_minor=due)["state"]["sale"]["receipt_number"]


def trial(architecture: str, image: Path, folder: Path, seed: int) -> None:
    """Boot, sell, cut, boot, find. Raises TrialFailed."""
    card = Card(image, folder / "card.img")
    card.put(places.PROVISIONING_FILE, PROVISIONING)
    with Board(architecture, card, seed=seed, out=folder / "first") as board:
        first_start(board)
        healthy(board)
        board.picture("ready")
        board.until(f"test ! -e {CARD_TO_WRITE}")
        till = Till(board)
        receipt = sell(till)
        loss = board.cut()
    if "9999" in card.get(places.PROVISIONING_FILE).decode():
        raise TrialFailed("the first PIN is still on the card")
    told(f"sold {receipt}, power cut: {loss.kept} of {loss.waiting} sectors kept")
    with Board(architecture, card, seed=seed + 1, out=folder / "second") as board:
        told(f"its system runs after {board.wait_for_agent():.0f} s")
        healthy(board)
        board.picture("resumed")
        till = Till(board)
        till.find(receipt)
        till.close()
        told(verified(board))
        failed = board.run("systemctl", "list-units", "--failed", "--plain", "--no-legend")
        told(f"units that failed: {failed.strip() or 'none'}")
        board.cut()
    (folder / "card.img").unlink()
