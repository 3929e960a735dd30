"""``reprise doctor`` and ``reprise adopt``: every device asked, offered, adopted, recorded."""

from __future__ import annotations

import asyncio
import json

import pytest

from drivers.discovery import Discovered
from drivers.flight import FlightRecorder
from drivers.scale.dialog_06_simulator import Dialog06Simulator
from drivers.scanner.simulator import ScannerSimulator
from drivers.serve_line import LineServer
from drivers.transports.address import open_transport
from drivers.transports.exchange import Way, load_exchange
from terminal import config as configuration
from terminal.cli import devices
from terminal.cli.devices import findings, page_of
from terminal.cli.main import run
from terminal.core.events import DeviceAdopted
from terminal.core.evolve import evolve
from terminal.folder import DataFolder
from terminal.journal.upcast import decode
from terminal.store.store import Store
from terminal.ui.samples.devices import LINE, PRINTER


@pytest.fixture
def scanner():
    server = LineServer(ScannerSimulator())
    yield server
    server.close()


@pytest.fixture
def scale():
    server = LineServer(Dialog06Simulator())
    yield server
    server.close()


def doctor(shop, capsys, *options: str) -> tuple[int, dict[str, dict]]:
    code = run(["doctor", "--data", str(shop.data), "--json", *options])
    return code, {one["part"]: one for one in json.loads(last_line(capsys))}


def last_line(capsys) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def settings(shop):
    return configuration.load(shop.data / "reprise.toml").devices


def test_a_shop_without_devices_is_all_simulated(shop, capsys):
    code, page = doctor(shop, capsys)
    assert code == 0
    for role in ("printer", "scanner", "poi", "drawer", "scale"):
        assert page[role]["details"]["stand"] == "simulated"
        assert page[role]["advice"]
    assert page["cash"]["words"] == "none"
    assert not (shop.data / "simulators").exists(), "it changes nothing"


def test_real_questions_to_devices_that_answer_and_that_do_not(bare_shop, scale, capsys):
    shop = bare_shop.create(
        f"devices.scale={scale.address}?baud=9600&format=8N1",
        "devices.receipt_printer=tcp:127.0.0.1:9",
        "devices.scanner=serial:/dev/not-there",
    )
    code, page = doctor(shop, capsys)
    assert code == 1
    assert (page["printer"]["level"], page["scanner"]["level"]) == ("bad", "bad")
    assert page["printer"]["details"]["reasons"] == ["unplugged"]
    assert "check cable and power" in page["printer"]["advice"]
    details = page["scale"]["details"]
    assert details["health"] in ("ready", "degraded")
    assert details["statistics"]["bytes_in"] > 0
    assert details["heard_ms"] > 0


def test_a_running_terminal_keeps_its_devices(bare_shop, capsys):
    shop = bare_shop.create("devices.scanner=serial:/dev/not-there")

    async def beside() -> None:
        async with shop.open():
            capsys.readouterr()
            run(["doctor", "--data", str(shop.data), "--json"])

    asyncio.run(beside())
    page = {one["part"]: one for one in json.loads(capsys.readouterr().out)}
    assert page["scanner"]["level"] == "good"
    assert "in use by the running terminal" in page["scanner"]["words"]
    assert page["scanner"]["details"]["reasons"] == ["in_use"]


def test_a_device_held_by_another_program_is_said_so(bare_shop, scanner, capsys):
    shop = bare_shop.create(f"devices.scanner={scanner.address}")
    theirs = open_transport(scanner.address, {})
    theirs.open(1.0)
    _, page = doctor(shop, capsys)
    assert page["scanner"]["details"]["reasons"] == ["claimed"]
    theirs.close()
    _, page = doctor(shop, capsys)
    assert page["scanner"]["level"] == "good"


def test_what_could_be_adopted_stands_there_with_its_command(shop):
    folder, config = DataFolder(shop.data), configuration.load(shop.data / "reprise.toml")
    page = page_of(folder, config, lambda: [PRINTER, LINE])
    told = {one.part: one for one in findings(folder, page, config)}
    command = f"reprise adopt printer {PRINTER.address} --data {shop.data}"
    assert command in told["printer"].advice
    assert "EPSON TM-T20III" in told["printer"].advice
    assert f"reprise adopt ROLE {LINE.address}" in told["plugged in"].advice
    assert "scale" in told["plugged in"].advice


def test_a_folder_that_takes_no_lock_has_no_running_terminal(shop, capsys):
    """Its devices are asked all the same, and nothing can be adopted: the address is kept."""
    lock = shop.data / "writer.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    _, page = doctor(shop, capsys)
    assert page["printer"]["details"]["stand"] == "simulated"
    assert run(["adopt", "scanner", "serial:/dev/not-there", "--data", str(shop.data)]) == 1
    assert "writer.lock" in capsys.readouterr().err
    assert settings(shop).scanner == "sim:scanner"


# --- adopt ----------------------------------------------------------------------------------------


def test_a_scanner_is_adopted_from_the_command_line(shop, scanner, capsys):
    assert run(["adopt", "scanner", scanner.address, "--data", str(shop.data)]) == 0
    assert "from the next start on" in capsys.readouterr().out
    assert settings(shop).scanner == scanner.address
    store = Store.open_read_only(shop.data, evolve=evolve)
    events = [decode(record) for record in store.journal.read()]
    assert [e.address for e in events if isinstance(e, DeviceAdopted)] == [scanner.address]
    assert store.load().adopted["scanner"].address == scanner.address
    store.close()
    _, page = doctor(shop, capsys)
    assert page["scanner"]["details"]["stand"] == "by_hand"


def test_the_only_thing_offered_needs_no_address(shop, scanner, monkeypatch, capsys):
    unit = Discovered("serial", scanner.path, maker="Zebra", model="DS2208", roles=("scanner",))
    monkeypatch.setattr(devices, "plugged_in", lambda: [unit, LINE])
    assert run(["adopt", "scanner", "--data", str(shop.data)]) == 0
    assert settings(shop).scanner == scanner.address
    assert "Zebra DS2208" in capsys.readouterr().out
    assert run(["adopt", "scale", "--data", str(shop.data)]) == 1
    assert f"say which, by its address; plugged in: {LINE.address}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["toaster"], "there is no such role; there are printer"),
        (["scanner"], "plugged in: nothing"),
        (["scanner", "sim:scanner"], "this is no device"),
        (["scanner", "serial:/dev/not-there"], "serial:/dev/not-there does not answer"),
        (["cash", "serial:/dev/not-there"], "an address like"),
    ],
)
def test_what_cannot_be_adopted_is_said(shop, capsys, arguments, said):
    before = (shop.data / "reprise.toml").read_bytes()
    assert run(["adopt", *arguments, "--data", str(shop.data)]) == 1
    assert said in capsys.readouterr().err
    assert (shop.data / "reprise.toml").read_bytes() == before


def test_no_device_is_adopted_behind_a_running_terminals_back(shop, scanner, capsys):
    async def beside() -> int:
        async with shop.open():
            return run(["adopt", "scanner", scanner.address, "--data", str(shop.data)])

    assert asyncio.run(beside()) == 1
    assert "in use by another terminal process" in capsys.readouterr().err
    assert settings(shop).scanner == "sim:scanner"


# --- traces ---------------------------------------------------------------------------------------


def test_a_trace_is_recorded_and_can_be_replayed(bare_shop, scale, tmp_path, capsys):
    shop = bare_shop.create(f"devices.scale={scale.address}?baud=9600&format=8N1")
    file = tmp_path / "scale.trace"
    trace = ["doctor", "--data", str(shop.data), "--trace", "scale", "--seconds", "1", str(file)]
    assert run(trace) == 0
    told = capsys.readouterr().out
    assert f'scale = "trace:{file}"' in told
    ways = {piece.way for piece in load_exchange(file)}
    assert {Way.TO, Way.FROM} <= ways
    recorder = FlightRecorder("scale")
    replayed = open_transport(f"trace:{file}", {}, recorder)
    replayed.open(1.0)
    replayed.close()
    assert run(trace) == 1  # a recording is never written over
    assert "File exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("role", "file", "said"),
    [
        ("toaster", "x", "there are printer"),
        ("drawer", "x", "of its own"),
        ("scale", "", "name the"),
    ],
)
def test_a_trace_that_cannot_be_made_is_said(shop, capsys, role, file, said):
    arguments = ["doctor", "--data", str(shop.data), "--trace", role]
    arguments += [str(shop.data / file)] if file else []
    assert run(arguments) == 1
    assert said in capsys.readouterr().err
