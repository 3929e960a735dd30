"""What is owed in cash, what comes back, and the rounding in between.

Only cash gives change, and only cash is rounded: when what is still due is settled in cash it is
rounded to the shop's smallest coin. The rounding is a figure of its own; it never enters a line,
the total or the VAT.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.money import cash_round


@dataclass(frozen=True, slots=True)
class Settlement:
    """How cash settles what is due: ``due + rounding_minor == handed over - change_minor``."""

    rounding_minor: int
    change_minor: int


def cash_due(due_minor: int, step_minor: int) -> int:
    """Return what to pay (or to pay out, below zero) when the rest is settled in cash.

    Something due never rounds to nothing: it is then one coin, so that nobody leaves with goods
    that no tender covers.
    """
    rounded = cash_round(due_minor, step_minor)
    if rounded == 0 and due_minor != 0:
        return step_minor if due_minor > 0 else -step_minor
    return rounded


def settle_in_cash(due_minor: int, handed_minor: int, step_minor: int) -> Settlement | None:
    """Return how an amount of cash settles what is due; None when it does not cover it.

    Money paid out (both amounts below zero) must be exactly what is due: it gives no change.
    """
    to_pay = cash_due(due_minor, step_minor)
    covered = handed_minor >= to_pay if to_pay >= 0 else handed_minor == to_pay
    if not covered:
        return None
    return Settlement(rounding_minor=to_pay - due_minor, change_minor=handed_minor - to_pay)
