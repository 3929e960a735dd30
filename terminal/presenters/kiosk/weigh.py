"""The kiosk's weighing: put it on the scale, see weight and price, confirm."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core import weighing
from terminal.core.items import Article
from terminal.core.state import TerminalState
from terminal.presenters.departments import department_look
from terminal.presenters.desk import Chain, Desk, change, close
from terminal.presenters.kiosk.shared import help_action
from terminal.presenters.scale_view import ScaleView, scale_view, usable
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Row
from terminal.services.requests import Weigh
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class WeighView:
    title: str = ""
    text: str = ""
    picture: Row = Row()
    scale: ScaleView = ScaleView()
    typed: str = ""
    hint: str = ""
    keypad: bool = False
    """The weight is typed: there is no scale, and staff is signed on."""
    actions: tuple[Action, ...] = ()


def weigh(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> WeighView:
    """Return the weighing of an article; without a scale staff types the weight."""
    article, reading = desk.weighing, surroundings.scale
    if article is None:
        return WeighView()
    if reading is not None and usable(reading):
        view = scale_view(article, reading, words, surroundings.currency)
        taking = Weigh(article.code, shown_g=reading.weight_g)
        return WeighView(
            title=article.label,
            text=words.text("screen.weigh.text"),
            picture=_picture(article, surroundings, words),
            scale=view,
            actions=(_add(taking, view.held and not desk.busy, words), _leave(words)),
        )
    if state.operator is None:
        return WeighView(
            title=article.label,
            text=words.text("screen.weigh.staff"),
            picture=_picture(article, surroundings, words),
            actions=(help_action(words), _leave(words)),
        )
    grams = int(desk.entry.text or "0")
    price = weighing.price_minor(article.price_minor, grams)
    picture = _picture(article, surroundings, words)
    return WeighView(
        title=article.label,
        text=words.text("screen.weigh.typed"),
        picture=Row(
            label=words.format_money(price, surroundings.currency),
            detail=picture.detail, icon=picture.icon, tint=picture.tint,
        ),
        hint=words.format_weight(0),
        typed=words.format_weight(grams) if grams else "",
        keypad=True,
        actions=(
            _add(Weigh(article.code, grams), grams > 0 and not desk.busy, words), _leave(words),
        ),
    )  # fmt: skip


def _picture(article: Article, surroundings: Surroundings, words: Words) -> Row:
    look = department_look(article.department)
    price = words.format_money(article.price_minor, surroundings.currency)
    return Row(detail=f"{price}/kg", icon=look.icon, tint=look.tint)


def _add(request: Weigh, enabled: bool, words: Words) -> Action:
    return Action(words.text("screen.weigh.add"), "plus", Chain((request, close())), enabled)


def _leave(words: Words) -> Action:
    return Action(words.text("screen.cancel"), "", change(overlay="", weighing=None))
