"""What the journal knows of receipts that go by e-mail; addresses are not part of it."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.journal.errors import storage_errors
from terminal.store.store import Store
from terminal.store.tables import LetterRow


@dataclass(frozen=True, slots=True)
class LetterStatus:
    """A letter whose end is not recorded yet; ``address`` is masked."""

    letter: str
    receipt_number: str
    address: str


def letters(store: Store) -> tuple[LetterStatus, ...]:
    """Return the letters that were queued and have not ended, oldest first."""
    query = (
        LetterRow.select(LetterRow.letter, LetterRow.receipt_number, LetterRow.address)
        .where(LetterRow.outcome == "queued")
        .order_by(LetterRow.queued_at_ms)
    )
    with storage_errors(store.path):
        return tuple(LetterStatus(*row) for row in query.tuples().execute(store.database))
