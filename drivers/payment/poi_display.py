"""What the simulated payment terminal shows and prints, and which of its keys are lit."""

from __future__ import annotations

from dataclasses import dataclass

LEAK = " ".join(["4242"] * 4)
"""A well-known test number that passes the Luhn check, for the knob ``leaky``."""


@dataclass(frozen=True, slots=True)
class Screen:
    stage: str
    """``off``, ``idle``, ``card``, ``pin``, ``online`` or the last outcome."""
    lines: tuple[str, ...]
    keys: tuple[str, ...]
    """Lit keys: ``present_card``, ``ok``, ``cancel``."""


_LAST = {
    "approved": "APPROVED",
    "partial": "APPROVED IN PART",
    "declined": "DECLINED",
    "cancelled": "CANCELLED",
    "timed_out": "NO CARD",
}


def screen_of(
    *, powered: bool, stage: str, op: str, amount_minor: int, currency: str, last_outcome: str
) -> Screen:
    """Return the screen for a stage of a request; empty ``stage`` when none is running."""
    if not powered:
        return Screen("off", (), ())
    if not stage:
        last = _LAST.get(last_outcome)
        return Screen(last_outcome or "idle", ("WELCOME",) if last is None else (last,), ())
    amount = f"{amount_minor // 100}.{amount_minor % 100:02} {currency}"
    title = "REFUND" if op == "refund" else "PAYMENT"
    if stage == "card":
        return Screen(stage, (title, amount, "PRESENT CARD"), ("present_card", "cancel"))
    if stage == "pin":
        return Screen(stage, (title, amount, "ENTER PIN AND OK"), ("ok", "cancel"))
    return Screen(stage, (title, amount, "PLEASE WAIT"), ())


def slip_of(
    terminal: str, op: str, authorized: int, currency: str, approval: str, *, leaky: bool
) -> tuple[str, ...]:
    """Return the customer's card slip; ``leaky`` puts a whole card number on it."""
    kind = "DEBIT" if op == "payment" else "CREDIT"
    return (
        "CARTE BANCAIRE SANS CONTACT",
        "A0000000421010",
        f"TERMINAL {terminal}",
        LEAK if leaky else "************4242",
        f"{kind} {authorized // 100}.{authorized % 100:02} {currency}",
        f"AUTO {approval}",
    )
