"""The till's weighing: which article, then the scale, or the weight typed by somebody who may."""

from __future__ import annotations

from terminal.core import weighing
from terminal.core.items import Article
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Desk, change
from terminal.presenters.keys import ENTER
from terminal.presenters.scale_view import scale_view, usable
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.form import (
    Field,
    FormView,
    form,
    keep,
    number,
    put_away,
    typed,
    weight_field,
)
from terminal.presenters.view import Action
from terminal.services.requests import FindWeighed, Weigh, ZeroScale
from terminal.words import Words

BY_HAND = "by_hand"
"""In the desk's memory while the weight is typed although there is a scale."""


def code_field(words: Words) -> Field:
    """Return the field for the code of an article."""
    hint = words.text("screen.till.code.hint")
    return Field("code", words.text("screen.till.code"), hint, limit=20)


def weigh(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask which article is to be weighed, then show the scale; a weight is typed by hand."""
    currency = state.sale.currency if state.sale else surroundings.currency
    article = desk.weighing
    if article is None:
        return _which(desk, words)
    if surroundings.scale is None or desk.memory.get(BY_HAND):
        return _by_hand(article, desk, surroundings, words, currency)
    return _on_scale(article, desk, surroundings, words, currency)


def _which(desk: Desk, words: Words) -> FormView:
    code = typed(desk, "code")
    return form(
        desk,
        words,
        title=words.text("screen.till.action.weigh"),
        text=words.text("screen.till.weigh.text"),
        fields=(code_field(words),),
        confirm=Action(
            words.text("screen.till.weigh.find"),
            "scale",
            Chain((FindWeighed(code),)),
            enabled=bool(code),
            key=ENTER,
        ),
    )


def _on_scale(
    article: Article, desk: Desk, surroundings: Surroundings, words: Words, currency: str
) -> FormView:
    reading = surroundings.scale
    if reading is None:
        return FormView()
    view = scale_view(article, reading, words, currency)
    by_hand = change(entry=weight_field(words).entry(), memory=keep(desk, **{BY_HAND: "1"}))
    chips = [Action(words.text("screen.till.weigh.type"), "keyboard", by_hand)]
    if reading.can_zero:
        chips.append(Action(words.text("screen.scale.set_zero"), "rotate-ccw", ZeroScale()))
    label = words.text(f"screen.till.weigh.{'take' if view.held else 'wait'}",
                       weight_g=reading.weight_g or 0)  # fmt: skip
    taking = Weigh(article.code, shown_g=reading.weight_g)
    return form(
        desk,
        words,
        title=article.label,
        text=" · ".join(part for part in (article.brand, article.code) if part),
        fields=(),
        scale=view,
        chips=tuple(chips),
        confirm=Action(label, "check", Chain((taking, put_away())), enabled=view.held, key=ENTER),
    )


def _by_hand(
    article: Article, desk: Desk, surroundings: Surroundings, words: Words, currency: str
) -> FormView:
    grams = number(desk, "weight")
    unit = words.format_money(article.price_minor, currency)
    price = words.format_money(weighing.price_minor(article.price_minor, grams), currency)
    sum_ = f"{words.format_weight(grams)} × {unit}/kg = {price}" if grams else f"{unit}/kg"
    reading = surroundings.scale
    why = "" if usable(reading) else words.text(
        f"screen.scale.{'none' if reading is None else reading.state}"
    )  # fmt: skip
    marked = words.text("screen.till.weigh.typed")
    back = change(memory=keep(desk, **{BY_HAND: ""}))
    return form(
        desk,
        words,
        title=words.text("screen.till.weigh.type"),
        text=f"{article.label}\n{sum_}\n{f'{why}. ' if why else ''}{marked}",
        fields=(weight_field(words),),
        chips=() if reading is None else (
            Action(words.text("screen.till.weigh.read"), "scale", back),
        ),
        confirm=Action(
            words.text("screen.till.confirm"), "check",
            Chain((Weigh(article.code, grams), put_away())), enabled=bool(grams), key=ENTER,
        ),
    )  # fmt: skip
