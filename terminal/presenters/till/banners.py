"""The one message above the work: what wants a person first."""

from __future__ import annotations

from terminal.core.commands import Acknowledge, DismissHelp
from terminal.core.law_commands import ConfirmClock
from terminal.core.state import (
    Notice,
    PrintJob,
    PrintState,
    TenderStatus,
    TerminalState,
)
from terminal.presenters.commissioning import offered
from terminal.presenters.desk import change
from terminal.presenters.paid_in_cash import said
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.routes import NOTICES
from terminal.presenters.view import Action, Banner
from terminal.services.requests import SettlePaper
from terminal.services.restart_requests import PostponeRestart, RestartNow
from terminal.words import Words

_BAD_NOTICES = frozenset(
    {
        "payment_unknown", "cash_unknown", "reversal_unknown", "reversal_refused",
        "payment_not_reversed", "storage_corrupt", "reconciliation_difference",
        "books_cut_off", "signature_device_failed",
    }
)  # fmt: skip
_GOOD_NOTICES = frozenset(
    {"payment_settled", "cash_settled", "power_cut", "payment_reversed", "update_confirmed"}
)
_DEVICES = {
    "printer": "printer",
    "poi": "credit-card",
    "scanner": "scan-barcode",
    "cash": "coins",
}
"""Devices whose trouble a cashier reads, the gravest first, and their icons."""
_ICONS = {"bad": "circle-alert", "warn": "triangle-alert", "info": "history"}


def notice_tone(notice: Notice) -> str:
    """Return how grave a notice is; its icon and its words say so too."""
    if notice.kind in _BAD_NOTICES:
        return "bad"
    return "info" if notice.kind in _GOOD_NOTICES else "warn"


def notice_text(notice: Notice, words: Words) -> str:
    """Return a notice in words, with its amount, time and last known state (REC-08)."""
    details = dict(notice.details)
    kind = details.get("tender")
    if isinstance(kind, int):
        del details["tender"]  # a number of a line of tenders says nothing to a person
    state = details.get("state") or details.get("last_state")
    if isinstance(state, str):
        details["state"] = state
    key = f"notice.{notice.kind}"
    return words.text(key if words.has(key) else "screen.till.notice", **details)


def banner(state: TerminalState, surroundings: Surroundings, words: Words) -> Banner:
    """Return what wants a person first; empty when nothing does."""
    if surroundings.drawer_lesson:
        return _lesson(surroundings.drawer_lesson, words)
    if state.power_failed_at_ms:
        return power_cut(surroundings, words)
    if surroundings.clock_stopped:
        return _clock_stopped(state, surroundings, words)
    if surroundings.disk_full:
        title, text = words.text("screen.till.disk"), words.text("screen.till.disk.text")
        return Banner(title, text, "hard-drive", "bad")
    if state.notices:
        return _notice(state, words)
    job = next((j for j in state.print_jobs.values() if j.state is PrintState.AMBIGUOUS), None)
    if job is not None:
        return _did_it_come_out(job, words)
    if state.help_reason:
        action = Action(words.text("screen.till.help.done"), "check", DismissHelp())
        return Banner(words.text("screen.till.help"), "", "bell-ring", "warn", (action,))
    if state.drawer_open_since_ms:
        since = words.text("screen.till.drawer.left_open", since_ms=state.drawer_open_since_ms)
        return Banner(since, words.text("screen.till.drawer.left_open.text"), "inbox", "warn")
    trouble = device_trouble(surroundings, words)
    if trouble.shown:
        return trouble
    wanted = restart_wanted(surroundings, words)
    return wanted if wanted.shown else offered(surroundings, words)


def restart_wanted(surroundings: Surroundings, words: Words) -> Banner:
    """Say that a new version waits; whoever may can put it off, or let it be now."""
    version = surroundings.restart.version
    if not version:
        return Banner()
    actions = (
        Action(words.text("screen.till.restart.later"), "clock", PostponeRestart()),
        Action(words.text("screen.till.restart.now"), "check", RestartNow()),
    )
    title = words.text("screen.till.restart", version=version)
    return Banner(title, words.text("screen.till.restart.text"), "hourglass", "info", actions)


def power_cut(surroundings: Surroundings, words: Words) -> Banner:
    """Say that the mains are gone, and for how long the reserve lasts, when it is known."""
    values = {}
    if surroundings.power_remaining_s is not None:
        values["minutes"] = max(1, surroundings.power_remaining_s // 60)
    text = words.text("screen.till.power.text", **values)
    return Banner(words.text("screen.till.power"), text, "plug", "bad")


def _clock_stopped(state: TerminalState, surroundings: Surroundings, words: Words) -> Banner:
    """Say that nothing can be paid before the clock is right, or somebody says that it is."""
    zone = surroundings.timezone
    clock, last = (
        f"{words.format_date(at_ms, zone)} {words.format_time(at_ms, zone)}"
        for at_ms in (surroundings.now_ms, state.last_at_ms)
    )
    confirm = Action(words.text("screen.clock.confirm"), "clock", ConfirmClock())
    text = words.text("screen.clock.text", clock=clock, last=last)
    return Banner(words.text("screen.clock.stopped"), text, "clock", "bad", (confirm,))


def _lesson(stage: str, words: Words) -> Banner:
    title = words.text(f"screen.till.lesson.{stage}")
    return Banner(title, words.text("screen.till.lesson.text"), "inbox", "info")


def _notice(state: TerminalState, words: Words) -> Banner:
    notice = state.notices[0]
    tone = notice_tone(notice)
    read = Action(words.text("screen.till.notice.read"), "check", Acknowledge(notice.notice_id))
    actions: tuple[Action, ...] = (read,)
    if len(state.notices) > 1:
        every = words.counted("screen.till.notice.all", len(state.notices))
        actions = (Action(every, "list", change(panel=NOTICES)), read)
    return Banner("", notice_text(notice, words), _ICONS[tone], tone, actions)


def _did_it_come_out(job: PrintJob, words: Words) -> Banner:
    """Ask about a paper of which the printer could not say whether it came out."""
    return Banner(
        words.text("screen.till.paper.question"),
        words.text("screen.till.paper.look", receipt_number=grouped(job.receipt_number)),
        "circle-question-mark",
        "warn",
        (
            Action(words.text("screen.till.paper.yes"), "check", SettlePaper(job.job_id, True)),
            Action(words.text("screen.till.paper.no"), "printer", SettlePaper(job.job_id, False)),
        ),
    )


def device_trouble(surroundings: Surroundings, words: Words) -> Banner:
    """Return what is wrong with a device that selling needs, and what to do."""
    for name, icon in _DEVICES.items():
        device = surroundings.device(name)
        missing = name == "cash" and name not in surroundings.devices  # few shops have one
        if missing or (device.usable and not device.reasons):
            continue
        reason = next((r for r in device.reasons if words.has(f"device.{r}")), device.health)
        title = words.text(f"screen.till.trouble.{name}")
        tone = "warn" if device.usable else "bad"
        return Banner(title, words.text(f"device.{reason}"), icon, tone)
    return Banner()


def declined(state: TerminalState, words: Words) -> Banner:
    """Return why the last card payment counts nothing; empty when it does or there was none."""
    last = state.sale.tenders[-1] if state.sale and state.sale.tenders else None
    if last is None or last.status is not TenderStatus.DECLINED:
        return Banner()
    word = f"payment.{last.reason}"
    text = said(last.kind, word if words.has(word) else "payment.declined", words)
    return Banner("", text, "circle-x", "bad")


def grouped(number: str) -> str:
    """Return a receipt number in groups of four, as people read it out (NUM-02)."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
