"""What the screens need to know that is not in the journal: devices, time, shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.devices.page import DevicesPage
from terminal.services.commissioning.steps import CommissioningPage
from terminal.services.delivery_offer import DeliveryOffer
from terminal.services.restarting import NONE, RestartView
from terminal.services.scale_reading import ScaleReading
from terminal.services.service_page import ServicePage


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """Health of one device as plain values (words of ``drivers.base``)."""

    health: str = "ready"
    """``starting``, ``absent``, ``ready``, ``degraded``, ``blocked`` or ``fault``."""
    reasons: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self.health in {"starting", "ready", "degraded"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything around the state, refreshed by the application; times are UTC milliseconds."""

    role: str = "kiosk"
    shop_name: str = ""
    till_name: str = ""
    currency: str = "EUR"
    timezone: str = "Europe/Paris"
    """IANA time zone of the shop: every time of day on a screen is told in it."""
    cash_rounding_minor: int = 1
    """Smallest step of cash, in minor units (``core.policy``)."""
    languages: tuple[str, ...] = ("fr", "en", "nl", "de")
    paper_on_request: bool = False
    """No receipt is printed unless asked for, or demanded by law (``core.receipt.paper``)."""
    departments: tuple[str, ...] = ()
    devices: Mapping[str, DeviceStatus] = field(default_factory=lambda: MappingProxyType({}))
    """Role (``printer``, ``scanner``, ``drawer``, ``poi``, ``scale``) -> status."""
    now_ms: int = 0
    business_date: str = ""
    storage_problem: str = ""
    """Refusal code of the storage (``storage_full`` ...); empty when it is well."""
    progress: tuple[str, str] = ("", "")
    """Newest word of the payment terminal: (kind, text)."""
    recovering: bool = False
    """Start-up recovery is asking the devices what became of things."""
    seconds_left: int = 0
    """Seconds until the screen acts by itself; 0 when it does not."""
    seconds_total: int = 0
    scale: ScaleReading | None = None
    """What is seen of the scale; None when there is no scale."""
    drawer_lesson: str = ""
    """How far the learning of the drawer's sensor is: ``opening``, ``close_it``; empty: none."""
    power_remaining_s: int | None = None
    """Seconds that the reserve lasts while the mains are gone; None when nobody says."""
    extracts: bool = False
    """Closures are handed over as files: a folder for them is set."""
    training: bool = False
    """Nothing that is done now is in the books."""
    voucher: str = ""
    """Text of the interruption slip's code, when one stands for the sale at hand."""

    delivery: DeliveryOffer = field(default_factory=DeliveryOffer)
    """How the receipt can be had."""
    page: DevicesPage = field(default_factory=DevicesPage)
    """The page of the devices: adopted, simulated, offered."""
    service: ServicePage = field(default_factory=ServicePage)
    """The page of the service screen: machine, software, last errors."""
    clock_stopped: bool = False
    """The clock is so far behind the books that the law lets no payment begin."""
    restart: RestartView = NONE
    """A new version that waits for its restart, and whether that is near."""
    commissioning: CommissioningPage = field(default_factory=CommissioningPage)
    """The steps by which the devices are tested and adopted."""
    disk_full: bool = False
    """There is room left for the sale in progress and the closures, and for no other sale."""
    typed_result: bool = False
    """The payment terminal is not connected: the cashier types what it says."""

    def device(self, name: str) -> DeviceStatus:
        return self.devices.get(name, DeviceStatus("absent"))
