"""A new machine and a stick with the second copy of another's books: offered, asked, done or not.

Nothing of it sells or proves anything: the copy is proved where it is restored, record by record.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from terminal.appliance.restore_state import DONE, FAILED, WORKING, RestoreState
from terminal.presenters.desk import BACKSPACE, CLEAR, Press
from terminal.presenters.keys import ENTER
from terminal.presenters.till.form import FieldView
from terminal.presenters.view import Action, Banner
from terminal.services.copy_offer import CopyOffer
from terminal.services.operators import MAX_PIN_LENGTH, MIN_PIN_LENGTH, pin_refusal
from terminal.settings import Said
from terminal.words import Words

OFFER, BACK, GO, START = "restore", "restore-back", "restore-go", "restore-start"
FIELD = "restore-field:"
NUMBER, PIN, AGAIN = "number", "pin", "again"
FIELDS = (NUMBER, PIN, AGAIN)
MAX_NUMBER = 6
"""Digits of an operator's number (``provisioning_settings.OperatorEntry``)."""
PHASES = ("reading", "tables", "articles", "proof")
"""In the order in which they come (``services.restoring``)."""
STALL_S = 900
"""Without a word from the restoring: the slowest step tells nothing of itself, for minutes."""
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
MAX_AGE_DAYS = 400
"""A longer time is no age of a copy but a clock that nobody has set."""


@dataclass(frozen=True, slots=True)
class RestoreDesk:
    """What this part of the setup screen knows."""

    offer: CopyOffer | None = None
    asking: bool = False
    """Somebody wants it: the person who is to sign on is asked for."""
    state: RestoreState = field(default_factory=RestoreState)
    typed_in: tuple[str, str, str] = ("", "", "")
    """Number, PIN, and the PIN again."""
    active: str = NUMBER
    said: Said | None = None
    still_s: int = 0
    """Since the restoring said something."""

    @property
    def open(self) -> bool:
        """Tell whether this is what the screen shows."""
        return self.asking or bool(self.state.state)

    @property
    def asks(self) -> bool:
        return self.asking and not self.state.state

    @property
    def working(self) -> bool:
        return self.state.state == WORKING

    @property
    def done(self) -> bool:
        return self.state.state == DONE

    @property
    def number(self) -> str:
        return self.typed_in[0]

    @property
    def pin(self) -> str:
        return self.typed_in[1]

    def offered(self, offer: CopyOffer | None) -> RestoreDesk:
        """Return the desk when a stick came or went; what is being restored goes on."""
        if self.state.state or offer == self.offer:
            return replace(self, offer=offer or self.offer)
        gone = offer is None or self.offer is None or offer.folder != self.offer.folder
        return RestoreDesk(offer) if gone else replace(self, offer=offer)

    def begun(self) -> RestoreDesk:
        """Return the desk when somebody wants the copy restored."""
        if self.offer is None or not self.offer.usable:
            return self
        alone = self.offer.supervisors[0][0] if len(self.offer.supervisors) == 1 else ""
        active = PIN if alone else NUMBER
        return replace(
            self, asking=True, state=RestoreState(), typed_in=(alone, "", ""), active=active
        )

    def left(self) -> RestoreDesk:
        """Return the desk when nobody wants it any more."""
        return RestoreDesk(self.offer)

    def typed(self, key: str) -> RestoreDesk:
        """Return the desk after a key of the keypad, or a touch of a field."""
        if key.startswith(FIELD):
            return replace(self, active=key.removeprefix(FIELD))
        place = FIELDS.index(self.active)
        text = self.typed_in[place]
        if key == CLEAR:
            text = ""
        elif key == BACKSPACE:
            text = text[:-1]
        elif key.isdigit() and len(key) == 1:
            text = (text + key)[: MAX_NUMBER if self.active == NUMBER else MAX_PIN_LENGTH]
        else:
            return self
        kept = (*self.typed_in[:place], text, *self.typed_in[place + 1 :])
        return replace(self, typed_in=(kept[0], kept[1], kept[2]), said=None)

    def checked(self) -> RestoreDesk:
        """Return the desk with what is wrong with the fields; the cursor is where it is."""
        number, pin, again = self.typed_in
        known = {one for one, _ in self.offer.supervisors} if self.offer else set()
        if number not in known:
            return replace(self, active=NUMBER, said=Said("restore.who"))
        code = pin_refusal(pin)
        if code:
            limits = {"least": str(MIN_PIN_LENGTH), "most": str(MAX_PIN_LENGTH)}
            return replace(self, active=PIN, said=Said(f"refused.{code}", limits) if pin else None)
        if pin != again:
            kept = (number, pin, "")
            said_ = Said("restore.differs") if again else None
            return replace(self, active=AGAIN, typed_in=kept, said=said_)
        return replace(self, said=None)

    @property
    def complete(self) -> bool:
        """Tell whether everything is typed that is needed."""
        return all(self.typed_in)

    def asked(self) -> RestoreDesk:
        """Return the desk while the copy is restored; the PIN is not kept."""
        return replace(
            self, state=RestoreState(WORKING), typed_in=("", "", ""), active=NUMBER, still_s=0
        )

    def heard(self, state: RestoreState) -> RestoreDesk:
        """Return the desk when the restoring said how far it is."""
        return replace(self, state=state, still_s=0)

    def second(self) -> RestoreDesk:
        """Return the desk a second later."""
        if not self.working:
            return self
        if self.still_s >= STALL_S:
            return self.heard(RestoreState(FAILED, code="stalled"))
        return replace(self, still_s=self.still_s + 1)


# --- what is shown --------------------------------------------------------------------------------


def stick(offer: CopyOffer | None, words: Words) -> tuple[Banner, ...]:
    """Return the banner of a stick that was found, for the first screen."""
    if offer is None:
        return ()
    if offer.usable or offer.problem == "articles":
        title = words.text("restore.found", medium=offer.medium)
        text = words.text(
            "restore.found.text", till=offer.till, shop=offer.shop, when=when(offer, words)
        )
        if offer.usable:
            return (Banner(title, text, "history", "info"),)
        return (Banner(title, f"{text} {problem(offer.problem, words)}", "history"),)
    return (
        Banner(
            words.text("restore.found.unusable", medium=offer.medium),
            problem(offer.problem, words),
            "triangle-alert",
        ),
    )


def problem(code: str, words: Words) -> str:
    """Return why a copy cannot be restored, and the way out."""
    key = f"restore.problem.{code}"
    return f"{words.text(key)} {words.text(f'{key}.way')}"


def when(offer: CopyOffer, words: Words) -> str:
    """Return date and time of a copy's newest entry."""
    return moment(offer.at_ms, offer.timezone, words)


def moment(at_ms: int, timezone: str, words: Words) -> str:
    """Return date and time of day in the shop's time zone."""
    return f"{words.format_date(at_ms, timezone)} {words.format_time(at_ms, timezone)}"


def age(offer: CopyOffer, now_ms: int, words: Words) -> str:
    """Return how old a copy is; nothing where the machine's clock cannot know it."""
    past = now_ms - offer.at_ms
    if not 0 <= past <= MAX_AGE_DAYS * DAY_MS:
        return ""
    for unit, key in ((DAY_MS, "days"), (HOUR_MS, "hours")):
        if past >= 2 * unit:
            return words.counted(f"restore.age.{key}", past // unit)
    return words.counted("restore.age.minutes", past // MINUTE_MS)


def facts(offer: CopyOffer, now_ms: int, words: Words) -> tuple[Banner, ...]:
    """Return what a copy holds, and what it does not."""
    sale = words.text("restore.no_sale")
    if (last := offer.last_sale) is not None:
        sale = words.text(
            "restore.sale.text",
            number=last.number,
            amount_minor=last.total_minor,
            currency=offer.currency,
            when=moment(last.at_ms, offer.timezone, words),
        )
    entries = words.text(
        "restore.entries.text",
        entries=offer.seq,
        when=when(offer, words),
        age=age(offer, now_ms, words),
    )
    return (
        Banner(words.text("restore.sale"), sale, "receipt-text", "info"),
        Banner(words.text("restore.entries"), entries, "history", "info"),
        Banner(words.text("restore.missing"), words.text("restore.missing.text"), "circle-alert"),
        Banner(words.text("restore.old"), words.text("restore.old.text"), "lock"),
    )


def fields(desk: RestoreDesk, words: Words) -> tuple[FieldView, ...]:
    """Return who signs on, and the new PIN twice."""
    names = dict(desk.offer.supervisors) if desk.offer else {}
    number = desk.number
    shown = f"{number} · {names[number]}" if number in names else number
    values = (shown, "•" * len(desk.pin), "•" * len(desk.typed_in[2]))
    hints = (" · ".join(names), "", "")
    return tuple(
        FieldView(
            words.text(f"restore.field.{name}"),
            value,
            hint,
            active=desk.active == name,
            press=Action(name, "", Press(FIELD + name)),
        )
        for name, value, hint in zip(FIELDS, values, hints, strict=True)
    )


def phases(desk: RestoreDesk, words: Words) -> tuple[Banner, ...]:
    """Return what is done, what is under way and what is to come."""
    now = PHASES.index(desk.state.phase) if desk.state.phase in PHASES else 0
    icons = [("circle-check", "info")] * now + [("loader-circle", "info")]
    icons += [("ellipsis", "info")] * (len(PHASES) - len(icons))
    return tuple(
        Banner("", words.text(f"restore.phase.{phase}"), icon, tone)
        for phase, (icon, tone) in zip(PHASES, icons, strict=True)
    )


def ending(desk: RestoreDesk, words: Words) -> tuple[Banner, ...]:
    """Return what is known when the books are back, and what has to be done."""
    state = desk.state
    if state.state == FAILED:
        way = Banner(
            words.text("setup.way"),
            words.text(f"restore.problem.{state.code}.way"),
            "life-buoy",
            "info",
        )
        detail = Banner(words.text("restore.detail"), state.detail, "file-text", "info")
        return (way, detail) if state.detail else (way,)
    at = moment(state.at_ms, state.timezone, words)
    shown = (
        ("proved", "badge-check", "info"),
        ("unknown", "circle-alert", "warn"),
        ("numbers", "receipt-text", "info"),
        ("people", "key-round", "info"),
    )
    values: dict[str, str | int] = {"entries": state.seq, "when": at, "skipped": state.skipped}
    return tuple(
        Banner(
            words.text(f"restore.done.{name}"),
            words.text(f"restore.done.{name}.text", **values),
            icon,
            tone,
        )
        for name, icon, tone in shown
    )


def buttons(desk: RestoreDesk, words: Words) -> tuple[Action, ...]:
    """Return the ways on; the last one is what the screen is there for."""
    if desk.working:
        return ()
    if desk.done:
        return (Action(words.text("restore.start"), "play", Press(START), key=ENTER),)
    back = Action(words.text("restore.back"), "arrow-left", Press(BACK))
    if desk.state.state == FAILED:
        again = Action(words.text("restore.again"), "refresh-cw", Press(OFFER), key=ENTER)
        return (back, again) if desk.offer is not None and desk.offer.usable else (back,)
    icon = "history" if desk.complete else "arrow-right"
    label = words.text("restore.go" if desk.complete else "restore.next")
    return (
        back,
        Action(label, icon, Press(GO), bool(desk.typed_in[FIELDS.index(desk.active)]), ENTER),
    )
