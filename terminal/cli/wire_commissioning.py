"""The console's commands of a commissioning: ``{"do": "run_step", "step": "scanner"}`` ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from terminal.services.commissioning import requests as ask

if TYPE_CHECKING:
    from terminal.cli.wire import Fields

Read = Callable[["Fields"], ask.Commissioned | ask.OpenCommissioning]
COMMISSIONING: Mapping[str, Read] = MappingProxyType(
    {
        "commission": lambda _: ask.OpenCommissioning(),
        "commissioning": lambda _: ask.ShowCommissioning(),
        "run_step": lambda f: ask.RunStep(
            f.text("step"), f.whole("grams", 0), wait=f.flag("wait", default=False)
        ),
        "stop_step": lambda _: ask.StopStep(),
        "print_code": lambda _: ask.PrintCode(),
        "answer_step": lambda f: ask.AnswerStep(f.flag("yes", default=False)),
        "touch_corner": lambda f: ask.TouchCorner(f.whole("corner")),
        "skip_step": lambda f: ask.SkipStep(f.text("step"), f.text("reason")),
        "sign_report": lambda _: ask.SignReport(),
        "leave_commissioning": lambda _: ask.LeaveCommissioning(),
    }
)
