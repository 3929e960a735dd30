"""Whether a scan is taken: not while somebody is asked something, or pays."""

from __future__ import annotations

import pytest

from terminal.core.errors import REFUSAL_CODES
from terminal.presenters.gate import scan_gate
from terminal.ui.samples import kiosk, till

AT_KIOSK = {
    "tender-age": "age_check_waiting",
    **dict.fromkeys(("paying", "paying-pin", "charged-checking"), "payment_pending"),
    **dict.fromkeys(
        ("lookup-weigh", "charged-yes", "charged-no", "receipt", "receipt-no-paper",
         "receipt-digital", "receipt-mail",
         "sheet-languages", "sheet-access", "sheet-help", "sheet-parked", "sheet-later",
         "staff-pin", "staff-actions", "staff-unknown", "staff-evidence",
         "own-pin-new", "own-pin-again", "own-pin-differs"),
        "question_open",
    ),
}  # fmt: skip
"""World of the gallery -> why a scan is refused there; in all others it is taken, or refused by the
core in words of its own."""
PAYING_AT_TILL = {"paying", "paying-typed", "paying-typed-empty", "paying-recovering"}
ASKED_AT_TILL = {
    "done-mail",
    "done-link",
    "unknown-resolve",
    "unknown-override",
    "notices",
    "devices-which",
    "training-leave",
}


def wants_no_scan(name: str) -> bool:
    """Tell whether a commissioning is on the screen whose step wants no scan."""
    on_screen = name.startswith("commissioning-") and "offered" not in name
    return on_screen and name != "commissioning-scan"


@pytest.mark.parametrize("world", kiosk.worlds(), ids=lambda world: world.name)
def test_a_kiosk_takes_no_scan_while_it_asks_or_is_paid(world):
    """S5."""
    asks = world.name.startswith("weigh-") or wants_no_scan(world.name)
    weighing = "question_open" if asks else ""
    gate = scan_gate(world.state, world.desk, world.surroundings)
    assert gate == AT_KIOSK.get(world.name, weighing)


@pytest.mark.parametrize("world", till.worlds(), ids=lambda world: world.name)
def test_a_till_takes_no_scan_under_a_dialog_or_while_it_is_paid(world):
    """S5."""
    asked = world.name.startswith(("form-", "closures")) or world.name in ASKED_AT_TILL
    asked = asked or wants_no_scan(world.name)
    due = "payment_pending" if world.name in PAYING_AT_TILL else "question_open" if asked else ""
    assert scan_gate(world.state, world.desk, world.surroundings) == due


def test_every_reason_has_words():
    assert set(AT_KIOSK.values()) <= REFUSAL_CODES
