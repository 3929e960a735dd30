"""A clock behind the books: what a till and a kiosk show, and who may say that it is right."""

from __future__ import annotations

from dataclasses import replace

from terminal.core.law_commands import ConfirmClock
from terminal.core.state import Notice, TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.kiosk import out_of_service, staff
from terminal.presenters.routes import OUT_OF_SERVICE, WELCOME, route
from terminal.presenters.surroundings import DeviceStatus, Surroundings
from terminal.presenters.till.banners import banner
from terminal.words import Words

WORDS = Words("en", strict=True)
TEN_MS = 1_795_856_400_000
"""2026-11-28, 10:00 in Paris."""
AHEAD = TerminalState(
    last_at_ms=TEN_MS + 3_600_000, notices=(Notice(1, "clock_set_back", {}, TEN_MS),)
)
TILL = Surroundings(role="till", now_ms=TEN_MS, clock_stopped=True)
KIOSK = replace(TILL, role="kiosk", devices={"poi": DeviceStatus()})


def test_a_till_says_both_times_and_offers_to_confirm_before_anything_else():
    shown = banner(AHEAD, TILL, WORDS)
    assert "10:00" in shown.text
    assert "11:00" in shown.text
    assert [action.intent for action in shown.actions] == [ConfirmClock()]
    assert banner(AHEAD, replace(TILL, clock_stopped=False), WORDS).actions != shown.actions


def test_a_kiosk_between_two_shoppers_closes_its_lane_and_staff_may_confirm():
    assert route(AHEAD, Desk(), KIOSK) == OUT_OF_SERVICE
    assert route(AHEAD, Desk(), replace(KIOSK, clock_stopped=False)) == WELCOME
    view = out_of_service.present(AHEAD, Desk(), KIOSK, WORDS)
    assert view.cause == WORDS.text("screen.out.clock")
    choices = staff.actions(AHEAD, Desk(), KIOSK, WORDS).choices
    assert ConfirmClock() in [choice.intent for choice in choices]
