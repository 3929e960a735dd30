"""What staff does at a kiosk: sign on, settle what waits, leave."""

from __future__ import annotations

from types import MappingProxyType

from terminal.core.commands import (
    Acknowledge,
    ApproveAge,
    CancelSale,
    DismissHelp,
    NextCustomer,
    Resolve,
    SignOff,
)
from terminal.core.law_commands import ConfirmClock
from terminal.core.state import Notice, SaleStatus, TenderStatus, TerminalState
from terminal.presenters import own_pin
from terminal.presenters.commissioning import open_commissioning
from terminal.presenters.desk import Chain, Desk, Entry, change, close
from terminal.presenters.keyboards import keyboard_rows
from terminal.presenters.keys import ENTER
from terminal.presenters.kiosk.shared import age_waits
from terminal.presenters.service import open_service
from terminal.presenters.sheets import DOT, DialogView, EntryView, cancel, entry_action
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Row
from terminal.services.operators import MAX_PIN_LENGTH
from terminal.services.requests import EnquirePayment, SettlePaper, SignOnWithPin
from terminal.words import Words

EVIDENCE_CHARS = 40
MAX_SHOWN_NOTICES = 20


def sign_on(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> EntryView:
    """Return the entry of the operator number, then of the PIN."""
    del state, surroundings
    if own_pin.chooses(desk):
        return _choosing(desk, words)
    entry = desk.entry
    if entry.name == "pin":
        operator = desk.memory.get("operator", "")
        enter = Chain((SignOnWithPin(operator, entry.text), change(entry=Entry())))
        title, typed = words.text("screen.staff.pin"), DOT * len(entry.text)
    else:
        memory = MappingProxyType({"operator": entry.text})
        enter = Chain((change(memory=memory, entry=Entry("pin", "", MAX_PIN_LENGTH, digits=True)),))
        title, typed = words.text("screen.staff.number"), entry.text
    label = words.text("screen.staff.sign_on" if entry.name == "pin" else "screen.next")
    return EntryView(
        icon="key-round",
        title=title,
        text=words.text("screen.staff.text"),
        typed=typed,
        actions=(
            entry_action(label, desk, Action("", "arrow-right", enter)),
            cancel(words.text("screen.cancel")),
        ),
    )


def _choosing(desk: Desk, words: Words) -> EntryView:
    """Return the choice of a PIN of one's own: typed twice, then signed on with."""
    again = desk.entry.name == own_pin.AGAIN
    done = change(entry=Entry(), memory=MappingProxyType({}))
    label = words.text("screen.staff.sign_on" if again else "screen.next")
    go_on = Action(label, "arrow-right", own_pin.confirmed(desk, done), own_pin.ready(desk), ENTER)
    text = "screen.own_pin.again" if again else "screen.own_pin.text"
    return EntryView(
        icon="key-round",
        title=words.text("screen.own_pin.title"),
        text=words.text("screen.own_pin.differs" if own_pin.differs(desk) else text),
        typed=DOT * len(desk.entry.text),
        actions=(go_on, cancel(words.text("screen.cancel"))),
    )


def actions(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> DialogView:
    """Return what this operator can settle now, most urgent first, and the unread notices."""
    del desk
    name = state.operator.name if state.operator else ""
    choices = [*_sale_choices(state, words), *_paper_choices(state, words)]
    if surroundings.clock_stopped:
        choices.append(Action(words.text("screen.clock.confirm"), "clock", ConfirmClock()))
    if state.help_reason:
        choices.append(Action(words.text("screen.staff.dismiss"), "check", DismissHelp()))
    service = open_service(words)
    notices = sorted(state.notices, key=lambda notice: -notice.notice_id)[:MAX_SHOWN_NOTICES]
    nothing = not choices and not notices
    if state.sale is None:
        choices.append(open_commissioning(words))
    return DialogView(
        icon="user-check",
        title=words.text("screen.staff.title", name=name),
        text=words.text("screen.staff.nothing") if nothing else "",
        rows=tuple(_notice_row(notice, words) for notice in notices),
        choices=(*choices, service),
        actions=(Action(words.text("screen.staff.leave"), "log-out", Chain((SignOff(), close()))),),
    )


def _sale_choices(state: TerminalState, words: Words) -> list[Action]:
    sale = state.sale
    if sale is None:
        return []
    found: list[Action] = []
    unknown = next((t for t in sale.tenders if t.status is TenderStatus.UNKNOWN), None)
    if unknown is not None:
        found.append(Action(words.text("screen.staff.ask"), "refresh-cw", EnquirePayment()))
        found += [
            Action(
                words.text(f"screen.staff.{outcome}"),
                icon,
                change(
                    overlay="evidence",
                    entry=Entry("evidence", "", EVIDENCE_CHARS),
                    memory=MappingProxyType({"outcome": outcome, "tender": str(unknown.n)}),
                ),
            )
            for outcome, icon in (("paid", "circle-check"), ("not_paid", "circle-x"))
        ]
    if age_waits(sale):
        found.append(Action(words.text("screen.staff.age"), "badge-check", ApproveAge()))
    if sale.status in {SaleStatus.OPEN, SaleStatus.TENDERING} and unknown is None:
        cancelled = CancelSale(words.text("screen.staff.cancel_reason"))
        give_up = Chain((cancelled, NextCustomer()))
        found.append(Action(words.text("screen.staff.cancel"), "trash-2", give_up))
    return found


def _paper_choices(state: TerminalState, words: Words) -> list[Action]:
    found: list[Action] = []
    for job in state.print_jobs.values():
        if job.state != "ambiguous":
            continue
        found.append(
            Action(words.text("screen.staff.paper_out"), "receipt", SettlePaper(job.job_id, True))
        )
        found.append(
            Action(
                words.text("screen.staff.paper_again"), "printer", SettlePaper(job.job_id, False)
            )
        )
    return found


def _notice_row(notice: Notice, words: Words) -> Row:
    return Row(
        n=notice.notice_id,
        icon="info",
        label=words.text(f"notice.{notice.kind}", **dict(notice.details)),
        detail=words.text("screen.staff.read"),
        press=Action(words.text("screen.staff.read"), "check", Acknowledge(notice.notice_id)),
    )


def evidence(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> EntryView:
    """Return the entry of what a supervisor saw, before an unknown payment is settled (R10)."""
    del state, surroundings
    outcome = desk.memory.get("outcome", "paid")
    resolve = Resolve(
        int(desk.memory.get("tender", "0")),
        outcome,
        words.text("screen.staff.resolve_reason"),
        desk.entry.text,
    )
    done = change(overlay="staff", entry=Entry(), memory=MappingProxyType({}))
    return EntryView(
        icon="circle-check" if outcome == "paid" else "circle-x",
        title=words.text(f"screen.staff.{outcome}"),
        text=words.text("screen.staff.evidence"),
        hint=words.text("screen.staff.evidence_hint"),
        typed=desk.entry.text,
        rows=keyboard_rows(words.language),
        actions=(
            entry_action(
                words.text("screen.staff.confirm"),
                desk,
                Action("", "check", Chain((resolve, done))),
            ),
            Action(words.text("screen.cancel"), "", done),
        ),
    )
