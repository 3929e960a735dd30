"""What stands where: settings, what is plugged in and what was adopted, compared in tables."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.discovery import Discovered
from terminal.core.state import AdoptedDevice
from terminal.device_settings import Devices
from terminal.devices.adoption import Given, Stand, survey, unit_name
from terminal.devices.hub import Hub
from terminal.devices.page import make_page, surveyed
from terminal.devices.roles import addresses, may_be_a_line, refusal, roles

PRINTER = Discovered(
    "usblp", "/dev/usb/lp0", 0x04B8, 0x0E28, "X1", "", "EPSON", "TM-T20III", ("printer",)
)
OTHER_PRINTER = replace(PRINTER, node="/dev/usb/lp1", serial="X2")
NAMELESS = replace(PRINTER, serial="")
LABELS = replace(PRINTER, node="/dev/usb/lp2", vendor=0x0A5F, serial="Z1", roles=("label_printer",))
WEDGE = Discovered(
    "evdev", "/dev/input/event4", 0x05E0, 0x1200, "", "usb-1.2/input0", "", "Scanner", ("scanner",)
)
LINE = Discovered("serial", "/dev/ttyUSB0", 0x0403, 0x6001, "A5", "", "FTDI", "FT232R")
AS_X1 = AdoptedDevice("usblp:04b8:0e28/X1", "EPSON", "TM-T20III", "X1")
AS_NAMELESS = AdoptedDevice("usblp:04b8:0e28", "EPSON", "TM-T20III", "")


@pytest.mark.parametrize(
    ("address", "plugged", "adopted", "stand", "offered"),
    [
        # nothing configured means simulated; nothing plugged in, nothing offered
        ("sim:printer", [], None, Stand.SIMULATED, []),
        ("", [], None, Stand.NONE, []),
        # a device that could serve is offered, and not taken
        ("sim:printer", [PRINTER], None, Stand.SIMULATED, ["usblp:04b8:0e28/X1"]),
        ("", [PRINTER], None, Stand.NONE, ["usblp:04b8:0e28/X1"]),
        ("sim:printer", [LABELS, WEDGE, LINE], None, Stand.SIMULATED, []),
        # cut between the journal and the settings: it is offered again
        ("sim:printer", [PRINTER], AS_X1, Stand.SIMULATED, ["usblp:04b8:0e28/X1"]),
        # adopted and present, adopted and away
        (AS_X1.address, [PRINTER], AS_X1, Stand.PRESENT, []),
        (AS_X1.address, [PRINTER, OTHER_PRINTER], AS_X1, Stand.PRESENT, []),
        (AS_X1.address, [], AS_X1, Stand.AWAY, []),
        (AS_X1.address, [LINE, WEDGE], AS_X1, Stand.AWAY, []),
        # set by hand and never adopted: the technician has said so
        (AS_X1.address, [PRINTER], None, Stand.PRESENT, []),
        ("usblp:04b8:0e28", [PRINTER], None, Stand.PRESENT, []),
        # another unit of the same model asks again
        (AS_X1.address, [OTHER_PRINTER], AS_X1, Stand.ANOTHER, ["usblp:04b8:0e28/X2"]),
        ("usblp:04b8:0e28", [PRINTER], AS_NAMELESS, Stand.ANOTHER, ["usblp:04b8:0e28/X1"]),
        ("usblp:04b8:0e28", [NAMELESS], AS_NAMELESS, Stand.PRESENT, []),
        # another model where the adopted one is away
        (
            "usblp:04b8:0202/OLD",
            [PRINTER],
            AdoptedDevice("usblp:04b8:0202/OLD"),
            Stand.AWAY,
            ["usblp:04b8:0e28/X1"],
        ),
        # addresses of which no plug tells
        ("tcp:10.0.0.9:9100", [PRINTER], None, Stand.BY_HAND, []),
        ("usblp:/dev/usb/lp9", [PRINTER], None, Stand.BY_HAND, []),
        ("usblp:/dev/usb/lp0", [PRINTER], None, Stand.PRESENT, []),
    ],
)
def test_where_the_printer_stands(address, plugged, adopted, stand, offered):
    known = {} if adopted is None else {"printer": adopted}
    found = survey(Given({"printer": address}, plugged, known))
    place = found.place("printer")
    assert place is not None
    assert (place.stand, [offer.address for offer in place.offers]) == (stand, offered)
    assert all(offer.another == (stand is Stand.ANOTHER) for offer in place.offers)


@pytest.mark.parametrize(
    ("scanner", "scale", "unknown"),
    [
        ("sim:scanner", "sim:scale", ["serial:0403:6001/A5"]),
        ("serial:0403:6001/A5", "sim:scale", []),
        ("sim:scanner", "serial:0403:6001/A5?baud=9600&format=7E1", []),
        ("serial:/dev/ttyUSB0", "sim:scale", []),
        # the scale's adapter was replaced by another of its model: asked for the scale alone
        ("sim:scanner", "serial:0403:6001/B7", []),
    ],
)
def test_behind_a_serial_line_only_a_person_can_tell(scanner, scale, unknown):
    found = survey(Given({"scanner": scanner, "scale": scale}, [LINE]))
    assert [offer.address for offer in found.unknown] == unknown
    assert all(not offer.role for offer in found.unknown)
    if not unknown:
        assert {p.stand for p in found.places} & {Stand.PRESENT, Stand.ANOTHER}


def test_a_scanner_at_another_port_asks_again():
    """Without a serial number the port stands for the unit."""
    adopted = AdoptedDevice(WEDGE.address, "", "Scanner", "")
    moved = replace(WEDGE, port="usb-1.3/input0")
    for device, stand in ((WEDGE, Stand.PRESENT), (moved, Stand.ANOTHER)):
        found = survey(Given({"scanner": WEDGE.address}, [device], {"scanner": adopted}))
        assert found.places[0].stand is stand


def test_what_is_not_wanted_now_is_not_offered_and_nothing_serves_two_roles():
    both = {"printer": "sim:printer", "label": ""}
    given_ = Given(both, [PRINTER, LABELS], settings={"label": "label_printer"})
    offers = [offer.address for place in survey(given_).places for offer in place.offers]
    assert offers == [PRINTER.address, LABELS.address]
    declined = replace(given_, declined=frozenset({PRINTER.address, LINE.address}))
    found = survey(replace(declined, plugged=[PRINTER, LABELS, LINE]))
    assert [len(place.offers) for place in found.places] == [0, 1]
    assert found.unknown == ()
    used = replace(given_, addresses={"printer": "sim:printer", "label": PRINTER.address})
    assert survey(used).places[0].offers == ()


devices = st.sampled_from([PRINTER, OTHER_PRINTER, NAMELESS, LABELS, WEDGE, LINE])


@given(
    st.lists(devices, max_size=6),
    st.dictionaries(
        st.sampled_from(["printer", "scanner", "scale"]),
        st.sampled_from(["", "sim:x", AS_X1.address, "usblp:04b8:0e28", LINE.address, "nonsense"]),
    ),
    st.dictionaries(st.sampled_from(["printer", "scanner"]), st.sampled_from([AS_X1, AS_NAMELESS])),
)
def test_a_survey_never_adopts_and_offers_only_what_is_there(plugged, wanted, adopted):
    found = survey(Given(wanted, plugged, adopted))
    assert {place.role: place.address for place in found.places} == wanted
    there = {device.address for device in plugged}
    offers = [*found.unknown, *(offer for place in found.places for offer in place.offers)]
    assert {offer.address for offer in offers} <= there
    served = {p.address for p in found.places if p.stand is Stand.PRESENT}
    assert not served & {offer.address for offer in found.unknown}


# --- the roles ------------------------------------------------------------------------------------


def test_every_role_of_the_hub_has_its_setting_and_appears_by_itself():
    by_role = roles()
    assert set(Hub.addresses(Devices())) <= set(by_role)
    assert by_role["printer"] == "receipt_printer"
    assert by_role["cash"] == "cash_machine"
    assert set(by_role.values()) <= {one.name for one in fields(Devices)}
    assert set(addresses(Devices())) == set(by_role)
    page = make_page(Devices(), surveyed(Devices(), [], {}), {})
    assert [line.role for line in page.lines] == list(by_role)


@pytest.mark.parametrize(
    ("role", "address", "said"),
    [
        ("scanner", "hidraw:0c2e:0b61", ""),
        ("scanner", "serial:/dev/pts/3", ""),
        ("scanner", "sim:scanner", "no device"),
        ("scanner", "trace:file", "no device"),
        ("scanner", "carrier:pigeon", "an address like"),
        ("scanner", "hidraw:0c2e", "VID:PID"),
        ("cash", "serial:/dev/pts/3", "an address like"),
        ("cash", "tcp:10.0.0.8:443", ""),
    ],
)
def test_an_address_is_refused_in_words(role, address, said):
    assert said in refusal(role, address)
    assert bool(said) == bool(refusal(role, address))


def test_a_line_may_be_a_scanner_or_a_scale_but_no_drawer_and_no_cash_machine():
    assert {role for role in roles() if may_be_a_line(role)} >= {"scanner", "scale", "poi"}
    assert not any(may_be_a_line(role) for role in ("drawer", "cash"))


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("EPSON", "TM-T20III", "X1"), "EPSON TM-T20III · X1"),
        (("Honeywell", "Honeywell Voyager", ""), "Honeywell Voyager"),
        (("", "", "X1"), "X1"),
        (("", "", ""), ""),
    ],
)
def test_what_people_call_a_unit(parts, name):
    assert unit_name(*parts) == name
