"""The service screen's requests: who may, the diagnostics on a stick, and a restart.

None of it is on the path of a sale: files are read and written beside the loop, by threads.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from terminal import __version__
from terminal.appliance import update_record
from terminal.appliance.machine_files import MachineFiles
from terminal.clock import Clock
from terminal.config import Config
from terminal.core.authority import right
from terminal.core.errors import Refused
from terminal.core.state import Operator, TerminalState
from terminal.core.training import between_sales
from terminal.devices.hub import Hub
from terminal.devices.media import Machine, Medium, copy_to
from terminal.devices.page import DevicesPage
from terminal.logs import RECENT
from terminal.services.answer import Told
from terminal.services.health_watch import HealthWatch
from terminal.services.requests import Authorised, Request
from terminal.services.service_page import ServicePage, StoragePage, Trouble
from terminal.services.service_requests import (
    ExportDiagnostics,
    OfService,
    OpenService,
    RestartTerminal,
)
from terminal.services.session import Decision, Session

if TYPE_CHECKING:
    from terminal.services.diagnostics import Sources

log = logging.getLogger(__name__)

MAX_ERRORS = 6
"""Lines of errors on the screen; the diagnostics have them all."""
RECENT_S = 2.0
SERVICE = "service"


class ServiceDesk:
    """Answers the service screen of one terminal."""

    def __init__(
        self,
        session: Session,
        hub: Hub,
        watch: HealthWatch,
        clock: Clock,
        *,
        config: Config,
        folder: Path,
        devices: Callable[[], DevicesPage],
        restart: Callable[[], None],
    ) -> None:
        """``folder`` is the data folder; ``devices`` returns the page of the devices."""
        self.machine = Machine()
        self.files = MachineFiles()
        self.storage: Callable[[], StoragePage | None] = lambda: None
        """What is known of the card and of the second copy; the terminal sets it."""
        self.watch = watch
        self._session, self._hub, self._clock = session, hub, clock
        self._config, self._folder, self._devices = config, folder, devices
        self._restart = restart
        self._recent, self._made_s = ServicePage(), -math.inf
        self._copied: Mapping[str, str] = MappingProxyType({})

    @property
    def recent(self) -> ServicePage:
        """The page for screens, which ask for it at every stroke: at most RECENT_S old."""
        now_s = self._clock.monotonic_s()
        if not 0 <= now_s - self._made_s <= RECENT_S:
            self._recent, self._made_s = self.page, now_s
        return self._recent

    @property
    def page(self) -> ServicePage:
        """The page as things are now; reads nothing but memory, and one small file there."""
        return ServicePage(
            report=self.watch.report,
            program=__version__,
            update=update_record.shown_at(),
            errors=tuple(reversed(RECENT.entries[-MAX_ERRORS:])),
            troubles=MappingProxyType(self._troubles()),
            storage=self.storage(),
        )

    def _troubles(self) -> dict[str, Trouble]:
        now_ms, found = self._clock.now_ms(), {}
        for role, recorder in self._hub.recorders.all.items():
            if recorder.trouble is not None:
                kind, at_s = recorder.trouble
                found[role] = Trouble(kind, now_ms - round(1000 * recorder.ago_s(at_s)))
        return found

    async def carry_out(self, request: OfService, by: Operator | None) -> Decision:
        """Do what is asked, for somebody who may; a disk that takes nothing is no obstacle."""
        refused = right(self._seen_by(by), self._session.policy, SERVICE)
        if refused is not None:
            return refused
        match request:
            case OpenService():
                return ()
            case ExportDiagnostics():
                return await self._export()
            case RestartTerminal():
                busy = between_sales(self._session.state)
                if busy is not None:
                    return busy
                self._restart()
                return ()

    def found(self, request: Request) -> Mapping[str, Any]:
        """Return what the answer to a request that was carried out holds besides."""
        if isinstance(request, Authorised):
            return self.found(request.request)
        match request:
            case OpenService():
                return {SERVICE: self.page}
            case ExportDiagnostics():
                return {"told": Told("told.diagnostics_copied", self._copied)}
        return {}

    def _seen_by(self, by: Operator | None) -> TerminalState:
        state = self._session.state
        return state if by is None else replace(state, operator=by)

    async def _export(self) -> Decision:
        from terminal.services.diagnostics import Sources  # noqa: PLC0415 - not at a start

        sources = Sources(
            config=self._config,
            data=self._folder,
            at_ms=self._clock.now_ms(),
            report=self.watch.report,
            page=self._devices(),
            recorders=self._hub.recorders.all,
            entries=RECENT.entries,
            files=self.files,
        )
        loop = asyncio.get_running_loop()
        done = await loop.run_in_executor(None, self._copy, sources)
        if isinstance(done, Refused):
            return done
        self._copied = done
        return ()

    def _copy(self, sources: Sources) -> Mapping[str, str] | Refused:
        """Write the diagnostics to the newest medium that takes them, and read them back."""
        from terminal.services.diagnostics import write  # noqa: PLC0415

        media = self.machine.media()
        if not media:
            return Refused("no_medium")
        name = file_name(self._config.terminal.till_number, sources.at_ms)
        content = write(sources)
        failed: list[Refused] = []
        for medium in media:
            try:
                written = on_medium(medium, name, content)
            except OSError as error:
                log.warning("the diagnostics were not copied: %s", error)
                why = (error.strerror or type(error).__name__)[:80]
                failed.append(Refused("copy_failed", {"medium": medium.label, "why": why}))
            else:
                return {"medium": medium.label, "file": written.name}
        return failed[0]


def file_name(till: str, at_ms: int) -> str:
    """Return the name of the diagnostics of a till at a moment (UTC)."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"reprise-diagnostics-{till}-{at:%Y%m%dT%H%M%SZ}.zip"


def on_medium(medium: Medium, name: str, content: bytes) -> Path:
    """Put a file on a medium by way of memory: the card may be full, or ill. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        source = Path(folder) / name
        source.write_bytes(content)
        return copy_to(medium, source, hashlib.sha256(content).hexdigest(), lambda _: None)
