"""Settings of this machine: what it is, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.settings import choice, flag, one_of, setting, text, texts, whole
from terminal.shop_settings import LANGUAGES

ROTATIONS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """What this machine is."""

    role: str = setting("till", "till (staffed) or kiosk (self-checkout).", choice("till", "kiosk"))
    till_number: str = setting(
        "3001", "Register number, 4 digits.", text(4, r"\d{4}", "4 digits in quotes")
    )
    workstation: str = setting(
        "300101", "Workstation number, 6 digits.", text(6, r"\d{6}", "6 digits in quotes")
    )
    receipt_prefix: str = setting(
        "82", "First digits of receipt numbers.", text(2, r"\d{2}", "2 digits in quotes")
    )
    language: str = setting("fr", "Language shown first.", choice(*LANGUAGES))
    languages: tuple[str, ...] = setting(
        LANGUAGES, "Languages offered, in order.", texts(len(LANGUAGES), choice(*LANGUAGES), ",")
    )
    screen_rotation: int = setting(
        0, "Of the picture and the touches, in degrees.", one_of(*ROTATIONS)
    )
    cash_rounding_minor: int = setting(
        1, "Step of cash amounts: 1 none, 5 in BE, NL, FI, EE.", whole(1, 100, "minor units")
    )
    express_limit: int = setting(0, "Articles of an express lane; 0: no limit.", whole(0, 1000))
    max_lines: int = setting(2000, "Lines of one sale.", whole(1, 5000))
    shopper_may_void: bool = setting(True, "At a kiosk, without staff.", flag())
    business_day_ends: str = setting(
        "04:00",
        "Sales before this local time belong to the day before.",
        text(5, r"([01]\d|2[0-3]):[0-5]\d", 'a time of day like "04:00"'),
    )
    commissioning: str = setting(
        "on_request",
        "on_request; offered at the start; required: nothing is sold before what is needed passed.",
        choice("on_request", "offered", "required"),
    )
