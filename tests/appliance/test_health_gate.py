"""The health gate after a start on trial: what it waits for, and for how long."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.appliance import places, trial, update_record, vitals
from terminal.appliance.update_record import UpdateRecord
from terminal.cli import main, update_gate
from terminal.core.evolve import evolve
from terminal.store.store import Store
from tests.appliance.test_taking_over import engine
from tests.appliance.test_trial import WELL

COMMAND = ("update", "confirm")
SECOND_STEADY_S = 40
"""Longer than health has to hold."""


class Machine:
    """A machine on trial whose terminal says what a story lets it, second by second."""

    def __init__(self, root: Path, *, head_seq: int = -1) -> None:
        self.root, self.data = root, root / "var/lib/reprise"
        self.data.mkdir(parents=True)
        with closing(Store.open(self.data, evolve=evolve, create=True)):
            pass  # an empty store is a healthy one
        boot = root / "proc/sys/kernel/random/boot_id"
        boot.parent.mkdir(parents=True)
        boot.write_text("boot\n")
        (root / "run/reprise-update").mkdir(parents=True)
        (root / "run/reprise").mkdir()
        self.now_s = 0.0
        self.story = [WELL]
        trial.keep(root, UpdateRecord(step="tried", version="0.3.0", slot="B", head_seq=head_seq))

    def says(self) -> None:
        seen = self.story[min(int(self.now_s), len(self.story) - 1)]
        file = self.root / places.VITALS.relative_to("/")
        if seen is None:
            file.unlink(missing_ok=True)
        else:
            vitals.write(file, replace(seen, boot_id="boot", up_ms=vitals.uptime_ms()))

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.says()

    def judged(self, *story: vitals.Vitals | None, refusals: int = 0) -> UpdateRecord:
        """Let the gate judge, and rauc refuse to take the slot over so often."""
        self.story = [*story]
        self.says()
        return update_gate.confirm(
            self.root, self.data, engine(self.root, refusals), lambda: self.now_s, self.sleep
        )


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def test_a_version_that_stays_well_is_taken_over(machine):
    record = machine.judged(WELL)
    assert record.step == update_record.CONFIRMED
    assert trial.STEADY_S <= machine.now_s < 2 * trial.STEADY_S


def test_health_has_to_hold(machine):
    """A run that ends badly begins the time anew."""
    again = replace(WELL, restarts=1)
    record = machine.judged(*[WELL] * 20, None, *[again] * SECOND_STEADY_S)
    assert record.step == update_record.CONFIRMED
    assert machine.now_s >= 20 + trial.STEADY_S


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [(None, "does not live"), (replace(WELL, fault="storage_failed"), "storage_failed")],
)
def test_what_is_never_well_is_given_up(machine, seen, wrong):
    record = machine.judged(seen)
    assert record.step == update_record.TRIED
    assert wrong in record.detail
    assert machine.now_s == pytest.approx(trial.LIMIT_S, abs=2)


STARTING = replace(WELL, ready=False, frame_ms_ago=-1, screen="")
REBUILT_S = 1200
"""The derived tables of years are made anew: longer than health is waited for."""


def test_a_first_start_may_take_longer_than_health(machine):
    record = machine.judged(*[STARTING] * REBUILT_S, WELL)
    assert record.step == update_record.CONFIRMED


def test_a_terminal_that_lives_and_never_becomes_ready_is_given_up(machine):
    """It extends its own start at systemd for as long as its loop turns: that is no limit."""
    record = machine.judged(STARTING)
    assert record.step == update_record.TRIED
    assert "not ready" in record.detail
    assert machine.now_s == pytest.approx(trial.START_S + trial.LIMIT_S, abs=2)


def test_a_start_after_a_bad_end_is_no_first_start(machine):
    record = machine.judged(replace(STARTING, restarts=1))
    assert record.step == update_record.TRIED
    assert machine.now_s == pytest.approx(trial.LIMIT_S, abs=2)


def unit(name: str) -> list[str]:
    return (Path(__file__).parents[2] / "systemd" / name).read_text().splitlines()


def test_the_gate_does_not_wait_for_a_start_that_may_never_end():
    """What a unit is ordered after has no limit but its own."""
    (after,) = [line for line in unit("reprise-confirm.service") if line.startswith("After=")]
    assert "terminal.service" not in after


def test_one_restart_alone_carries_the_flag_of_a_try():
    """Into the new slot by it; out of one that is given up without it."""
    departs, gives_up = unit("reprise-restart.service"), unit("reprise-confirm.service")
    assert {"SuccessAction=reboot", "RebootArgument=0 tryboot"} <= {*departs}
    assert "FailureAction=reboot" in gives_up
    assert not [line for line in gives_up if line.startswith("RebootArgument")]


PAYING = replace(WELL, open_sale=True, open_payments=1)
NEVER = update_gate.TAKE_OVER_TRIES


@pytest.mark.parametrize(("paid_s", "ends_s"), [(200, 200), (9_000, 350)])
def test_a_payment_is_let_end_before_a_version_is_given_up(machine, paid_s, ends_s):
    """Not taken over, for no fault of its own: whoever stands there pays, within a limit."""
    record = machine.judged(*[PAYING] * paid_s, WELL, refusals=NEVER)
    assert record.step == update_record.TRIED
    assert machine.now_s == pytest.approx(ends_s, abs=5)


def test_a_version_that_cannot_go_on_with_a_payment_is_not_waited_for(machine):
    machine.judged(replace(PAYING, fault="storage_failed"))
    assert machine.now_s == pytest.approx(trial.LIMIT_S, abs=2)


def test_books_that_end_earlier_than_before_are_given_up(tmp_path):
    machine = Machine(tmp_path, head_seq=50)
    record = machine.judged(WELL)
    assert record.step == update_record.TRIED
    assert "50 before" in record.detail


def test_the_command_takes_the_figures_of_a_slow_machine(machine, capsys):
    root, data = ("--root", str(machine.root)), ("--data", str(machine.data))
    assert main.run([*COMMAND, *root, *data, "--limit-s", "0", "--start-s", "0"]) == 1
    assert "never well" in capsys.readouterr().out
    assert update_record.load(machine.root / "var/lib/reprise-update").step == update_record.TRIED
