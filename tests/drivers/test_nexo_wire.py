"""The nexo driver over real sockets, plain and TLS: what only it has, besides the kit's list."""

from __future__ import annotations

import os
import random
import socket
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.base import Health
from drivers.errors import DriverError, NotSent, TransportTimeout, Unplugged
from drivers.payment.base import AbortAnswer, Outcome
from drivers.payment.nexo.certificate import NAME, make_certificate
from drivers.serve import SimulatorServer
from drivers.transports.address import BadAddress, TlsAddress, open_transport, parse_address
from drivers.transports.scripted import RecordedTransport
from drivers.transports.tls import TlsTransport


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    return make_certificate(folder, datetime(2026, 1, 1, tzinfo=UTC))


def _context(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture(params=["tcp", "tls"])
def served(request, nexo_bench, certificate, patient_waits):
    """A terminal behind a socket, its driver, and the address that is used."""
    nexo = nexo_bench("nexo-local" if request.param == "tls" else "nexo")
    tls = _context(certificate) if request.param == "tls" else None
    before = set(threading.enumerate())
    server = SimulatorServer(nexo.poi, connections=8, tls=tls)
    url = server.address
    if tls is not None:
        url = f"tls:{url.removeprefix('tcp:')}?ca={certificate[0]}&name={NAME}"
    yield nexo, nexo.driver(lambda: open_transport(url, {}), patient_waits)
    server.close()
    assert set(threading.enumerate()) <= before  # of earlier tests some may have ended


def _pay(poi, request, timeout_s=60):
    return poi.payment(request, lambda _: None, lambda _: None, timeout_s)


def test_it_works(served, sale):
    nexo, poi = served
    assert poi.open(60).health is Health.READY
    request = sale()
    assert _pay(poi, request).outcome is Outcome.APPROVED
    assert poi.transaction_status(request, 5).outcome is Outcome.APPROVED
    assert list(nexo.ledger()) == [request.ref]


def test_an_abort_travels_beside_the_payment(served, sale):
    nexo, poi = served
    nexo.control("auto", on=False)
    answers = []
    cashier = threading.Thread(target=lambda: answers.append(poi.abort(60)))
    result = poi.payment(sale(), lambda _: None, lambda _: cashier.start(), 30)
    assert result.outcome is Outcome.CANCELLED
    cashier.join(10)
    assert answers == [AbortAnswer.ACCEPTED]


def test_opening_and_closing_leaks_nothing(served):
    """C1: every question has a connection of its own, and gives it back."""
    _, poi = served
    poi.open(60)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(30):
        poi.open(60)
        poi.close()
        poi.close()
    assert abs(len(list(Path("/proc/self/fd").iterdir())) - descriptors) <= 20  # bridges, bounded


def test_closing_wakes_a_payment_that_waits(served, sale):
    """The program ends now, not when the customer is done; what became of it is asked later."""
    nexo, poi = served
    nexo.control("auto", on=False)
    closing = threading.Thread(target=poi.close)
    result = poi.payment(sale(), lambda _: None, lambda _: closing.start(), 600)
    closing.join(60)
    assert result.outcome is Outcome.UNKNOWN


def test_an_unplugged_terminal_is_noticed_and_comes_back(served, sale):
    nexo, poi = served
    for _ in range(3):
        nexo.control("unplug")
        with pytest.raises(DriverError):
            poi.open(2)
        assert poi.status(2).health is Health.ABSENT
        nexo.control("plug")
        poi.open(60)
        assert _pay(poi, sale()).outcome is Outcome.APPROVED


PROCESS = """
import sys, threading
from pathlib import Path
from drivers.payment.nexo.simulator import NexoPoiSimulator
from drivers.serve import SimulatorServer
server = SimulatorServer(NexoPoiSimulator(Path(sys.argv[1])), connections=8)
print(server.address, flush=True)
threading.Event().wait()
"""


def test_a_terminal_in_a_process_of_its_own_is_killed_and_remembers(
    tmp_path, nexo_bench, patient_waits, sale
):
    """Approved, its process killed, started again: the reference still tells."""
    nexo, request = nexo_bench("nexo"), sale()
    seen = []
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(tmp_path / "poi.jsonl")],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        ) as process:
            url = process.stdout.readline().strip()
            poi = nexo.driver(lambda url=url: open_transport(url, {}), patient_waits)
            if not seen:
                seen.append(_pay(poi, request).outcome)
            seen.append(poi.transaction_status(request, 5).outcome)
            process.kill()
    assert seen == [Outcome.APPROVED] * 3


def test_a_megabyte_of_noise_is_an_error_of_ours(nexo, short_waits, sale):
    """C5: a terminal that talks nonsense is refused, and its payment is unknown."""
    noise = random.Random(5).randbytes(1_000_000)

    def connect():
        return RecordedTransport([noise[at : at + 4096] for at in range(0, len(noise), 4096)])

    poi = nexo.driver(connect, short_waits)
    with pytest.raises(DriverError):
        poi.open(0.2)
    assert _pay(poi, sale(), 0.2).outcome is Outcome.UNKNOWN


def test_a_body_without_end_is_refused(nexo, short_waits):
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    poi = nexo.driver(lambda: RecordedTransport([head] + [b"x" * 65536] * 20), short_waits)
    with pytest.raises(DriverError):
        poi.open(1)


def test_a_certificate_that_is_not_trusted_stops_the_payment(
    nexo_bench, certificate, short_waits, sale, tmp_path
):
    """Nothing of a payment leaves before the terminal has proved who it is."""
    other, _ = make_certificate(tmp_path, datetime(2026, 1, 1, tzinfo=UTC))
    nexo = nexo_bench("nexo-local")
    server = SimulatorServer(nexo.poi, connections=8, tls=_context(certificate))
    host, port = server.address.removeprefix("tcp:").split(":")
    for ca, name in ((str(other), NAME), (str(certificate[0]), "another.example")):
        poi = nexo.driver(lambda ca=ca, name=name: TlsTransport(host, int(port), ca, name))
        poi._session.waits = short_waits
        with pytest.raises(NotSent):
            _pay(poi, sale(), 5)
    server.close()
    assert nexo.ledger() == {}


def test_a_plain_peer_is_no_tls(certificate):
    """The handshake fails, or is not answered in time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        transport = TlsTransport(host, port, str(certificate[0]), NAME)
        with pytest.raises(TransportTimeout):
            transport.open(0.05)
    with pytest.raises(Unplugged):
        transport.open(0.5)
    with pytest.raises(Unplugged):
        transport.read(1, 0.1)


def test_addresses_of_tls(certificate):
    url = f"tls:10.0.0.9:8443?ca={certificate[0]}&name=x.example"
    assert parse_address(url) == TlsAddress("10.0.0.9", 8443, str(certificate[0]), "x.example")
    assert parse_address("tls:host:443") == TlsAddress("host", 443)


@pytest.mark.parametrize(
    "url", ["tls:host", "tls:host:1?cert=x", "tls:host:1?ca=/nowhere", "tls:host:0"]
)
def test_addresses_that_are_none(url):
    with pytest.raises(BadAddress):
        parse_address(url)


def test_a_file_without_certificates_is_refused(tmp_path):
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing")
    with pytest.raises(BadAddress):
        open_transport(f"tls:host:1?ca={empty}", {})
