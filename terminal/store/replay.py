"""The journal folded: the one way from records to state, for a start, a check and a rebuild."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from terminal.core.errors import CoreError
from terminal.core.events import Event
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.journal.errors import StorageCorrupt
from terminal.journal.journal import Journal
from terminal.journal.upcast import UPCASTS, Upcasts, decode
from terminal.store.beginning import beginning
from terminal.store.projections import Step

UNFIT = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What values raise that no version of ours writes: the record is at fault then, not the code."""
Evolve = Callable[[TerminalState, Event, Moment], TerminalState]


def replay(
    journal: Journal,
    evolve: Evolve,
    state: TerminalState | None = None,
    after_seq: int = 0,
    upcasts: Upcasts = UPCASTS,
) -> Iterator[Step]:
    """Yield every verified record after ``after_seq``, folded onto ``state``.

    Without a state, the fold begins at the journal's base.

    Raises:
        StorageCorrupt: names the first record that is damaged, unreadable, or does not fit.
    """
    before = state if state is not None else beginning(journal.base).state
    for record in journal.verified(after_seq):
        try:
            event = decode(record, upcasts)
            after = evolve(before, event, Moment(record.at_ms, record.business_date))
        except (CoreError, *UNFIT) as error:
            raise StorageCorrupt(
                f"record {record.seq} ({record.type}) does not fit: {error}", seq=record.seq
            ) from error
        yield Step(record, event, before, after)
        before = after
