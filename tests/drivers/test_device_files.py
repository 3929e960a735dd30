"""Transports over device files: usblp, hidraw, evdev, serial; deadlines, hang-ups, claims, leaks.

Sockets and FIFOs stand in for the kernel's devices: what counts here is the file descriptor.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.discovery import UsbName
from drivers.errors import (
    Claimed,
    DriverError,
    LocalProtocolError,
    Locus,
    TransportTimeout,
    Unplugged,
)
from drivers.transports import descriptor as descriptors
from drivers.transports.descriptor import DescriptorTransport
from drivers.transports.evdev import RECORD, EvdevTransport
from drivers.transports.hidraw import HidrawTransport
from drivers.transports.serial import SerialTransport
from drivers.transports.usblp import UsblpTransport

KINDS = [UsblpTransport, HidrawTransport, DescriptorTransport]


class Plug:
    """A transport whose device file is one end of a socket pair; ``device`` is the other."""

    def __init__(self, kind, monkeypatch, sort=socket.SOCK_SEQPACKET):
        self.ours, self.device = socket.socketpair(socket.AF_UNIX, sort)

        def opened(path):
            return os.dup(self.ours.fileno())

        if kind is EvdevTransport:
            self.transport = EvdevTransport("/dev/input/event0", opened=opened)
        else:
            monkeypatch.setattr(descriptors, "open_claimed", opened)
            self.transport = kind("/dev/usb/lp0")
        self.transport.open(1)

    def unplug(self):
        self.device.close()

    def close(self):
        self.transport.close()
        self.ours.close()
        self.device.close()


@pytest.fixture
def plug(monkeypatch):
    plugs = []

    def make(kind, sort=socket.SOCK_SEQPACKET):
        plugs.append(Plug(kind, monkeypatch, sort))
        return plugs[-1]

    yield make
    for one in plugs:
        one.close()


def event(kind, code, value, at_us=0):
    return struct.pack("llHHi", 0, at_us, kind, code, value)


# --- reading and writing --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_go_both_ways_and_silence_ends_at_the_deadline(plug, kind):
    wire = plug(kind)
    wire.transport.write(b"\x10\x04\x01", 1)
    assert wire.device.recv(10) == b"\x10\x04\x01"
    wire.device.send(b"\x16")
    assert wire.transport.read(64, 1) == b"\x16"
    assert wire.transport.read(64, 0.01) == b""
    assert wire.transport.read(64, 0) == b""


@pytest.mark.parametrize("kind", [UsblpTransport, HidrawTransport, EvdevTransport])
def test_what_was_said_before_the_plug_was_pulled_is_read_first(plug, kind):
    wire = plug(kind)
    wire.device.send(event(1, 2, 1))
    wire.unplug()
    assert wire.transport.read(64, 1) == event(1, 2, 1)
    with pytest.raises(Unplugged) as caught:
        wire.transport.read(64, 1)
    assert caught.value.locus is Locus.INPUT
    assert caught.value.retryable


@pytest.mark.parametrize("kind", KINDS)
def test_a_pulled_plug_is_noticed_while_waiting(plug, kind):
    wire = plug(kind)
    thread, errors = _reader(wire.transport)
    wire.unplug()
    thread.join(60)
    assert [type(error) for error in errors] == [Unplugged]


@pytest.mark.parametrize("kind", KINDS)
def test_writing_to_a_device_that_is_gone_says_that_nothing_left(plug, kind):
    wire = plug(kind)
    wire.unplug()
    with pytest.raises(Unplugged) as caught:
        wire.transport.write(b"x", 1)
    assert caught.value.bytes_sent == 0
    assert not caught.value.maybe_done


def test_a_printer_that_takes_no_more_says_how_many_bytes_left(plug):
    """A short write is counted, EAGAIN waits until the deadline, and both are told."""
    wire = plug(UsblpTransport, socket.SOCK_STREAM)
    with pytest.raises(TransportTimeout) as caught:
        wire.transport.write(bytes(5_000_000), 0.05)
    sent = caught.value.bytes_sent
    assert 0 < sent < 5_000_000
    assert caught.value.maybe_done
    assert not caught.value.retryable
    wire.device.setblocking(False)
    taken = 0
    while taken < sent:
        taken += len(wire.device.recv(1 << 20))
    with pytest.raises(BlockingIOError):
        wire.device.recv(1)
    assert taken == sent


def test_a_plug_pulled_within_a_write_says_how_many_bytes_left(plug):
    wire = plug(UsblpTransport, socket.SOCK_STREAM)
    errors = []

    def write():
        try:
            wire.transport.write(bytes(5_000_000), 30)
        except Unplugged as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    wire.device.recv(1)
    wire.unplug()
    thread.join(60)
    assert [0 < error.bytes_sent < 5_000_000 for error in errors] == [True]


def test_a_printer_without_a_way_back_is_silent(plug, monkeypatch):
    """usblp refuses every read of a unidirectional printer with EINVAL."""
    wire = plug(UsblpTransport)

    def refused(descriptor, limit):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(descriptors.os, "read", refused)
    assert wire.transport.read(64, 0.01) == b""


def test_empty_packets_of_a_printer_are_no_end(plug):
    wire = plug(UsblpTransport)
    wire.device.send(b"")
    wire.device.send(b"")
    wire.device.send(b"\x12")
    assert wire.transport.read(64, 5) == b"\x12"


# --- borders --------------------------------------------------------------------------------------


def test_one_read_of_hidraw_is_one_report(plug):
    wire = plug(HidrawTransport)
    reports = [bytes([2, n]) + bytes(62) for n in range(5)]
    for report in reports:
        wire.device.send(report)
    assert [wire.transport.read(4096, 1) for _ in reports] == reports


def test_a_report_is_never_cut(plug):
    wire = plug(HidrawTransport)
    wire.device.send(bytes(64))
    with pytest.raises(LocalProtocolError, match="64 bytes does not fit into 10"):
        wire.transport.read(10, 1)


@given(st.data())
def test_evdev_gives_whole_records_however_they_arrive(data):
    """SYN_DROPPED (type 0, code 3) included; a half record waits for its rest."""
    records = b"".join(event(n % 3, n, -n) for n in range(8)) + event(0, 3, 0)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(records) - 1), max_size=20)))
    limit = data.draw(st.integers(RECORD.size, 200))
    read_end, write_end = os.pipe()
    transport = EvdevTransport("/dev/input/event0", opened=lambda path: os.dup(read_end))
    transport.open(1)
    heard = []
    for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        os.write(write_end, records[start:end])
        while piece := transport.read(limit, 0):
            heard.append(piece)
    transport.close()
    os.close(read_end)
    os.close(write_end)
    assert b"".join(heard) == records
    assert all(len(piece) % RECORD.size == 0 and len(piece) <= limit for piece in heard)


def test_evdev_refuses_what_it_cannot_do(plug):
    wire = plug(EvdevTransport)
    with pytest.raises(LocalProtocolError):
        wire.transport.write(b"x", 1)
    with pytest.raises(LocalProtocolError):
        wire.transport.read(23, 1)


def test_a_file_that_is_no_input_device_is_not_there(tmp_path):
    path = tmp_path / "event0"
    path.touch()
    with pytest.raises(Unplugged):
        EvdevTransport(str(path)).open(1)


# --- opening and closing --------------------------------------------------------------------------


def _reader(transport):
    errors = []

    def read():
        try:
            transport.read(64, 30)
        except DriverError as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    return thread, errors


@pytest.mark.parametrize("kind", KINDS)
def test_close_from_another_thread_wakes_a_reader(plug, kind):
    wire = plug(kind)
    thread, errors = _reader(wire.transport)
    wire.transport.close()
    thread.join(60)
    assert [type(error) for error in errors] == [Unplugged]
    with pytest.raises(Unplugged, match="not open"):
        wire.transport.write(b"x", 1)


@pytest.mark.parametrize("kind", [UsblpTransport, HidrawTransport, SerialTransport])
def test_a_device_that_is_not_there_is_unplugged(kind, tmp_path):
    with pytest.raises(Unplugged):
        kind(str(tmp_path / "nothing")).open(1)


def _held_elsewhere(kind, tmp_path):
    """Return a path that can be held, and what has to be closed in the end."""
    if kind is SerialTransport:
        ends = os.openpty()
        return os.ttyname(ends[1]), ends
    path = tmp_path / "lp0"
    os.mkfifo(path)
    return str(path), ()


@pytest.mark.parametrize("kind", [UsblpTransport, HidrawTransport, SerialTransport])
def test_a_device_is_claimed_by_one_and_free_again_when_closed(kind, tmp_path):
    """C2: the second is told who to look for; nothing is left behind."""
    path, ends = _held_elsewhere(kind, tmp_path)
    first, second = kind(path), kind(path)
    first.open(1)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(Claimed, match=f"fuser -v {path}"):
        second.open(1)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    first.open(1)
    first.close()
    second.open(1)
    second.close()
    for end in ends:
        os.close(end)


def test_a_grabbed_scanner_is_claimed():
    def grabbed(path):
        raise OSError(errno.EBUSY, "Device or resource busy")

    with pytest.raises(Claimed, match="event7"):
        EvdevTransport("/dev/input/event7", opened=grabbed).open(1)


@pytest.mark.parametrize("kind", [UsblpTransport, HidrawTransport, SerialTransport])
def test_opening_and_closing_a_hundred_times_leaks_nothing(kind, tmp_path):
    """C1."""
    path, ends = _held_elsewhere(kind, tmp_path)
    transport = kind(path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(100):
        transport.open(1)
        transport.close()
        transport.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("kind", [UsblpTransport, HidrawTransport, EvdevTransport, SerialTransport])
def test_a_device_by_its_name_is_looked_for_at_each_opening(kind):
    transport = kind(UsbName(0x1234, 0x5678, "X1"))
    with pytest.raises(Unplugged, match="1234:5678/X1 is not plugged in"):
        transport.open(1)
