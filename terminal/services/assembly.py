"""A terminal put together from its parts: what each service is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from drivers.payment.base import Progress
from terminal.appliance import places
from terminal.clock import Clock
from terminal.config import Config
from terminal.core.closing import CLOSURE, READING
from terminal.core.printing import COMMISSIONING
from terminal.core.state import PrintJob
from terminal.devices.hub import Hub
from terminal.devices.scale import scale_computes
from terminal.fiscal.base import Regime
from terminal.fiscal.regimes import trusted_folder
from terminal.fiscal.trusted import trusted_keys
from terminal.folder import DataFolder
from terminal.services.adoption import Adoption
from terminal.services.archiving import Archiving
from terminal.services.attempts import PaymentTimes
from terminal.services.back_office import BackOffice
from terminal.services.bus import Bus
from terminal.services.checkout import Checkout, schemes_of
from terminal.services.commissioning.paper import CommissioningPaper
from terminal.services.commissioning.record import FOLDER
from terminal.services.commissioning.reporting import Reporting
from terminal.services.commissioning.service import Commissioning, Wanted
from terminal.services.commissioning.trial import Means
from terminal.services.delivery import Delivery
from terminal.services.documents import Documents
from terminal.services.drawer_watch import DrawerWatch
from terminal.services.extraction import Extraction
from terminal.services.health_watch import HealthWatch
from terminal.services.invoicing import Invoicing
from terminal.services.labels import Labels
from terminal.services.operators import Operators
from terminal.services.payments import Payments
from terminal.services.printing import Spooler
from terminal.services.receipts import ReceiptPrinting
from terminal.services.recognition import Recognition
from terminal.services.restarting import Restarting
from terminal.services.returns import Returns
from terminal.services.schooling import Schooling
from terminal.services.service_desk import ServiceDesk
from terminal.services.session import Session
from terminal.services.slips import Slips
from terminal.services.terminal import Terminal
from terminal.services.update_news import UpdateNews
from terminal.services.weighing import Weighing
from terminal.services.writer import Writer
from terminal.store.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Parts:
    """What there is one of in a terminal, open already."""

    session: Session
    bus: Bus
    writer: Writer
    shelf: Shelf
    hub: Hub
    regime: Regime
    clock: Clock


@dataclass(frozen=True, slots=True)
class Given:
    """The services that a commissioning tests with."""

    payments: Payments
    spooler: Spooler
    drawer_watch: DrawerWatch
    adoption: Adoption
    paper: CommissioningPaper
    changed: Callable[[], None]


def assemble(
    config: Config,
    folder: DataFolder,
    key: bytes,
    parts: Parts,
    *,
    changed: Callable[[], None],
    restart: Callable[[], None],
    on_progress: Callable[[Progress | None], None],
) -> Terminal:
    """Return the terminal of a data folder; ``changed`` is called when a device says something."""
    session, hub, times = parts.session, parts.hub, PaymentTimes.of(config.payment)
    payments = Payments(session, hub.poi, times, on_progress, hub.cash)
    receipts = _receipts(config, folder, parts)
    documents = Documents(session, parts.writer)
    paper = CommissioningPaper(config, parts.clock.now_ms)
    render = _renderer(receipts, documents, session, paper)
    given = _given(
        config, folder, parts, payments=payments, paper=paper, render=render, changed=changed
    )
    return Terminal(
        session=session,
        bus=parts.bus,
        writer=parts.writer,
        shelf=parts.shelf,
        checkout=_checkout(config, parts),
        recognition=Recognition(session, Operators.load(folder.home, key), folder.home),
        back_office=BackOffice(
            documents,
            _extraction(config, parts),
            _schooling(parts, folder, restart),
            _archiving(config, folder, parts, changed),
            _restarting(config, folder, parts, changed),
        ),
        payments=payments,
        spooler=given.spooler,
        hub=hub,
        slips=Slips(session, parts.writer, parts.regime),
        drawer_watch=given.drawer_watch,
        adoption=given.adoption,
        service=_service(config, folder, parts, given, restart=restart),
        commissioning=_commissioning(config, folder, key, parts, given),
        labels=Labels(config),
        invoicing=Invoicing(session, parts.writer, config, folder.path),
        delivery=_delivery(config, folder, key, parts, receipts),
        weighing=Weighing(hub.scale, changed, scale_computes=scale_computes(config.devices)),
    )


def _given(
    config: Config,
    folder: DataFolder,
    parts: Parts,
    *,
    payments: Payments,
    paper: CommissioningPaper,
    render: Callable[[PrintJob], Awaitable[Any]],
    changed: Callable[[], None],
) -> Given:
    session, hub = parts.session, parts.hub
    return Given(
        payments,
        Spooler(session, parts.writer, hub.printer, render, changed),
        DrawerWatch(session, hub.drawer, config.devices, changed),
        Adoption(session, hub, config.devices, folder.settings, changed),
        paper,
        changed,
    )


def _receipts(config: Config, folder: DataFolder, parts: Parts) -> ReceiptPrinting:
    training = folder.shop is not None
    return ReceiptPrinting(config, parts.regime, folder=folder.home, training=training)


def _service(
    config: Config,
    folder: DataFolder,
    parts: Parts,
    given: Given,
    *,
    restart: Callable[[], None],
) -> ServiceDesk:
    watch = HealthWatch(
        parts.session, parts.clock, report=places.HEALTH, folder=folder.home, changed=given.changed
    )
    return ServiceDesk(
        parts.session,
        parts.hub,
        watch,
        parts.clock,
        config=config,
        folder=folder.path,
        devices=lambda: given.adoption.page,
        restart=restart,
    )


def _checkout(config: Config, parts: Parts) -> Checkout:
    session = parts.session
    return Checkout(
        parts.shelf, schemes_of(config.barcodes), lambda: session.moment().business_date
    )


def _delivery(
    config: Config, folder: DataFolder, key: bytes, parts: Parts, receipts: ReceiptPrinting
) -> Delivery:
    returns = Returns(
        parts.session,
        parts.writer,
        parts.shelf,
        regime=parts.regime,
        key=key,
        trusted=trusted_keys(trusted_folder(config, folder.home)),
    )
    return Delivery(
        config,
        folder,
        key,
        session=parts.session,
        writer=parts.writer,
        receipts=receipts,
        returns=returns,
        clock=parts.clock,
    )


def _commissioning(
    config: Config, folder: DataFolder, key: bytes, parts: Parts, given: Given
) -> Commissioning:
    means = Means(
        session=parts.session,
        hub=parts.hub,
        payments=given.payments,
        spooler=given.spooler,
        drawer_watch=given.drawer_watch,
        signer=parts.regime.signer,
        rows=given.paper.rows,
        now_ms=parts.clock.now_ms,
    )
    place, machine = folder.home / FOLDER, config.terminal
    mode = machine.commissioning if folder.shop is None else "on_request"
    made = Commissioning(
        means,
        given.adoption,
        Reporting(parts.session, given.paper, means.signer, key, place),
        Wanted(machine.role, mode, place),
        given.changed,
    )
    given.paper.page = lambda: made.page
    return made


def _renderer(
    receipts: ReceiptPrinting, documents: Documents, session: Session, paper: CommissioningPaper
) -> Callable[[PrintJob], Awaitable[Any]]:
    """Return what makes the paper of a print job."""

    async def render(job: PrintJob) -> Any:
        if job.kind == COMMISSIONING:
            return paper.items()
        if job.kind in (CLOSURE, READING):
            return receipts.report(job, await documents.closure(job))
        return receipts.items(job, await documents.sale(job.sale_id), session.state)

    return render


def _schooling(parts: Parts, folder: DataFolder, restart: Callable[[], None]) -> Schooling:
    return Schooling(
        parts.session,
        DataFolder(folder.home),
        training=folder.shop is not None,
        allowed=parts.regime.trains,
        restart=restart,
    )


def _extraction(config: Config, parts: Parts) -> Extraction:
    folder, till = config.fiscal.extraction_folder, config.terminal.till_number
    return Extraction(parts.session, parts.writer, folder, till, parts.regime.signer)


def _archiving(
    config: Config, folder: DataFolder, parts: Parts, changed: Callable[[], None]
) -> Archiving:
    session, writer = parts.session, parts.writer
    return Archiving(
        session, writer, parts.regime, config=config, folder=folder.path, changed=changed
    )


def _restarting(
    config: Config, folder: DataFolder, parts: Parts, changed: Callable[[], None]
) -> Restarting:
    return Restarting(
        parts.session,
        parts.clock,
        window=config.updates.window,
        timezone=config.shop.timezone,
        news=UpdateNews(parts.session, folder.path),
        changed=changed,
    )
