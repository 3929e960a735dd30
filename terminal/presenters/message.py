"""The passing message, in words."""

from __future__ import annotations

from terminal.presenters.desk import Message
from terminal.presenters.view import Banner
from terminal.words import Words

_ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-x"}


def message_banner(message: Message | None, words: Words) -> Banner:
    """Return the message as a banner; an empty one for None."""
    if message is None:
        return Banner()
    text = words.text(message.key, **message.values)
    return Banner(text, icon=_ICONS[message.tone], tone=message.tone)
