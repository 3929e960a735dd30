"""Closures handed over as files: when possible (CLO-01), and again on demand (CLO-02).

The first time they go in the order they were made, so that a receiver can tell that none is
missing.  A copy on demand says so, and holds the same document under the same identifier: a
receiver that has it already has nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from terminal.core import authority
from terminal.core.books import Books
from terminal.core.errors import IllegalEvent, Refused
from terminal.core.events import ClosureExtracted
from terminal.core.frozen import replace
from terminal.core.periods import SCOPES
from terminal.core.policy import Policy
from terminal.core.state import TerminalState


def waiting(books: Books) -> Iterator[tuple[str, int]]:
    """Name the closures that were not handed over yet: scope and number, days first."""
    for scope in SCOPES:
        for number in range(books.extracted.get(scope, 0) + 1, books.numbers.get(scope, 0) + 1):
            yield scope, number


def may_extract(state: TerminalState, policy: Policy, scope: str, number: int) -> Refused | None:
    """Return why a closure is not handed over on demand, or None."""
    refused = authority.right(state, policy, "close")
    if refused is not None:
        return refused
    if not 1 <= number <= state.books.numbers.get(scope, 0):
        return Refused("no_such_closure", {"scope": scope[:8], "number": number})
    return None


def extracted(books: Books, event: ClosureExtracted) -> Books:
    """Return the books after a closure was handed over.

    Raises:
        IllegalEvent: it does not exist, or an earlier one was left out.
    """
    last = books.extracted.get(event.scope, 0)
    if event.number > books.numbers.get(event.scope, 0):
        raise IllegalEvent(f"there is no closure {event.scope} {event.number}")
    if event.copy:
        if event.number > last:
            raise IllegalEvent(f"closure {event.scope} {event.number} has no first extraction")
        return books
    if event.number != last + 1:
        raise IllegalEvent(f"extraction of {event.scope} {event.number} leaves a gap")
    after = MappingProxyType({**books.extracted, event.scope: event.number})
    return replace(books, extracted=after)
