"""From the technician's file to a terminal that sells, whatever cut comes between.

    check everything -> remember what is being made -> the data folder, its settings last
    -> remember what holds -> remember what the card is to say -> the card

Each step can be done again.  A cut before the second changes nothing; after it, the next start
goes on from what was remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from terminal.appliance import card, places
from terminal.appliance.card_text import overwrite, redacted, write_plain
from terminal.appliance.machine_store import CARD, MAKING, PENDING, STATE, MachineStore
from terminal.appliance.network_files import network_of
from terminal.appliance.provisioning_code import decoded
from terminal.appliance.provisioning_file import (
    FileRefused,
    Known,
    Problem,
    Provisioning,
    check,
    find,
    parse,
    text_of,
)
from terminal.appliance.provisioning_settings import Network
from terminal.config import line_of
from terminal.folder import DataFolder
from terminal.services import provision_making as making
from terminal.services import restoring
from terminal.services.operators import OperatorsError
from terminal.services.provision_changes import FileChange, changes, fixed
from terminal.services.provision_result import (
    APPLIED,
    MISSING,
    READY,
    WAITS,
    WRONG,
    ProvisionResult,
)
from terminal.settings import ConfigError, Said
from terminal.shop_settings import LANGUAGES
from terminal.store.catalogue_import import CatalogueRefused
from terminal.terminal_settings import ROTATIONS
from terminal.words import FALLBACK, Words

AGAIN, CODE, APPROVE, DECLINE = "again", "code", "approve", "decline"
RESTORED = "restored"
"""The books came from a second copy: look, which sees so by itself."""
THE_CODE = "QR"
"""What a problem names instead of a file when it came by a code."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the screen asks for."""

    ask: str = AGAIN
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A technician's file, wherever it came from."""

    text: str
    name: str = ""
    digest: str = ""
    """Of its bytes on the card; empty when it did not come from there."""

    def plain(self) -> dict[str, str]:
        return {"text": self.text, "name": self.name, "digest": self.digest}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Source:
        return cls(str(plain["text"]), str(plain["name"]), str(plain["digest"]))


class Provisioner:
    """Provisions one machine."""

    def __init__(self, card: Path, data: Path, machine: Path, day: str) -> None:
        """``card`` is the FAT partition's folder, ``machine`` root's own; ``day`` an ISO date."""
        self._card, self._folder = card, DataFolder(data)
        self._store = MachineStore(machine)
        self._day = day

    @property
    def provisioned(self) -> bool:
        return self._folder.settings.exists()

    def run(self, request: Request | None = None) -> ProvisionResult:
        """Do what is to be done at a start, or what was asked for; never more than once.

        Raises:
            OSError, JournalError: the disk failed; it can be tried again.
        """
        if not self.provisioned:
            restoring.finish(self._folder.path)
        if (unfinished := self._store.load(MAKING)) is not None:
            return self._make(Source.of(unfinished), first=bool(unfinished["first"]))
        match request:
            case Request(ask="code", codes=codes):
                return self._take_code(codes)
            case Request(ask="approve") if (waiting := self._store.load(PENDING)) is not None:
                return self._begin(Source.of(waiting))
            case Request(ask="decline"):
                self._store.forget(PENDING)
        return self._adopt() if self.provisioned and self._adopts else self._look()

    @property
    def network(self) -> tuple[Network, str] | None:
        """Return the network that was provisioned, and the till number; None without one."""
        state = self._store.load(STATE)
        return None if state is None else network_of(state)

    # --- what there is ----------------------------------------------------------------------------

    def _look(self) -> ProvisionResult:
        if self._is_due(self._store.load(CARD) or {}):
            return self._standing()  # the card does not hold yet what it is to hold
        try:
            source = self._on_card()
        except FileRefused as refused:
            return self._refuse(refused.problems, Source(""))
        if source is None:
            return self._standing()
        state = self._store.load(STATE) or {}
        if self.provisioned and source.digest == state.get("seen"):
            return self._standing()
        return self._take(source)

    def _on_card(self) -> Source | None:
        path = find(self._card)
        if path is None:
            return None
        raw, digest = card.read(path)
        try:
            return Source(text_of(raw), path.name, digest)
        except FileRefused:
            if self.provisioned:
                self._seen(digest)
            raise

    def _take_code(self, codes: tuple[str, ...]) -> ProvisionResult:
        source = Source("", THE_CODE)
        try:
            source = Source(decoded(codes), THE_CODE)
        except FileRefused as refused:
            return self._refuse(refused.problems, source)
        return self._take(source)

    def _take(self, source: Source) -> ProvisionResult:
        """Check a file, and apply it on a new machine; on one that sells it waits for a PIN."""
        try:
            new = check(source.text, self._card, self._known())
        except FileRefused as refused:
            return self._refuse(refused.problems, source)
        if not self.provisioned:
            return self._begin(source)
        found = self._changes(new)
        if not found:
            self._seen(source.digest)
            return self._standing()
        if problems := fixed(found, source.text, self._folder):
            return self._refuse(problems, source)
        self._store.save(PENDING, source.plain())
        result = self._standing()
        self._tell_card(result, source, new)
        return result

    def _standing(self) -> ProvisionResult:
        """Return how things stand when nothing new was found."""
        if not self.provisioned:
            return ProvisionResult(MISSING)
        language = self._language("")
        waiting = self._store.load(PENDING)
        if waiting is None:
            return ProvisionResult(READY, provisioned=True, language=language)
        source = Source.of(waiting)
        try:
            found = self._changes(check(source.text, self._card, self._known()))
        except FileRefused as refused:
            return self._give_up(refused.problems, source)
        shown = tuple(str(one) for one in found)
        return ProvisionResult(WAITS, True, source.name, changes=shown, language=language)

    def _known(self) -> Known:
        state = self._store.load(STATE) or {}
        ssid = state.get("tables", {}).get("network", {}).get("wifi_ssid", "")
        kept = making.known_operators(self._folder) if self.provisioned else frozenset()
        return Known(kept, ssid if state.get("wifi_psk") else "", self._folder.path)

    def _changes(self, new: Provisioning) -> list[FileChange]:
        """Return what a file changes; a secret that it says is one."""
        state = self._store.load(STATE) or {}
        found = changes(state.get("tables", {}), new.tables)
        told = [
            ("network.wifi_psk", new.network.wifi_psk),
            ("head_office.enrolment_token", new.head_office.enrolment_token),
            ("access.support_pin", new.access.support_pin),
            *((f"operators[{n}].pin", one.pin) for n, one in enumerate(new.operators)),
        ]
        return found + [FileChange(key, "", value) for key, value in told if value]

    # --- applying ---------------------------------------------------------------------------------

    def _begin(self, source: Source) -> ProvisionResult:
        self._store.save(MAKING, {**source.plain(), "first": not self.provisioned})
        return self._make(source, first=not self.provisioned)

    def _make(self, source: Source, *, first: bool) -> ProvisionResult:
        """Apply a file that was checked, or after a cut apply it again, from its beginning."""
        state = self._store.load(STATE) or {}
        try:
            new = check(source.text, self._card, self._known())
            if first:
                making.make(self._folder, new, self._card)
            else:
                old, found = state.get("tables", {}), self._changes(new)
                making.change(self._folder, new, old, found, self._card)
        except FileRefused as refused:  # its card was exchanged during a cut
            return self._give_up(refused.problems, source)
        except (CatalogueRefused, ConfigError, OperatorsError) as error:
            return self._give_up((_problem(error, source.text),), source)
        kept = state.get("wifi_psk", "")
        plain = {
            "version": 1,
            "seen": state.get("seen", ""),
            "tables": new.tables,
            "wifi_psk": new.network.wifi_psk or (kept if new.network.wifi_ssid else ""),
        }
        self._store.save(STATE, plain)
        result = ProvisionResult(APPLIED, True, source.name, language=new.config.terminal.language)
        self._store.forget(PENDING)
        if source.digest:
            self._tell_card(result, source, new)
        else:
            self._pass_over(result)
        self._store.forget(MAKING)
        return result

    def _give_up(self, problems: tuple[Problem, ...], source: Source) -> ProvisionResult:
        """Forget what cannot be applied after all; it is told once, like any wrong file.

        The card's file was seen when it came to wait, and has lost its secrets since.
        """
        self._store.forget(PENDING)
        self._store.forget(MAKING)
        return self._refuse(problems, replace(source, digest=""))

    def _pass_over(self, result: ProvisionResult) -> None:
        """Take the card's file as seen: a code came instead of it, and says something else."""
        try:
            if (lying := self._on_card()) is not None:
                self._seen(lying.digest)
                unused = check(lying.text, self._card, replace(self._known(), people_settled=True))
                self._tell_card(result, lying, unused)
                return
        except FileRefused:
            pass  # it was seen, and is asked about no more
        self._tell_card(result, None, None)

    @property
    def _adopts(self) -> bool:
        """Tell whether the books came from a second copy, and no file was taken since."""
        state = self._store.load(STATE)
        return state is None or bool(state.get("adopts"))

    def _adopt(self) -> ProvisionResult:
        """Take what the card's file says of the machine: its books came from a second copy.

        They bring settings and people; no stick has the network, the enrolment token, the support
        PIN, and what lies beside the file.  What is changed in it from now on waits for a PIN.
        """
        try:
            source = self._on_card()
        except FileRefused as refused:
            return self._refuse(refused.problems, Source(""))
        if source is None or source.digest == (self._store.load(STATE) or {}).get("seen"):
            return self._standing()
        try:
            new = check(
                source.text, self._card, Known(files=self._folder.path, people_settled=True)
            )
        except FileRefused as refused:
            return self._refuse(refused.problems, source)
        making.accompany(self._folder, new, self._card)
        psk = new.network.wifi_psk
        plain = {"version": 1, "seen": source.digest, "tables": new.tables, "wifi_psk": psk}
        result = ProvisionResult(READY, provisioned=True, file=source.name)
        self._tell_card(result, source, new)
        self._store.save(STATE, plain)
        return self._standing()

    # --- what is told -----------------------------------------------------------------------------

    def write_card(self) -> bool:
        """Write on the card what is to be there; tells whether there was something to write.

        The file without its secrets goes over the old one, before anything that may find no room;
        a cut in the middle is made good at the next start, before the file is looked at again.

        Raises:
            OSError: the card cannot be written; it is tried again at the next start.
        """
        due = self._store.load(CARD)
        if due is None:
            return False
        if self._is_due(due):
            path = self._card / due["name"]
            if due["text"]:
                self._store.save(CARD, {**due, "begun": True})
                overwrite(path, due["text"])
            self._seen(card.read(path)[1])
            due |= {"name": "", "text": ""}
            self._store.save(CARD, due)
        result = ProvisionResult.of(due["result"])
        words = Words(result.language or FALLBACK)
        told = [words.text("provision.result.title", date=self._day), "", *result.told(words)]
        write_plain(self._card / places.PROVISIONING_RESULT, "\n".join(told) + "\n")
        self._store.forget(CARD)
        return True

    def _is_due(self, due: Mapping[str, Any]) -> bool:
        """Tell whether the card's file is still the one whose secrets are to be taken off.

        Somebody may have written another one since a cut; that is looked at, never written over.
        """
        if not due.get("name"):
            return False
        path = self._card / due["name"]
        return path.is_file() and bool(due.get("begun") or card.read(path)[1] == due.get("digest"))

    def _refuse(self, problems: tuple[Problem, ...], source: Source) -> ProvisionResult:
        result = ProvisionResult(
            WRONG,
            self.provisioned,
            source.name,
            problems,
            language=self._language(source.text),
            rotation=rotation
            if (rotation := _hint(source.text, "screen_rotation")) in ROTATIONS
            else 0,
        )
        if self.provisioned and source.digest:
            self._seen(source.digest)
        self._tell_card(result, None, None)
        return result

    def _tell_card(
        self, result: ProvisionResult, source: Source | None, new: Provisioning | None
    ) -> None:
        """Remember what the card is to say, and its file without the secrets."""
        told = {"result": result.plain(), "name": "", "text": "", "digest": ""}
        if source is not None and new is not None and source.digest:
            text = redacted(source.text, self._day)
            changed = text if text != source.text else ""
            told |= {"name": source.name, "text": changed, "digest": source.digest}
        self._store.save(CARD, told)

    def _seen(self, digest: str) -> None:
        """Remember that this file was looked at, so that the next start is a quick one."""
        unadopted = {"version": 1, "tables": {}, "wifi_psk": "", "adopts": True}
        state = self._store.load(STATE) or unadopted
        self._store.save(STATE, {**state, "seen": digest})

    def _language(self, text: str) -> str:
        """Return the language of a file, as far as it can be read, or of the terminal."""
        wanted = _hint(text, "language")
        if wanted in LANGUAGES:
            return str(wanted)
        state = self._store.load(STATE) or {}
        return str(state.get("tables", {}).get("terminal", {}).get("language", ""))


def _hint(text: str, key: str) -> Any:
    """Return a setting of the terminal from a file that may be wrong elsewhere."""
    try:
        return parse(text).get("terminal", {}).get(key)
    except (FileRefused, AttributeError):
        return None


def _problem(error: Exception, text: str) -> Problem:
    said, key = Said("config.other", {"message": str(error)}), ""
    if isinstance(error, ConfigError):
        said, key = error.said, error.key
    elif isinstance(error, CatalogueRefused):
        said = Said("config.catalogue", {"message": str(error).rpartition("/")[2]})
        key = "catalogue.file"
    return Problem(said, key, line_of(text, key) if key else 0)
