"""Things to press. Every one is at least ``theme.touch`` high and wide."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from terminal.presenters.view import Action
from terminal.ui.theme import theme
from terminal.ui.widgets import card, text  # noqa: F401 - their rules are used in the kv file
from terminal.ui.widgets.emit import emit

_SCHEMES = {
    # variant: (fill, fill when down, ink, edge)
    "primary": ("accent", "accent_down", "accent_ink", "accent"),
    "plain": ("key", "key_down", "ink", "key"),
    "ghost": ("card", "key", "ink", "line"),
    "quiet": ("sunken", "key_down", "ink_soft", "sunken"),
    "warn": ("warn_soft", "key_down", "warn", "warn_soft"),
    "danger": ("bad_soft", "key_down", "bad", "bad_soft"),
    "good": ("good_soft", "key_down", "good", "good_soft"),
    "night": ("night", "night", "night_ink", "night"),
}


class Tap(ButtonBehavior, BoxLayout):
    """A pressable surface in one of the variants; ``action`` says what it shows and means.

    Its colours answer the finger in the same frame; a disabled or unnamed action cannot be pressed.
    """

    action = ObjectProperty(Action(), rebind=True)
    variant = OptionProperty("plain", options=list(_SCHEMES))
    fill = ColorProperty("#e9eef8")
    ink = ColorProperty("#14213d")
    edge = ColorProperty("#e9eef8")
    corner = NumericProperty(18)
    minimum = NumericProperty(0)
    """Extra minimum height beyond the touch size."""

    def __init__(self, **kwargs: object) -> None:
        self._pressed: Action | None = None
        super().__init__(**kwargs)
        for name in ("state", "variant", "action", "disabled"):
            self.fbind(name, self._paint)
        theme.follow(self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        action = self.action or Action()
        variant = "primary" if action.chosen else self.variant
        fill, down, ink, edge = _SCHEMES[variant]
        live = action.enabled and not self.disabled
        if not live:
            fill, down, ink, edge = "sunken", "sunken", "quiet", "sunken"
        self.fill = theme.colour(down if self.state == "down" else fill)
        self.ink = theme.colour(ink)
        self.edge = theme.colour(edge)

    def on_touch_down(self, touch: object) -> bool:
        if not (self.action.shown and self.action.enabled):
            return False
        return bool(super().on_touch_down(touch))

    def on_press(self) -> None:
        self._pressed = self.action

    def on_release(self) -> None:
        """Ask for what it says; not if it says something else by now than under the finger."""
        pressed, self._pressed = self._pressed, None
        if pressed is None or _said(pressed) == _said(self.action):
            emit(self, self.action.intent)


def _said(action: Action) -> tuple[object, ...]:
    return action.label, action.icon, type(action.intent)


class TapButton(Tap):
    """Icon and words, centred together: side by side, or one above the other with ``stacked``."""

    level = NumericProperty(21)
    stacked = BooleanProperty(False)
    weight = StringProperty("SemiBold")
    align = OptionProperty("center", options=["center", "left"])
    words_width = NumericProperty(0)
    """Of the label on one line, for rules; one that went through ``ids`` would keep every button
    that ever was (Kivy 2.3)."""
    icon_width = NumericProperty(0)

    def do_layout(self, *_: object) -> None:
        icon, words = self.ids.icon, self.ids.words
        has_icon = bool(self.action.icon)
        side, margin = icon.width if has_icon else 0.0, theme.now.small
        gap = margin if has_icon and self.action.label else 0.0
        inner = max(1.0, self.width - 2 * margin)
        if self.stacked:
            gap = min(gap, theme.now.tiny)
            room = max(1.0, self.height - 2 * theme.now.tiny - side - gap)
            words.size = (inner, min(room, self.level * 2.6))
            used = min(words.height, words.texture_size[1])
            low = self.center_y - (side + gap + used) / 2
            words.pos = (self.x + margin, low + used / 2 - words.height / 2)
            icon.pos = (self.center_x - side / 2, low + used + gap)
            return
        words.size = (max(1.0, inner - side - gap), max(1.0, self.height - theme.now.tiny))
        used = min(words.width, words.used_width)
        left = self.x + margin
        if self.align == "center":
            left += (inner - side - gap - used) / 2
        icon.pos = (left, self.center_y - icon.height / 2)
        shift = (words.width - used) / 2 if words.halign == "center" else 0.0
        words.pos = (left + side + gap - shift, self.center_y - words.height / 2)

    def on_kv_post(self, _: object) -> None:
        again = self._trigger_layout
        for widget, name in (
            (self.ids.words, "used_width"), (self.ids.words, "texture_size"),
            (self.ids.icon, "size"), (self, "stacked"), (self, "action"), (self, "level"),
        ):  # fmt: skip
            widget.fbind(name, again)
        for widget, name, shown in (
            (self.ids.words, "natural_width", "words_width"),
            (self.ids.icon, "width", "icon_width"),
        ):
            widget.fbind(name, self.setter(shown))
            setattr(self, shown, getattr(widget, name))


class TapIcon(Tap):
    """An icon alone; its label is for speech."""

    level = NumericProperty(26)


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
