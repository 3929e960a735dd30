"""The demonstration's panel as it is drawn."""

from types import SimpleNamespace

import pytest

from drivers.simulators import Bench
from terminal.services.requests import SteerDevice
from terminal.ui.panel.bench import Panel
from terminal.ui.panel.mains import Mains
from terminal.words import Words

pytestmark = pytest.mark.ui
RECEIPT = b"\x1b@\x1ba\x01Un ticket\n\n\n\x1dV\x42\x00"


@pytest.fixture(scope="module")
def drawn(rig):
    from terminal.ui.panel.window import PanelApp
    from terminal.ui.theme import theme

    before = list(rig.window.children)
    for widget in before:
        rig.window.remove_widget(widget)
    bench = Bench()
    app = PanelApp(Panel(bench, Mains(lambda: None), Words("de", strict=True)))
    stage = app.build()
    stage.size_hint = (None, None)
    stage.size = (620, 1000)
    rig.window.add_widget(stage)

    def refresh() -> None:
        app.refresh()
        rig.frames(4)

    refresh()
    yield SimpleNamespace(bench=bench, app=app, stage=stage, refresh=refresh)
    rig.window.remove_widget(stage)
    for widget in before:
        rig.window.add_widget(widget)
    theme.role = "kiosk"


def widgets(stage, name: str):
    return [w for w in stage.walk(restrict=True) if type(w).__name__ == name]


SIZES = [(620, 1000), (1280, 800), (1920, 1080)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", ["devices", "faults", "shelf"])
def test_every_word_fits_and_every_knob_can_be_hit(drawn, page, size):
    from terminal.ui.theme import theme
    from terminal.ui.widgets.button import Tap
    from terminal.ui.widgets.text import Text

    before = drawn.stage.size[:]
    drawn.stage.size = size
    drawn.app.take(SteerDevice("panel", "page", (("name", page),)))
    drawn.refresh()
    texts = [w for w in drawn.stage.walk(restrict=True) if isinstance(w, Text) and w.text]
    assert [text.text for text in texts if text.overflows] == []
    taps = [w for w in drawn.stage.walk(restrict=True) if isinstance(w, Tap) and w.action.shown]
    least = theme.now.touch * 0.79  # knobs of a technician are lower than a cashier's keys
    assert [tap.action.label for tap in taps if min(tap.size) < least] == []
    drawn.stage.size = before
    drawn.refresh()


def test_a_tap_on_the_shelf_scans(drawn):
    tiles = widgets(drawn.stage, "ShelfTile")
    assert len(tiles) == 24
    before = drawn.bench.look("scanner")["scans"]
    tiles[0].dispatch("on_release")
    assert drawn.bench.look("scanner")["scans"] == before + 1


def test_the_paper_is_a_picture_that_grows(drawn):
    wire = drawn.bench.printer.connect()
    wire.open(1.0)
    wire.write(RECEIPT, 1.0)
    drawn.refresh()
    (first,) = widgets(drawn.stage, "PaperPiece")
    assert first.texture.width > 500
    assert first.height > 0
    wire.write(RECEIPT[:-4], 1.0)
    drawn.refresh()
    assert len(widgets(drawn.stage, "PaperPiece")) == 2
    assert (
        not widgets(drawn.stage, "PaperPiece")[0].torn
        or not widgets(drawn.stage, "PaperPiece")[1].torn
    )


def test_the_plug_is_red_only_while_there_is_power(drawn):
    from terminal.ui.theme import theme

    (button,) = widgets(drawn.stage, "PullButton")
    assert tuple(button.fill) == tuple(theme.colour("accent"))
    drawn.app.screen.view = drawn.app.panel.view()
    button.live = True
    assert tuple(button.fill) == tuple(theme.colour("bad"))
