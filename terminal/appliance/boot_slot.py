"""Which of the two slots the machine starts from, and how a new one is tried without a risk.

The firmware of the Raspberry Pi reads ``autoboot.txt`` on the first FAT partition: ``[all]`` names
the boot partition of every ordinary start, ``[tryboot]`` that of the one start after a restart with
the flag ``tryboot`` (Raspberry Pi documentation, "The autoboot.txt file").  So a slot is tried by
the flag alone, which no power cut keeps, and is taken over by one write of one sector:

    [all] names a slot that has started and was found healthy, at every moment.

Only the slot that is running can be made the one of ``[all]``, and the slot of ``[all]`` is never
given away to be written over: what ``rauc`` asks for besides is refused.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terminal.appliance import places
from terminal.whole_files import write_whole

SLOTS = ("A", "B")
PARTITIONS = {"A": 2, "B": 3}
"""Number of the FAT partition that each slot starts from (image/: bootcfg, boot_a, boot_b)."""
AUTOBOOT = places.BOOT_SETTINGS / "autoboot.txt"
AUTOBOOT_BYTES = 512
"""Always one whole sector: a card writes a sector whole or not at all, and the directory entry
stays as it is.  The firmware reads no longer file either."""
SLOT_STATE = places.UPDATE_DATA / "slots.json"
BOOTCFG_LOCK = Path("/run/lock/reprise-bootcfg")
"""Held by whoever makes the FAT partition writable."""
REMOUNT_LIMIT_S = 30
_CHOSEN = Path("/proc/device-tree/chosen/bootloader/partition")
_CMDLINE = Path("/proc/cmdline")
_BY_CMDLINE = re.compile(r"\b(?:rauc\.slot=([AB])|PARTLABEL=system_([ab]))\b")


class BootSlotFault(Exception):
    """What was asked must not or cannot be done; the text says why, for the journal of rauc."""


Writable = Callable[[], contextlib.AbstractContextManager[None]]
"""Makes the FAT partition writable for as long as it is entered."""


@dataclass(frozen=True, slots=True)
class SlotState:
    """What must be known of the slots beside ``autoboot.txt``."""

    trial: str = ""
    """The slot that the next restart may try; empty: none."""
    bad: tuple[str, ...] = ()
    """Slots that are being written, or did not come up."""


@dataclass(frozen=True, slots=True)
class BootSlots:
    """The slots of a machine; every question reads the disk anew.

    ``root`` is where the machine's files are: ``/``, or a test's folder.
    """

    root: Path = Path("/")
    writable: Writable = field(default=contextlib.nullcontext)

    def at(self, place: Path) -> Path:
        """Return a place of the machine below the root."""
        return places.under(self.root, place)

    # --- what is ----------------------------------------------------------------------------------

    def current(self) -> str:
        """Return the slot that this machine was started from.

        The firmware says it in the device tree; a machine without one (the twin that tests run)
        is told on the kernel's command line.

        Raises:
            BootSlotFault: neither says it.
        """
        with contextlib.suppress(OSError):
            number = int.from_bytes(self.at(_CHOSEN).read_bytes()[:4], "big")
            for slot, partition in PARTITIONS.items():
                if number == partition:
                    return slot
        with contextlib.suppress(OSError):
            found = _BY_CMDLINE.search(self.at(_CMDLINE).read_text(encoding="utf-8"))
            if found is not None:
                return (found[1] or found[2]).upper()
        raise BootSlotFault("neither the firmware nor the kernel's command line names a slot")

    def committed(self) -> str:
        """Return the slot of every ordinary start.

        Raises:
            BootSlotFault: ``autoboot.txt`` is missing or names no slot.
        """
        try:
            with self.at(AUTOBOOT).open("rb") as file:
                text = file.read(AUTOBOOT_BYTES).decode("ascii", "replace")
        except OSError as error:
            raise BootSlotFault(f"{AUTOBOOT}: {error.strerror}") from error
        ordinary = boot_partitions(text).get("all", 0)
        for slot, partition in PARTITIONS.items():
            if ordinary == partition:
                return slot
        raise BootSlotFault(f"{AUTOBOOT} names partition {ordinary}, which is no slot's")

    def on_trial(self) -> bool:
        """Tell whether the machine runs in a slot that the next ordinary start leaves again."""
        return self.current() != self.committed()

    def primary(self) -> str:
        """Return the slot that is to run next: the one on trial, or that of ordinary starts."""
        return self._state().trial or self.committed()

    def is_good(self, slot: str) -> bool:
        """Tell whether a slot may be started; that of ordinary starts always may."""
        _check(slot)
        return slot == self.committed() or slot not in self._state().bad

    # --- what is asked ----------------------------------------------------------------------------

    def set_primary(self, slot: str) -> None:
        """Let the next restart try a slot; the flag itself is ``reprise-restart.service``'s.

        Raises:
            BootSlotFault: the machine is on trial itself.
        """
        _check(slot)
        committed = self.committed()
        if slot == committed:
            self._keep(SlotState("", self._state().bad))
            return
        self._refuse_on_trial(committed)
        state = self._state()
        self._keep(SlotState(slot, tuple(one for one in state.bad if one != slot)))

    def set_state(self, slot: str, good: bool) -> None:
        """Take over the slot that runs (good), or say that a slot is not to be started (bad).

        ``rauc`` says ``bad`` before it writes over a slot: for the slot of ordinary starts, and
        on trial for either, that is refused, and with it the installation.

        Raises:
            BootSlotFault: it must not be; nothing was changed.
        """
        _check(slot)
        if good:
            self._good(slot)
            return
        committed = self.committed()
        if slot == committed:
            raise BootSlotFault(f"slot {slot} is the one that ordinary starts rely on")
        if slot != self.current():
            self._refuse_on_trial(committed)
        state = self._state()
        bad = tuple(sorted({*state.bad, slot}))
        self._keep(SlotState("" if state.trial == slot else state.trial, bad))

    def waiting(self) -> str:
        """Return the slot that waits to be tried.

        Raises:
            BootSlotFault: there is none.
        """
        state = self._state()
        if not state.trial or state.trial in state.bad or state.trial == self.committed():
            raise BootSlotFault("no slot waits to be tried")
        return state.trial

    def give_up(self) -> None:
        """Try no slot any more. Raises OSError."""
        self._keep(SlotState("", self._state().bad))

    def _refuse_on_trial(self, committed: str) -> None:
        current = self.current()
        if current != committed:
            raise BootSlotFault(
                f"slot {current} is on trial and not confirmed: {committed} is what a failure "
                "falls back to"
            )

    def _good(self, slot: str) -> None:
        current = self.current()
        if slot == current:
            with contextlib.suppress(BootSlotFault):
                if self.committed() == slot:
                    self._forget(slot)
                    return
            self._commit(slot)
        self._forget(slot)

    def _commit(self, slot: str) -> None:
        """Make the running slot that of ordinary starts: one sector, written through."""
        with self.writable():
            write_autoboot(self.at(AUTOBOOT), slot)

    def _forget(self, slot: str) -> None:
        state = self._state()
        trial = "" if state.trial in (slot, self.committed()) else state.trial
        kept = SlotState(trial, tuple(one for one in state.bad if one != slot))
        if kept != state:
            self._keep(kept)

    def _state(self) -> SlotState:
        """Read what is remembered; a file that cannot be read remembers nothing: no trial then."""
        try:
            said: Any = json.loads(self.at(SLOT_STATE).read_bytes())
            trial, bad = said["trial"], tuple(said["bad"])
        except (OSError, ValueError, TypeError, KeyError):
            return SlotState()
        return SlotState(
            trial if trial in SLOTS else "", tuple(slot for slot in SLOTS if slot in bad)
        )

    def _keep(self, state: SlotState) -> None:
        file = self.at(SLOT_STATE)
        file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        write_whole(
            file, json.dumps({"trial": state.trial, "bad": state.bad}).encode() + b"\n", 0o644
        )


def boot_partitions(text: str) -> dict[str, int]:
    """Return the boot partition that each section of an ``autoboot.txt`` names."""
    found: dict[str, int] = {}
    section = "all"
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1]
        elif (given := re.fullmatch(r"boot_partition=(\d{1,3})", stripped)) is not None:
            found[section] = int(given[1])
    return found


def autoboot(slot: str) -> bytes:
    """Return the ``autoboot.txt`` that starts a slot and tries the other: one sector."""
    _check(slot)
    other = next(one for one in SLOTS if one != slot)
    text = (
        f"[all]\ntryboot_a_b=1\nboot_partition={PARTITIONS[slot]}\n"
        f"[tryboot]\nboot_partition={PARTITIONS[other]}\n"
    )
    return text.encode("ascii").ljust(AUTOBOOT_BYTES, b"\n")


def write_autoboot(path: Path, slot: str) -> None:
    """Write it in place, in one write that is on the card when this returns. Raises OSError.

    A new file put in the place of the old one would be two entries of a FAT directory, which no
    file system of that kind changes at once: after a cut there could be neither.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_SYNC | os.O_CLOEXEC, 0o644)
    try:
        os.pwrite(descriptor, autoboot(slot), 0)
        if os.fstat(descriptor).st_size != AUTOBOOT_BYTES:
            os.ftruncate(descriptor, AUTOBOOT_BYTES)
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def bootcfg_writable(
    mount: Path = places.BOOT_SETTINGS, lock: Path = BOOTCFG_LOCK
) -> Iterator[None]:
    """Make the FAT partition writable, for one at a time, and read-only again.

    Raises:
        BootSlotFault: it cannot be.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        _remount(mount, "rw")
        try:
            yield
        finally:
            _remount(mount, "ro")


def _remount(mount: Path, mode: str) -> None:
    command = ["/usr/bin/mount", "-o", f"remount,{mode}", str(mount)]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program and its fixed options
            command, check=False, capture_output=True, text=True, timeout=REMOUNT_LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BootSlotFault(f"{mount} cannot be made {mode}: {error}") from error
    if done.returncode:
        raise BootSlotFault(f"{mount} cannot be made {mode}: {done.stderr.strip()}")


def _check(slot: str) -> None:
    if slot not in SLOTS:
        raise BootSlotFault(f"{slot!r} is no slot: there are {' and '.join(SLOTS)}")
