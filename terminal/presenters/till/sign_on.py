"""Who works here: operator number, then PIN."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from terminal.core.basket import totals
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.core.till import locked_for_ms
from terminal.presenters import own_pin
from terminal.presenters.commissioning import offered
from terminal.presenters.desk import Chain, Desk, Entry, change
from terminal.presenters.keys import ENTER, ESCAPE
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.actions import open_sale
from terminal.presenters.till.banners import device_trouble, power_cut
from terminal.presenters.till.form import FieldView, keep, put_away
from terminal.presenters.till.heading import Heading, heading
from terminal.presenters.till.staff_forms import languages, operator_field, pin_field
from terminal.presenters.view import Action, Banner
from terminal.services.requests import SignOnWithPin
from terminal.words import Words

PIN = "pin"


@dataclass(frozen=True, slots=True)
class SignOnView:
    heading: Heading = field(default_factory=Heading)
    banner: Banner = Banner()
    shop: str = ""
    greeting: str = ""
    text: str = ""
    waiting: str = ""
    """What waits for an operator: a sale that was resumed."""
    fields: tuple[FieldView, ...] = ()
    warning: str = ""
    confirm: Action = Action()
    back: Action = Action()
    languages: tuple[Action, ...] = ()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> SignOnView:
    """Return the sign-on; on an empty desk the operator number is asked for."""
    at_pin = desk.entry.name == PIN
    who = desk.memory.get("operator", "") if at_pin else desk.entry.text
    if own_pin.chooses(desk):
        return _choosing(state, desk, surroundings, words)
    moment = Moment(surroundings.now_ms, surroundings.business_date)
    locked_s = -(-locked_for_ms(state, who, moment) // 1000)
    return SignOnView(
        heading=heading(state, surroundings, words),
        banner=replace(power_cut(surroundings, words), text="")
        if state.power_failed_at_ms
        else _unready(surroundings, words),
        shop=surroundings.shop_name,
        greeting=words.text("screen.till.sign_on.title"),
        text=words.text("screen.till.sign_on.pin" if at_pin else "screen.till.sign_on.number"),
        waiting=_waiting(state, words),
        fields=_fields(desk, who, words, at_pin=at_pin),
        warning=words.text("refused.operator_locked", seconds=locked_s) if locked_s else "",
        confirm=_confirm(desk, who, words, at_pin=at_pin, locked=locked_s > 0),
        back=Action(words.text("screen.till.back"), "arrow-left", put_away(), key=ESCAPE)
        if at_pin
        else Action(),
        languages=languages(surroundings, words, signed_on=False),
    )


def _choosing(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> SignOnView:
    """Return the choice of a PIN of one's own: typed twice, then signed on with."""
    again = desk.entry.name == own_pin.AGAIN
    shown = pin_field(words).show
    first = desk.memory.get(own_pin.CHOSEN, "") if again else desk.entry.text
    second = desk.entry.text if again else ""
    label = "screen.till.continue"
    if again:
        label = "screen.till.sign_on.checking" if desk.busy else "screen.till.sign_on"
    confirm = Action(
        words.text(label),
        "check" if again else "arrow-right",
        own_pin.confirmed(desk, put_away()),
        own_pin.ready(desk) and not desk.busy,
        ENTER,
    )
    return SignOnView(
        heading=heading(state, surroundings, words),
        shop=surroundings.shop_name,
        greeting=words.text("screen.own_pin.title"),
        text=words.text("screen.own_pin.again" if again else "screen.own_pin.text"),
        fields=(
            FieldView(words.text("screen.own_pin.new"), shown(first), "", not again),
            FieldView(words.text("screen.own_pin.repeat"), shown(second), "", again),
        ),
        banner=Banner("", words.text("screen.own_pin.differs"), "triangle-alert")
        if own_pin.differs(desk)
        else Banner(),
        confirm=confirm,
        back=Action(words.text("screen.till.back"), "arrow-left", put_away(), key=ESCAPE),
        languages=languages(surroundings, words, signed_on=False),
    )


def _unready(surroundings: Surroundings, words: Words) -> Banner:
    """Return what is wrong with a device, else that nobody has commissioned this terminal."""
    trouble = device_trouble(surroundings, words)
    return trouble if trouble.shown else replace(offered(surroundings, words), actions=())


def _fields(desk: Desk, who: str, words: Words, *, at_pin: bool) -> tuple[FieldView, ...]:
    number, pin = operator_field(words), pin_field(words)
    again = Action(number.label, "", change(entry=Entry("", who, number.limit, digits=True)))
    return (
        FieldView(number.label, who, "", not at_pin, again if at_pin else Action()),
        FieldView(pin.label, pin.show(desk.entry.text) if at_pin else "", "", at_pin),
    )


def _confirm(desk: Desk, who: str, words: Words, *, at_pin: bool, locked: bool) -> Action:
    if not at_pin:
        go_on = change(entry=pin_field(words).entry(), memory=keep(desk, operator=who))
        label = words.text("screen.till.continue")
        return Action(label, "arrow-right", go_on, bool(who) and not locked, ENTER)
    steps = Chain(
        (change(entry=pin_field(words).entry()), SignOnWithPin(who, desk.entry.text), put_away())
    )
    label = words.text("screen.till.sign_on.checking" if desk.busy else "screen.till.sign_on")
    ready = bool(desk.entry.text) and not locked and not desk.busy
    return Action(label, "check", steps, ready, ENTER)


def _waiting(state: TerminalState, words: Words) -> str:
    sale = open_sale(state)
    if sale is None:
        return ""
    figures = totals(sale)
    return words.text(
        "screen.till.sign_on.waiting",
        articles=words.counted("screen.till.articles", figures.article_count),
        amount=words.format_money(figures.total_minor, sale.currency),
    )
