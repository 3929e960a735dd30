"""Returns that refer to a receipt (SAL-10, RCP-04): its lines at what was paid, once each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from terminal.core import authority
from terminal.core.errors import Refused
from terminal.core.events import LineAdded
from terminal.core.policy import Policy
from terminal.core.receipt_commands import TakeBackLines
from terminal.core.returned import ReceiptLine
from terminal.core.sale import Decision
from terminal.core.selling import place
from terminal.core.state import Sale, TerminalState
from terminal.core.wording import check_reason

SOURCE = "receipt"
"""Where the price of such a line comes from."""


def take_back_lines(state: TerminalState, command: TakeBackLines, policy: Policy) -> Decision:
    """Add the lines that come back, opening a sale when none is being made."""
    refused = (
        authority.staff(state)
        or authority.right(state, policy, "return")
        or check_reason(command.reason)
        or _check_origin(state, command, policy)
    )
    spot = refused or place(state, policy)
    if isinstance(spot, Refused):
        return spot
    if not command.lines or len({line.n for line, _ in command.lines}) != len(command.lines):
        return Refused("nothing_to_return")
    events: list[LineAdded] = []
    for line, pieces in command.lines:
        already = line.already + under_way(state, command.origin_receipt, line.n)
        left = line.quantity - already
        if not 1 <= pieces <= left:
            code = "already_returned" if left <= 0 else "return_too_large"
            return Refused(code, {"label": line.label, "count": max(0, left)})
        first = spot.line + len(events)
        events.extend(
            _added(command, line, part, spot.sale_id, first + at)
            for at, part in enumerate(_prices(line.worth(pieces, already), pieces))
        )
        if spot.line + len(events) - 1 > policy.max_lines:
            return Refused("basket_full", {"limit": policy.max_lines})
    return spot.add(*events)


def under_way(state: TerminalState, receipt_number: str, n: int) -> int:
    """Return the pieces of a line that come back in sales which are not completed yet."""
    return sum(_pieces(sale, receipt_number, n) for sale in _unfinished(state))


def _unfinished(state: TerminalState) -> Iterable[Sale]:
    if state.sale is not None and not state.sale.receipt_number:
        yield state.sale
    yield from state.parked.values()


def _pieces(sale: Sale, receipt_number: str, n: int) -> int:
    return sum(
        -line.quantity
        for line in sale.lines
        if line.origin_receipt == receipt_number and line.origin_line == n and not line.void
    )


def _check_origin(state: TerminalState, command: TakeBackLines, policy: Policy) -> Refused | None:
    if command.receipts_seen != state.last_receipt_sequence:
        return Refused("receipts_changed")
    if not command.foreign:
        return None
    if policy.foreign_returns == "refuse":
        return Refused("foreign_receipt")
    return authority.right(state, policy, "foreign_return")


def _prices(amount_minor: int, pieces: int) -> Iterator[tuple[int, int]]:
    """Yield (pieces, unit price) that come to an amount which the pieces may not divide."""
    unit, dearer = divmod(amount_minor, pieces)
    if pieces > dearer:
        yield pieces - dearer, unit
    if dearer:
        yield dearer, unit + 1


def _added(
    command: TakeBackLines, line: ReceiptLine, part: tuple[int, int], sale_id: str, n: int
) -> LineAdded:
    """Return one line; weighed goods come back as one piece at what the weight cost."""
    count, unit_minor = part
    return LineAdded(
        sale_id=sale_id,
        line=n,
        kind="article",
        code=line.code,
        reference=line.reference or line.code,
        label=line.label,
        brand=line.brand,
        department=line.department,
        quantity=-count,
        weight_g=0,
        unit_price_minor=unit_minor,
        vat_rate_bp=line.vat_rate_bp,
        attributes=line.attributes,
        minimum_age=0,
        source=SOURCE,
        reason=command.reason,
        origin_receipt=command.origin_receipt,
        origin_line=line.n,
    )
