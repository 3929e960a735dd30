"""Puts a terminal together: the only module that knows everyone.

``build`` reads a data folder; ``Running`` starts what was built in order and stops it in reverse.
With or without a window, in tests, benchmarks and simulations, it is the same terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from peewee import SqliteDatabase

from drivers.base import Health
from drivers.lights.base import Buzz
from drivers.payment.base import Progress
from drivers.scanner.base import Scan as ScannedSymbol
from terminal import config as configuration
from terminal.appliance.release import is_confirmed
from terminal.clock import Clock, SystemClock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import SaleCancelled, SaleCompleted
from terminal.core.evolve import evolve
from terminal.core.state import TerminalState
from terminal.counter import Counter, spoken
from terminal.devices.hub import Hub
from terminal.fiscal.regimes import attested, noted_of
from terminal.folder import DataFolder
from terminal.journal.database import DatabaseFactory
from terminal.journal.gate import Gate
from terminal.presenters.desk import Desk
from terminal.presenters.gate import scan_gate
from terminal.presenters.surroundings import DeviceStatus, Surroundings
from terminal.services.answer import Answer, Told
from terminal.services.assembly import Parts, assemble
from terminal.services.attention import Attention
from terminal.services.bus import Bus, Changed
from terminal.services.clock_watch import ClockWatch
from terminal.services.heads import heads_of
from terminal.services.power_watch import PowerWatch
from terminal.services.recovery import Recovery, recover
from terminal.services.requests import Request, Scan
from terminal.services.session import Session
from terminal.services.storage_watch import StorageWatch
from terminal.services.voucher import voucher
from terminal.services.warm_up import warm_up
from terminal.services.writer import Writer
from terminal.settings import ConfigError
from terminal.store.shelf import Shelf
from terminal.store.store import Store
from terminal.tasks import Supervisor, pause
from terminal.training import practice
from terminal.words import Words

log = logging.getLogger(__name__)

DRAIN_S = 2.0
"""Time given to paper at a stop; what is not out by then is printed at the next start."""
CAN_PAY = (Health.STARTING, Health.READY, Health.DEGRADED)
WATCH_S = 2.0
"""Between two looks at an idle payment terminal, which may have to ring up somebody to answer."""
PRINTER_WATCH_S = 0.8
"""Between two looks at an idle printer: out of paper or unplugged shows within a second."""
FIRST_LOOK_S = 0.3
"""A start waits this long for the payment terminal to say that it is there."""


class Running:
    """A terminal from start to stop; use as an asynchronous context."""

    def __init__(
        self,
        folder: DataFolder,
        config: Config,
        *,
        clock: Clock | None = None,
        database_factory: DatabaseFactory = SqliteDatabase,
    ) -> None:
        self.folder = folder
        self.config = config
        self.recovery: Recovery | None = None
        self.fatal: tuple[str, BaseException] | None = None
        self.clock = clock or SystemClock(config.shop.timezone, config.terminal.business_day_ends)
        self._key = folder.key.read_bytes()
        self._regime = attested(config, folder.keys, self._key, training=folder.shop is not None)
        self._bus = Bus()
        self._progress: tuple[str, str] = ("", "")
        self._scans = 0
        self.on_scan: Callable[[Scan], None] = self._sell_scanned
        """What a scan of the scanner does; a window replaces it, to show refusals."""
        self.on_scanner_news: Callable[[Refused | Told], None] = self._log_news
        """Hears why a scan was not taken, and what a calibration found; a window shows it."""
        self.scan_gate: Callable[[], str] = self._headless_gate
        """Returns why no scan is taken now, empty when it is; a window knows open dialogs too."""
        self.restarting = False
        """The program is to be started anew: the next one is in training, or the shop's again."""
        self.on_restart: Callable[[], None] = lambda: None
        """Called when ``restarting`` became true; whoever runs the terminal ends it."""
        self.on_fatal: Callable[[], None] = lambda: None
        """Called when a part of the terminal failed for good; ``fatal`` says which."""
        self._listeners: dict[Callable[[], None], None] = {}
        self._writer = Writer(
            partial(
                Store.open,
                folder.path,
                evolve=evolve,
                create=folder.shop is not None,
                gate=Gate(confirmed=is_confirmed()),
                database_factory=database_factory,
            ),
            folder.path,
        )
        self._session = Session(self._writer, self.clock, config.policy(), self._regime, self._bus)
        self.storage = StorageWatch(
            self._session, self._writer, folder, config.storage,
            clock=self.clock, changed=self._changed,
        )  # fmt: skip
        self._heads = heads_of(self._session, self._regime, config, folder.path)

    # --- start and stop ---------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Open the store and connect the devices; recovery goes on by itself, see ``ready``."""
        self._supervisor = Supervisor(self._stop_on)
        await self._session.open()
        self.shelf = Shelf(self.folder.home)
        try:
            self.hub = self._devices()
        except ConfigError as error:
            await self._session.close()
            await self._writer.close()
            raise configuration.placed(error, self.folder.settings) from None
        self._power = PowerWatch(self._session, self._writer)
        own = self._session, self._bus, self._writer, self.shelf, self.hub, self._regime
        self.terminal = assemble(
            self.config, self.folder, self._key, Parts(*own, self.clock),
            restart=self._restart, changed=self._changed, on_progress=self._on_progress,
        )  # fmt: skip
        self.terminal.space = self.storage.space
        self.terminal.service.storage = self.storage.page
        for hears in (
            self._heard, self.storage.hear, self.terminal.spooler.notice,
            self.terminal.back_office.extraction.notice, self.terminal.drawer_watch.hear,
            lambda change: self.hub.hear(change.events),
        ):  # fmt: skip
            self._bus.subscribe(hears)
        if self._heads is not None:
            self._bus.subscribe(self._heads.notice)
        self._plugged, self._plugged_too = asyncio.Event(), asyncio.Event()
        self.hub.when_plugged(self._plugged.set)
        self.hub.when_plugged(self._plugged_too.set)
        self._counter = Counter(
            self.hub, self.config, lambda: (self.state, self.surroundings), self._changed
        )
        self._counter.start(self._supervisor)
        self.terminal.commissioning.restore = self._counter.again
        loop = asyncio.get_running_loop()
        self.hub.start(loop, self._scanned, self._scan_refused, self._changed, self._power.told)
        self._looked, self._recovered = asyncio.Event(), asyncio.ensure_future(self._recover())
        return self

    def _devices(self) -> Hub:
        """Return the devices that the settings name. Raises ConfigError."""
        return Hub.build(self.config, self.folder.path, self.clock)

    async def ready(self) -> None:
        """Wait until what was in flight is settled: from then on the terminal sells (rule R6)."""
        await asyncio.shield(self._recovered)

    async def _recover(self) -> None:
        clock_watch = ClockWatch(self._session, self.clock, self.hub.evident)
        payments, noted = self.terminal.payments, noted_of(self._regime, self.config)
        self.recovery = await recover(self._session, payments, clock_watch, noted)
        if self._heads is not None:
            await self._heads.compare()
            self._supervisor.start("heads", self._heads.run, on_failure="restart")
        await self.terminal.back_office.schooling.settle()
        self.terminal.recovering = False
        for name, task in (
            ("spooler", self.terminal.spooler.run),
            ("enquiries", self.terminal.payments.keep_enquiring),
            ("watch", self._watch),
            ("printer watch", self._watch_printer),
            ("drawer", self.terminal.drawer_watch.run),
            ("power", self._power.run),
            ("warm-up", warm_up),
            ("clock", clock_watch.run),
            ("health", self.terminal.service.watch.run),
            ("weighing", self.terminal.weighing.keep_reading),
            *self.terminal.delivery.tasks,
            ("extraction", self.terminal.back_office.extraction.run),
            ("restart", self.terminal.back_office.restarting.run),
            *self.storage.tasks,
        ):
            self._supervisor.start(name, task, on_failure="restart")
        # The first screen tells the truth about the devices that answer; the others may be late.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), FIRST_LOOK_S)
        self._changed()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop in reverse; the last record says that this was no power cut."""
        self._recovered.cancel()
        await asyncio.wait({self._recovered})
        await self.terminal.back_office.archiving.close()
        await self.terminal.spooler.drain(DRAIN_S)
        await self._supervisor.stop()
        await self._counter.leave()
        self.terminal.delivery.close()
        await self.terminal.payments.close()
        await self.terminal.commissioning.close()
        await self.terminal.drawer_watch.close()
        await self.hub.close()
        await self.storage.close()
        await self._session.close()
        if self._heads is not None:
            await self._heads.write()
        await self._writer.close()
        self.shelf.close()

    def _restart(self) -> None:
        self.restarting = True
        self.on_restart()

    def _stop_on(self, name: str, error: BaseException) -> None:
        self.fatal = (name, error)
        log.critical("%s failed", name, exc_info=error)
        self.on_fatal()

    # --- what the screens ask ---------------------------------------------------------------------

    def words(self, language: str = "") -> Words:
        """Return the catalogue of a language: the chosen one, or the terminal's own."""
        wanted = language or self._session.state.language or self.config.terminal.language
        return spoken(wanted, self.config.shop)

    @property
    def surroundings(self) -> Surroundings:
        """Return everything around the state, as it is now."""
        return Surroundings(
            role=self.config.terminal.role,
            shop_name=self.config.shop.name,
            till_name=self.config.terminal.till_number,
            currency=self.config.shop.currency,
            timezone=self.config.shop.timezone,
            cash_rounding_minor=self._session.policy.cash_rounding_minor,
            paper_on_request=self._session.policy.prints_on_request,
            languages=self.config.terminal.languages,
            departments=self.shelf.departments,
            devices={
                role: DeviceStatus(status.health.value, status.reasons)
                for role, status in self.hub.statuses().items()
            },
            now_ms=self.clock.now_ms(),
            business_date=self._session.moment().business_date,
            storage_problem=self._session.storage_problem,
            progress=self._progress,
            recovering=self.terminal.recovering,
            extracts=self.terminal.back_office.extraction.wanted,
            training=self.folder.shop is not None,
            drawer_lesson=self.terminal.drawer_watch.lesson.value,
            power_remaining_s=self._power.supply.remaining_s if self._power.supply else None,
            voucher=voucher(self._session.state, self._regime),
            delivery=self.terminal.delivery.offer(self.state.sale),
            typed_result=self.terminal.payments.typed_result,
            scale=self.terminal.weighing.reading,
            page=self.terminal.adoption.recent,
            service=self.terminal.service.recent,
            commissioning=self.terminal.commissioning.seen,
            clock_stopped=self._session.stopped_by_clock,
            restart=self.terminal.back_office.restarting.view,
            disk_full=self.storage.space.full,
        )

    @property
    def state(self) -> TerminalState:
        """The present state."""
        return self._session.state

    async def submit(self, request: Request) -> Answer:
        """Carry out a request; answers when everything it says is durable."""
        answer = await self.terminal.submit(request)
        if isinstance(request, Scan) and answer.refused is not None:
            self.hub.buzz(Buzz.ERROR)
        return answer

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener()`` on the loop whenever the state or the surroundings changed."""
        self._listeners[listener] = None

        def unsubscribe() -> None:
            self._listeners.pop(listener, None)

        return unsubscribe

    # --- what happens by itself -------------------------------------------------------------------

    def _heard(self, change: Changed) -> None:
        if any(isinstance(event, SaleCompleted | SaleCancelled) for event in change.events):
            self.shelf.take_newest()
        self._changed()

    def _changed(self) -> None:
        self._counter.changed()
        self.keep_gate()
        for listener in tuple(self._listeners):
            listener()

    def _on_progress(self, news: Progress | None) -> None:
        self._progress = ("", "") if news is None else (news.kind, news.text)
        self._changed()

    def keep_gate(self) -> None:
        """Tell the scanner's thread whether scans are taken now; call it when that may change."""
        self.hub.scanner.gate = self.scan_gate()

    def _headless_gate(self) -> str:
        return scan_gate(self.state, Desk(), self.surroundings)

    def _scanned(self, symbol: ScannedSymbol) -> None:
        """Take a scan, unless the gate was closed while it was on its way here."""
        refusal = self.scan_gate()
        if refusal:
            self._scan_refused(refusal)
        elif symbol.layout:
            self.on_scanner_news(Told(f"told.scanner_layout.{symbol.layout}"))
        else:
            self.on_scan(Scan(symbol.text, symbol.aim, symbol.too_long))

    def _scan_refused(self, code: str) -> None:
        self.hub.buzz(Buzz.ERROR)
        self.on_scanner_news(Refused(code))

    def _log_news(self, news: Refused | Told) -> None:
        log.info("scanner: %s", news.code if isinstance(news, Refused) else news.key)

    def _sell_scanned(self, request: Scan) -> None:
        """Without a window nobody reads a refusal: sell what can be sold, log the rest."""
        name, self._scans = f"scan {self._scans}", self._scans + 1

        async def sell() -> None:
            if (refused := (await self.submit(request)).refused) is not None:
                log.info("scan refused: %s", refused.code)

        self._supervisor.start(name, sell)

    async def _watch(self) -> None:
        attention = Attention(self._session)
        while True:
            await self.terminal.payments.watch()
            self._looked.set()
            stopped = self._session.stopped_by_clock or self.hub.poi.status.health not in CAN_PAY
            await attention.look(can_pay=not stopped)
            await self._session.roll_over()
            await self.terminal.back_office.archiving.remind()
            self.terminal.adoption.observe()
            self._changed()
            await pause(self._plugged, WATCH_S)

    async def _watch_printer(self) -> None:
        """Its own task: a payment terminal that does not answer must not keep paper from sight."""
        while True:
            await self.terminal.spooler.watch()
            self._changed()
            await pause(self._plugged_too, PRINTER_WATCH_S)


def build(data_dir: Path, *, role: str = "", **options: Any) -> Running:
    """Read a data folder and return its terminal, ready to start; in training if it was left so.

    Args:
        data_dir: a folder made by ``reprise init``.
        role: ``till`` or ``kiosk`` instead of the configured one.
        options: ``clock`` and ``database_factory``, for tests and simulations.

    Raises:
        ConfigError: a setting cannot be used; names the key, the file and the line.
    """
    folder = DataFolder(data_dir)
    config = configuration.load(folder.settings)
    if role:
        config = configuration.with_settings(config, {"terminal.role": role})
    if folder.practises:
        return Running(folder.training, practice(config), **options)
    return Running(folder, config, **options)
