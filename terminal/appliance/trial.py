"""The trial of a new version: what each start of the machine makes of it, and when it is healthy.

``settle`` runs at every start, before the terminal; ``depart`` just before the restart into the new
slot; ``unhealthy`` says what still speaks against taking it over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from terminal.appliance import ends, places, update_record, vitals
from terminal.appliance.boot_slot import BootSlotFault, BootSlots
from terminal.appliance.health_storage import block_name, data_mount, ext4
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.update_record import UpdateRecord, UpdateRefused
from terminal.appliance.vitals import NoVitals, Vitals

LIMIT_S = 600.0
"""A start that is not healthy within this goes back to the old slot."""
STEADY_S = 30.0
"""Health has to hold: a program that dies after ten seconds had looked well."""
START_S = 1800.0
"""For the first start of a new version, which may make the derived tables of years anew, before
``LIMIT_S`` begins: as long as the terminal lives and says that it is not ready yet."""
FRAME_LIMIT_MS = 5_000
ENDS = 3
"""Bad ends of the terminal within a quarter of an hour: a fault that stays."""
NOBODY_S = 120.0
"""Without a terminal that is ready, before nobody is believed to sell; it starts every 10 s."""
NOBODY_LOOK_S = 1.0
WITHDRAWAL_LIMIT_S = 30.0
"""A terminal looks every second, and one that does not live takes nothing back."""
WITHDRAWAL_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Gate:
    """The figures of the health gate; a trial on an emulated processor gives it other ones."""

    limit_s: float = LIMIT_S
    steady_s: float = STEADY_S
    frame_limit_ms: int = FRAME_LIMIT_MS
    stale_s: float = vitals.STALE_S
    """Age of the terminal's vitals from which on it does not live."""
    start_s: float = START_S


GATE = Gate()
"""What every machine of a shop is measured by."""


def settle(root: Path = Path("/")) -> UpdateRecord:
    """Say at a start whether what runs is confirmed, and what became of a trial.

    A machine that came back in its old slot has failed one try; after the last, the version is
    refused.  Raises BootSlotFault when nobody says which slot runs, OSError.
    """
    slots = BootSlots(root)
    record = update_record.load(places.under(root, places.UPDATE_DATA))
    current = slots.current()
    confirmed = places.under(root, places.CONFIRMED)
    confirmed.parent.mkdir(parents=True, exist_ok=True)
    if slots.on_trial():
        confirmed.unlink(missing_ok=True)
    else:
        confirmed.touch()
        if record.step == update_record.TRIED:
            record = _after(record, current)
            if record.step == update_record.REFUSED:
                slots.give_up()
    keep(root, record)
    if record.step == update_record.WAITING:
        want_restart(root, record)
    return record


def _after(record: UpdateRecord, current: str) -> UpdateRecord:
    if current == record.slot:
        # It was taken over, and the power went before that was written down.
        return record.reached(update_record.CONFIRMED)
    detail = record.detail or f"the machine came back in slot {current}"
    return record.failed_trial(detail)


def depart(root: Path = Path("/")) -> UpdateRecord:
    """Remember, just before the restart, what a healthy start will be measured by.

    Raises:
        UpdateRefused: no version waits for a restart.  The wish is withdrawn then, so that the
            terminal sells on, and a version that cannot be tried is refused.
    """
    record = update_record.load(places.under(root, places.UPDATE_DATA))
    try:
        slot = _waiting(root, record)
    except UpdateRefused as error:
        for asked in (places.WANT_RESTART, places.NOBODY_SELLS):
            places.under(root, asked).unlink(missing_ok=True)
        if record.step == update_record.WAITING:
            keep(root, record.refuse(error))
        raise
    head = -1
    with contextlib.suppress(NoVitals):
        seen = vitals.read(places.under(root, places.VITALS), root=root)
        head = -1 if seen.training else seen.journal_seq
    record = record.reached(
        update_record.TRIED,
        slot=slot,
        tries=record.tries + 1,
        head_seq=max(head, record.head_seq),
        disk_errors=disk_errors(root),
    )
    keep(root, record)
    return record


def await_withdrawal(root: Path, sleep: Callable[[float], None]) -> None:
    """Wait until the terminal has taken its answer back, after a wish that was withdrawn.

    While the answer is there, systemd would start the restart again and again, and soon give the
    watch for it up, until the machine restarts.
    """
    waited_s = 0.0
    while places.under(root, places.MAY_RESTART).exists() and waited_s < WITHDRAWAL_LIMIT_S:
        sleep(WITHDRAWAL_LOOK_S)
        waited_s += WITHDRAWAL_LOOK_S


def _waiting(root: Path, record: UpdateRecord) -> str:
    if record.step != update_record.WAITING:
        raise UpdateRefused("slot_refused", f"no version waits for a restart: {record.step}")
    try:
        return BootSlots(root).waiting()
    except BootSlotFault as error:
        raise UpdateRefused("slot_refused", str(error)) from error


def is_starting(seen: Vitals | None) -> bool:
    """Tell whether the terminal is in its first start, and lives."""
    return seen is not None and not seen.ready and not seen.restarts and not seen.fault


def unhealthy(
    seen: Vitals | None, record: UpdateRecord, disk_errors_now: int, gate: Gate = GATE
) -> str:
    """Return what speaks against taking a version over now; empty when nothing does.

    Devices are no reason: a printer that was switched off is not the version's fault.
    """
    if seen is None:
        return "the terminal does not live"
    if not seen.ready:
        return f"the terminal is not ready ({seen.screen or 'no screen'})"
    if seen.fault:
        return f"the terminal says {seen.fault}"
    if not 0 <= seen.frame_ms_ago <= gate.frame_limit_ms:
        return "no frame was drawn"
    if not seen.training and seen.journal_seq < record.head_seq:
        return f"the journal ends at {seen.journal_seq}, before the update at {record.head_seq}"
    if disk_errors_now > record.disk_errors:
        return f"the file system found {disk_errors_now} errors"
    return ""


def confirmed(root: Path, record: UpdateRecord) -> UpdateRecord:
    """Remember that a version was taken over. Raises OSError."""
    places.under(root, places.CONFIRMED).touch()
    record = record.reached(update_record.CONFIRMED)
    keep(root, record)
    return record


def keep(root: Path, record: UpdateRecord) -> None:
    """Remember and show a record. Raises OSError."""
    update_record.save(
        record, places.under(root, places.UPDATE_DATA), places.under(root, places.UPDATE_STATE)
    )


def want_restart(root: Path, record: UpdateRecord) -> None:
    """Ask the terminal for a quiet moment. Raises OSError."""
    wanted = places.under(root, places.WANT_RESTART)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.write_text(record.version + "\n", encoding="utf-8")


def nobody_sells(root: Path, sleep: Callable[[float], None]) -> bool:
    """Tell whether the terminal ends again and again and is never seen ready, watched for a while.

    Such a terminal cannot say when a restart suits it, and the version that waits may mend it.
    """
    waited_s = 0.0
    while len(ends.recent(ends.noted(places.under(root, places.RUN)))) >= ENDS:
        with contextlib.suppress(NoVitals):
            if vitals.read(places.under(root, places.VITALS), root=root).ready:
                return False
        if waited_s >= NOBODY_S:
            return True
        sleep(NOBODY_LOOK_S)
        waited_s += NOBODY_LOOK_S
    return False


def disk_errors(root: Path = Path("/")) -> int:
    """Return how many errors the kernel counted on the data partition, since it was made.

    A stick that somebody plugs in has a count of its own, which says nothing about a version.
    """
    files = MachineFiles(root)
    partition = block_name(files, data_mount(files))
    return ext4(files, partition) or 0 if partition else 0
