"""A dead till restored from the setup screen: offered, done, and whatever goes wrong."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from terminal.appliance import places, restore_state
from terminal.appliance.restore_state import DONE, FAILED, WORKING, RestoreState
from terminal.cli.main import run
from terminal.core.events import UnknownEvent
from terminal.devices.media import Machine as Media
from terminal.folder import DataFolder
from terminal.journal.errors import StorageCorrupt, StorageFailed, StorageFull, StorageNewer
from terminal.services import restoring
from terminal.services.copy_offer import StickWatch, described, look
from terminal.services.operators import Operators
from terminal.services.provision_making import TOKEN
from terminal.services.provision_result import READY, WAITS, WRONG
from terminal.services.provisioning import RESTORED, Request
from terminal.services.restore_work import Progress, code_of
from terminal.services.restoring import PART, WHOLE, MediumFailed
from terminal.services.second_copy import FOLDER
from terminal.services.support_pin import opens
from terminal.settings import ConfigError
from terminal.store.catalogue import Catalogue
from terminal.store.catalogue_import import CatalogueRefused
from terminal.store.copy_format import segments
from tests.appliance.cards import WHOLE as CARD_FILE
from tests.appliance.cards import Machine
from tests.cli.test_restore import FLOUR, copied, sell, verified
from tests.conftest import ARTICLES, Shop

COPY = Path(FOLDER) / "copy-001"
UNFILLED = CARD_FILE.replace('pin = "4321"', 'pin = ""')


@pytest.fixture(scope="module")
def plugged(tmp_path_factory) -> Path:
    """The stick of a till that sold under French law and is no more; articles lie on it."""
    home = tmp_path_factory.mktemp("dead")
    shop = Shop(home / "till").create("fiscal.regime=france")

    async def day() -> None:
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await sell(till, FLOUR)
            await till.ok("scan", code=FLOUR)

    asyncio.run(day())
    stick = copied(shop, home / "stick")
    (stick / "articles.csv").write_text(ARTICLES, encoding="utf-8")
    return stick


@pytest.fixture
def stick(plugged, tmp_path) -> Path:
    """The same, to be broken."""
    shutil.copytree(plugged, tmp_path / "stick")
    return tmp_path / "stick"


def media(stick: Path, folder: Path) -> Media:
    """The kernel's word for one stick that is mounted."""
    info = folder / "mounts"
    info.write_text(f"1 1 8:1 / {stick} rw - vfat /dev/sda1 rw")
    return Media(info, folder / "sys", folder / "udev", (str(stick.parent),))


class NewMachine:
    """An appliance without settings, as one folder."""

    def __init__(self, folder: Path) -> None:
        self.root, self.data = folder / "machine", folder / "data"
        self.data.mkdir(parents=True)

    def ask(self, stick: Path, pin: str = "4821", articles: str = "articles.csv") -> None:
        plain = {
            "copy": str(stick / COPY),
            "operator": "9",
            "pin": pin,
            "articles": str(stick / articles) if articles else "",
        }
        self.request.parent.mkdir(parents=True, exist_ok=True)
        self.request.write_text(json.dumps(plain))

    @property
    def request(self) -> Path:
        return self.root / places.RESTORE_REQUEST.relative_to("/")

    @property
    def state(self) -> RestoreState:
        return restore_state.load(self.root / places.RESTORE_STATE.relative_to("/"))

    @property
    def words(self) -> list[str]:
        return ["restore-asked", "--data", str(self.data), "--root", str(self.root)]

    def restored(self, stick: Path, pin: str = "4821") -> RestoreState:
        self.ask(stick, pin)
        code = run(self.words)
        assert (code == 0) == (self.state.state == DONE)
        assert not self.request.exists(), "it holds a PIN"
        return self.state


@pytest.fixture
def machine(tmp_path) -> NewMachine:
    return NewMachine(tmp_path / "new")


# --- what is offered ------------------------------------------------------------------------------


def test_a_stick_says_whose_books_it_holds_and_how_new_they_are(plugged, tmp_path):
    offer = look(media(plugged, tmp_path), tmp_path)
    records = restoring.CopyReader(plugged / COPY)
    last = list(records.records())[-1]
    assert (offer.till, offer.seq, offer.at_ms) == (records.owner.till, last.seq, last.at_ms)
    assert offer.last_sale.total_minor > 0
    assert offer.last_sale.at_ms < offer.at_ms
    assert [number for number, _ in offer.supervisors] == ["9"]
    assert (offer.articles, offer.problem) == (plugged / "articles.csv", "")


def test_articles_are_looked_for_on_the_card_too_and_missed_when_nowhere(stick, tmp_path):
    (stick / "articles.csv").unlink()
    (stick / FOLDER / "catalogue" / "current.json").unlink()
    watch = StickWatch(media(stick, tmp_path), tmp_path / "card")
    assert watch.look().problem == "articles"
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "articles.csv").write_text(ARTICLES, encoding="utf-8")
    assert watch.look().articles == tmp_path / "card" / "articles.csv"


def test_nothing_is_offered_without_a_copy(tmp_path):
    (tmp_path / "empty").mkdir()
    assert look(media(tmp_path / "empty", tmp_path), tmp_path) is None


def rewritten(stick: Path, old: bytes, new: bytes) -> None:
    (path,) = segments(stick / COPY)
    image = path.read_bytes()
    assert old in image
    path.write_bytes(image.replace(old, new, 1))


def test_a_copy_of_another_format_is_not_offered(stick, machine):
    rewritten(stick, b'"format":"RC1"', b'"format":"RC9"')
    assert described(stick / COPY).problem == "newer"
    assert machine.restored(stick).code == "newer"


def test_a_copy_without_a_whole_entry_is_not_offered(stick):
    (path,) = segments(stick / COPY)
    path.write_bytes(path.read_bytes()[:200])
    assert described(stick / COPY).problem == "empty"


def test_the_till_s_own_catalogue_is_on_the_stick_and_comes_back(stick, machine, tmp_path):
    (stick / "articles.csv").unlink()
    assert look(media(stick, tmp_path), tmp_path).usable
    machine.ask(stick, articles="")
    assert run(machine.words) == 0
    with closing(Catalogue.open(machine.data)) as back:
        assert back.find(FLOUR).price_minor == 250


def test_a_catalogue_that_is_not_as_it_was_written_is_refused(stick, machine):
    (path,) = (stick / FOLDER / "catalogue").glob("*.db")
    image = bytearray(path.read_bytes())
    image[-9] ^= 1
    path.write_bytes(image)
    machine.ask(stick, articles="")
    assert run(machine.words) == 1
    assert (machine.state.code, list(machine.data.iterdir())) == ("articles_wrong", [])


def test_a_catalogue_that_was_cut_off_is_not_offered(stick, tmp_path):
    (stick / "articles.csv").unlink()
    (path,) = (stick / FOLDER / "catalogue").glob("*.db")
    path.write_bytes(path.read_bytes()[:4096])
    assert look(media(stick, tmp_path), tmp_path).problem == "articles"


# --- what is done ---------------------------------------------------------------------------------


def test_a_till_is_restored_and_its_supervisor_signs_on(plugged, machine, capsys):
    """REC-01: from the screen, with the sale that was open on the dead till."""
    state = machine.restored(plugged)
    offer = described(plugged / COPY)
    assert (state.seq, state.at_ms, state.skipped) == (offer.seq, offer.at_ms, 1000)
    assert sorted(path.name for path in machine.data.iterdir() if path.name[0] == ".") == []
    folder = DataFolder(machine.data)
    operators = Operators.load(machine.data, folder.key.read_bytes())
    assert [operators.verify(*one) for one in (("9", "4821"), ("1", "1111"))] == [True, False]
    assert verified(machine.data, capsys)["ok"]

    async def start() -> int:
        async with Shop(machine.data).open() as till:
            return len(till.state.sale.lines)

    assert asyncio.run(start()) == 1


def test_what_a_refused_provisioning_left_is_no_hindrance(plugged, machine):
    (machine.data / "catalogue").mkdir()
    (machine.data / "catalogue" / "import.lock").touch()
    assert machine.restored(plugged).state == DONE


def test_books_that_are_there_are_never_restored_over(plugged, machine):
    assert machine.restored(plugged).state == DONE
    before = {p: p.read_bytes() for p in machine.data.rglob("*") if p.is_file()}
    assert machine.restored(plugged).code == "books"
    DataFolder(machine.data).settings.rename(machine.data / "kept")
    assert machine.restored(plugged).code == "books"
    (machine.data / "kept").rename(DataFolder(machine.data).settings)
    assert {p: p.read_bytes() for p in machine.data.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda stick: rewritten(stick, b'"type":"LineAdded"', b'"type":"LineAddet"'), "broken"),
        (lambda stick: shutil.rmtree(stick / FOLDER), "gone"),
        (lambda stick: (stick / "articles.csv").write_text("nothing\n"), "articles_wrong"),
    ],
)
def test_what_goes_wrong_leaves_nothing_and_can_be_begun_again(
    plugged, stick, machine, damage, code
):
    damage(stick)
    state = machine.restored(stick)
    assert (state.state, state.code) == (FAILED, code)
    assert list(machine.data.iterdir()) == []
    assert machine.restored(plugged).state == DONE


def test_a_pin_that_cannot_be_taken_is_said(plugged, machine):
    assert machine.restored(plugged, pin="12").code == "pin"


@pytest.mark.parametrize("raw", ["", "[]", "{}", '{"copy": 3}', "x" * 9000])
def test_a_request_that_says_nothing_is_taken_away(machine, raw):
    machine.request.parent.mkdir(parents=True)
    machine.request.write_text(raw)
    assert run(machine.words) == 1
    assert (machine.state.code, machine.request.exists()) == ("request", False)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "no space"), "full"),
        (StorageFull("full"), "full"),
        (MediumFailed("stick"), "gone"),
        (StorageNewer("newer"), "newer"),
        (StorageFailed("the card"), "disk"),
        (OSError(errno.EIO, "the card"), "disk"),
        (CatalogueRefused("no article"), "articles_wrong"),
        (ConfigError("sealed", key="fiscal.key"), "sealed_key"),
        (ConfigError("unknown", key="shop.hat"), "settings"),
    ],
)
def test_every_failure_has_a_code(plugged, error, code):
    assert code_of(error, plugged / COPY) == code


def test_records_of_a_newer_version_are_named_as_such(plugged):
    error = StorageCorrupt("does not fit")
    error.__cause__ = UnknownEvent("SaleDreamt")
    assert code_of(error, plugged / COPY) == "newer"


def test_progress_goes_forward_and_is_not_told_at_every_record():
    told: list[RestoreState] = []
    times = iter(range(1, 10_000))
    progress = Progress(told.append, 100, lambda: next(times) / 20)
    for phase in restoring.READING, restoring.TABLES, restoring.ARTICLES, restoring.PROOF:
        for done in range(101):
            progress.told(phase, done)
    assert [one.permille for one in told] == sorted(one.permille for one in told)
    assert 4 < len(told) < 60
    assert told[-1].permille <= 1000


# --- cuts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [0, 1, 3, 5])
def test_a_cut_while_the_folder_is_put_in_place_is_finished_at_the_next_start(
    plugged, machine, moved
):
    assert machine.restored(plugged).state == DONE
    whole = {p.relative_to(machine.data) for p in machine.data.rglob("*")}
    names = sorted(machine.data.iterdir(), key=lambda one: one.name == "reprise.toml")
    beside = machine.data / WHOLE
    beside.mkdir()
    for path in names[moved:]:
        path.rename(beside / path.name)
    restoring.finish(machine.data)
    assert {p.relative_to(machine.data) for p in machine.data.rglob("*")} == whole


def test_a_restoring_that_is_killed_is_begun_again(plugged, machine):
    """POW-01: the process is killed while it works; nothing of it is ever taken for books."""
    state = machine.root / places.RESTORE_STATE.relative_to("/")
    machine.ask(plugged)
    with subprocess.Popen([sys.executable, "-m", "terminal", *machine.words]) as working:
        deadline = time.monotonic() + 60
        while restore_state.load(state).phase != restoring.TABLES and working.poll() is None:
            assert time.monotonic() < deadline
        working.send_signal(signal.SIGKILL)
    if not DataFolder(machine.data).settings.exists():
        assert machine.state.state == WORKING
        assert run([*machine.words, "--ended"]) == 0
        assert machine.state.code == "stalled"
        assert machine.restored(plugged).state == DONE


def test_the_next_start_takes_half_made_books_away_and_finishes_whole_ones(plugged, tmp_path):
    machine = Machine(tmp_path, UNFILLED)
    new = NewMachine(tmp_path / "new")
    assert new.restored(plugged).state == DONE
    shutil.copytree(new.data, machine.data / PART)
    assert machine.start().state == WRONG
    assert not (machine.data / PART).exists()
    shutil.copytree(new.data, machine.data / WHOLE)
    assert machine.provisioner.run().provisioned
    assert DataFolder(machine.data).settings.exists()


# --- the card afterwards --------------------------------------------------------------------------


def taken_over(plugged: Path, folder: Path, text: str) -> Machine:
    """A machine whose plug was pulled when its books were back: nobody asked for anything more."""
    machine = Machine(folder, text)
    new = NewMachine(folder / "new")
    assert new.restored(plugged).state == DONE
    new.data.rename(machine.data)
    return machine


def test_the_card_s_network_is_used_and_nothing_else_of_it_waits(plugged, tmp_path):
    machine = taken_over(plugged, tmp_path, UNFILLED)
    assert machine.start(Request(RESTORED)).state == READY
    assert machine.provisioner.network[0].wifi_ssid == "boutique"
    assert "motdepasse" not in machine.file.read_text(encoding="utf-8")
    assert machine.start().state == READY
    text = machine.file.read_text(encoding="utf-8")
    moved = text.replace('"boutique"', '"atelier"\nwifi_psk = "autre-mot"')
    machine.file.write_text(moved, encoding="utf-8")
    waiting = machine.start()
    assert waiting.state == WAITS
    assert all(change.startswith("network.") for change in waiting.changes)


@pytest.mark.parametrize(
    "text",
    [UNFILLED.replace('number = "9"', 'number = "7"'), UNFILLED.partition("[[operators]]")[0]],
)
def test_who_works_there_is_not_asked_of_the_card_of_a_restored_till(plugged, tmp_path, text):
    machine = taken_over(plugged, tmp_path, text)
    assert [machine.start().state for _ in range(2)] == [READY, READY]
    assert machine.provisioner.network[0].wifi_ssid == "boutique"


def test_what_no_stick_holds_is_taken_from_the_card_before_it_leaves_it(plugged, tmp_path):
    machine = taken_over(plugged, tmp_path, UNFILLED)
    assert machine.start().state == READY
    text = machine.file.read_text(encoding="utf-8")
    assert "un-mot-de-seize-lettres" not in text
    folder = DataFolder(machine.data)
    assert (folder.keys / TOKEN).read_text() == "un-mot-de-seize-lettres\n"
    assert opens(folder, folder.key.read_bytes(), "123456")


def test_a_wrong_file_on_the_card_of_a_restored_till_is_said_and_then_taken(plugged, tmp_path):
    wrong = UNFILLED.replace('wifi_country = "FR"', 'wifi_country = "France"')
    machine = taken_over(plugged, tmp_path, wrong)
    assert [machine.start().state for _ in range(2)] == [WRONG, READY]
    machine.file.write_text(UNFILLED, encoding="utf-8")
    assert machine.start().state == READY, "nothing of it waits: the shop is that of the copy"
    assert machine.provisioner.network[0].wifi_ssid == "boutique"
