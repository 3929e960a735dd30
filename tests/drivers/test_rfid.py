"""The RFID reader: EPCs, LLRP, the driver against its simulator (CHK-04)."""

from __future__ import annotations

import contextlib
import os
import random
import struct
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.base import Health
from drivers.errors import (
    DeviceFault,
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    TransportError,
)
from drivers.rfid import llrp_messages as llrp
from drivers.rfid import reader_side as reader_says
from drivers.rfid.base import MAX_TAGS, Sighting
from drivers.rfid.epc import decode_sgtin
from drivers.rfid.inventory import Inventory
from drivers.rfid.llrp_reader import KEEP_ALIVE_MS, LlrpReader
from drivers.rfid.llrp_wire import Frame, FrameReader, Message, parameters, tlv, tv
from drivers.rfid.simulator import RfidSimulator
from drivers.simulation import UnknownAction
from drivers.transports.instant import InstantTransport, WaitingClock
from drivers.transports.scripted import RecordedTransport, ScriptedTransport

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
GTIN = "3270190128724"

# --- inventory ------------------------------------------------------------------------------------


def test_a_tag_counts_once_however_often_it_is_seen():
    """CHK-04: de-duplicated by EPC."""
    inventory = Inventory()
    inventory.see([Sighting("B", 1, -60, 2, 100, 300), Sighting("A", 1, -50)])
    inventory.see([Sighting("B", 2, -40, 3, 50, 200), Sighting("B")])
    a, b = inventory.tags
    assert (a.epc, a.count, a.rssi_dbm) == ("A", 1, -50)
    assert (b.epc, b.count, b.rssi_dbm, b.antennas) == ("B", 6, -40, (1, 2))
    assert (b.first_us, b.last_us) == (50, 300)


def test_an_inventory_is_bounded():
    inventory = Inventory()
    inventory.see(Sighting(f"{n:06X}") for n in range(MAX_TAGS + 5))
    assert (len(inventory.tags), inventory.overflowed) == (MAX_TAGS, 5)


# --- the wire -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "frame"),
    [
        pytest.param(
            bytes.fromhex("0401 0000000b 00000001 00"),
            Frame(1, Message.GET_READER_CAPABILITIES, 1, b"\0"),
            id="from the standard: version 1, type 1",
        ),
        pytest.param(
            bytes.fromhex("043e 0000000a 12345678"),
            Frame(1, Message.KEEPALIVE, 0x12345678),
            id="keep-alive",
        ),
        pytest.param(
            bytes.fromhex("0848 0000000a 00000002"),
            Frame(2, Message.KEEPALIVE_ACK, 2),
            id="LLRP 1.1",
        ),
    ],
)
def test_a_message_is_what_the_standard_says(raw, frame):
    assert frame.spell() == raw
    assert FrameReader().receive(raw) == [frame]


FRAMES = st.builds(
    Frame,
    st.integers(1, 2),
    st.integers(0, 1023),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=60),
)


@given(st.lists(FRAMES, max_size=5), st.lists(st.integers(0, 10**6), max_size=12))
def test_messages_split_and_merged_are_the_same(frames, cuts):
    """C6."""
    raw = b"".join(frame.spell() for frame in frames)
    places = sorted({0, len(raw), *(cut % (len(raw) + 1) for cut in cuts)})
    reader = FrameReader()
    assert [one for a, b in pairwise(places) for one in reader.receive(raw[a:b])] == frames


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("1c01 0000000a 00000001", id="version 7"),
        pytest.param("8401 0000000a 00000001", id="a reserved bit"),
        pytest.param("0401 00000009 00000001", id="too short"),
        pytest.param("0401 ffffffff 00000001", id="too long"),
    ],
)
def test_what_is_no_llrp_is_refused_at_its_head(raw):
    with pytest.raises(RemoteProtocolError):
        FrameReader().receive(bytes.fromhex(raw))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\x00", id="half a head"),
        pytest.param(b"\x01\x1f\x00\x03", id="length below its head"),
        pytest.param(b"\x01\x1f\x00\x20\x00", id="leads out of the message"),
        pytest.param(b"\xff\x00", id="a TV type that is not known"),
        pytest.param(b"\x8d\x30\x34", id="a TV value that is cut"),
    ],
)
def test_a_parameter_that_leads_astray_is_refused(raw):
    with pytest.raises(RemoteProtocolError):
        list(parameters(raw))


@given(st.binary(max_size=200))
@example(tlv(240, tlv(241, struct.pack(">H", 96) + b"\1")))
@example(tlv(240))
def test_no_report_crashes_the_client(body):
    understood = []
    for parse in (llrp.parse_report, llrp.parse_event, llrp.parse_capabilities):
        with contextlib.suppress(RemoteProtocolError):
            understood.append(parse(body))
    assert len(understood) <= 3


def test_tags_are_read_in_both_forms_of_an_epc():
    """EPC-96 as TV 13, longer ones as EPCData (section 16.2.7.3)."""
    short = tlv(240, tv(13, bytes(range(12))) + tv(1, b"\0\3") + tv(6, b"\xc4") + tv(8, b"\0\7"))
    long = tlv(240, tlv(241, struct.pack(">H", 128) + bytes(16)) + tlv(1023, b"vendor"))
    assert llrp.parse_report(short + long) == [
        Sighting("000102030405060708090A0B", 3, -60, 7),
        Sighting("00" * 16),
    ]


def test_megabytes_of_noise_leave_memory_flat():
    """C5: ten where all is explored; every connection ends at the first nonsense."""
    noise = random.Random(9).randbytes(10_000_000 if FULL else 1_000_000)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for at in range(0, len(noise), 4096):
        reader = FrameReader()
        try:
            reader.receive(b"\x04" + noise[at : at + 4096])
        except RemoteProtocolError:
            continue
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - before < 2_000_000


# --- the driver and its simulator -----------------------------------------------------------------


@pytest.fixture
def clock():
    return WaitingClock()


@pytest.fixture
def field(clock):
    return RfidSimulator(monotonic=clock)


@pytest.fixture
def reader(field, clock):
    return LlrpReader(InstantTransport(field.connect(), clock), monotonic=clock)


def test_the_conversation_of_an_inventory():
    """The order of LLRP 1.0.1, section 6: greeting, capabilities, ROSpec, report, end."""
    status, ident = reader_says.status(), llrp.rospec_ident
    greeting = reader_says.event(5, reader_says.connection_attempt(reader_says.CONNECTED))
    tag = tlv(240, tv(13, bytes(12)))
    ended = reader_says.event(9, reader_says.rospec_event(reader_says.ENDED, 1))

    def asks(kind, number, body=b"", version=1):
        return Frame(version, kind, number, body).spell()

    transport = ScriptedTransport(
        [
            (b"", asks(Message.READER_EVENT_NOTIFICATION, 0, greeting)),
            (asks(1, 1, b"\0"), asks(11, 1, status + reader_says.capabilities())),
            (asks(21, 2, ident(0)), asks(31, 2, status)),
            (asks(3, 3, llrp.set_config(KEEP_ALIVE_MS)), asks(13, 3, status)),
            (asks(20, 4, llrp.add_rospec(500)), asks(30, 4, status)),
            (asks(24, 5, ident(1)), asks(34, 5, status)),
            (
                asks(22, 6, ident(1)),
                asks(32, 6, status) + asks(61, 9, tag) + asks(63, 10, ended),
            ),
            (asks(14, 7), b""),
        ]
    )
    reader = LlrpReader(transport)
    assert reader.open(5).detail == "1 reprise-sim 1"
    assert [tag.epc for tag in reader.inventory(0.5, 5)] == ["00" * 12]
    reader.close()
    transport.finish()


def test_everything_on_the_tray_is_read_once(field, reader):
    """CHK-04."""
    placed = field.control("put", gtin=GTIN, count=30)["placed"]
    reader.open(5)
    tags = reader.inventory(1, 10)
    assert [tag.epc for tag in tags] == sorted(placed)
    assert {decode_sgtin(tag.epc).gtin for tag in tags} == {f"0{GTIN}"}
    assert all(tag.count > 1 and tag.rssi_dbm < 0 for tag in tags)


def test_three_hundred_tags_come_in_several_reports(field, reader):
    placed = field.control("put", gtin=GTIN, count=300)["placed"]
    reader.open(5)
    assert len(reader.inventory(1, 10)) == len(placed)


def test_the_tray_is_read_again_with_what_was_put_and_taken(field, reader):
    first, second = field.control("put", gtin=GTIN, count=2)["placed"]
    reader.open(5)
    assert len(reader.inventory(0.5, 10)) == 2
    field.control("remove", epc=first)
    field.control("noise", count=3)
    tags = reader.inventory(0.5, 10)
    assert second in {tag.epc for tag in tags}
    assert len(tags) == 4
    field.control("clear")
    assert reader.inventory(2, 10) == ()


def test_misses_are_made_good_by_reading_longer(field, reader):
    field.control("put", gtin=GTIN, count=40)
    field.control("miss", percent=80)
    reader.open(5)
    assert len(reader.inventory(5, 20)) == 40
    field.control("miss", percent=100)
    assert reader.inventory(1, 10) == ()


def test_a_second_client_is_told_that_it_comes_too_late(field, reader, clock):
    reader.open(5)
    late = LlrpReader(InstantTransport(field.connect(), clock), monotonic=clock)
    said = late.open(5)
    assert (said.health, said.reasons) == (Health.ABSENT, ("busy",))
    assert reader.poll(1).health is Health.READY
    reader.close()
    assert late.open(5).health is Health.READY


@pytest.mark.parametrize("version", [0, 3, 7])
def test_another_version_is_refused(field, reader, version):
    field.control("version", number=version)
    with pytest.raises(RemoteProtocolError):
        reader.open(5)


def test_llrp_1_1_is_spoken_to_a_reader_that_greets_so(field, reader):
    field.control("version", number=2)
    field.control("put", gtin=GTIN)
    reader.open(5)
    assert len(reader.inventory(0.5, 10)) == 1


def test_a_reader_that_falls_silent_is_absent(field, reader, clock):
    """Nothing is answered, although the socket is as open as before."""
    reader.open(5)
    clock.now_s += 30
    assert reader.poll(1).health is Health.READY  # keep-alives came, and are acknowledged now
    field.control("hang", on=True)
    said = reader.poll(1)
    assert (said.health, said.reasons) == (Health.ABSENT, ("no_answer",))
    with pytest.raises(TransportError):
        reader.open(2)
    field.control("hang", on=False)
    assert reader.open(5).health is Health.READY


def test_an_inventory_of_a_hung_reader_ends_by_its_deadline(field, reader):
    reader.open(5)
    field.control("hang", on=True)
    with pytest.raises(TransportError):
        reader.inventory(1, 3)
    assert reader.poll(1).health is Health.ABSENT


def test_an_antenna_pulled_out_is_said(field, reader):
    field.control("put", gtin=GTIN)
    reader.open(5)
    field.control("antenna", on=False)
    assert reader.poll(1).reasons == ("antenna_off",)
    assert reader.inventory(0.5, 10) == ()
    field.control("antenna", on=True)
    assert reader.poll(1).health is Health.READY
    assert len(reader.inventory(0.5, 10)) == 1


def test_a_cable_pulled_anywhere_is_an_error_and_reading_again_is_harmless(clock):
    """C3 and C4, at every byte of a whole conversation."""
    field = RfidSimulator(monotonic=clock)
    field.control("put", gtin=GTIN, count=2)
    reader = LlrpReader(InstantTransport(field.connect(), clock), monotonic=clock)
    for at in range(0, 250, 1 if FULL else 3):
        field.control("unplug_after", bytes=at)
        try:
            reader.open(2)
            assert len(reader.inventory(0.2, 2)) == 2
        except (TransportError, ProtocolError):
            assert not field.look()["plugged"]
        field.control("plug")
        assert reader.open(2).health is Health.READY
        assert len(reader.inventory(0.2, 2)) == 2
        reader.close()


def test_a_refusal_of_the_reader_is_said_in_its_words():
    with pytest.raises(DeviceFault, match="401 the antenna port is broken"):
        llrp.check_status(
            Message.START_ROSPEC, reader_says.status(401, "the antenna port is broken")
        )


@pytest.mark.parametrize("duration_s", [0, -1, 31])
def test_a_reading_has_a_length(reader, duration_s):
    with pytest.raises(LocalProtocolError):
        reader.inventory(duration_s, 5)


def test_a_stranger_on_the_port_is_no_reader():
    banner = RecordedTransport([b"SSH-2.0-OpenSSH_9.2p1\r\n"])
    with pytest.raises(RemoteProtocolError):
        LlrpReader(banner).open(0.1)


@given(st.lists(st.binary(max_size=60), max_size=6), st.integers(0, 1023))
def test_nothing_that_a_client_says_crashes_the_reader(bodies, kind):
    field = RfidSimulator()
    wire = field.connect()
    wire.open(1)
    for number, body in enumerate(bodies):
        wire.write(Frame(1, kind, number, body).spell(), 1)
    assert field.look()["connected"]


@pytest.mark.parametrize(
    ("knob", "parameters"),
    [
        ("put", {"gtin": "124"}),
        ("put", {"epc": "30"}),
        ("put", {"epc": "zz"}),
        ("put", {"gtin": GTIN, "count": 0}),
        ("remove", {"epc": "ABCD"}),
        ("miss", {"percent": 101}),
        ("version", {"number": 8}),
    ],
)
def test_a_knob_that_does_not_turn_says_why(field, knob, parameters):
    with pytest.raises(UnknownAction):
        field.control(knob, **parameters)
