"""A machine and its card: the first start, changes that wait, codes, and what is never changed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from terminal import config
from terminal.appliance import places
from terminal.appliance.card_text import plain_toml
from terminal.appliance.network_files import network_files
from terminal.appliance.provisioning_code import (
    encoded,
)
from terminal.appliance.provisioning_file import parse
from terminal.appliance.provisioning_settings import Network
from terminal.cli.main import run
from terminal.folder import DataFolder
from terminal.services import provision_result
from terminal.services.operators import Operators
from terminal.services.provision_result import APPLIED, MISSING, READY, WAITS, WRONG
from terminal.services.provisioning import APPROVE, CODE, DECLINE, Request
from terminal.store.shelf import Shelf
from terminal.words import Words
from tests.appliance.cards import SECRETS, WHOLE, Machine
from tests.flows.power import switched_on

ROOT = Path(__file__).resolve().parents[2]


def settings(machine: Machine) -> config.Config:
    return config.load(DataFolder(machine.data).settings)


def edit(machine: Machine, old: str, new: str) -> None:
    text = machine.file.read_text(encoding="utf-8")
    assert old in text
    machine.file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def sold(tmp_path_factory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    assert machine.start().state == APPLIED
    return machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that was provisioned from its card."""
    made = Machine(tmp_path)
    assert made.start().state == APPLIED
    return made


# --- the first start ------------------------------------------------------------------------------


def test_one_file_makes_a_terminal_that_sells(sold):
    kept = settings(sold)
    assert (kept.shop.name, kept.terminal.role, kept.shop.site) == ("Chez Lise", "till", "S12")
    folder = DataFolder(sold.data)
    with closing(Shelf(sold.data)) as shelf:
        assert shelf.departments
    operators = Operators.load(sold.data, folder.key.read_bytes())
    assert operators.verify("9", "4321")
    assert not operators.verify("9", "1111")
    assert operators.find("9").first_pin, "the technician knows it"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", "offered"),
        ('commissioning = "on_request"', "on_request"),
        ('commissioning = "required"', "required"),
    ],
)
def test_a_new_machine_asks_to_be_commissioned_unless_its_file_says_otherwise(tmp_path, said, kept):
    machine = Machine(tmp_path, WHOLE.replace("[terminal]\n", f"[terminal]\n{said}\n"))
    assert machine.start().state == APPLIED
    assert settings(machine).terminal.commissioning == kept


def test_secrets_leave_the_card_and_are_for_their_owners_eyes_only(sold):
    for path in sold.card.iterdir():
        assert [one for one in SECRETS if one in path.read_text(encoding="utf-8-sig")] == []
    private = [sold.root / "state.json", *(sold.data / "keys").iterdir()]
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []
    assert b"4321" not in (sold.data / "operators.json").read_bytes()


def test_the_card_says_what_became_of_it_in_the_language_of_the_file(sold):
    assert "Les réglages de reprise.toml ont été repris" in sold.told
    assert b"\r\n" in (sold.card / "reprise-result.txt").read_bytes()


def test_without_a_file_the_machine_waits(tmp_path):
    bare = Machine(tmp_path, None)
    assert bare.start() == provision_result.ProvisionResult(MISSING)
    assert not bare.data.exists()


def test_a_wrong_file_changes_nothing_and_a_right_one_is_taken_then(tmp_path):
    wrong = Machine(tmp_path, WHOLE.replace('role = "till"', 'role = "bar"'))
    result = wrong.start()
    assert (result.state, result.problems[0].line, result.language) == (WRONG, 7, "fr")
    assert not wrong.data.exists()
    assert "Ligne 7 : terminal.role: 'bar' ne convient pas" in wrong.told
    edit(wrong, 'role = "bar"', 'role = "kiosk"')
    assert wrong.start().state == APPLIED
    assert settings(wrong).terminal.role == "kiosk"


def test_articles_that_are_none_are_said_with_their_line(tmp_path):
    machine = Machine(tmp_path)
    (machine.card / "articles.csv").write_text("nothing\n", encoding="utf-8")
    result = machine.start()
    assert (result.state, result.problems[0].key, result.problems[0].line) == (
        WRONG, "catalogue.file", 11,
    )  # fmt: skip
    assert not DataFolder(machine.data).settings.exists()


def test_books_and_key_that_are_there_are_never_made_anew(machine):
    folder = DataFolder(machine.data)
    key, books = folder.key.read_bytes(), (machine.data / "store.db").read_bytes()
    folder.settings.unlink()
    machine.file.write_text(WHOLE, encoding="utf-8")
    assert machine.start().state == APPLIED
    assert folder.key.read_bytes() == key
    assert (machine.data / "store.db").read_bytes() == books


# --- a file that changed --------------------------------------------------------------------------


def test_nothing_new_is_nothing_to_do(machine):
    before = {path: path.stat().st_mtime_ns for path in machine.root.iterdir()}
    assert machine.start().state == READY
    assert {path: path.stat().st_mtime_ns for path in machine.root.iterdir()} == before


def test_a_change_waits_for_somebody_and_is_applied_then(machine):
    edit(machine, "Chez Lise", "Chez Louise")
    edit(machine, "# wifi_psk: taken", 'wifi_psk = "un-autre-mot" # taken')
    result = machine.start()
    assert result.state == WAITS
    assert "shop.name: Chez Lise → Chez Louise" in result.changes
    assert "network.wifi_psk: ••• → •••" in result.changes
    assert settings(machine).shop.name == "Chez Lise"
    assert "un-autre-mot" not in machine.file.read_text(encoding="utf-8"), "it waits, off the card"
    assert machine.start().state == WAITS
    assert machine.start(Request(APPROVE)).state == APPLIED
    assert settings(machine).shop.name == "Chez Louise"
    network, till = machine.provisioner.network
    assert (network.wifi_psk, till) == ("un-autre-mot", "3001")
    assert machine.start().state == READY


def test_a_change_that_is_declined_is_not_asked_for_again(machine):
    edit(machine, "Chez Lise", "Chez Louise")
    assert machine.start().state == WAITS
    assert machine.start(Request(DECLINE)).state == READY
    assert machine.start().state == READY
    assert settings(machine).shop.name == "Chez Lise"
    edit(machine, "Chez Louise", "Chez Lou")
    assert machine.start().state == WAITS


def test_what_was_adopted_on_the_terminal_is_not_undone(machine):
    path = DataFolder(machine.data).settings
    path.write_text(path.read_text().replace('"sim:scanner"', '"hidraw:/dev/reprise/scanner"'))
    edit(machine, "Chez Lise", "Chez Louise")
    machine.start()
    assert machine.start(Request(APPROVE)).state == APPLIED
    assert settings(machine).devices.scanner == "hidraw:/dev/reprise/scanner"


def test_a_wrong_change_leaves_the_terminal_selling_and_is_told_once(machine):
    edit(machine, 'role = "till"', 'role = "bar"')
    result = machine.start()
    assert (result.state, result.provisioned) == (WRONG, True)
    assert machine.start().state == READY
    assert settings(machine).terminal.role == "till"


def test_somebody_new_needs_a_pin_and_somebody_gone_signs_on_no_more(machine):
    more = '[[operators]]\nnumber = "1"\nname = "Zoé"\nrole = "cashier"\n'
    edit(machine, "[[operators]]", f"{more}\n[[operators]]")
    assert machine.start().problems[0].said.key == "config.pin_missing"
    edit(machine, 'role = "cashier"', 'role = "cashier"\npin = "7777"')
    assert machine.start().state == WAITS
    assert machine.start(Request(APPROVE)).state == APPLIED
    key = DataFolder(machine.data).key.read_bytes()
    assert Operators.load(machine.data, key).verify("1", "7777")
    text = machine.file.read_text(encoding="utf-8")
    start, end = text.index("[[operators]]"), text.rindex("[[operators]]")
    machine.file.write_text(text[:start] + text[end:], encoding="utf-8")
    machine.start()
    assert machine.start(Request(APPROVE)).state == APPLIED
    operators = Operators.load(machine.data, key)
    assert operators.find("1") is None
    assert operators.verify("9", "4321")


def sell(machine: Machine) -> None:
    """Sell a bag of flour for cash, on a terminal started from this folder."""

    async def play() -> None:
        async with switched_on(machine.data) as till:
            await till.ok("sign_on", operator=9, pin="4321", new_pin="4821")
            await till.ok("scan", code="3270190128724")
            await till.ok("pay", tender="cash", amount_minor=250)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('[terminal]\ntill_number = "3002"', "terminal.till_number"),
        ('[fiscal]\nregime = "france"\n[terminal]', "fiscal.regime"),
    ],
)
def test_what_receipts_are_made_of_is_not_changed_once_a_sale_was(machine, line, key):
    edit(machine, "[terminal]", line)
    assert machine.start().state == WAITS, "no sale was made yet"
    machine.start(Request(DECLINE))
    sell(machine)
    edit(machine, "Chez Lise", "Chez Louise")
    result = machine.start()
    assert (result.state, result.problems[0].key) == (WRONG, key)
    assert result.problems[0].line > 0
    assert "value is not changed any more" in result.problems[0].said.told(Words("en"))
    assert settings(machine).shop.name == "Chez Lise", "nothing of it is applied"


# --- codes ----------------------------------------------------------------------------------------


def test_a_machine_is_provisioned_by_a_code_alone(tmp_path):
    machine = Machine(tmp_path, "# nothing yet\n")
    codes = encoded(plain_toml(parse(WHOLE)))
    assert len(codes) == 1
    assert machine.start(Request(CODE, tuple(codes))).state == APPLIED
    assert settings(machine).shop.name == "Chez Lise"
    assert machine.file.read_text(encoding="utf-8") == "# nothing yet\n"
    assert machine.start().state in (WRONG, READY)
    assert settings(machine).shop.name == "Chez Lise"


# --- the command, and what the machine reads ------------------------------------------------------


def test_the_command_leaves_what_the_services_and_the_screen_read(tmp_path, capsys):
    machine = Machine(tmp_path)
    words = ["provision", "--boot", str(machine.card), "--data", str(machine.data)]
    words += ["--root", str(machine.root)]
    assert run([*words, "--stage", "apply"]) == 0
    state = machine.root / places.PROVISION_STATE.relative_to("/")
    assert provision_result.read(state).state == APPLIED
    assert "motdepasse" not in state.read_text()
    wifi = machine.root / places.WIFI.relative_to("/")
    assert wifi.stat().st_mode & 0o077 == 0
    assert (machine.root / places.HOST_NAME.relative_to("/")).read_text() == "reprise-3001\n"
    assert "4321" in machine.file.read_text(), "the card is written by a step of its own"
    assert run([*words, "--stage", "card"]) == 0
    assert "4321" not in machine.file.read_text()
    edit(machine, "Chez Lise", "Chez Louise")
    assert run(words) == 0
    assert provision_result.read(state).state == WAITS
    request = machine.root / places.PROVISION_REQUEST.relative_to("/")
    request.parent.mkdir(parents=True)
    request.write_text(json.dumps({"ask": "approve"}))
    assert run(words) == 0
    assert settings(machine).shop.name == "Chez Louise"
    assert not request.exists()
    assert "Chez Louise" in capsys.readouterr().err


def test_a_start_with_nothing_new_is_a_quick_one(tmp_path, capsys):
    """It loads no settings and no books: every start of the terminal waits for it."""
    machine = Machine(tmp_path)
    machine.start()
    words = ["provision", "--boot", machine.card, "--data", machine.data, "--root", machine.root]
    (machine.root / "data").mkdir()
    (machine.root / "data" / "provision").mkdir()
    for path in machine.root.glob("*.json"):
        path.rename(machine.root / "data" / "provision" / path.name)
    done = subprocess.run(
        [sys.executable, "-c", QUICK, *map(str, words), "--stage", "apply"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout == "[]\n"
    left = provision_result.read(machine.root / places.PROVISION_STATE.relative_to("/"))
    assert left == provision_result.ProvisionResult(READY, provisioned=True, language="fr")
    assert (machine.root / places.HOST_NAME.relative_to("/")).exists()


QUICK = """
import sys
from terminal.cli.main import run
assert run(sys.argv[1:]) == 0
heavy = ("terminal.config", "terminal.core.events", "terminal.store.store", "terminal.app")
print([name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize("asked", ["", "{", "[]", '{"ask": 3}', '{"ask": "code", "codes": "x"}'])
def test_a_request_that_means_nothing_does_nothing(tmp_path, asked):
    machine = Machine(tmp_path, None)
    request = machine.root / places.PROVISION_REQUEST.relative_to("/")
    request.parent.mkdir(parents=True)
    request.write_text(asked)
    words = ["provision", "--boot", str(machine.card), "--data", str(machine.data)]
    assert run([*words, "--root", str(machine.root)]) == 1
    assert not request.exists()
    assert not machine.data.exists()


def test_a_static_address_a_vlan_and_time_servers_are_written_for_networkd():
    network = Network(
        mode="static", address="10.0.0.2/24", gateway="10.0.0.1", dns=("9.9.9.9",), vlan=20,
        ntp=("pool.ntp.org",), hostname="caisse-2",
    )  # fmt: skip
    files = {path.name: text for path, (text, _) in network_files(network, "3001").items()}
    assert "Name=vlan20\nKind=vlan" in files["10-reprise.netdev"]
    assert "VLAN=vlan20" in files["20-reprise-cable.network"]
    assert "Address=10.0.0.2/24\nDNS=9.9.9.9" in files["20-reprise-vlan.network"]
    assert "Gateway=10.0.0.1" in files["20-reprise-vlan.network"]
    assert files["reprise.conf"] == "[Time]\nNTP=pool.ntp.org\n"
    assert files["hostname"] == "caisse-2\n"
    assert "wifi.conf" not in files


def test_the_name_and_key_of_a_wifi_cannot_break_out_of_their_lines():
    network = Network(wifi_ssid='x"\n}', wifi_psk='"; }  evil', wifi_country="FR")
    files = {path.name: text for path, (text, _) in network_files(network, "3001").items()}
    assert files["wifi.conf"].count("\n") == 9
    assert "evil" not in files["wifi.conf"]
    # IEEE 802.11i, annex H.4.1: passphrase "password", SSID "IEEE"
    known = Network(wifi_ssid="IEEE", wifi_psk="password", wifi_country="FR")
    wifi = {path.name: text for path, (text, _) in network_files(known, "1").items()}["wifi.conf"]
    assert "psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e" in wifi
