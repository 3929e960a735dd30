"""How tests of the simple payment terminal ask it, and what it then remembers."""

from __future__ import annotations

TIMEOUT_S = 0.1


def pay(poi, request, commit=lambda _: None, timeout_s=TIMEOUT_S):
    """Pay, and hear no news."""
    return poi.payment(request, commit, lambda _: None, timeout_s)


def ledger(bench):
    """Return what the terminal really did, by reference."""
    return {entry["ref"]: entry for entry in bench.control("poi", "ledger")["ledger"]}
