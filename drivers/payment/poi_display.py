"""What the simulated payment terminal shows, and which of its keys are lit."""

from __future__ import annotations

from dataclasses import dataclass


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
