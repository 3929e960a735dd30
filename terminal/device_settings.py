"""Settings of the devices: where each role is found, and what it needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.poi_settings import POI_SCHEMES
from terminal.settings import choice, setting, text, whole

_DEVICE = text(
    200, r"(sim|serial|tcp|tls|usblp|hidraw|evdev|gpio):\S+|", 'an address like "sim:printer"'
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


@dataclass(frozen=True, slots=True)
class Devices:
    """Where the devices are; empty means that there is none."""

    receipt_printer: str = setting("sim:printer", "", _DEVICE)
    scanner: str = setting("sim:scanner", "", _DEVICE)
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
    paper_columns: int = setting(48, "48 on 80 mm paper, 32 on 58 mm.", whole(24, 64, "characters"))
