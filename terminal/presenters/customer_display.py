"""The customer display: two rows of twenty characters that say what is on the till's disk. Pure."""

from __future__ import annotations

from terminal.core.basket import Totals, totals
from terminal.core.state import Line, Sale, SaleStatus, Tender, TenderStatus, TerminalState
from terminal.presenters.surroundings import Surroundings
from terminal.words import Words

WIDTH = 20

Rows = tuple[str, str]

_DOUBTFUL = frozenset({TenderStatus.PENDING, TenderStatus.UNKNOWN})


def rows(state: TerminalState, surroundings: Surroundings, words: Words) -> Rows:
    """Return what the customer reads now; ``words`` are those of paper, which displays can write.

    What is promised or owed comes before everything, then what stands against selling, then the
    line that was sold last.
    """
    sale = state.sale
    if sale is not None and sale.status is SaleStatus.COMPLETED:
        return _done(sale, words)
    if surroundings.storage_problem or surroundings.recovering:
        return out_of_service(surroundings, words)
    if state.power_failed_at_ms:
        return _centred(_say("power", words), _say("no_payment", words))
    if sale is None or sale.status is SaleStatus.CANCELLED or not sale.lines:
        return _centred(surroundings.shop_name, _say(_idle(state, surroundings), words))
    figures = totals(sale)
    if sale.status is SaleStatus.TENDERING:
        return _tendering(sale, figures, words)
    return _newest(sale, figures, words), _sum("total", figures.total_minor, sale, words)


def out_of_service(surroundings: Surroundings, words: Words) -> Rows:
    """Return what a display says of a lane that nothing sells in."""
    return _centred(surroundings.shop_name, _say("out", words))


def pair(left: str, right: str) -> str:
    """Return a row with an amount at its right end; the words before it give way."""
    room = max(0, WIDTH - len(right) - 1)
    return f"{left[:room].rstrip():<{room}} {right}"[-WIDTH:] if right else left[:WIDTH].rstrip()


def _idle(state: TerminalState, surroundings: Surroundings) -> str:
    if surroundings.role == "till":
        return "closed" if state.operator is None else "welcome"
    can_pay = surroundings.device("poi").usable and not (
        surroundings.clock_stopped or surroundings.disk_full
    )
    return "welcome" if can_pay else "out"


def _newest(sale: Sale, figures: Totals, words: Words) -> str:
    line = sale.line(sale.selected) or sale.lines[-1]
    name = _name(line, words)
    if line.void:
        return pair(f"{_say('void', words)} {name}", "")
    net = figures.lines[line.n - 1].net_minor
    count = f"{words.format_quantity(line.quantity)}x " if line.quantity not in (0, 1) else ""
    return pair(count + name, words.format_amount(net, sale.currency))


def _name(line: Line, words: Words) -> str:
    return (
        line.label
        if line.kind == "article"
        else f"{words.text(f'receipt.{line.kind}')} {line.label}"
    )


def _tendering(sale: Sale, figures: Totals, words: Words) -> Rows:
    total = _sum("total", figures.total_minor, sale, words)
    doubt = next((tender for tender in sale.tenders if tender.status in _DOUBTFUL), None)
    if doubt is not None and doubt.status is TenderStatus.UNKNOWN:
        return _sum("due", figures.due_minor, sale, words), _centre(_say("checking", words))
    if doubt is not None:
        says = "card" if doubt.kind == "card" else ""
        below = _centre(_say(says, words)) if says else _tender(doubt, sale, words)
        return _sum("due", figures.due_minor, sale, words), below
    booked = [tender for tender in sale.tenders if tender.status is TenderStatus.BOOKED]
    if booked and figures.due_minor:
        return _tender(booked[-1], sale, words), _sum("due", figures.due_minor, sale, words)
    return total, ""


def _done(sale: Sale, words: Words) -> Rows:
    booked = [tender for tender in sale.tenders if tender.status is TenderStatus.BOOKED]
    if sale.change_minor and booked:
        given = next((t for t in reversed(booked) if t.kind == "cash"), booked[-1])
        return _tender(given, sale, words), _sum("change", sale.change_minor, sale, words)
    return _sum("total", sale.total_minor, sale, words), _centre(_say("thanks", words))


def _tender(tender: Tender, sale: Sale, words: Words) -> str:
    kind = words.text(f"tender.{tender.kind}")
    amount = words.format_amount(tender.amount_minor, sale.currency)
    return pair(kind[:1].upper() + kind[1:], amount)


def _sum(name: str, minor: int, sale: Sale, words: Words) -> str:
    return pair(_say(name, words), words.format_money(minor, sale.currency))


def _say(name: str, words: Words) -> str:
    return words.text(f"screen.display.{name}")


def _centred(upper: str, lower: str) -> Rows:
    return _centre(upper), _centre(lower)


def _centre(text: str) -> str:
    return text[:WIDTH].strip().center(WIDTH).rstrip()
