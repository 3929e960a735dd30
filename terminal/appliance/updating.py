"""One look for a new version, and how far it gets: found, checked, installed, rehearsed, waiting.

Run by a timer, and when a stick is plugged in.  Each step is remembered before the next begins, so
that a power cut in between costs the step and nothing else: what was written into the other slot is
never started unless the whole way was gone.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terminal.appliance import bundle as bundles
from terminal.appliance import places, plugged, trial, update_record, update_sources, vitals
from terminal.appliance.boot_slot import SLOTS, BootSlotFault, BootSlots
from terminal.appliance.plugged import Plugged
from terminal.appliance.release import order, release
from terminal.appliance.update_record import UpdateRecord, UpdateRefused
from terminal.update_settings import Updates
from terminal.whole_files import write_whole

log = logging.getLogger(__name__)

REHEARSAL = Path("rehearsal")
"""Folder of the rehearsal, in the updater's data: the copy of the books, and what was found."""
VERDICT = REHEARSAL / "verdict.json"
DOWNLOADS = Path("downloads")
REQUEST = "rehearse-"
"""Written beside the state, with the name of the slot: systemd starts the rehearsal at it."""
REHEARSAL_LIMIT_S = 3600.0
LOOK_S = 2.0
MAX_LOOKS = 3
"""In one run: systemd starts no second one for a stick that is plugged in while one goes on."""
MAX_VERDICT_BYTES = 1 << 20
BESIDE_COPY_BYTES = 64 * 1024 * 1024
"""Left free beside the rehearsal's copy: a sale never finds the disk full because of one."""

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Updater:
    """The updater of a machine; ``root`` is ``/``, or a test's folder."""

    settings: Updates
    root: Path = Path("/")
    rauc: bundles.Rauc = field(default_factory=bundles.Rauc)
    sleep: Sleep = time.sleep
    again: bool = False
    """Somebody asks for it: a version that was refused, or is here already, is taken."""
    older: bool = False
    books: Path | None = None
    """The shop's journal; while there is none, nothing is taken by itself."""

    def at(self, place: Path) -> Path:
        """Return a place of the machine below the root."""
        return places.under(self.root, place)

    @property
    def record(self) -> UpdateRecord:
        return update_record.load(self.at(places.UPDATE_DATA))

    def keep(self, record: UpdateRecord) -> UpdateRecord:
        """Remember and show a record."""
        update_record.save(record, self.at(places.UPDATE_DATA), self.at(places.UPDATE_STATE))
        log.info("update %s: %s %s %s", record.version, record.step, record.code, record.detail)
        return record

    def look(self) -> UpdateRecord:
        """Look for a version, and again when a stick was plugged in meanwhile."""
        record = self.record
        for _ in range(MAX_LOOKS):
            seen = self._plugged()
            record = self.run()
            if self._plugged() == seen:
                break
        return record

    def _sticks(self) -> tuple[Path, ...]:
        return update_sources.on_sticks(tuple(self.at(place) for place in update_sources.MEDIA))

    def _plugged(self) -> tuple[Plugged, ...]:
        return plugged.seen_now(self._sticks(), self.root)

    # --- one look ---------------------------------------------------------------------------------

    def run(self, file: Path | None = None) -> UpdateRecord:
        """Look for a version, or take a given file, and go as far as it goes.

        A version that waits for its restart, or is on trial, is left alone.
        """
        record = self.record
        if record.step in (update_record.WAITING, update_record.TRIED) and file is None:
            if record.step == update_record.WAITING:
                self._ask(record)
            return record
        if file is None and self.books is not None and not self.books.exists():
            log.info("this machine has no books yet: a version could not rehearse")
            return record
        try:
            found = self._found(file, record)
        except UpdateRefused as error:
            # Whose version it was, nobody knows: it is not that of the update before.
            return self._refused(record.reached(update_record.IDLE, version="", slot=""), error)
        if found is None:
            return record
        bundle, source = found
        refused = {one: why for one, why in record.refused.items() if one != bundle.version}
        record = record.reached(
            update_record.FOUND,
            version=bundle.version,
            source=source,
            slot="",
            tries=0,
            # What a trial is measured by is of its own restart: the shop's books may have been
            # restored since the one before, and end earlier.
            head_seq=-1,
            disk_errors=0,
            refused=refused,
        )
        try:
            return self._go(self.keep(record), bundle)
        except UpdateRefused as error:
            return self._refused(record, error)

    def _refused(self, record: UpdateRecord, error: UpdateRefused) -> UpdateRecord:
        self.at(places.WANT_RESTART).unlink(missing_ok=True)
        return self.keep(record.refuse(error))

    def _found(self, file: Path | None, record: UpdateRecord) -> tuple[bundles.Bundle, str] | None:
        """Return a bundle that may go in, and where it is from; None when there is nothing new.

        Raises:
            UpdateRefused: one was given, plugged in or offered, and must not go in.
        """
        if file is not None:
            return self._checked(file, record.refused), ""
        folder, boot = self.at(places.UPDATE_DATA), vitals.boot_id(self.root)
        seen = self._plugged()
        anew = plugged.anew(seen, folder, boot)
        worst: UpdateRefused | None = None
        good: list[bundles.Bundle] = []
        for path in (Path(one.path) for one in seen):
            try:
                # Who plugs a version in again, after it did not go well, asks for it.
                good.append(self._checked(path, {} if path in anew else record.refused))
            except UpdateRefused as error:
                if path in anew and error.code != "already_here":
                    worst = worst or error
        plugged.remember(seen, folder, boot)
        if good:
            return max(good, key=lambda one: order(one.version) or ()), "usb"
        if worst is not None:
            raise worst
        return self._from_server(record)

    def _checked(self, path: Path, refused: Mapping[str, str]) -> bundles.Bundle:
        bundle = self.rauc.info(path)
        here = release(self.root)
        try:
            bundles.check(bundle, here, refused, again=self.again, older=self.older)
        except UpdateRefused as error:
            log.info("%s: %s", path, error)
            raise
        return bundle

    def _from_server(self, record: UpdateRecord) -> tuple[bundles.Bundle, str] | None:
        downloads = self.at(places.UPDATE_DATA) / DOWNLOADS
        offer = self._news(record) if self.settings.url else None
        if offer is None:
            update_sources.discard(downloads)
            return None
        path = update_sources.fetch(offer, downloads)
        return self._checked(path, record.refused), "server"

    def _news(self, record: UpdateRecord) -> update_sources.Offer | None:
        here = release(self.root)
        offers = update_sources.offered(self.settings.url, self.settings.channel)
        offer = update_sources.newest(offers, here.compatible)
        if offer is None:
            return None
        offered = bundles.Bundle(Path(), offer.version, offer.compatible)
        try:
            bundles.check(offered, here, record.refused, again=False, older=False)
        except UpdateRefused:
            return None  # nothing new
        return offer

    def _go(self, record: UpdateRecord, bundle: bundles.Bundle) -> UpdateRecord:
        slots = BootSlots(self.root)
        try:
            if slots.on_trial():
                raise UpdateRefused("on_trial", "an update is on trial and not confirmed")
            current = slots.current()
        except BootSlotFault as error:
            raise UpdateRefused("slot_refused", str(error)) from error
        slot = next(one for one in SLOTS if one != current)
        self._room_to_rehearse()
        record = self.keep(record.reached(update_record.CHECKED, slot=slot))
        self.rauc.install(bundle.path)
        record = self.keep(record.reached(update_record.INSTALLED))
        self._rehearse(slot)
        record = self.keep(record.reached(update_record.WAITING))
        self._ask(record)
        return record

    def _ask(self, record: UpdateRecord) -> None:
        """Ask the terminal for a quiet moment; one that is never there is not waited for."""
        trial.want_restart(self.root, record)
        if trial.nobody_sells(self.root, self.sleep):
            log.warning("the terminal ends again and again: the machine restarts without its word")
            self.at(places.NOBODY_SELLS).touch()

    # --- rehearsal --------------------------------------------------------------------------------

    def _room_to_rehearse(self) -> None:
        """See that the books can be copied, before a slot is written for nothing.

        Raises:
            UpdateRefused: they cannot; it says nothing about the version.
        """
        if self.books is None or not self.books.exists():
            return
        needed = self.books.stat().st_size + BESIDE_COPY_BYTES
        if shutil.disk_usage(self.books.parent).free < needed:
            raise UpdateRefused("no_room", f"{needed} bytes for the rehearsal's copy of the books")

    def _rehearse(self, slot: str) -> None:
        """Let the new version go through the books, and wait for what it says.

        Raises:
            UpdateRefused: it does not agree, cannot read them, or says nothing in time.
        """
        data = self.at(places.UPDATE_DATA)
        verdict = data / VERDICT
        verdict.unlink(missing_ok=True)
        request = self.at(places.UPDATE_RUN) / f"{REQUEST}system_{slot.lower()}"
        request.parent.mkdir(parents=True, exist_ok=True)
        request.write_text(f"{time.time_ns()}\n", encoding="ascii")
        waited = 0.0
        while not verdict.exists():
            if waited >= REHEARSAL_LIMIT_S:
                raise UpdateRefused("rehearsal_failed", f"nothing within {waited:.0f} s")
            self.sleep(LOOK_S)
            waited += LOOK_S
        judge(verdict)


def unrehearsed(root: Path = Path("/")) -> None:
    """Say of a rehearsal that ended without a verdict that there will be none. Raises OSError."""
    verdict = places.under(root, places.UPDATE_DATA) / VERDICT
    if verdict.exists():
        return
    verdict.parent.mkdir(parents=True, exist_ok=True)
    said = {"ok": False, "fault": "its program could not be run", "differences": []}
    write_whole(verdict, json.dumps(said).encode() + b"\n", 0o644)


def judge(verdict: Path) -> None:
    """Read what a rehearsal found.

    Raises:
        UpdateRefused: a figure differs, or the books cannot be read by the new version.
    """
    try:
        with verdict.open("rb") as file:
            said: Any = json.loads(file.read(MAX_VERDICT_BYTES))
        ok, fault, differences = said["ok"], said["fault"], said["differences"]
        if fault:
            raise UpdateRefused("rehearsal_failed", str(fault))
        if ok is not True or differences:
            first = differences[0]
            number = first["receipt_number"] or f"record {first['seq']}"
            raise UpdateRefused("rehearsal_differs", f"{number}: {first['what']}")
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise UpdateRefused("rehearsal_failed", f"its verdict cannot be read: {error}") from error
