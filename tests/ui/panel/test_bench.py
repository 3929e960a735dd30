"""The demonstration's panel without drawing: knobs turned, devices seen, the plug pulled."""

import signal
import subprocess
import sys

import pytest

from drivers.simulators import POI_SIMULATORS, Bench, poi_simulator
from terminal.core.numbering import check
from terminal.services.requests import SteerDevice
from terminal.ui.panel.bench import Panel
from terminal.ui.panel.mains import RESTART_S, Mains
from terminal.ui.panel.shelf import TRICKS, WARES
from terminal.words import Words

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
RECEIPT = b"\x1b@Un ticket\n\n\n\x1dV\x42\x00"


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def started() -> list[subprocess.Popen[bytes]]:
    return []


@pytest.fixture
def panel(bench, watch, started):
    def spawn() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(SLEEPER))
        return started[-1]

    made = Panel(bench, Mains(spawn, watch), Words("fr", strict=True), staffed=True)
    yield made
    made.mains.close()


def knob(action) -> SteerDevice:
    return action.intent


def print_receipt(bench) -> None:
    wire = bench.printer.connect()
    wire.open(1.0)
    wire.write(RECEIPT, 1.0)


def test_pulling_the_plug_kills_and_the_power_comes_back(panel, watch, started):
    """REC-01: a demonstration that kills nothing would prove nothing."""
    panel.mains.switch_on()
    assert panel.view().mains.tone == "good"
    panel.take(knob(panel.view().mains.plug))
    assert started[0].returncode == -signal.SIGKILL
    assert panel.view().mains.tone == "warn"
    watch.now += RESTART_S
    assert panel.view().mains.tone == "good"
    assert len(started) == 2


def test_the_power_stays_away_when_told_to(panel, watch, started):
    panel.mains.switch_on()
    panel.take(knob(panel.view().mains.returns))
    panel.take(knob(panel.view().mains.plug))
    watch.now += 10 * RESTART_S
    assert panel.view().mains.tone == "bad"
    panel.take(knob(panel.view().mains.plug))
    assert panel.view().mains.tone == "good"
    assert len(started) == 2


def test_a_terminal_that_is_closed_is_not_started_again(panel, watch, started):
    panel.mains.switch_on()
    started[0].terminate()
    started[0].wait()
    watch.now += 10 * RESTART_S
    assert panel.view().mains.tone == "bad"
    assert len(started) == 1


def test_closing_the_panel_stops_the_terminal(panel, started):
    panel.mains.switch_on()
    panel.mains.close()
    assert started[0].returncode == -signal.SIGTERM


def test_every_article_of_the_shelf_is_scanned_by_a_tap(panel, bench):
    shelf = panel.view().shelf
    assert len(shelf) == 24
    for row in shelf:
        panel.take(knob(row.press))
    assert bench.look("scanner")["scans"] == 24


def test_weighed_articles_carry_the_scale_s_label():
    labels = [ware.scanned for ware in WARES if ware.weight_g]
    assert labels[0] == "2104011008425"
    assert all(check(label) and len(label) == 13 for label in labels)


def test_bad_codes_can_be_scanned_too(panel, bench):
    for trick in panel.view().tricks:
        panel.take(knob(trick))
    assert bench.look("scanner")["scans"] == len(TRICKS)
    assert not check(TRICKS["check_digit"])
    assert check(TRICKS["unknown"])


def test_paper_comes_out_and_is_torn_off(panel, bench):
    assert panel.paper() == ()
    print_receipt(bench)
    print_receipt(bench)
    assert [piece.n for piece in panel.paper()] == [1, 2]
    panel.take(knob(panel.view().printer.tear))
    assert panel.paper() == ()


def test_the_printer_waits_for_paper_and_says_so(panel, bench):
    panel.take(knob(panel.view().printer.paper))
    assert panel.view().printer.status == "plus de papier"
    print_receipt(bench)
    assert panel.paper() == ()
    panel.take(knob(panel.view().printer.paper))
    assert panel.view().printer.tone == "good"
    assert len(panel.paper()) == 1


@pytest.mark.parametrize("device", ["printer", "poi"])
def test_a_device_is_unplugged_and_plugged_again(panel, bench, device):
    plug = getattr(panel.view(), device).plug
    panel.take(knob(plug))
    assert not bench.look(device)["plugged"]
    panel.take(knob(getattr(panel.view(), device).plug))
    assert bench.look(device)["plugged"]


def test_the_next_payment_ends_as_chosen(panel):
    outcomes = panel.view().poi.outcomes
    panel.take(knob(outcomes[1]))
    assert [outcome.chosen for outcome in panel.view().poi.outcomes][:2] == [False, True]


@pytest.mark.parametrize("protocol", POI_SIMULATORS)
def test_only_what_the_protocol_can_tell_is_offered(panel, bench, protocol):
    """A terminal that stands alone tells less; only some protocols know part payments."""
    bench.poi = poi_simulator(protocol)
    bench.simulators = {**bench.simulators, "poi": bench.poi}
    names = [knob(outcome).parameters[0][1] for outcome in panel.view().poi.outcomes]
    connected = protocol != "manual-poi"
    parts = protocol.startswith(("simple", "caisse", "nexo"))
    assert ("unplug" in names, "partial" in names) == (connected, parts)
    for name in names:
        bench.poi.control("next", outcome=name)


def test_the_payment_terminal_waits_for_a_card(panel, bench):
    assert not bench.look("poi")["auto"]
    assert not panel.view().poi.card.enabled
    assert panel.view().poi.lines == ("WELCOME",)


def test_an_open_drawer_is_closed_by_hand(panel, bench):
    bench.control("drawer", "open")
    assert panel.view().drawer.is_open
    panel.take(knob(panel.view().drawer.press))
    assert not panel.view().drawer.is_open


@pytest.mark.parametrize("language", ["fr", "en", "nl", "de"])
def test_the_panel_speaks_every_language(bench, language):
    view = Panel(bench, Mains(lambda: None), Words(language, strict=True)).view()
    assert view.title
    assert view.hint == ""
