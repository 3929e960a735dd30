"""The last receipt number that we know of a terminal, for tag 1F1F (PA00P015, chapter 4).

A terminal that waits for this number reverses its last transaction when the number is one less than
its own.  So a number is noted once the approval it belongs to is durable, never before.
"""

from __future__ import annotations

from pathlib import Path

from drivers.payment.zvt.status import StatusInformation
from drivers.simulation import DurableLines


class KnownReceipts:
    """One number per terminal. ``memory`` is its file, None to know it as long as we run."""

    def __init__(self, memory: Path | None) -> None:
        self._memory = DurableLines(memory)
        self._known: dict[str, str] = {
            line["terminal_id"]: line["receipt"] for line in self._memory.load()
        }

    def to_tell(self, terminal_id: str) -> str | None:
        """Return what goes into 1F1F: None for a terminal that never asked for it."""
        return self._known.get(terminal_id)

    def note(self, terminal_id: str, said: StatusInformation) -> None:
        """Remember a transaction that stands, on the disk, when the terminal wants it back."""
        if said.known_receipt is None and terminal_id not in self._known:
            return
        if self._known.get(terminal_id) == said.receipt:
            return
        self._known[terminal_id] = said.receipt
        self._memory.replace(
            {"terminal_id": one, "receipt": receipt} for one, receipt in self._known.items()
        )
