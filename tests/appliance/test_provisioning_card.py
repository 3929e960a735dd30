"""What becomes of the card's file when something else came in between: a code, a cut, an editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal import config
from terminal.appliance import places
from terminal.appliance.card_text import plain_toml
from terminal.appliance.provisioning_code import encoded
from terminal.appliance.provisioning_file import parse
from terminal.cli.main import run
from terminal.config_edit import prepare
from terminal.folder import DataFolder
from terminal.services import provision_result
from terminal.services.provision_result import APPLIED, FAILED, READY, WAITS, WRONG
from terminal.services.provisioning import APPROVE, CODE, Request
from tests.appliance.cards import SECRETS, WHOLE, Machine

EXAMPLE = Path(__file__).resolve().parents[2] / "image" / "bootcfg" / "reprise.toml"
CODES = Request(CODE, tuple(encoded(plain_toml(parse(WHOLE)))))
OTHER_SHOP = WHOLE.replace("Chez Lise", "Chez Paul")


def shop_of(machine: Machine) -> str:
    return config.load(DataFolder(machine.data).settings).shop.name


def held_secrets(machine: Machine) -> list[str]:
    text = machine.file.read_text(encoding="utf-8")
    return [one for one in SECRETS if one in text]


# --- a code instead of the file -------------------------------------------------------------------


def test_the_example_that_nobody_edited_is_no_change_after_a_code(tmp_path):
    """The field guide's other way: scan the code of the head office, and edit nothing."""
    example = EXAMPLE.read_text(encoding="utf-8")
    machine = Machine(tmp_path, example)
    assert machine.start().state == WRONG
    assert machine.start(CODES).state == APPLIED
    assert machine.file.read_text(encoding="utf-8") == example
    assert [machine.start().state for _ in range(2)] == [READY, READY]
    assert shop_of(machine) == "Chez Lise"


def test_secrets_of_a_file_that_a_code_came_instead_of_leave_the_card(tmp_path):
    wrong = OTHER_SHOP.replace('pin = "4321"', "")
    machine = Machine(tmp_path, wrong)
    assert machine.start().state == WRONG
    assert machine.start(CODES).state == APPLIED
    assert held_secrets(machine) == []
    assert machine.start().state == READY
    assert shop_of(machine) == "Chez Lise"


def test_a_file_that_is_edited_after_a_code_waits_as_always(tmp_path):
    machine = Machine(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    assert machine.start(CODES).state == APPLIED
    machine.file.write_text(OTHER_SHOP, encoding="utf-8")
    assert machine.start().state == WAITS
    assert held_secrets(machine) == []
    assert machine.start(Request(APPROVE)).state == APPLIED
    assert shop_of(machine) == "Chez Paul"


# --- changes that cannot be applied after all -----------------------------------------------------


def test_a_change_that_does_not_go_with_the_terminal_s_own_is_told_once(tmp_path):
    machine = Machine(tmp_path)
    machine.start()
    kept = DataFolder(machine.data).settings
    adopted = prepare(kept, "devices.poi_protocol", "manual-poi")
    adopted.commit()
    text = machine.file.read_text(encoding="utf-8").replace('role = "till"', 'role = "kiosk"')
    pin = '[access]\nsupport_pin = "654321"'
    machine.file.write_text(text.replace("[access]", pin), encoding="utf-8")
    assert machine.start().state == WAITS
    assert machine.start(Request(APPROVE)).problems[0].key == "devices.poi_protocol"
    assert [machine.start().state for _ in range(2)] == [READY, READY]
    assert config.load(kept).terminal.role == "till"


# --- cuts before the card was written -------------------------------------------------------------


def test_an_edit_after_a_cut_is_looked_at_and_never_written_over(tmp_path):
    """POW-01: the plug is pulled before the PINs left the card, which is edited meanwhile."""
    machine = Machine(tmp_path)
    assert machine.provisioner.run().state == APPLIED
    machine.file.write_text(OTHER_SHOP, encoding="utf-8")
    waiting = machine.start()
    assert waiting.state == WAITS
    assert "shop.name: Chez Lise → Chez Paul" in waiting.changes
    assert "Chez Paul" in machine.file.read_text(encoding="utf-8")
    assert held_secrets(machine) == []
    assert machine.start(Request(APPROVE)).state == APPLIED
    assert shop_of(machine) == "Chez Paul"


@pytest.mark.parametrize("written", [0, 1, 512])
def test_a_file_that_a_cut_left_half_written_is_written_again(tmp_path, written):
    machine = Machine(tmp_path)
    machine.provisioner.run()
    before = machine.file.read_bytes()
    due = machine.root / "card.json"
    kept = due.read_bytes().replace(b'"digest"', b'"begun": true, "digest"')
    machine.provisioner.write_card()
    whole = machine.file.read_bytes()
    machine.file.write_bytes(whole[:written] + before[written:])
    due.write_bytes(kept)
    assert machine.start().state == READY
    assert machine.file.read_bytes() == whole


def test_secrets_leave_a_card_that_has_no_room_for_the_result(tmp_path):
    machine = Machine(tmp_path)
    machine.provisioner.run()
    (machine.card / places.PROVISIONING_RESULT).mkdir()
    with pytest.raises(OSError, match="directory"):
        machine.provisioner.write_card()
    assert held_secrets(machine) == []
    machine.file.write_text(OTHER_SHOP, encoding="utf-8")
    assert machine.provisioner.run().state == WAITS, "what is edited then is looked at"


# --- a card that cannot be read -------------------------------------------------------------------


def test_a_card_that_cannot_be_read_does_not_cost_the_network(tmp_path):
    machine = Machine(tmp_path)
    words = ["provision", "--boot", str(machine.card), "--data", str(machine.data)]
    words += ["--root", str(machine.root)]
    assert run(words) == 0
    name = machine.root / places.HOST_NAME.relative_to("/")
    name.unlink()
    machine.file.unlink()
    machine.file.mkdir()
    assert run([*words, "--stage", "apply"]) == 0
    assert name.read_text() == "reprise-3001\n"
    result = provision_result.read(machine.root / places.PROVISION_STATE.relative_to("/"))
    assert (result.state, result.provisioned) == (FAILED, True)


def test_a_logo_that_came_once_need_not_lie_on_the_card_again(tmp_path):
    text = WHOLE.replace('site = "S12"', 'site = "S12"\nlogo = "logo.png"')
    machine = Machine(tmp_path, text)
    assert machine.start().problems[0].key == "shop.logo"
    (machine.card / "logo.png").write_bytes(b"a picture")
    assert machine.start().state == APPLIED
    (machine.card / "logo.png").unlink()
    machine.file.write_text(text.replace("Chez Lise", "Chez Paul"), encoding="utf-8")
    assert machine.start().state == WAITS
    assert machine.start(Request(APPROVE)).state == APPLIED
    assert (machine.data / "logo.png").read_bytes() == b"a picture"
