"""``reprise simulate``: one device as its own process, for any till."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pypostelium
import pytest

from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.simple.driver import SimplePaymentTerminal
from drivers.payment.simulator import PoiEngine
from drivers.registry import driver_class
from drivers.scale.dialog_06_simulator import SIM_POLYNOMIAL
from drivers.scanner.layouts import CALIBRATION
from drivers.scanner.simulator import PERSONALITIES
from drivers.simulators import poi_simulator
from drivers.transports.address import open_transport
from tests.flows.process import ROOT, SimulatorProcess, reprise


def ledger(path: Path) -> list[tuple[str, int]]:
    lines = (json.loads(line) for line in path.read_text().splitlines())
    return [(one["event"], one.get("amount_minor", 0)) for one in lines]


def pay(poi: SimplePaymentTerminal, number: int) -> Outcome:
    request = Request(f"attempt-{number}", f"R{number}", Operation.PAYMENT, 100 + number, "EUR")
    return poi.payment(request, lambda _: None, lambda _: None, 5).outcome


def test_a_terminal_by_itself_from_start_to_stop(tmp_path):
    """It says where it listens, turns knobs, keeps a ledger, forgets nothing when it is killed."""
    memory, kept = tmp_path / "memory", tmp_path / "kept" / "ledger.jsonl"
    options = ("--ledger", str(kept), "--outcome", "decline")
    with SimulatorProcess("simple", "tcp:127.0.0.1:0", memory, *options) as poi:
        assert (poi.ready["listening"], poi.ready["protocol"]) == (True, "simple")
        address = poi.ready["address"]
        assert poi.turn("next", outcome="approve")["planned"] == ["decline", "approve"]
        assert "none of" in poi.turn("next", outcome="explode")["why"]
        assert poi.turn("next", colour="red")["ok"] is False
        till = SimplePaymentTerminal(open_transport(address, {}))
        assert [pay(till, number) for number in (1, 2)] == [Outcome.DECLINED, Outcome.APPROVED]
        assert ledger(kept) == [("approved", 102)]
    kept.unlink()  # as if the kill had come between the memory and the ledger
    with SimulatorProcess("simple", address, memory, "--ledger", str(kept)) as poi:
        assert ledger(kept) == [("approved", 102)]
        original = Request("attempt-2", "R2", Operation.PAYMENT, 102, "EUR")
        undone = till.reversal(original, "SIM00001-000002", "V2", 5)
        assert undone.outcome is Outcome.REVERSED
        assert ledger(kept) == [("approved", 102), ("reversed", 0)]
        till.close()
        assert poi.close() == 0


def test_the_cardholder_waits_for_keys(tmp_path):
    with SimulatorProcess("zvt", "tcp:127.0.0.1:0", tmp_path, "--keys") as poi:
        assert poi.turn("look")["auto"] is False


def test_an_independent_till_on_a_line_made_of_software(tmp_path):
    """pypostelium, a till by others, pays at our Concert terminal in another process."""
    kept, line = tmp_path / "ledger.jsonl", tmp_path / "line"
    options = ("--ledger", str(kept))
    with SimulatorProcess("concert", f"pty:{line}", tmp_path / "memory", *options) as poi:
        assert poi.ready["address"] == f"serial:{line}"
        till = pypostelium.Driver({"telium_terminal_device_name": str(line)})
        info = {"amount": 12.34, "payment_mode": "card", "currency_iso": "EUR"}
        assert till.transaction_start(json.dumps(info))
        assert poi.close() == 0
    assert ledger(kept) == [("approved", 1234)]
    assert not line.is_symlink()


@pytest.mark.parametrize("protocol", ["dialog-06", "toledo-8217", "nci"])
def test_a_scale_on_a_line_made_of_software(tmp_path, protocol):
    """W: each protocol over a pseudo-terminal, the scale in a process of its own."""
    line = tmp_path / "line"
    command = [sys.executable, "-m", "terminal", "simulate", "scale"]
    command += ["--protocol", protocol, "--listen", f"pty:{line}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        ready = json.loads(process.stdout.readline())
        assert (ready["device"], ready["protocol"]) == ("scale", protocol)
        process.stdin.write(b'{"action": "put", "grams": 842}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["load_g"] == 842
        secret = (SIM_POLYNOMIAL,) if protocol == "dialog-06" else ()
        transport = open_transport(f"serial:{os.path.realpath(line)}", {})
        scale = driver_class(protocol)(transport, *secret)
        scale.open(10)
        assert scale.weigh(199, 0, 10).kg == Decimal("0.842")
        scale.close()
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.parametrize("device", ["printer", "scanner", "drawer", "display"])
def test_other_devices_by_themselves(device):
    command = [sys.executable, "-m", "terminal", "simulate", device]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        ready = json.loads(process.stdout.readline())
        wire = open_transport(ready["address"], {})
        wire.open(5)
        wire.close()
        process.terminate()
    assert (ready["device"], process.returncode) == (device, 0)


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_a_scanner_of_any_kind_by_itself(personality):
    """Its layout is its own; the driver on the other side has learned it from a code."""
    command = [sys.executable, "-m", "terminal", "simulate", "scanner"]
    with subprocess.Popen(
        [*command, "--personality", personality],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        ready = json.loads(process.stdout.readline())
        scanner = driver_class(f"{personality}-scanner")(open_transport(ready["address"], {}))
        scanner.open(5)
        heard = []
        for knob in (
            {"action": "layout", "name": "be"},
            {"action": "scan", "code": CALIBRATION},
            {"action": "scan", "code": "A\x1dZ-9", "aim": "]C1"},
        ):
            seen = {"listened_to": False}
            while not seen["listened_to"]:  # a socket stands a moment after it was opened
                asked = json.dumps(knob if knob["action"] == "layout" else {"action": "look"})
                process.stdin.write(asked.encode() + b"\n")
                process.stdin.flush()
                seen = json.loads(process.stdout.readline())
            if knob["action"] == "scan":
                process.stdin.write(json.dumps(knob).encode() + b"\n")
                process.stdin.flush()
                assert json.loads(process.stdout.readline())["ok"]
                heard.append(scanner.read(5))
        scanner.close()
        process.terminate()
    assert [(scan.text, scan.aim) for scan in heard] == [(CALIBRATION, ""), ("A\x1dZ-9", "]C1")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--protocol", "opi"), "no simulated terminal speaks 'opi'"),
        (("--listen", "udp:1"), "is not tcp:HOST:PORT"),
        (("--listen", "tcp:127.0.0.1:70000"), "is not tcp:HOST:PORT"),
        (("--listen", "tls:127.0.0.1:0"), "tls needs --memory"),
        (("--outcome", "explode"), "none of approve"),
        (("--protocol", "cashdro", "--outcome", "decline"), "has no outcome to choose"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_one_line(options, words):
    done = reprise("simulate", "poi", *options)
    assert done.returncode == 1
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_only_a_scanner_poses_as_something():
    done = reprise("simulate", "printer", "--personality", "keyboard")
    assert (done.returncode, b"no knob" in done.stderr) == (1, True)


def test_a_printer_has_no_ledger(tmp_path):
    done = reprise("simulate", "printer", "--ledger", tmp_path / "ledger")
    assert (done.returncode, b"has no ledger" in done.stderr) == (1, True)


def test_the_ledger_is_on_the_disk_before_the_till_is_told(tmp_path, monkeypatch):
    """Each line is synced before the answer leaves."""
    poi: PoiEngine = poi_simulator("simple", tmp_path / "poi.jsonl")
    poi.keep_ledger(tmp_path / "ledger.jsonl")
    seen: list[str] = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (seen.append("synced"), sync(number)))
    tell = poi._tell_end
    poi._tell_end = lambda running, said: (seen.append("told"), tell(running, said))
    assert pay(SimplePaymentTerminal(poi.connect()), 1) is Outcome.APPROVED
    assert seen[:3] == ["synced", "synced", "told"]
