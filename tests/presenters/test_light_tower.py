"""What the lamps say of every state of a lane."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.lights.base import DARK, Lamp, LampPattern
from terminal.core.state import Notice, Operator, PrintJob, PrintState, TerminalState
from terminal.presenters.light_tower import lamps
from terminal.presenters.surroundings import DeviceStatus
from terminal.ui.samples.world import ARTICLES, line, sale, shop

TILL, KIOSK = shop(role="till"), shop(role="kiosk")
ON, BLINK = Lamp.ON, Lamp.BLINK
PIERRE = Operator("1", "Pierre", "cashier")
OFF_DUTY = TerminalState()
OPEN = TerminalState(operator=PIERRE)
JOB = PrintJob(4, "receipt", "s1", "82", 0, "fr", PrintState.AMBIGUOUS)
WINE = sale(line(1, ARTICLES[3], minimum_age=18))
GREEN = LampPattern(green=ON)
LOOK = LampPattern(amber=ON, green=ON)
CALL = LampPattern(amber=BLINK, green=ON)
RED = LampPattern(red=ON)
RED_CALL = LampPattern(red=BLINK)


def with_device(around, name, *status):
    return replace(around, devices={**around.devices, name: DeviceStatus(*status)})


TABLE = [
    ("till closed", OFF_DUTY, TILL, DARK),
    ("till open", OPEN, TILL, GREEN),
    ("kiosk open", OFF_DUTY, KIOSK, GREEN),
    ("paper near its end", OPEN, with_device(TILL, "printer", "degraded", ("near_end",)), LOOK),
    ("printer stopped", OPEN, with_device(TILL, "printer", "blocked", ("paper_out",)), LOOK),
    ("printer not asked yet", OPEN, with_device(TILL, "printer", "starting"), GREEN),
    ("till without card terminal", OPEN, with_device(TILL, "poi", "absent"), LOOK),
    ("kiosk without card terminal", OFF_DUTY, with_device(KIOSK, "poi", "absent"), RED),
    ("kiosk without, staff called", replace(OFF_DUTY, help_reason="payment_terminal"),
     with_device(KIOSK, "poi", "absent"), RED_CALL),
    ("help called", replace(OFF_DUTY, help_reason="customer"), KIOSK, CALL),
    ("age to be checked", replace(OFF_DUTY, sale=WINE), KIOSK, CALL),
    ("the same at a till", replace(OPEN, sale=WINE), TILL, GREEN),
    ("paper in doubt at a kiosk", replace(OFF_DUTY, print_jobs={4: JOB}), KIOSK, CALL),
    ("drawer left open", replace(OPEN, drawer_open_since_ms=9), TILL, LOOK),
    ("drawer left open, till closed", replace(OFF_DUTY, drawer_open_since_ms=9), TILL,
     LampPattern(amber=ON)),
    ("something to read", replace(OPEN, notices=(Notice(1, "power_cut", {}, 0),)), TILL, LOOK),
    ("no power", replace(OPEN, power_failed_at_ms=5), TILL, RED),
    ("clock behind the books", OPEN, replace(TILL, clock_stopped=True), RED),
    ("disk full", OPEN, replace(TILL, storage_problem="storage_full"), RED),
    ("starting", OPEN, replace(TILL, recovering=True), RED),
]  # fmt: skip


@pytest.mark.parametrize(("name", "state", "around", "shown"), TABLE, ids=[row[0] for row in TABLE])
def test_what_the_lamps_say(name, state, around, shown):
    assert lamps(state, around) == shown


def test_green_never_stands_beside_red():
    for _, state, around, _ in TABLE:
        shown = lamps(state, around)
        assert not (shown.green is not Lamp.OFF and shown.red is not Lamp.OFF)
