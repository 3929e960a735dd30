"""Transports: addresses, deadlines, and how many bytes had left when something went wrong."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from drivers.discovery import UsbName
from drivers.errors import DriverError, LocalProtocolError, TransportTimeout, Unplugged
from drivers.simulation import SimulatedDevice
from drivers.transports.address import (
    BadAddress,
    EvdevAddress,
    GpioAddress,
    HidrawAddress,
    SerialAddress,
    SimAddress,
    TcpAddress,
    UsblpAddress,
    driver_options,
    open_transport,
    parse_address,
)
from drivers.transports.scripted import RecordedTransport, ScriptedTransport, ScriptMismatch
from drivers.transports.serial import SerialTransport
from drivers.transports.tcp import TcpTransport


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("sim:printer", SimAddress("printer")),
        ("tcp:10.0.0.9:9100", TcpAddress("10.0.0.9", 9100)),
        ("tcp://poi.local:20007", TcpAddress("poi.local", 20007)),
        ("tcp:[::1]:9100", TcpAddress("::1", 9100)),
        ("serial:/dev/ttyACM0", SerialAddress("/dev/ttyACM0", 9600, "8N1")),
        ("serial:/dev/pos/x?baud=115200&format=7e1", SerialAddress("/dev/pos/x", 115200, "7E1")),
        ("serial:/dev/serial/by-id/usb-X_1-if00", SerialAddress("/dev/serial/by-id/usb-X_1-if00")),
        ("serial:0403:6001/A1?baud=1200", SerialAddress(UsbName(0x0403, 0x6001, "A1"), 1200)),
        ("usblp:/dev/usb/lp0", UsblpAddress("/dev/usb/lp0")),
        ("usblp:04b8:0E28", UsblpAddress(UsbName(0x04B8, 0x0E28))),
        ("usblp:04b8:0e28/SIM%3F1?profile=tm-t20iii", UsblpAddress(UsbName(0x4B8, 0xE28, "SIM?1"))),
        ("hidraw:0c2e:0b61", HidrawAddress(UsbName(0x0C2E, 0x0B61))),
        (
            "evdev:05e0:1200/usb-0000:01:00.0-1.2/input0?layout=fr",
            EvdevAddress(UsbName(0x05E0, 0x1200, "usb-0000:01:00.0-1.2/input0")),
        ),
        ("gpio:17?active_low=1&pull=up", GpioAddress((17,), active_low=True, pull="up")),
        ("gpio:17,27,22", GpioAddress((17, 27, 22))),
        ("sim:printer?model=tm-t20iii", SimAddress("printer")),
    ],
)
def test_an_address_is_understood(url, address):
    assert parse_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "printer",
        "sim:",
        "sim:../x",
        "usb:1",
        "tcp:host",
        "tcp::9100",
        "tcp:host:0",
        "tcp:host:65536",
        "tcp:host:٣",
        "serial:ttyS0",
        "serial:/dev/x?baud=1",
        "serial:/dev/x?baud=",
        "serial:/dev/x?format=9Z9",
        "serial:/dev/x?parity=even",
        "serial:/dev/x?baud=9600&baud=1200",
        "serial:04b8",
        "usblp:lp0",
        "usblp:04b8:e28",
        "usblp:04b8:0e28/",
        "hidraw:/tmp/x",
        "evdev:05e0:1200?grab=0",
        "gpio:",
        "gpio:28",
        "gpio:-1",
        "gpio:17,",
        "gpio:17,17",
        "gpio:0,1,2,3,4,5,6,7,8",
        "gpio:17?pull=sideways",
        "gpio:17?active_low=yes",
        "sim:printer?colour=red",
        "tcp:10.0.0.9:9100?baud=9600",
        "trace:/no/such/file",
        "scripted:/no/such/file",
    ],
)
def test_an_address_is_refused_rather_than_guessed(url):
    with pytest.raises(BadAddress):
        parse_address(url)


def test_options_of_a_driver_are_handed_out_and_those_of_the_way_are_not():
    layouts = {"layout": ("us", "fr")}
    assert driver_options("evdev:05e0:1200?layout=fr", layouts) == {"layout": "fr"}
    assert driver_options("serial:/dev/x?baud=1200", layouts) == {}
    assert driver_options("tcp:10.0.0.9:9100?profile=mine", {"profile": ()}) == {"profile": "mine"}


@pytest.mark.parametrize(
    ("url", "known", "sentence"),
    [
        ("evdev:05e0:1200?layout=xx", {"layout": ("us", "fr")}, "'xx' must be one of fr, us"),
        ("tcp:h:9100?layout=fr", {"profile": ()}, "no option 'layout'; it has profile"),
        ("tcp:h:9100?layout=fr", {}, "no option 'layout'; it has none"),
        ("tcp:h:9100?profile=", {"profile": ()}, "must be not empty"),
        ("tcp:h:9100?colour=red", {"profile": ()}, "tcp has no option 'colour'"),
        ("tcp:h", {}, "HOST:PORT"),
    ],
)
def test_options_that_a_driver_does_not_have_are_refused(url, known, sentence):
    with pytest.raises(BadAddress, match=sentence):
        driver_options(url, known)


def test_no_transport_leads_to_a_pin():
    with pytest.raises(BadAddress, match="a pin has no bytes"):
        open_transport("gpio:17", {})


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("usblp:04b8:0e28", "UsblpTransport"),
        ("hidraw:/dev/hidraw0", "HidrawTransport"),
        ("evdev:05e0:1200", "EvdevTransport"),
        ("serial:0403:6001", "SerialTransport"),
        ("tcp:10.0.0.9:9100", "TcpTransport"),
    ],
)
def test_each_address_has_its_transport(url, kind):
    assert type(open_transport(url, {})).__name__ == kind


def test_a_written_exchange_is_played_or_compared(tmp_path):
    path = tmp_path / "printer.txt"
    path.write_text("reprise-exchange 1\n> 10 04 01\n< 16  # ready\n")
    played = open_transport(f"trace:{path}", {})
    played.open(1)
    played.write(b"abc", 1)
    assert played.read(10, 1) == b"\x16"
    assert played.read(10, 0) == b""
    played.close()
    compared = open_transport(f"scripted:{path}", {})
    compared.open(1)
    with pytest.raises(ScriptMismatch, match="wrote 61, the script has 10"):
        compared.write(b"abc", 1)


def test_a_file_that_is_no_exchange_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("reprise-exchange 1\n> 10\n< 1\n")
    with pytest.raises(BadAddress, match=r"x\.txt, line 3: bytes are pairs"):
        open_transport(f"trace:{path}", {})


def test_close_wakes_a_reader_of_a_recording(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("reprise-exchange 1\n")
    transport = open_transport(f"trace:{path}", {})
    transport.open(1)
    thread, errors = _reader(transport)
    transport.close()
    thread.join(60)
    assert [type(error) for error in errors] == [Unplugged]


class Reports(SimulatedDevice):
    keeps_borders = True


def test_a_simulated_device_with_reports_keeps_their_borders():
    device = Reports()
    wire = device.connect()
    wire.open(1)
    with device.changed:
        for report in (b"abc", b"d", bytes(70_000), b"ef"):
            device._say(report)
    assert [wire.read(64, 0) for _ in range(4)] == [b"abc", b"d", b"ef", b""]
    with device.changed:
        device._say(b"abc")
    with pytest.raises(LocalProtocolError):
        wire.read(2, 0)


def test_a_simulator_that_is_not_there_is_refused(bench):
    with pytest.raises(BadAddress, match="teapot"):
        open_transport("sim:teapot", bench.simulators)


def test_every_device_of_the_bench_can_be_named(bench):
    assert {
        open_transport(f"sim:{name}", bench.simulators) is not None for name in bench.simulators
    } == {True}


def test_tcp_says_how_many_bytes_left_when_the_peer_takes_no_more():
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = TcpTransport(*server.getsockname())
        transport.open(1)
        with pytest.raises(TransportTimeout) as caught:
            transport.write(bytes(50_000_000), 0.05)
        assert 0 < caught.value.bytes_sent < 50_000_000
        transport.close()


def test_tcp_refused_is_unplugged():
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
    with pytest.raises(Unplugged):
        TcpTransport(host, port).open(1)


def test_tcp_closed_by_the_peer_is_unplugged_and_what_came_before_is_read():
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = TcpTransport(*server.getsockname())
        transport.open(1)
        peer, _ = server.accept()
        peer.sendall(b"bye")
        peer.close()
        assert transport.read(10, 1) == b"bye"
        with pytest.raises(Unplugged):
            transport.read(10, 1)
        with pytest.raises(Unplugged) as caught:
            transport.write(b"x", 1)
        assert caught.value.bytes_sent == 0


def _reader(transport):
    """Read in a thread; returns the thread and the list that gets the error."""
    errors = []

    def read():
        try:
            transport.read(10, 30)
        except DriverError as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    return thread, errors


@pytest.mark.parametrize("name", ["printer", "scanner", "poi"])
def test_close_from_another_thread_wakes_a_reader(wire_to, name):
    transport = wire_to(name)
    transport.open(1)
    thread, errors = _reader(transport)
    transport.close()
    thread.join(60)
    assert not thread.is_alive()
    assert [type(error) for error in errors] == [Unplugged]


def test_serial_carries_bytes_both_ways_and_notices_the_end():
    master, slave = os.openpty()
    transport = SerialTransport(os.ttyname(slave), 115200)
    transport.open(1)
    os.close(slave)
    transport.write(b"\x10\x04\x01", 1)
    assert os.read(master, 10) == b"\x10\x04\x01"
    os.write(master, b"\x12")
    assert transport.read(10, 1) == b"\x12"
    assert transport.read(10, 0.01) == b""
    os.close(master)
    with pytest.raises(Unplugged):
        transport.read(10, 1)
    transport.close()
    transport.close()


def test_serial_says_how_many_bytes_left_when_the_line_is_full():
    master, slave = os.openpty()
    transport = SerialTransport(os.ttyname(slave))
    transport.open(1)
    with pytest.raises(TransportTimeout) as caught:
        transport.write(bytes(1_000_000), 0.05)
    assert 0 < caught.value.bytes_sent < 1_000_000
    transport.close()
    os.close(slave)
    os.close(master)


def test_serial_that_is_not_there_is_unplugged():
    with pytest.raises(Unplugged):
        SerialTransport("/dev/no-such-line").open(1)


def test_a_script_that_is_followed_passes():
    script = ScriptedTransport([(b"", b"hi"), (b"ab", b"12"), (b"c", b"")])
    script.open(1)
    assert script.read(10, 1) == b"hi"
    script.write(b"a", 1)
    script.write(b"b", 1)
    assert script.read(1, 1) + script.read(10, 1) == b"12"
    script.write(b"c", 1)
    script.finish()


@pytest.mark.parametrize(
    ("writes", "reads", "sentence"),
    [
        (b"ax", 0, "step 0, byte 1: wrote 78, the script has 62"),
        (b"a", 0, "step 0 was not finished: 62 missing"),
        (b"ab", 0, "31 32 was never read"),
        (b"ab", 2, "steps from 1 on were never reached"),
        (b"abc", 0, "wrote step 1 before reading 31 32"),
    ],
)
def test_every_way_of_leaving_a_script_has_its_sentence(writes, reads, sentence):
    script = ScriptedTransport([(b"ab", b"12"), (b"c", b"")])
    script.open(1)

    def play():
        for byte in writes:
            script.write(bytes([byte]), 1)
        for _ in range(reads):
            script.read(1, 1)
        script.finish()

    with pytest.raises(ScriptMismatch, match=sentence):
        play()


def test_a_script_ends():
    script = ScriptedTransport([(b"a", b"")])
    script.open(1)
    script.write(b"a", 1)
    with pytest.raises(ScriptMismatch, match="after the end"):
        script.write(b"b", 1)


def test_a_recording_plays_its_pieces():
    recording = RecordedTransport([b"abc", b"d"])
    recording.open(1)
    assert [recording.read(2, 1) for _ in range(4)] == [b"ab", b"c", b"d", b""]
