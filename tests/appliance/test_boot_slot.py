"""The slots: at every moment, whatever is asked and wherever the power goes, one slot starts."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.appliance import boot_slot
from terminal.appliance.boot_slot import (
    AUTOBOOT,
    AUTOBOOT_BYTES,
    BootSlotFault,
    BootSlots,
    autoboot,
    boot_partitions,
)
from terminal.cli import main

OTHER = {"A": "B", "B": "A"}


def machine(root: Path, *, committed: str = "A", current: str = "A") -> BootSlots:
    """A machine on a disk: what its firmware reads, and the slot it was started from."""
    slots = BootSlots(root)
    file = slots.at(AUTOBOOT)
    file.parent.mkdir(parents=True)
    file.write_bytes(autoboot(committed))
    start(root, current)
    return slots


def start(root: Path, slot: str) -> None:
    chosen = root / "proc/device-tree/chosen/bootloader"
    chosen.mkdir(parents=True, exist_ok=True)
    number = boot_slot.PARTITIONS[slot]
    (chosen / "partition").write_bytes(number.to_bytes(4, "big"))
    # A restart empties what lies in memory.
    shutil.rmtree(root / "run", ignore_errors=True)


def firmware(root: Path, *, tryboot: bool) -> str:
    """What the firmware starts: its own reading of the file (sections all and tryboot)."""
    parts = boot_partitions((root / "boot/reprise/autoboot.txt").read_text("ascii"))
    number = parts["tryboot" if tryboot else "all"]
    return {2: "A", 3: "B"}[number]


def test_the_file_is_one_sector_that_starts_a_slot_and_tries_the_other():
    for slot in boot_slot.SLOTS:
        raw = autoboot(slot)
        assert len(raw) == AUTOBOOT_BYTES == 512
        parts = boot_partitions(raw.decode())
        assert parts == {
            "all": boot_slot.PARTITIONS[slot],
            "tryboot": boot_slot.PARTITIONS[OTHER[slot]],
        }
        assert b"tryboot_a_b=1" in raw


def test_the_way_of_an_update(tmp_path):
    slots = machine(tmp_path)
    slots.set_state("B", good=False)  # rauc, before it writes
    assert (slots.primary(), slots.is_good("B")) == ("A", False)
    slots.set_primary("B")  # rauc, after it wrote
    assert (slots.primary(), slots.is_good("B")) == ("B", True)
    assert slots.waiting() == "B"

    start(tmp_path, firmware(tmp_path, tryboot=True))
    assert (slots.current(), slots.on_trial()) == ("B", True)
    slots.set_state("B", good=True)
    assert (slots.committed(), slots.on_trial(), slots.primary()) == ("B", False, "B")
    assert firmware(tmp_path, tryboot=False) == "B"


def test_without_a_confirmation_the_next_start_is_the_old_slot(tmp_path):
    slots = machine(tmp_path)
    slots.set_primary("B")
    start(tmp_path, firmware(tmp_path, tryboot=True))
    start(tmp_path, firmware(tmp_path, tryboot=False))
    assert (slots.current(), slots.on_trial()) == ("A", False)


@pytest.mark.parametrize(
    ("current", "ask"),
    [
        ("A", lambda slots: slots.set_state("A", good=False)),
        ("B", lambda slots: slots.set_state("A", good=False)),
        ("B", lambda slots: slots.set_primary("B")),
        ("B", lambda slots: slots.set_state("C", good=True)),
        ("A", lambda slots: slots.set_primary("")),
        ("A", lambda slots: slots.waiting()),
    ],
    ids=[
        "bad-the-only-one",
        "write-over-the-fallback",
        "install-on-trial",
        "no-slot",
        "none",
        "nothing-waits",
    ],
)
def test_what_would_leave_no_way_back_is_refused(tmp_path, current, ask):
    slots = machine(tmp_path, current=current)
    before = slots.at(AUTOBOOT).read_bytes()
    with pytest.raises(BootSlotFault):
        ask(slots)
    assert slots.at(AUTOBOOT).read_bytes() == before


def test_a_slot_that_does_not_run_is_never_taken_over(tmp_path):
    slots = machine(tmp_path)
    slots.set_primary("B")
    slots.set_state("B", good=True)
    assert slots.committed() == "A"


def test_a_slot_that_was_marked_bad_is_not_tried(tmp_path):
    slots = machine(tmp_path)
    slots.set_primary("B")
    slots.set_state("B", good=False)
    with pytest.raises(BootSlotFault, match="no slot waits"):
        slots.waiting()


def test_what_was_given_up_does_not_wait(tmp_path):
    """It touches nothing but what is remembered: all else is read-only to who gives it up."""
    slots = machine(tmp_path)
    slots.set_primary("B")
    slots.give_up()
    with pytest.raises(BootSlotFault, match="no slot waits"):
        slots.waiting()
    assert slots.primary() == "A"


@pytest.mark.parametrize(
    ("cmdline", "slot"),
    [
        ("console=tty1 rauc.slot=B quiet", "B"),
        ("root=PARTLABEL=system_a ro", "A"),
        ("root=/dev/disk/by-partlabel/PARTLABEL=system_b ro panic=10", "B"),
    ],
)
def test_a_machine_without_a_device_tree_is_told_by_its_command_line(tmp_path, cmdline, slot):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cmdline").write_text(cmdline)
    assert BootSlots(tmp_path).current() == slot


def test_a_machine_that_is_no_appliance_says_so(tmp_path, capsys):
    with pytest.raises(BootSlotFault, match="neither"):
        BootSlots(tmp_path).current()
    assert main.run(["boot-slot", "get-primary", "--root", str(tmp_path)]) == 1
    assert "autoboot.txt" in capsys.readouterr().err


def test_rauc_is_answered_in_one_word(tmp_path, capsys):
    machine(tmp_path, committed="B", current="B")
    for words, answer in [
        (["get-primary"], "B"),
        (["get-current"], "B"),
        (["get-state", "A"], "good"),
    ]:
        assert main.run(["boot-slot", *words, "--root", str(tmp_path)]) == 0
        assert capsys.readouterr().out == f"{answer}\n"


UNREADABLE = (b"", b"{", b'{"trial": 3, "bad": []}', b'{"trial":"C","bad":["X"]}', b"[]")


@pytest.mark.parametrize("content", UNREADABLE)
def test_a_state_that_cannot_be_read_tries_nothing(tmp_path, content):
    slots = machine(tmp_path)
    file = slots.at(boot_slot.SLOT_STATE)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert (slots.primary(), slots.is_good("A"), slots.is_good("B")) == ("A", True, True)


class Cut(Exception):
    """The power went."""


class Card:
    """The two files of the slots, as writes that reach the card one by one; any may be the last.

    A sector is written whole or not at all; a file put in another's place is the old or the new.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        sector, whole = boot_slot.write_autoboot, boot_slot.write_whole
        monkeypatch.setattr(boot_slot, "write_autoboot", lambda *a: self._write(sector, *a))
        monkeypatch.setattr(boot_slot, "write_whole", lambda *a: self._write(whole, *a))

    def _write(self, really, *arguments) -> None:
        if self.left == 0:
            raise Cut
        self.left -= 1
        really(*arguments)


ASKED = st.lists(
    st.sampled_from(["bad", "primary", "good", "give_up", "restart for an update", "power cut"]),
    max_size=12,
)


@given(asked=ASKED, cut_after=st.integers(0, 8), slot_first=st.sampled_from(["A", "B"]))
def test_wherever_the_power_goes_exactly_one_slot_starts_and_it_was_good(
    tmp_path_factory, asked, cut_after, slot_first
):
    """Any orders of rauc and the updater, in any order, cut at any write: the firmware always
    starts a slot that had started and been confirmed before, and tries the other one only."""
    root = tmp_path_factory.mktemp("machine")
    slots = machine(root, committed=slot_first, current=slot_first)
    proven = {slot_first}
    with pytest.MonkeyPatch.context() as patch:
        card = Card(patch)
        card.left = cut_after
        with contextlib.suppress(Cut):
            for what in asked:
                _ask(slots, root, what, proven)
                assert_starts(root, slots, proven)
    assert_starts(root, slots, proven)


def _ask(slots: BootSlots, root: Path, what: str, proven: set[str]) -> None:
    other = OTHER[slots.current()]
    if what == "restart for an update":
        with contextlib.suppress(BootSlotFault):
            slots.waiting()
            start(root, firmware(root, tryboot=True))
    elif what == "power cut":
        start(root, firmware(root, tryboot=False))
    elif what == "good":
        proven.add(slots.current())
        slots.set_state(slots.current(), good=True)
    else:
        orders = {
            "bad": lambda: slots.set_state(other, good=False),
            "primary": lambda: slots.set_primary(other),
            "give_up": slots.give_up,
        }
        with contextlib.suppress(BootSlotFault):
            orders[what]()


def assert_starts(root: Path, slots: BootSlots, proven: set[str]) -> None:
    ordinary, tried = firmware(root, tryboot=False), firmware(root, tryboot=True)
    assert ordinary == slots.committed()
    assert ordinary in proven
    assert tried == OTHER[ordinary]
    assert len((root / "boot/reprise/autoboot.txt").read_bytes()) == AUTOBOOT_BYTES


def test_what_rauc_wrote_over_is_never_what_ordinary_starts_rely_on(tmp_path):
    """On trial, the fallback may not be given to rauc; after the commit, the old slot may."""
    slots = machine(tmp_path, committed="A", current="B")
    with pytest.raises(BootSlotFault, match="rely on"):
        slots.set_state("A", good=False)
    slots.set_state("B", good=True)
    slots.set_state("A", good=False)
    assert json.loads(slots.at(boot_slot.SLOT_STATE).read_text())["bad"] == ["A"]
