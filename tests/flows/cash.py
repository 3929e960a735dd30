"""Cutting the power around the cash machine, and what its cash must say afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from terminal.app import Running
from tests.flows.books import Books, books
from tests.flows.power import Cut


def cut_at(cut: Cut, running: Running, operation: str, *, handled: bool) -> None:
    """Take the disk when a request reaches the cash machine, before or after it is done."""
    machine = running.hub.bench.cash
    carry_out = machine._carry_out

    def watched(asked):
        if asked.get("operation") == operation and not handled:
            cut.now(running)
        done = carry_out(asked)
        if asked.get("operation") == operation and handled:
            cut.now(running)
        return done

    machine._carry_out = watched


def check_cash(data: Path, operations: Iterable[Mapping[str, Any]]) -> Books:
    """Compare the cash machine's own memory with the books, when nothing is open.

    What it has more than before is credited, each operation once; the rest it has repaid.
    """
    ours = books(data)
    done = list(operations)
    assert all(one["state"] != "E" for one in done), "it still takes cash that nobody waits for"
    kept = [one["totalin"] - one["totalout"] for one in done]
    assert sorted(amount for amount in kept if amount) == sorted(ours.cash)
    return ours
