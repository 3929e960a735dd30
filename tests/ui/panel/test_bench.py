"""The demonstration's panel without drawing: knobs turned, devices seen, the plug pulled."""

import signal
import subprocess
import sys
import time

import pytest

from drivers.fault_script import samples
from drivers.simulation import SimulatedDevice
from drivers.simulators import POI_SIMULATORS, Bench, poi_simulator
from terminal.core.numbering import check
from terminal.services.requests import SteerDevice
from terminal.ui.panel.bench import Panel
from terminal.ui.panel.devices import KNOBS, STATES
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
def bench():
    made = Bench()
    yield made
    made.close()


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


def turn_to(panel, page: str) -> None:
    panel.take(next(knob(tab) for tab in panel.view().tabs if knob(tab).parameters[0][1] == page))


def test_every_device_of_the_bench_has_a_card(panel, bench):
    assert panel.view().devices == ()  # not while it is not seen
    turn_to(panel, "devices")
    assert len(panel.view().devices) == len(bench.simulators)
    assert [tab.chosen for tab in panel.view().tabs] == [False, True, False]


class Kettle(SimulatedDevice):
    name = "tea_kettle"


def test_a_new_simulator_has_its_card_by_itself(panel, bench):
    bench.simulators = {**bench.simulators, "tea_kettle": Kettle()}
    turn_to(panel, "devices")
    card = panel.view().devices[-1]
    assert (card.name, card.status, card.tone) == ("Tea kettle", "prêt", "good")
    assert [action.label for action in card.actions] == ["Débrancher", "Éteindre"]
    panel.take(knob(card.actions[0]))
    card = panel.view().devices[-1]
    assert (card.status, card.tone) == ("débranché", "bad")
    assert card.actions[0].chosen


@pytest.mark.parametrize("device", list(Bench().simulators))
def test_every_knob_of_a_card_can_be_turned_and_turned_back(panel, bench, device):
    turn_to(panel, "devices")
    place = list(bench.simulators).index(device)
    for number, _ in enumerate(panel.view().devices[place].actions):
        before = panel.view().devices[place].actions[number]
        panel.take(knob(before))
        turned = panel.view().devices[place].actions[number]
        if knob(turned) != knob(before):
            panel.take(knob(turned))
            assert panel.view().devices[place].actions[number] == before


def test_a_card_says_what_is_wrong_with_its_device(panel, bench):
    turn_to(panel, "devices")
    place = list(bench.simulators).index("printer")
    for action, said in (("cover_open", "capot ouvert"), ("paper_out", "plus de papier")):
        bench.control("printer", action)
        assert (panel.view().devices[place].status, panel.view().devices[place].tone) == (
            said,
            "bad",
        )
    bench.control("printer", "power_off")
    assert panel.view().devices[place].status == "éteint"


def test_a_fault_script_is_begun_and_stopped(panel, bench):
    turn_to(panel, "faults")
    scripts = panel.view().faults.scripts
    assert len(scripts) == len(samples())
    jam = next(one for one in scripts if knob(one).parameters == (("script", "drawer_jam"),))
    assert not panel.view().faults.stop.enabled
    panel.take(knob(jam))
    assert settled(lambda: panel.view().faults.done)
    faults = panel.view().faults
    assert faults.status == "En cours : Le tiroir se bloque 5 secondes"
    assert faults.next.startswith("Ensuite, dans")
    assert faults.done == "Fait : Tiroir-caisse, Bloquer"
    assert bench.look("drawer")["jammed"]
    panel.take(knob(faults.stop))
    assert panel.view().faults.status == "Le scénario est terminé."
    assert not bench.look("bench")["running"]


def settled(condition) -> bool:
    """Wait for the script's own thread."""
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(condition())


def test_what_is_waited_for_and_what_went_wrong_is_said(panel, bench):
    sight = "on: {device: printer, key: paper, equals: out}"
    bench.control("bench", "faults", text=f"steps: [{{{sight}, device: printer, do: refill}}]")
    said = "Ensuite, dès que « Imprimante de tickets » le montre : Imprimante de tickets"
    assert settled(lambda: panel.view().faults.next.replace("\u00a0", " ").startswith(said))
    bad = "steps: [{device: poi, do: next, with: {outcome: fly}}]"
    bench.control("bench", "faults", text=bad)
    assert settled(lambda: panel.view().faults.tone == "bad")
    assert "line 1" in panel.view().faults.status


@pytest.mark.parametrize("language", ["fr", "en", "nl", "de"])
def test_every_device_and_sample_script_has_its_words(language, bench):
    words = Words(language, strict=True)
    keys = [f"panel.device.{name}" for name in bench.simulators]
    keys += [f"panel.fault.{name}" for name in samples()]
    keys += [f"panel.do.{one.on}" for own in KNOBS.values() for one in own]
    keys += [f"panel.state.{word}" for own in STATES.values() for _, _, word, _ in own]
    assert [key for key in keys if not words.has(key)] == []


def test_the_tables_name_devices_and_knobs_that_there_are(bench):
    for device, own in KNOBS.items():
        look, knobs = bench.look(device), bench.simulators[device].knobs()
        for one in own:
            assert one.on in knobs
            bench.simulators[device].check(one.on, one.given)
            if one.off:
                bench.simulators[device].check(one.off, one.given_off)
                assert one.key in look
    for device, states in STATES.items():
        assert {key for key, *_ in states} <= set(bench.look(device))


@pytest.mark.parametrize("language", ["fr", "en", "nl", "de"])
def test_the_panel_speaks_every_language(bench, language):
    view = Panel(bench, Mains(lambda: None), Words(language, strict=True)).view()
    assert view.title
    assert view.hint == ""
