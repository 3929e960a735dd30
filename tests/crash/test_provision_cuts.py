"""Provisioning cut at every write: the next start completes it, or nothing has happened."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from terminal import config
from terminal.folder import DataFolder
from terminal.services.operators import Operators
from terminal.services.provision_result import APPLIED, MISSING, READY, WAITS
from terminal.services.provisioning import APPROVE, Request
from terminal.services.support_pin import opens
from tests.appliance.cards import SECRETS, WHOLE, Machine
from tests.crash.explorer import FULL
from tests.crash.files import Faults, PowerCut, put_back, watched

STRIDE = 1 if FULL else 23


def points(steps: int) -> list[int]:
    """Return where the power goes: everywhere, or here and there, the ends always."""
    return sorted({*range(1, steps + 1, STRIDE), 2, 3, steps - 1, steps})


def steps_of(machine: Machine, request: Request | None = None) -> int:
    with watched(Faults(machine.folder)) as faults:
        machine.start(request)
    assert faults.unsynced == set(), "something that was said to be done is taken away by a cut"
    return faults.steps


def check_whole(machine: Machine, name: str) -> None:
    """The machine sells as its file says, and nothing secret is left on the card."""
    folder = DataFolder(machine.data)
    assert config.load(folder.settings).shop.name == name
    key = folder.key.read_bytes()
    assert Operators.load(folder.path, key).verify("9", "4321")
    assert opens(folder, key, "123456")
    assert (folder.keys / "head-office-token").read_text() == "un-mot-de-seize-lettres\n"
    network, _ = machine.provisioner.network
    assert network.wifi_psk == "motdepasse"
    for path in machine.card.iterdir():
        assert [one for one in SECRETS if one in path.read_text(encoding="utf-8-sig")] == []
    assert machine.start().state == READY, "what was done is not done again"


def test_a_cut_at_any_write_of_a_first_boot_is_made_good_at_the_next(tmp_path: Path):
    steps = steps_of(Machine(tmp_path / "counted"))
    for nth in points(steps):
        for survived in ("image", "synced"):
            machine = Machine(tmp_path / "machine")
            with watched(Faults(machine.folder, nth)) as faults, pytest.raises(PowerCut):
                machine.start()
            put_back(machine.folder, getattr(faults, survived))
            assert machine.start().state in (APPLIED, READY), (nth, survived)
            machine.start()
            check_whole(machine, "Chez Lise")
            shutil.rmtree(machine.folder)


def changed(folder: Path) -> Machine:
    """Return a machine that sells, with another name on its card and the old one in its books."""
    machine = Machine(folder)
    machine.start()
    text = machine.file.read_text(encoding="utf-8")
    machine.file.write_text(text.replace("Chez Lise", "Chez Louise"), encoding="utf-8")
    return machine


def test_a_cut_while_changes_are_applied_leaves_the_old_or_the_new_settings(tmp_path: Path):
    original = changed(tmp_path / "original")
    assert original.start().state == WAITS
    counted = Machine(shutil.copytree(original.folder, tmp_path / "counted"), None)
    for nth in points(steps_of(counted, Request(APPROVE))):
        for survived in ("image", "synced"):
            machine = Machine(shutil.copytree(original.folder, tmp_path / "machine"), None)
            with watched(Faults(machine.folder, nth)) as faults, pytest.raises(PowerCut):
                machine.start(Request(APPROVE))
            put_back(machine.folder, getattr(faults, survived))
            name = config.load(DataFolder(machine.data).settings).shop.name
            assert name in ("Chez Lise", "Chez Louise")
            if machine.start().state == WAITS:
                assert machine.start(Request(APPROVE)).state == APPLIED
            machine.start()
            check_whole(machine, "Chez Louise")
            shutil.rmtree(machine.folder)


def test_a_cut_while_a_wrong_file_is_refused_changes_nothing(tmp_path: Path):
    wrong = WHOLE.replace('role = "till"', 'role = "bar"')
    for nth in range(1, steps_of(Machine(tmp_path / "counted", wrong)) + 1):
        machine = Machine(tmp_path / "machine", wrong)
        with watched(Faults(machine.folder, nth)), pytest.raises(PowerCut):
            machine.start()
        assert not machine.data.exists()
        assert machine.file.read_text(encoding="utf-8") == wrong
        machine.file.unlink()
        assert machine.start().state == MISSING
        shutil.rmtree(machine.folder)
