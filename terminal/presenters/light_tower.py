"""The light tower: what three lamps say of a lane from ten metres away. Pure.

green    open for sale
amber    works, and wants attention; blinking: somebody waits for staff
red      blocked or out of service; blinking: and somebody waits for staff
dark     closed, or nothing runs here at all
"""

from __future__ import annotations

from drivers.lights.base import Lamp, LampPattern
from terminal.core.state import PrintState, TerminalState
from terminal.presenters.kiosk.shared import age_waits
from terminal.presenters.surroundings import DeviceStatus, Surroundings

WATCHED = ("printer", "scanner", "poi", "cash")
"""Devices whose trouble somebody should look at."""


def lamps(state: TerminalState, surroundings: Surroundings) -> LampPattern:
    """Return what the lamps do now."""
    wanted = _staff_wanted(state, surroundings)
    if _blocked(state, surroundings):
        return LampPattern(red=Lamp.BLINK if wanted else Lamp.ON)
    attention = _attention(state, surroundings)
    amber = Lamp.BLINK if wanted else Lamp.ON if attention else Lamp.OFF
    if _open(state, surroundings):
        return LampPattern(amber=amber, green=Lamp.ON)
    return LampPattern(amber=Lamp.ON if state.drawer_open_since_ms else Lamp.OFF)


def _blocked(state: TerminalState, surroundings: Surroundings) -> bool:
    cannot_pay = surroundings.role == "kiosk" and not surroundings.device("poi").usable
    return bool(
        surroundings.storage_problem
        or surroundings.recovering
        or state.power_failed_at_ms
        or surroundings.clock_stopped
        or surroundings.disk_full
        or cannot_pay
    )


def _open(state: TerminalState, surroundings: Surroundings) -> bool:
    return surroundings.role == "kiosk" or state.operator is not None


def _staff_wanted(state: TerminalState, surroundings: Surroundings) -> bool:
    """Tell whether a person waits for staff, or a question that staff alone can answer."""
    if state.help_reason:
        return True
    kiosk = surroundings.role == "kiosk"
    asked = any(job.state is PrintState.AMBIGUOUS for job in state.print_jobs.values())
    return kiosk and (age_waits(state.sale) or asked)


def _attention(state: TerminalState, surroundings: Surroundings) -> bool:
    known = surroundings.devices
    troubled = any(_troubled(known[name]) for name in WATCHED if name in known)
    return bool(troubled or state.notices or state.drawer_open_since_ms)


def _troubled(device: DeviceStatus) -> bool:
    return device.health not in ("ready", "starting") or bool(device.reasons)
