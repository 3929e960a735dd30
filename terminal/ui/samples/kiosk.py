"""The kiosk's worlds, one per thing a shopper may see."""

from __future__ import annotations

from terminal.core.state import TerminalState
from terminal.presenters import routes
from terminal.ui.samples.world import ARTICLES, World, basket_sale, line, sale


def worlds() -> tuple[World, ...]:
    """Return every world of the kiosk, in the order of a purchase."""
    return (
        World("welcome", TerminalState(), route=routes.WELCOME),
        World("basket", TerminalState(sale=basket_sale()), route=routes.BASKET),
        World("basket-long", _long(), route=routes.BASKET),
    )


def _long() -> TerminalState:
    lines = [line(n, ARTICLES[n % len(ARTICLES)], 1 + n % 3) for n in range(1, 41)]
    return TerminalState(sale=sale(*lines))
