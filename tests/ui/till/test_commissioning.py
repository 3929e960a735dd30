"""A technician’s finger on the commissioning screen, and the codes that it shows."""

import pytest

from terminal.presenters.commissioning import COMMISSIONING
from terminal.services.commissioning.requests import (
    AnswerStep,
    LeaveCommissioning,
    OpenCommissioning,
    PrintCode,
    RunStep,
    SignReport,
    SkipStep,
    StopStep,
    TouchCorner,
)
from terminal.services.requests import Adopt, DeclineOffer, Scan
from terminal.ui.samples import till as samples
from terminal.ui.samples.devices import PRINTER

pytestmark = pytest.mark.ui
WORLDS = {world.name: world for world in samples.worlds()}


@pytest.fixture
def at(till):
    def enter(name: str):
        till.terminal.asked.clear()
        till.terminal.refuse = None
        till.terminal.language = "fr"
        till.resize(1280, 800)
        till.show(WORLDS[name])
        return till

    return enter


@pytest.mark.parametrize(
    ("world", "label", "request_"),
    [
        ("begun", "Tester", RunStep("scanner")),
        ("failed", "Refaire le test", RunStep("scanner")),
        ("scan", "Interrompre", StopStep()),
        ("scan", "Imprimer le code", PrintCode()),
        ("question", "Oui", AnswerStep(yes=True)),
        ("question", "Non", AnswerStep(yes=False)),
        ("scale", "0,500\u00a0kg", RunStep("scale", 500)),
        ("skip", "Livré plus tard", SkipStep("scale", "later")),
        ("offer", "Adopter", Adopt("printer", PRINTER.address)),
        ("offer", "Pas maintenant", DeclineOffer(PRINTER.address)),
        ("unreported", "Signer et imprimer le rapport", SignReport()),
        ("offered", "Mise en service", OpenCommissioning()),
    ],
)
def test_a_button_asks_for_what_it_says(at, world, label, request_):
    till = at(f"commissioning-{world}")
    till.touch(label)
    assert till.terminal.asked == [request_]


def test_the_screen_is_opened_from_the_devices_and_left_again(at):
    till = at("devices-simulated")
    till.touch("Mise en service")
    assert till.terminal.asked == [OpenCommissioning()]
    assert till.stage.shown == COMMISSIONING
    till.touch("Retour")
    assert till.terminal.asked[-1] == LeaveCommissioning()
    assert till.stage.shown == "sale"


def test_another_step_is_chosen_by_a_touch(at):
    till = at("commissioning-begun")
    till.touch("Terminal de paiement")
    till.touch("Tester")
    assert till.terminal.asked == [RunStep("poi")]


def test_no_reason_no_skip(at):
    till = at("commissioning-begun")
    till.touch("Pas d’appareil")
    assert till.terminal.asked == []
    till.touch("Pas installé ici")
    assert till.terminal.asked == [SkipStep("scanner", "not_installed")]


def test_each_corner_is_touched_and_nothing_below_it(at):
    till = at("commissioning-corners")
    till.touch_icon("hand", nth=0)
    till.touch_icon("hand", nth=1)
    assert till.terminal.asked == [TouchCorner(1), TouchCorner(3)]
    till.touch("Retour")
    assert till.stage.shown == COMMISSIONING


def test_only_the_scanners_step_takes_a_scan(at):
    till = at("commissioning-scan")
    assert till.app.scan_gate() == ""
    till.app.scanned(Scan("QWAZYM48291"))
    assert till.terminal.asked == [Scan("QWAZYM48291")]
    assert at("commissioning-begun").app.scan_gate() == "question_open"


@pytest.mark.parametrize("name", ["scan", "reported"])
def test_the_code_on_the_screen_can_be_read(at, name, tmp_path):
    from PIL import Image

    from tests.zbar import Reader

    till = at(f"commissioning-{name}")
    path = tmp_path / "screen.png"
    till.picture(path)
    page = WORLDS[f"commissioning-{name}"].surroundings.commissioning
    read = Reader().read(Image.open(path))
    assert ("QR-Code", page.stage.code or page.code) in read
