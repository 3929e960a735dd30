"""The health gate's last step: rauc takes the slot over, also on a machine that is busy."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.appliance.bundle import Rauc
from terminal.cli.update_gate import TAKE_OVER_PAUSE_S, TAKE_OVER_TRIES, take_over


def engine(folder: Path, failures: int) -> Rauc:
    """An engine that does not answer in time so often, in busctl's words, and then does."""
    program, asked = folder / "busctl", folder / "asked"
    program.write_text(
        f'#!/bin/sh\necho "$*" >>{asked}\n[ $(wc -l <{asked}) -gt {failures} ] && exit 0\n'
        "echo 'Call failed: Connection timed out' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    return Rauc(bus=program)


@pytest.mark.parametrize("failures", range(TAKE_OVER_TRIES + 1))
def test_a_busy_machine_is_asked_again(tmp_path, failures):
    """Seen on a booted image: a start that was healthy was given up for one late answer."""
    pauses: list[float] = []
    wrong = take_over(engine(tmp_path, failures), pauses.append)
    assert (wrong == "") == (failures < TAKE_OVER_TRIES)
    assert "Connection timed out" in wrong or not wrong
    assert pauses == [TAKE_OVER_PAUSE_S] * min(failures, TAKE_OVER_TRIES - 1)


def test_the_slot_is_taken_over_by_one_call_with_patience(tmp_path):
    """rauc's own command asks for all slots first and waits 25 s: too long, and too short."""
    assert take_over(engine(tmp_path, 0), lambda _: None) == ""
    (asked,) = (tmp_path / "asked").read_text().splitlines()
    assert asked == (
        "--system --timeout=120 call de.pengutronix.rauc / "
        "de.pengutronix.rauc.Installer Mark ss good booted"
    )


def test_a_machine_without_a_bus_says_so(tmp_path):
    assert "busctl" in take_over(Rauc(bus=tmp_path / "busctl"), lambda _: None)
