"""The end of a sale that is paid: its number, its drawer, its paper, in one transaction."""

from __future__ import annotations

from terminal.core.basket import Totals
from terminal.core.events import DrawerOpened, Event, SaleCompleted
from terminal.core.frozen import replace
from terminal.core.numbering import receipt_number
from terminal.core.policy import Policy
from terminal.core.printing import queue
from terminal.core.receipt.paper import paper_needed
from terminal.core.state import Sale, TenderStatus, TerminalState
from terminal.core.tenders import Settlement
from terminal.core.valuation import issuing

EXACT = Settlement(rounding_minor=0, change_minor=0)


def completion(
    state: TerminalState,
    sale: Sale,
    sums: Totals,
    policy: Policy,
    *,
    settlement: Settlement = EXACT,
    cash_minor: int = 0,
) -> tuple[Event, ...]:
    """Return the events that make a paid sale a document (NUM-01).

    ``cash_minor`` is the cash of the tender that is being booked in the same transaction.  The
    fiscal regime fills in ``token`` before the events are written.  At a kiosk paper waits for the
    customer's choice; at a till it comes by itself where paper is the shop's default (RCP-01) and
    is not for request only, and even then where the law demands it.
    """
    sequence = state.last_receipt_sequence + 1
    number = receipt_number(policy.receipt_prefix, policy.till_number, sequence)
    events: list[Event] = [
        *issuing(state, sale, policy),
        SaleCompleted(
            sale_id=sale.sale_id,
            receipt_sequence=sequence,
            receipt_number=number,
            token="",
            total_minor=sums.total_minor,
            rounding_minor=settlement.rounding_minor,
            change_minor=settlement.change_minor,
            vat=sums.vat_tuples(),
        ),
    ]
    cash = cash_minor + sum(
        t.amount_minor for t in sale.tenders if t.kind == "cash" and t.status is TenderStatus.BOOKED
    )
    if cash or settlement.change_minor:
        events.append(DrawerOpened(sale.sale_id, "refund" if cash < 0 else "cash"))
    if policy.role == "till" and _prints(sale, sums, policy):
        events.append(
            queue(state, policy, kind="receipt", sale_id=sale.sale_id, receipt_number=number)
        )
    return tuple(events)


def _prints(sale: Sale, sums: Totals, policy: Policy) -> bool:
    """Tell whether the paper comes by itself: the shop prints always, or the law demands it."""
    promised = replace(sale, total_minor=sums.total_minor)
    return paper_needed(promised, on_request=policy.prints_on_request) != ""
