"""A new version on trial: what each start makes of it, and what it is measured by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from terminal.appliance import ends, places, trial, vitals
from terminal.appliance.release import is_confirmed
from terminal.appliance.update_record import UpdateRecord, UpdateRefused
from tests.appliance.test_boot_slot import start
from tests.appliance.test_updates import Till
from tests.appliance.trees import PI


@pytest.fixture
def till(tmp_path) -> Till:
    return Till(tmp_path)


def departed(till: Till) -> UpdateRecord:
    till.update()
    record = trial.depart(till.root)
    start(till.root, "B")
    return record


def test_a_new_version_is_on_trial_until_it_is_confirmed(till):
    assert departed(till).step == "tried"
    trial.settle(till.root)
    assert not is_confirmed(till.root)
    till.slots.set_state("B", good=True)
    record = trial.confirmed(till.root, till.record())
    assert (record.step, is_confirmed(till.root)) == ("confirmed", True)


def test_after_a_cut_while_it_waits_it_is_asked_for_at_the_start(till):
    """No timer has to come round first, and a terminal that is selling is not hurried."""
    till.update()
    start(till.root, "A")
    assert not till.wants_restart
    assert trial.settle(till.root).step == "waiting"
    assert till.wants_restart


def test_a_version_that_does_not_come_up_twice_is_refused(till):
    departed(till)
    start(till.root, "A")
    assert not till.wants_restart
    assert trial.settle(till.root).step == "waiting"
    assert till.wants_restart
    assert is_confirmed(till.root)
    trial.depart(till.root)
    start(till.root, "A")
    record = trial.settle(till.root)
    assert (record.step, record.code, dict(record.refused)) == (
        "refused", "unhealthy", {"0.3.0": "unhealthy"},
    )  # fmt: skip
    with pytest.raises(UpdateRefused):
        trial.depart(till.root)


def test_a_cut_between_taking_over_and_writing_it_down_is_seen(till):
    departed(till)
    till.slots.set_state("B", good=True)
    start(till.root, "B")
    assert trial.settle(till.root).step == "confirmed"


def test_no_restart_without_a_version_that_waits(till):
    with pytest.raises(UpdateRefused, match="no version waits"):
        trial.depart(till.root)


def test_a_restart_that_cannot_be_lets_the_terminal_sell_on(till):
    """Nothing of the slots is known any more: the version is refused, and nobody waits for it."""
    till.update()
    till.slots.give_up()
    with pytest.raises(UpdateRefused, match="no slot waits"):
        trial.depart(till.root)
    assert not till.wants_restart
    assert (till.record().step, till.record().code) == ("refused", "slot_refused")


def test_a_restart_that_cannot_be_ends_after_the_terminal_took_its_answer_back(till):
    """While it is there systemd starts the restart anew, until it watches no more."""
    answer = till.at(places.MAY_RESTART)
    answer.parent.mkdir(parents=True, exist_ok=True)
    answer.touch()
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            answer.unlink()

    trial.await_withdrawal(till.root, sleep)
    assert len(pauses) == 3
    answer.touch()
    trial.await_withdrawal(till.root, pauses.append)  # a terminal that does not live
    assert sum(pauses[3:]) == pytest.approx(trial.WITHDRAWAL_LIMIT_S, abs=1)


def ended(till: Till, times: int) -> None:
    """The terminal has ended badly, as systemd tells it."""
    till.at(places.RUN).mkdir(parents=True, exist_ok=True)
    for _ in range(times):
        ends.note(till.at(places.RUN), {"SERVICE_RESULT": "exit-code"})


def test_a_terminal_that_ends_again_and_again_does_not_bar_what_may_mend_it(till):
    """It never answers; the version is asked for by the updater itself, and tried."""
    till.update()
    ended(till, trial.ENDS)
    pauses: list[float] = []
    till.rehearses = pauses.append
    assert till.update().step == "waiting"
    assert till.at(places.NOBODY_SELLS).exists()
    assert sum(pauses) == trial.NOBODY_S
    assert trial.depart(till.root).step == "tried"


@pytest.mark.parametrize(("times", "ready"), [(0, False), (trial.ENDS - 1, False), (9, True)])
def test_a_terminal_that_may_sell_is_waited_for(till, times, ready):
    """Stopped for a moment, ended twice, or selling again between its ends."""
    till.update()
    ended(till, times)
    if ready:
        lives(till)
    till.rehearses = lambda _: None
    assert till.update().step == "waiting"
    assert not till.at(places.NOBODY_SELLS).exists()


def test_a_restart_that_cannot_be_is_not_asked_for_twice(till):
    till.at(places.UPDATE_RUN).mkdir(parents=True, exist_ok=True)
    till.at(places.NOBODY_SELLS).touch()
    with pytest.raises(UpdateRefused, match="no version waits"):
        trial.depart(till.root)
    assert not till.at(places.NOBODY_SELLS).exists()


def test_a_wish_that_nobody_has_any_more_is_withdrawn(till):
    trial.want_restart(till.root, UpdateRecord(version="0.3.0"))
    with pytest.raises(UpdateRefused, match="no version waits"):
        trial.depart(till.root)
    assert not till.wants_restart
    assert till.record() == UpdateRecord()


def test_a_machine_that_is_no_appliance_is_confirmed(tmp_path):
    assert is_confirmed(tmp_path)


WELL = vitals.Vitals(
    pid=1, boot_id="", at_ms=0, up_ms=0, release="0.3.0", role="till", screen="sale",
    loop_ms_ago=1000, frame_ms_ago=900, journal_seq=50, open_sale=False, open_payments=0,
    print_jobs=0, business_date="2026-11-28", idle_s=9, ready=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "errors", "wrong"),
    [
        (WELL, 2, ""),
        (None, 2, "does not live"),
        (replace(WELL, ready=False), 2, "not ready"),
        (replace(WELL, fault="storage_failed"), 2, "storage_failed"),
        (replace(WELL, frame_ms_ago=-1), 2, "no frame"),
        (replace(WELL, frame_ms_ago=60_000), 2, "no frame"),
        (replace(WELL, journal_seq=49), 2, "before the update"),
        (WELL, 3, "3 errors"),
    ],
)
def test_what_speaks_against_taking_over(seen, errors, wrong):
    record = UpdateRecord(step="tried", head_seq=50, disk_errors=2)
    found = trial.unhealthy(seen, record, errors)
    assert (found == "") if not wrong else wrong in found


def lives(till: Till, **seen: object) -> None:
    """The terminal of this machine says how it is, in this second."""
    boot = till.at(Path("/proc/sys/kernel/random/boot_id"))
    boot.parent.mkdir(parents=True, exist_ok=True)
    boot.write_text("this\n")
    file = till.at(places.VITALS)
    file.parent.mkdir(parents=True, exist_ok=True)
    vitals.write(file, replace(WELL, boot_id="this", up_ms=vitals.uptime_ms(), **seen))


def test_a_trial_is_measured_by_the_books_of_its_own_restart(till):
    """They end earlier than at the update before: the shop restored its second copy."""
    before = UpdateRecord(step="confirmed", version="0.2.0", head_seq=900, disk_errors=4)
    trial.keep(till.root, before)
    till.update()
    lives(till, journal_seq=50)
    record = trial.depart(till.root)
    assert (record.head_seq, record.disk_errors) == (50, 0)
    assert trial.unhealthy(WELL, record, 0) == ""


def test_a_machine_left_in_training_is_not_measured_by_what_was_practised(till):
    """The journal of training is longer than that of a shop which has not opened yet (NUM-06)."""
    till.update()
    lives(till, journal_seq=500, training=True)
    record = trial.depart(till.root)
    assert trial.unhealthy(replace(WELL, journal_seq=30), record, 0) == ""


def test_a_stick_with_errors_says_nothing_about_a_version(till):
    """Only the data partition's count is the machine's."""
    for path, content in PI.items():
        if isinstance(content, str) and path.startswith(("proc/self/mountinfo", "sys/")):
            file = till.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
    assert trial.disk_errors(till.root) == 0
    stick = till.root / "sys/fs/ext4/sda1"
    stick.mkdir()
    (stick / "errors_count").write_text("7\n")
    assert trial.disk_errors(till.root) == 0
    (till.root / "sys/fs/ext4/mmcblk0p6/errors_count").write_text("2\n")
    assert trial.disk_errors(till.root) == 2


def test_a_slow_machine_is_measured_by_figures_of_its_own():
    """Emulated; those of a shop's machines stay what they are."""
    slow = replace(WELL, frame_ms_ago=60_000)
    record = UpdateRecord(step="tried", head_seq=50, disk_errors=2)
    assert trial.unhealthy(slow, record, 2, replace(trial.GATE, frame_limit_ms=90_000)) == ""
    assert trial.Gate(600.0, 30.0, 5_000, 5.0) == trial.GATE
