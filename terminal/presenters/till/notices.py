"""The recovery notices, one by one: what happened, when, and that a person has read it."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.commands import Acknowledge
from terminal.core.state import Notice, TerminalState
from terminal.presenters.desk import Desk, change
from terminal.presenters.keys import ESCAPE
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.banners import notice_text, notice_tone
from terminal.presenters.till.heading import Heading, heading
from terminal.presenters.view import Action, Banner
from terminal.words import Words

_ICONS = {"bad": "circle-alert", "warn": "triangle-alert", "info": "history"}


@dataclass(frozen=True, slots=True)
class NoticesView:
    heading: Heading = field(default_factory=Heading)
    title: str = ""
    text: str = ""
    notices: tuple[Banner, ...] = ()
    back: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> NoticesView:
    """Return every unread notice, oldest first (REC-08)."""
    del desk
    return NoticesView(
        heading=heading(state, surroundings, words),
        title=words.counted("screen.till.notices.title", len(state.notices)),
        text=words.text("screen.till.notices.text"),
        notices=tuple(_notice(notice, surroundings, words) for notice in state.notices),
        back=Action(words.text("screen.till.back"), "arrow-left", change(panel=""), key=ESCAPE),
    )


def _notice(notice: Notice, surroundings: Surroundings, words: Words) -> Banner:
    tone = notice_tone(notice)
    zone = surroundings.timezone
    at = f"{words.format_date(notice.at_ms, zone)} · {words.format_time(notice.at_ms, zone)}"
    read = Action(words.text("screen.till.notice.read"), "check", Acknowledge(notice.notice_id))
    return Banner(at, notice_text(notice, words), _ICONS[tone], tone, (read,))
