"""Article without barcode: search, departments, results."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.items import Article, Unit
from terminal.core.state import TerminalState
from terminal.presenters.departments import department_look
from terminal.presenters.desk import CLEAR, Chain, Change, Desk, Entry, Press, change, close
from terminal.presenters.keyboards import keyboard_rows
from terminal.presenters.kiosk.shared import help_action
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Row
from terminal.services.requests import Scan
from terminal.words import Words

WEIGHT_DIGITS = 5
SEARCH = Entry("search")


@dataclass(frozen=True, slots=True)
class LookupView:
    title: str = ""
    back: Action = Action()
    help: Action = Action()
    typed: str = ""
    hint: str = ""
    search: Action = Action()
    """Press the field: the keyboard comes, or goes."""
    clear: Action = Action()
    typing: bool = False
    keys: tuple[str, ...] = ()
    departments: tuple[Action, ...] = ()
    tiles: tuple[Row, ...] = ()
    nothing: str = ""
    """Said where the results would be."""


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> LookupView:
    """Return the search; choosing a department needs no typing."""
    del state
    typing = desk.entry.name == "search"
    text = desk.entry.text if typing else ""
    tiles = tuple(_tile(article, surroundings, words) for article in desk.found)
    asked = bool(text or desk.department)
    return LookupView(
        title=words.text("screen.no_barcode"),
        back=Action(words.text("screen.back"), "arrow-left", close()),
        help=help_action(words),
        typed=text,
        hint=words.text("screen.lookup.hint"),
        search=Action("search", "search", change(entry=Entry() if typing else SEARCH)),
        clear=Action("", "x", Press(CLEAR)) if text else Action(),
        typing=typing,
        keys=keyboard_rows(words.language),
        departments=tuple(_department(name, desk.department) for name in surroundings.departments),
        tiles=tiles,
        nothing="" if tiles else words.text(f"screen.lookup.{'none' if asked else 'begin'}"),
    )


def _department(name: str, chosen: str) -> Action:
    other = "" if name == chosen else name
    return Action(name, department_look(name).icon, change(department=other), chosen=name == chosen)


def put_on_scale(article: Article, _words: Words) -> Change:
    """Return the intent that asks what an article weighs."""
    entry = Entry("weight", "", WEIGHT_DIGITS, digits=True)
    return change(overlay="weigh", weighing=article, entry=entry)


def _tile(article: Article, surroundings: Surroundings, words: Words) -> Row:
    look = department_look(article.department)
    price = words.format_money(article.price_minor, surroundings.currency)
    weighed = article.unit is Unit.KILOGRAM
    if weighed:
        pick = Action(article.label, "", put_on_scale(article, words))
    else:
        pick = Action(article.label, "", Chain((Scan(article.code), close())))
    return Row(
        label=article.label,
        detail=article.brand,
        amount=f"{price}/kg" if weighed else price,
        icon=look.icon,
        tint=look.tint,
        press=pick,
    )
