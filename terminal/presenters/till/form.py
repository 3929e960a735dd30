"""What every dialog of the till is made of: a few fields, ready answers, keys, and two buttons.

What is typed lives on the desk: the active field in ``entry``, the others in ``memory`` by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.presenters.desk import Change, Desk, Entry, change
from terminal.presenters.keyboards import keyboard_rows
from terminal.presenters.keys import ESCAPE
from terminal.presenters.scale_view import ScaleView
from terminal.presenters.view import Action, Row
from terminal.words import Words

FIELDS_ABREAST = 3
"""Fields side by side on a low screen: more cannot be read."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One thing to type; pressing it makes it the active one."""

    label: str = ""
    value: str = ""
    hint: str = ""
    active: bool = False
    press: Action = Action()


@dataclass(frozen=True, slots=True)
class FormView:
    """A dialog over the screen."""

    title: str = ""
    text: str = ""
    tone: str = "info"
    fields: tuple[FieldView, ...] = ()
    choices: tuple[Action, ...] = ()
    """Two or three ways, one of them chosen: percent or value, paid or not paid."""
    chips: tuple[Action, ...] = ()
    """Ready answers for the field that takes words."""
    scale: ScaleView = ScaleView()
    rows: tuple[Row, ...] = ()
    """Things to pick from; each row's ``press`` picks it."""
    code: str = ""
    """Content of a code shown large, for a telephone."""
    empty: str = ""
    """What stands in the place of rows when there are none."""
    listing: bool = False
    """The dialog is a list (large), not a few fields."""
    digits: bool = False
    """The active field is typed on a keypad."""
    keyboard: tuple[str, ...] = ()
    """Rows of the keyboard when the active field takes words."""
    cancel: Action = Action()
    confirm: Action = Action()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a dialog asks for; ``show`` writes what was typed as it will count."""

    name: str
    label: str
    hint: str = ""
    digits: bool = True
    limit: int = 8
    show: Callable[[str], str] = str

    def entry(self, text: str = "") -> Entry:
        """Return the desk's entry for this field."""
        return Entry(self.name, text, self.limit, self.digits)


def typed(desk: Desk, name: str) -> str:
    """Return what was typed into a field, active or not."""
    return desk.entry.text if desk.entry.name == name else desk.memory.get(name, "")


def number(desk: Desk, name: str) -> int:
    """Return the figure typed into a field; 0 while nothing is."""
    text = typed(desk, name)
    return int(text) if text.isdecimal() else 0


def open_form(overlay: str, first: Field, **memory: str) -> Change:
    """Return the intent that opens a dialog with its first field active."""
    return change(
        overlay=overlay,
        entry=first.entry(memory.pop(first.name, "")),
        memory=MappingProxyType(memory),
    )


def put_away() -> Change:
    """Return the intent that closes a dialog and forgets what was typed; the screen stays."""
    return change(
        overlay="", entry=Entry(), memory=MappingProxyType({}), found=(), department="",
        weighing=None, blocked=None, receipt=None,
    )  # fmt: skip


def keep(desk: Desk, **values: str) -> Mapping[str, str]:
    """Return the memory with the active field and some values put into it."""
    kept = dict(desk.memory)
    if desk.entry.name:
        kept[desk.entry.name] = desk.entry.text
    return MappingProxyType({**kept, **values})


def answer(desk: Desk, name: str, text: str) -> Change:
    """Return the intent that fills a field with a ready answer, whichever field is active."""
    if desk.entry.name == name:
        active = desk.entry
        return change(entry=Entry(active.name, text, active.limit, active.digits))
    return change(memory=keep(desk, **{name: text}))


def activate(desk: Desk, field: Field) -> Change:
    """Return the intent that makes a field the active one."""
    return change(entry=field.entry(typed(desk, field.name)), memory=keep(desk))


def field_views(desk: Desk, fields: tuple[Field, ...]) -> tuple[FieldView, ...]:
    """Return the fields with what was typed into them."""
    return tuple(
        FieldView(
            label=field.label,
            value=field.show(text) if (text := typed(desk, field.name)) else "",
            hint=field.hint,
            active=desk.entry.name == field.name,
            press=Action(field.label, "", activate(desk, field)),
        )
        for field in fields
    )


def beside(fields: tuple[FieldView, ...], count: int) -> tuple[FieldView, ...]:
    """Return the active field with as many of its neighbours as make ``count``."""
    active = next((n for n, field in enumerate(fields) if field.active), 0)
    first = max(0, min(active - count // 2, len(fields) - count))
    return fields[first : first + count]


def form(
    desk: Desk,
    words: Words,
    *,
    title: str,
    fields: tuple[Field, ...],
    confirm: Action,
    text: str = "",
    scale: ScaleView | None = None,
    chips: tuple[Action, ...] = (),
    choices: tuple[Action, ...] = (),
    rows: tuple[Row, ...] = (),
    tone: str = "info",
    closable: bool = True,
) -> FormView:
    """Return a dialog of fields, with the keys that the active one wants."""
    active = next((field for field in fields if field.name == desk.entry.name), None)
    return FormView(
        title=title,
        text=text,
        tone=tone,
        fields=field_views(desk, fields),
        choices=choices,
        chips=chips,
        scale=scale or ScaleView(),
        rows=rows,
        digits=active is not None and active.digits,
        keyboard=keyboard_rows(words.language) if active is not None and not active.digits else (),
        cancel=cancel(words) if closable else Action(),
        confirm=confirm,
    )


def cancel(words: Words) -> Action:
    """Return the button that closes a dialog and forgets what was typed."""
    return Action(words.text("screen.till.cancel"), "", put_away(), key=ESCAPE)


def reasons(desk: Desk, words: Words, kind: str, count: int) -> tuple[Action, ...]:
    """Return the usual reasons of an act as chips: ``screen.till.reason.<kind>.1`` and on."""
    chosen = typed(desk, "reason")
    texts = [words.text(f"screen.till.reason.{kind}.{i}") for i in range(1, count + 1)]
    return tuple(
        Action(text, "", answer(desk, "reason", text), chosen=text == chosen) for text in texts
    )


def reason_field(words: Words, limit: int = 60) -> Field:
    """Return the field for a reason in free words."""
    return Field(
        "reason",
        words.text("screen.till.reason"),
        words.text("screen.till.reason.hint"),
        digits=False,
        limit=limit,
    )


def money_field(name: str, label: str, words: Words, currency: str) -> Field:
    """Return a field whose digits are minor units, as on every till: 1 2 5 0 is 12.50."""
    return Field(
        name,
        label,
        words.format_money(0, currency),
        show=lambda text: words.format_money(int(text or "0"), currency),
    )


def weight_field(words: Words) -> Field:
    """Return a field whose digits are grams: 8 4 2 is 0.842 kg."""
    return Field(
        "weight",
        words.text("screen.till.weight"),
        words.format_weight(0),
        limit=5,
        show=lambda text: words.format_weight(int(text or "0")),
    )
