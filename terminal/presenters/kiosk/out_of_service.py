"""Out of service, and the moment before service at start-up."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.kiosk.shared import staff_action
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Header
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class OutOfServiceView:
    header: Header = Header()
    icon: str = "wrench"
    tone: str = "warn"
    title: str = ""
    cause: str = ""
    note: str = ""
    busy: bool = False
    staff: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> OutOfServiceView:
    """Return the cause in plain words, and that staff knows."""
    del desk
    if surroundings.recovering:
        return OutOfServiceView(
            header=Header(title=surroundings.shop_name),
            icon="hourglass",
            tone="info",
            title=words.text("screen.starting.title"),
            cause=words.text("screen.starting.text"),
            busy=True,
        )
    if surroundings.restart.closed and not surroundings.storage_problem:
        return OutOfServiceView(
            header=Header(title=surroundings.shop_name),
            icon="hourglass",
            tone="info",
            title=words.text("screen.restarting.title"),
            cause=words.text("screen.restarting.text"),
            busy=True,
        )
    if surroundings.storage_problem:
        icon, cause = "hard-drive", words.text(f"refused.{surroundings.storage_problem}")
    elif surroundings.disk_full:
        icon, cause = "hard-drive", words.text("screen.out.disk")
    elif state.power_failed_at_ms:
        icon, cause = "plug", words.text("screen.out.no_power")
    elif surroundings.clock_stopped:
        icon, cause = "clock", words.text("screen.out.clock")
    elif surroundings.commissioning.blocked:
        icon, cause = "wrench", words.text("refused.not_commissioned")
    else:
        icon, cause = "credit-card", words.text("screen.out.no_poi")
    called = "" if state.power_failed_at_ms else words.text("screen.out.called")
    kept = words.text("screen.out.kept") if state.sale and state.sale.lines else ""
    return OutOfServiceView(
        header=Header(title=surroundings.shop_name),
        icon=icon,
        title=words.text("screen.out.title"),
        cause=cause,
        note=" ".join(part for part in (called, kept) if part),
        staff=staff_action(words),
    )
