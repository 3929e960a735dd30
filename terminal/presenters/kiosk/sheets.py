"""The sheets a shopper may see over a screen."""

from __future__ import annotations

from terminal.core.basket import totals
from terminal.core.commands import CancelSale, ChooseLanguage, NextCustomer, ParkSale, RecallSale
from terminal.core.state import Sale, TerminalState
from terminal.presenters.desk import Chain, Desk, change, clear, close
from terminal.presenters.kiosk.shared import LANGUAGE_NAMES, staff_action
from terminal.presenters.sheets import DialogView, cancel
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Row
from terminal.words import Words

MAX_SHOWN_PARKED = 20


def languages(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> DialogView:
    """Return the choice of a language."""
    del state, desk
    return DialogView(
        icon="languages",
        title=words.text("screen.languages.title"),
        choices=language_actions(surroundings, words),
        actions=(cancel(words.text("screen.close")),),
    )


def language_actions(surroundings: Surroundings, words: Words) -> tuple[Action, ...]:
    """Return one action per language of the shop, the present one chosen."""
    return tuple(
        Action(
            LANGUAGE_NAMES[code],
            "check" if code == words.language else "",
            Chain((ChooseLanguage(code), change(language="", overlay=""))),
            chosen=code == words.language,
        )
        for code in surroundings.languages
    )


def access(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> DialogView:
    """Return what the shopper may change of the display."""
    del state, surroundings
    return DialogView(
        icon="accessibility",
        title=words.text("screen.access.title"),
        text=words.text("screen.access.text"),
        choices=(
            Action(
                words.text("screen.access.large"),
                "check" if desk.large_text else "a-large-small",
                change(large_text=not desk.large_text),
                chosen=desk.large_text,
            ),
            Action(
                words.text("screen.access.contrast"),
                "check" if desk.high_contrast else "contrast",
                change(high_contrast=not desk.high_contrast),
                chosen=desk.high_contrast,
            ),
        ),
        actions=(cancel(words.text("screen.done")),),
    )


def help_called(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> DialogView:
    """Return that staff was called, and that the purchase is safe meanwhile."""
    del state, desk
    return DialogView(
        icon="hand-helping",
        title=words.text("screen.help.title"),
        text=words.text("screen.help.text", till=surroundings.till_name),
        actions=(
            cancel(words.text("screen.continue")),
            staff_action(words),
        ),
    )


def parked(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> DialogView:
    """Return the purchases that were kept for later, newest first."""
    del desk, surroundings
    newest = sorted(state.parked.values(), key=lambda sale: -sale.parked_at_ms)
    return DialogView(
        icon="history",
        title=words.text("screen.parked.title"),
        text=words.text("screen.parked.text" if newest else "screen.parked.none"),
        rows=tuple(_parked_row(sale, words) for sale in newest[:MAX_SHOWN_PARKED]),
        actions=(cancel(words.text("screen.close")),),
    )


def _parked_row(sale: Sale, words: Words) -> Row:
    figures = totals(sale)
    first = next((line.label for line in sale.lines if not line.void), "")
    return Row(
        quantity=str(figures.article_count),
        label=words.text("screen.parked.row", at_ms=sale.parked_at_ms, label=first),
        detail=words.counted("screen.basket.count", figures.article_count),
        amount=words.format_money(figures.total_minor, sale.currency),
        press=Action(first or "-", "", Chain((RecallSale(sale.sale_id), close()))),
    )


def still_there(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> DialogView:
    """Return the question whether somebody is there; the purchase is kept in any case."""
    del state, desk
    total = surroundings.seconds_total
    left = surroundings.seconds_left
    return DialogView(
        icon="clock",
        title=words.text("screen.still.title"),
        text=words.counted("screen.still.text", left),
        progress=left / total if total else 1.0,
        actions=(
            cancel(words.text("screen.still.yes")),
            Action(words.text("screen.basket.later"), "pause", Chain((ParkSale(), clear()))),
        ),
    )


def later(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> DialogView:
    """Return the question before a purchase is put aside, or given up."""
    del state, desk, surroundings
    return DialogView(
        icon="pause",
        title=words.text("screen.later.title"),
        text=words.text("screen.later.text"),
        actions=(
            Action(words.text("screen.later.keep"), "pause", Chain((ParkSale(), clear()))),
            cancel(words.text("screen.later.go_on")),
            Action(
                words.text("screen.later.give_up"),
                "trash-2",
                Chain((CancelSale("customer"), NextCustomer(), clear())),
            ),
        ),
    )
