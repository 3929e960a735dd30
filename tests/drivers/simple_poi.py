"""How tests of the simple payment terminal ask it, and what it then remembers."""

from __future__ import annotations

from drivers.payment.simple.driver import SimplePaymentTerminal
from tests.timeless import no_time_passes

TIMEOUT_S = 0.1
LIVE_S = 20
"""Where time passes: longer than a busy machine stands still."""


def simple(bench, waits):
    """Return one more driver of a bench's terminal, for which no time passes."""
    terminal = SimplePaymentTerminal(bench.poi.connect(), waits)
    no_time_passes(terminal, bench.poi)
    return terminal


def pay(poi, request, commit=lambda _: None, timeout_s=TIMEOUT_S):
    """Pay, and hear no news."""
    return poi.payment(request, commit, lambda _: None, timeout_s)


def ledger(bench):
    """Return what the terminal really did, by reference."""
    return {entry["ref"]: entry for entry in bench.control("poi", "ledger")["ledger"]}
