"""``reprise label``, and the two simulators it goes with, each as a process of its own."""

from __future__ import annotations

import pytest

from drivers.label.base import Label, Printed, Text
from drivers.label.zpl_printer import ZplPrinter
from drivers.rfid.llrp_reader import LlrpReader
from drivers.transports.address import open_transport
from tests.flows.process import SimulatorProcess, reprise

FLOUR = "3270190128724"


def label(shop, *arguments):
    done = reprise("label", *arguments, "--data", shop.data)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_a_label_goes_to_a_printer_on_the_network(bare_shop, tmp_path):
    with SimulatorProcess("", "tcp:127.0.0.1:0", tmp_path / "memory", device="label") as printer:
        shop = bare_shop.create(f"devices.label_printer={printer.ready['address']}")
        code, said = label(shop, FLOUR, "--copies", 3)
        assert (code, said.strip().splitlines()[-1]) == (0, "printed")
        seen = printer.turn("look")
        assert (seen["printed"], seen["unknown"]) == (3, {})
        printer.turn("paper_out")
        code, said = label(shop, "4011", "--weight-g", 842)
        assert (code, "waits" in said) == (1, True)
        drawn = tmp_path / "seen.png"
        printer.turn("refill")
        assert printer.turn("picture", path=str(drawn))["printed"] == 4
        assert drawn.read_bytes().startswith(b"\x89PNG")
        printer.turn("unplug")
        code, said = label(shop, FLOUR)
        assert (code, "not printed" in said) == (1, True)


def test_a_label_is_drawn_where_there_is_no_printer(shop, tmp_path):
    drawn = tmp_path / "label.png"
    assert label(shop, FLOUR, "--picture", drawn)[0] == 0
    assert drawn.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((FLOUR,), "devices.label_printer"),
        (("nothing",), "not known here"),
        ((FLOUR, "--weight-g", "12"), "sold by the piece"),
        ((FLOUR, "--picture", "/nowhere/label.png"), "No such file"),
    ],
)
def test_what_cannot_be_done_is_said(shop, arguments, said):
    code, words = label(shop, *arguments)
    assert (code, said in words, "Traceback" in words) == (1, True, False), words


def test_the_simulators_are_whole_devices_for_any_program(tmp_path):
    tag = {"gtin": FLOUR, "serial": 7}
    with SimulatorProcess("", "tcp:127.0.0.1:0", tmp_path, device="rfid") as field:
        (epc,) = field.turn("put", **tag)["placed"]
        reader = LlrpReader(open_transport(field.ready["address"], {}))
        reader.open(5)
        late = LlrpReader(open_transport(field.ready["address"], {}))
        assert late.open(5).reasons == ("busy",)
        assert [one.epc for one in reader.inventory(2, 60)] == [epc]
        reader.close()
        late.close()
        assert field.close() == 0
    with SimulatorProcess("", "pty:", tmp_path, device="label") as line:
        assert line.ready["address"].startswith("serial:/dev/pts/")
        printer = ZplPrinter(open_transport(line.ready["address"], {}))
        text = Label(456, 256, (Text(9, 9, 30, "line"),))
        assert printer.print_labels(text, 1, 10) is Printed.PRINTED
