"""The till around the sale: who is signed on, notices, help, the drawer, duplicates."""

from __future__ import annotations

from terminal.core import authority
from terminal.core.commands import (
    Acknowledge,
    AdoptDevice,
    CallHelp,
    ChooseLanguage,
    DismissHelp,
    OpenDrawer,
    PrintGift,
    PrintSlip,
    RejectSignOn,
    Reprint,
    SignOff,
    SignOn,
)
from terminal.core.errors import Refused
from terminal.core.events import (
    DeviceAdopted,
    DrawerOpened,
    HelpCalled,
    HelpDismissed,
    LanguageChosen,
    NoticeAcknowledged,
    OperatorSignedOff,
    OperatorSignedOn,
    SignOnFailed,
)
from terminal.core.limits import (
    FIRST_LOCKOUT_MS,
    LANGUAGES,
    MAX_ADDRESS,
    MAX_LOCKOUT_MS,
    MAX_OPERATOR_ID,
    MAX_SLIPS,
    MAX_TEXT,
    MAX_UNFINISHED_JOBS,
    PIN_TRIES,
)
from terminal.core.numbering import is_receipt_number
from terminal.core.payment import DOUBTFUL
from terminal.core.policy import Moment, Policy
from terminal.core.printing import GIFT, queue
from terminal.core.sale import Decision
from terminal.core.state import AdoptedDevice, TerminalState
from terminal.core.wording import check_key, check_reason, check_text


def locked_for_ms(state: TerminalState, operator_id: str, moment: Moment) -> int:
    """Return how long an operator must wait before another PIN is looked at, in milliseconds.

    Five wrong PINs in a row lock for 60 s, and every further one for twice as long, up to a day.
    Time is measured between recorded moments: a clock set back does not shorten the wait.
    """
    count, last_ms = state.failed_sign_ons.get(operator_id, (0, 0))
    if count < PIN_TRIES:
        return 0
    doublings = min(count - PIN_TRIES, MAX_LOCKOUT_MS.bit_length())
    wait_ms = min(FIRST_LOCKOUT_MS << doublings, MAX_LOCKOUT_MS)
    return max(0, last_ms + wait_ms - max(moment.at_ms, state.last_at_ms))


def _check_lockout(state: TerminalState, operator_id: str, moment: Moment) -> Refused | None:
    wait_ms = locked_for_ms(state, operator_id, moment)
    return Refused("operator_locked", {"seconds": -(-wait_ms // 1000)}) if wait_ms else None


def sign_on(state: TerminalState, command: SignOn, moment: Moment) -> Decision:
    """Sign an operator on in place of whoever was; the session has verified the PIN."""
    refused = (
        check_key(command.operator_id, MAX_OPERATOR_ID)
        or check_key(command.role, MAX_OPERATOR_ID)
        or check_text(command.name)
        or _check_lockout(state, command.operator_id, moment)
    )
    if refused is not None:
        return refused
    signed_on = OperatorSignedOn(command.operator_id, command.name, command.role)
    now = state.operator
    if now is None:
        return (signed_on,)
    if (now.operator_id, now.name, now.role) == (command.operator_id, command.name, command.role):
        return ()
    return (OperatorSignedOff(now.operator_id), signed_on)


def reject_sign_on(state: TerminalState, command: RejectSignOn, moment: Moment) -> Decision:
    """Count a wrong PIN durably; none is counted while the operator is locked out."""
    refused = check_key(command.operator_id, MAX_OPERATOR_ID) or _check_lockout(
        state, command.operator_id, moment
    )
    return refused or (SignOnFailed(command.operator_id),)


def sign_off(state: TerminalState, _command: SignOff, _policy: Policy) -> Decision:
    """Sign off; an open sale stays where it is."""
    return authority.staff(state) or (OperatorSignedOff(authority.operator_id(state)),)


def acknowledge(state: TerminalState, command: Acknowledge, _policy: Policy) -> Decision:
    """Record who has read a notice (REC-08)."""
    refused = authority.staff(state)
    if refused is not None:
        return refused
    if all(notice.notice_id != command.notice_id for notice in state.notices):
        return Refused("no_such_notice")
    return (NoticeAcknowledged(command.notice_id, authority.operator_id(state)),)


def reprint(state: TerminalState, command: Reprint, policy: Policy) -> Decision:
    """Queue a marked, counted duplicate (RCP-17)."""
    refused = authority.right(state, policy, "reprint")
    if refused is not None:
        return refused
    if not is_receipt_number(command.receipt_number) or command.copies_so_far < 0:
        return Refused("no_such_receipt")
    refused = check_key(command.sale_id, MAX_TEXT)
    if refused is not None or command.language not in {"", *LANGUAGES}:
        return refused or Refused("bad_request")
    if len(state.print_jobs) >= MAX_UNFINISHED_JOBS:
        return Refused("device_failed")
    job = queue(
        state,
        policy,
        kind="duplicate",
        sale_id=command.sale_id,
        receipt_number=command.receipt_number,
        copy=command.copies_so_far + 1,
        language=command.language,
    )
    return (job,)


def print_gift(state: TerminalState, command: PrintGift, policy: Policy) -> Decision:
    """Queue a receipt without prices: whoever sells may, and it counts as no duplicate."""
    refused = authority.seller(state, policy) or check_key(command.sale_id, MAX_TEXT)
    if refused is not None:
        return refused
    if not is_receipt_number(command.receipt_number):
        return Refused("no_such_receipt")
    if len(state.print_jobs) >= MAX_UNFINISHED_JOBS:
        return Refused("device_failed")
    number = command.receipt_number
    return (queue(state, policy, kind=GIFT, sale_id=command.sale_id, receipt_number=number),)


def print_slip(state: TerminalState, command: PrintSlip, policy: Policy) -> Decision:
    """Queue the interruption slip of a payment in doubt; one that is still to come is enough."""
    refused = authority.seller(state, policy)
    if refused is not None:
        return refused
    sale = state.sale
    doubtful = {one.sale_id for one in state.attempts.values() if one.state in DOUBTFUL}
    if sale is None or sale.sale_id not in doubtful:
        return Refused("payment_not_unknown")
    jobs = state.print_jobs.values()
    if any(job.kind == "interruption" and job.sale_id == sale.sale_id for job in jobs):
        return ()
    if command.slips_so_far < 0:
        return Refused("bad_request")
    if command.slips_so_far >= MAX_SLIPS:
        return Refused("too_many_slips", {"limit": MAX_SLIPS})
    if len(state.print_jobs) >= MAX_UNFINISHED_JOBS:
        return Refused("device_failed")
    job = queue(
        state,
        policy,
        kind="interruption",
        sale_id=sale.sale_id,
        receipt_number="",
        copy=command.slips_so_far,
    )
    return (job,)


def choose_language(state: TerminalState, command: ChooseLanguage, policy: Policy) -> Decision:
    """Change the language of the screens; anybody may."""
    if command.language not in LANGUAGES:
        return Refused("bad_request")
    if command.language == (state.language or policy.default_language):
        return ()
    return (LanguageChosen(command.language),)


def call_help(state: TerminalState, command: CallHelp, _policy: Policy) -> Decision:
    """Call staff; asking again for the same reason changes nothing."""
    refused = check_reason(command.reason)
    if refused is not None:
        return refused
    return () if state.help_reason == command.reason else (HelpCalled(command.reason),)


def dismiss_help(state: TerminalState, _command: DismissHelp, _policy: Policy) -> Decision:
    """Staff has come."""
    refused = authority.staff(state)
    if refused is not None:
        return refused
    return (HelpDismissed(authority.operator_id(state)),) if state.help_reason else ()


def open_drawer(state: TerminalState, command: OpenDrawer, policy: Policy) -> Decision:
    """Open the drawer without a sale; the reason is recorded."""
    refused = authority.right(state, policy, "drawer") or check_reason(command.reason)
    if refused is not None:
        return refused
    return (DrawerOpened("", command.reason),)


def adopt_device(state: TerminalState, command: AdoptDevice, policy: Policy) -> Decision:
    """Record who made a device this terminal's own; the same one again changes nothing."""
    refused = (
        authority.right(state, policy, "devices")
        or check_key(command.role, MAX_OPERATOR_ID)
        or check_key(command.address, MAX_ADDRESS)
        or check_text(command.maker)
        or check_text(command.model)
        or check_text(command.serial)
    )
    if refused is not None:
        return refused
    unit = AdoptedDevice(command.address, command.maker, command.model, command.serial)
    if state.adopted.get(command.role) == unit:
        return ()
    who = authority.operator_id(state)
    return (DeviceAdopted(command.role, unit.address, unit.maker, unit.model, unit.serial, who),)
