"""Settings of the devices: where each role is found, and what it needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drivers.printer import profiles as printers
from terminal.poi_settings import POI_SCHEMES
from terminal.settings import ConfigError, Kind, Said, choice, setting, text, whole

_DEVICE = text(
    200,
    r"(sim|serial|tcp|tls|usblp|hidraw|evdev|gpio|trace|scripted):\S+|",
    'an address like "sim:printer"',
)
_DRAWER = text(
    200, r"sim:drawer|printer:[25]|gpio:\S+|", 'like "printer:2" (connector pin) or "gpio:17"'
)
_LIGHTS = text(200, r"(sim|gpio):\S+|", 'like "gpio:5,6,13,19" (red, amber, green, buzzer)')
_POWER = text(200, r"(sim|gpio):\S+|", 'like "gpio:4?active_low=1&pull=up"')
_CASH_MACHINE = text(
    200, r"sim:\S+|(tcp|tls):\S+:\d+\S*|", 'an address like "sim:cash" or "tls:10.0.0.8:443"'
)
DISPLAY_PAGES = ("cp437", "cp850", "cp858", "cp1252")
_KEY_FILE = text(40, r"[a-z0-9][a-z0-9_.-]*|", 'the name of a file, like "cash-machine"')
_SAME = whole(300, 800)
_SAME_OR_NEVER = Kind(
    "0, or a whole number from 300 to 800 (milliseconds)",
    lambda value: value if type(value) is int and value == 0 else _SAME.accept(value),
    _SAME.read,
)
_SCANNER_MODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"hidraw": ("hidpos",), "evdev": ("keyboard",)}
)
"""What comes through a device file is what the kernel makes of the scanner; a line carries all."""

SYSTEM_CLOCK = "system"
_FITTING = whole(24, 64)  # below this a label and an amount no longer fit side by side
_COLUMNS = Kind(
    "0, or a whole number from 24 to 64 (characters)",
    lambda value: value if type(value) is int and value == 0 else _FITTING.accept(value),
    _FITTING.read,
)


@dataclass(frozen=True, slots=True)
class Devices:
    """Where the devices are; empty means that there is none."""

    receipt_printer: str = setting("sim:printer", "", _DEVICE)
    scanner: str = setting("sim:scanner", "", _DEVICE)
    scanner_mode: str = setting(
        "auto",
        "How it speaks; auto: hidraw is hidpos, evdev is keyboard, all else serial.",
        choice("auto", "serial", "hidpos", "keyboard"),
    )
    scanner_layout: str = setting(
        "auto",
        "Country that a scanner in keyboard mode types for; auto: a calibration code tells.",
        choice("auto", "us", "fr", "be", "de", "uk"),
    )
    scanner_suffix: str = setting(
        "cr", "What a serial scanner sends after a code.", choice("cr", "tab", "etx", "none")
    )
    scanner_same_ms: int = setting(
        0, "A scanner on the counter reads twice: not again within this time.", _SAME_OR_NEVER
    )
    drawer: str = setting("sim:drawer", "Behind the printer, or on pins.", _DRAWER)
    drawer_alarm_s: int = setting(
        60, "Left open for so long, the drawer is announced; 0: never.", whole(0, 3600, "seconds")
    )
    poi: str = setting("sim:poi", "Payment terminal.", _DEVICE)
    poi_protocol: str = setting(
        "simple", "What it speaks; docs/payment.md tells which.", choice(*POI_SCHEMES)
    )
    cash_machine: str = setting("", "Takes cash and pays change (CashDro).", _CASH_MACHINE)
    cash_operator: str = setting("admin", "Who works at the cash machine.", text(40))
    cash_password_file: str = setting(
        "", "In the folder keys; its first line is that operator's password.", _KEY_FILE
    )
    label_printer: str = setting("", "Shelf labels (ZPL), like tcp:10.0.0.9:9100.", _DEVICE)
    rfid: str = setting("", "Reads the tags on a tray (LLRP), like tcp:10.0.0.7:5084.", _DEVICE)
    clock: str = setting(
        "sim:clock",
        "Where the trust in the time comes from; system on a real terminal.",
        choice("sim:clock", SYSTEM_CLOCK),
    )
    customer_display: str = setting("sim:display", "Two rows of twenty characters.", _DEVICE)
    display_protocol: str = setting("dm-d", "What it speaks.", choice("dm-d", "cd5220"))
    display_code_page: str = setting(
        "", "Of its characters; empty for the usual one.", choice("", *DISPLAY_PAGES)
    )
    lights: str = setting("sim:lights", "Light tower and buzzer.", _LIGHTS)
    power: str = setting("sim:power", "Says that the mains have failed.", _POWER)
    scale: str = setting("sim:scale", "", _DEVICE)
    scale_protocol: str = setting(
        "dialog-06", "What the scale speaks.", choice("dialog-06", "toledo-8217", "nci")
    )
    scale_legal_mode: str = setting(
        "auto",
        "Who computes the price of a weight; auto: the scale where its protocol can.",
        choice("auto", "scale_computes", "terminal_computes"),
    )
    scale_key_file: str = setting(
        "", "dialog-06: in keys/; its first line is the maker's polynomial.", _KEY_FILE
    )
    bagging_scale: str = setting("", "Under the bags of a kiosk.", _DEVICE)
    bagging_scale_protocol: str = setting(
        "toledo-8217", "What it speaks.", choice("toledo-8217", "nci")
    )
    printer_profile: str = setting(
        printers.DEFAULT, "Its model; docs/printing.md lists them.", choice(*printers.PROFILES)
    )
    paper_columns: int = setting(0, "Of the receipt; 0: as many as the printer has.", _COLUMNS)

    @property
    def columns(self) -> int:
        """Characters on a line of the receipt."""
        return self.paper_columns or printers.profile_of(self.printer_profile).columns

    @property
    def scanner_speaks(self) -> str:
        """``serial``, ``hidpos`` or ``keyboard``: as set, or as the address tells."""
        if self.scanner_mode != "auto":
            return self.scanner_mode
        return _SCANNER_MODES.get(self.scanner.partition(":")[0], ("serial",))[0]


def check_scanner(devices: Devices) -> None:
    """Refuse a mode that cannot come from such an address. Raises ConfigError."""
    scheme = devices.scanner.partition(":")[0]
    possible = ("auto", *_SCANNER_MODES.get(scheme, (devices.scanner_mode,)))
    if devices.scanner_mode not in possible:
        said = f"{scheme}: is always {possible[1]}"
        raise ConfigError(
            f'{said}; it must be "auto"',
            key="devices.scanner_mode",
            said=Said("config.scanner_mode", {"scheme": scheme, "mode": possible[1]}),
        )
