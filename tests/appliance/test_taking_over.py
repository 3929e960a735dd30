"""The health gate's last step: rauc takes the slot over, also on a machine that is busy."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.appliance.bundle import Rauc
from terminal.cli.update_gate import TAKE_OVER_PAUSE_S, TAKE_OVER_TRIES, take_over


def engine(folder: Path, failures: int) -> Rauc:
    """An engine that does not answer in time so often, in rauc's words, and then does."""
    program, asked = folder / "rauc", folder / "asked"
    program.write_text(
        f"#!/bin/sh\necho x >>{asked}\n[ $(wc -l <{asked}) -gt {failures} ] && exit 0\n"
        "echo 'error calling D-Bus method \"GetSlotStatus\": Timeout was reached' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    return Rauc(program)


@pytest.mark.parametrize("failures", range(TAKE_OVER_TRIES + 1))
def test_a_busy_machine_is_asked_again(tmp_path, failures):
    """Seen on a booted image: a start that was healthy was given up for one late answer."""
    pauses: list[float] = []
    wrong = take_over(engine(tmp_path, failures), pauses.append)
    assert (wrong == "") == (failures < TAKE_OVER_TRIES)
    assert "Timeout was reached" in wrong or not wrong
    assert pauses == [TAKE_OVER_PAUSE_S] * min(failures, TAKE_OVER_TRIES - 1)
