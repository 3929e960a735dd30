"""Adopting a device: offered, allowed, written, journaled, and in use from the next start on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from drivers.hotplug import Plugs
from drivers.scanner.simulator import ScannerSimulator
from drivers.serve_line import LineServer
from terminal import config as configuration
from terminal import config_edit
from terminal.core.events import DeviceAdopted
from terminal.devices.adoption import Stand
from terminal.fiscal import jet
from terminal.ui.samples.devices import LINE, PRINTER
from tests.flows.process import SimulatorProcess

SUPERVISOR = {"operator": "9", "pin": "9999"}
FLOUR = "3270190128724"


@pytest.fixture
def pty():
    """A real scanner, as far as a till can tell: it stands behind a serial line."""
    simulator = ScannerSimulator()
    server = LineServer(simulator)
    yield server, simulator
    server.close()


def told(shop, story: Callable) -> None:
    async def run() -> None:
        async with shop.open("till") as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await story(till)

    asyncio.run(run())


def plug(till, *devices) -> None:
    """Let the monitor hear of devices, as if udev had told."""
    plugs = Plugs()
    plugs.compare(list(devices))
    till.running.hub.hotplug._plugs = plugs


def line(till, role: str):
    return till.running.terminal.adoption.page.line(role)


def test_a_scanner_is_adopted_and_scans_after_the_next_start(shop, pty):
    server, simulator = pty

    async def adopt(till):
        assert await till.refused("adopt", role="scanner", address=server.address) == (
            "right_required"
        )
        assert shop_settings(shop).scanner == "sim:scanner"
        answer = await till.ok(
            "adopt", role="scanner", address=server.address, authorised_by=SUPERVISOR
        )
        adopted = next(event for event in answer.events if isinstance(event, DeviceAdopted))
        assert (adopted.role, adopted.address, adopted.operator_id) == (
            "scanner", server.address, "9",
        )  # fmt: skip
        (entry,) = jet.entries(adopted, till.state)  # French law: a maintenance
        assert (entry.code, entry.operator) == (jet.MAINTENANCE, "9")
        assert server.address in entry.info
        assert shop_settings(shop).scanner == server.address
        assert line(till, "scanner").pending
        till.knob("scanner", "scan", code=FLOUR)  # the one before still serves
        await till.until(lambda: till.state.sale is not None)

    async def sell(till):
        assert line(till, "scanner").stand == Stand.BY_HAND
        assert till.state.adopted["scanner"].address == server.address
        await till.until(lambda: line(till, "scanner").health == "ready")
        simulator.control("scan", code=FLOUR)
        await till.until(lambda: sold(till) == 2)
        assert line(till, "scanner").heard_ms > 0

    told(shop, adopt)
    told(shop, sell)


def sold(till) -> int:
    return sum(one.quantity for one in till.state.sale.lines)


def shop_settings(shop):
    return configuration.load(shop.data / "reprise.toml").devices


def test_what_is_plugged_in_is_offered_and_never_taken(shop):
    """Nothing configured means simulated; not now means not now."""

    async def story(till):
        plug(till, PRINTER, LINE)
        page = (await till.ok("devices")).found["devices"]
        assert [offer.address for offer in page.offers] == [PRINTER.address]
        assert [offer.address for offer in page.unknown] == [LINE.address]
        assert page.line("printer").stand == Stand.SIMULATED
        assert shop_settings(shop).receipt_printer == "sim:printer"
        await till.ok("decline", address=PRINTER.address)
        assert line(till, "printer").offers == ()
        assert await till.refused("decline", address=PRINTER.address) == "device_not_found"
        plug(till)
        assert line(till, "printer").offers == ()
        plug(till, PRINTER)  # plugged in anew: asked anew
        assert [offer.address for offer in line(till, "printer").offers] == [PRINTER.address]
        # it is offered, but nothing answers there
        adopt = {"role": "printer", "authorised_by": SUPERVISOR}
        assert await till.refused("adopt", **adopt) == "device_not_found"
        assert not till.state.adopted

    told(shop, story)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"role": "toaster"}, "no_such_role"),
        ({"role": "scanner"}, "device_not_found"),
        ({"role": "scanner", "address": "sim:scanner"}, "address_not_usable"),
        ({"role": "scanner", "address": "hidraw:nonsense"}, "address_not_usable"),
        ({"role": "scanner", "address": "sim:scale"}, "device_claimed"),
        ({"role": "scanner", "address": "serial:/dev/not-there"}, "device_not_found"),
    ],
)
def test_what_cannot_be_adopted_is_refused(shop, request_, code):
    async def story(till):
        assert await till.refused("adopt", **request_, authorised_by=SUPERVISOR) == code
        assert not till.state.adopted

    before = (shop.data / "reprise.toml").read_bytes()
    told(shop, story)
    assert (shop.data / "reprise.toml").read_bytes() == before


def test_a_device_of_somebody_else_is_not_adopted(shop, pty):
    from drivers.transports.address import open_transport

    server, _ = pty
    theirs = open_transport(server.address, {})
    theirs.open(1.0)

    async def story(till):
        adopt = {"role": "scanner", "address": server.address, "authorised_by": SUPERVISOR}
        assert await till.refused("adopt", **adopt) == "device_claimed"
        theirs.close()
        await till.ok("adopt", **adopt)
        again = await till.ok("adopt", **adopt)
        assert not any(isinstance(event, DeviceAdopted) for event in again.events)

    told(shop, story)


def test_settings_that_cannot_be_written_leave_everything_as_it_was(shop, pty):
    server, _ = pty
    (shop.data / "reprise.toml.new").mkdir()  # as where the place is full, or cannot be written

    async def story(till):
        adopt = {"role": "scanner", "address": server.address, "authorised_by": SUPERVISOR}
        assert await till.refused("adopt", **adopt) == "settings_not_written"
        assert not till.state.adopted
        assert not line(till, "scanner").pending

    told(shop, story)
    assert shop_settings(shop).scanner == "sim:scanner"


def test_a_cut_between_the_journal_and_the_settings_offers_it_again(shop, pty, monkeypatch):
    """Disk before effect: what was recorded and did not take effect is told, never assumed."""
    server, _ = pty

    def cut(edit) -> None:
        raise OSError(5, "Input/output error")

    async def adopt(till):
        monkeypatch.setattr(config_edit.SettingsEdit, "commit", cut)
        fields = {"role": "scanner", "address": server.address, "authorised_by": SUPERVISOR}
        assert await till.refused("adopt", **fields) == "settings_not_written"
        monkeypatch.undo()
        assert till.state.adopted["scanner"].address == server.address
        assert line(till, "scanner").stand == Stand.SIMULATED
        await till.ok("adopt", **fields)
        assert line(till, "scanner").pending

    told(shop, adopt)
    assert shop_settings(shop).scanner == server.address


def test_a_device_killed_in_mid_sale_is_shown_and_comes_back(bare_shop, tmp_path):
    """The simulator is a process of its own; killing it is pulling the plug."""
    scale = SimulatorProcess("simple", "tcp:127.0.0.1:0", tmp_path, device="scale")
    shop = bare_shop.create(f"devices.scale={scale.ready['address']}")

    async def story(till):
        await till.ok("scan", code=FLOUR)
        await till.until(lambda: line(till, "scale").health == "ready")
        scale.kill_now()
        await till.until(lambda: line(till, "scale").health == "absent")
        shown = line(till, "scale")
        assert shown.reasons == ("unplugged",)
        assert shown.since_ms > 0
        assert sold(till) == 1
        again = SimulatorProcess("simple", scale.ready["address"], tmp_path, device="scale")
        await till.until(lambda: line(till, "scale").health == "ready")
        again.close()

    told(shop, story)
    scale.close()


def test_a_device_tests_itself_where_its_driver_can(shop):
    async def story(till):
        assert await till.refused("self_test", role="poi") == "no_such_action"
        assert await till.refused("self_test", role="toaster") == "no_such_action"
        await till.until(lambda: line(till, "printer").health == "ready")
        assert line(till, "printer").can_test
        answer = await till.ok("self_test", role="printer")
        assert answer.found["told"].key == "told.self_test_passed"
        assert line(till, "printer").test.passed
        till.knob("printer", "paper_out")
        answer = await till.ok("self_test", role="printer")
        assert answer.found["told"].key == "told.self_test_failed"
        assert "status" in {one.name for one in line(till, "printer").test.checks if not one.passed}
        await till.ok("scan", code=FLOUR)
        await till.ok("pay", tender="cash", amount_minor=250)  # its receipt waits for paper
        assert await till.refused("self_test", role="printer") == "device_busy"
        await till.ok("sign_off")
        assert await till.refused("self_test", role="printer") == "not_signed_on"

    told(shop, story)


def test_a_screen_sees_at_once_what_was_answered(shop):
    async def story(till):
        plug(till, PRINTER)
        await till.until(lambda: till.running.surroundings.page.offers)
        await till.ok("decline", address=PRINTER.address)
        assert not till.running.surroundings.page.offers

    told(shop, story)
