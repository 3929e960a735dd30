"""Scanners of every kind at a whole terminal: what they read is sold, or refused in words."""

from __future__ import annotations

import asyncio

import pytest

from drivers.scanner.layouts import CALIBRATION
from terminal.core.errors import Refused
from terminal.presenters.desk import Desk
from terminal.presenters.gate import scan_gate

BENCH = "2000000000015"
KINDS = ("serial", "hidpos", "keyboard")


def codes(till):
    return [line.code for line in till.state.sale.lines] if till.state.sale else []


@pytest.mark.parametrize("kind", KINDS)
def test_what_any_scanner_reads_is_sold(bare_shop, kind):
    async def story():
        async with bare_shop.create(f"devices.scanner_mode={kind}").open() as till:
            await till.ok("sign_on", operator=1, pin="1111")
            await till.until(lambda: till.knob("scanner", "look")["listened_to"])
            till.knob("scanner", "scan", code=BENCH, aim="]E0")
            await till.until(lambda: codes(till))
            assert codes(till) == [BENCH]

    asyncio.run(story())


def test_a_scan_during_a_payment_is_refused_and_never_comes_later(shop):
    """S5, whole: the payment ends, and the basket is as it was."""

    async def story():
        async with shop.open() as till:
            news = []
            till.running.on_scanner_news = news.append
            await till.ok("sign_on", operator=1, pin="1111")
            await till.until(lambda: till.knob("scanner", "look")["listened_to"])
            await till.ok("scan", code=BENCH)
            till.knob("poi", "auto", on=False)
            await till.ok("pay", tender="card", amount_minor=100, wait=False)
            await till.until(lambda: "cancel" in till.knob("poi", "look")["keys"])
            till.knob("scanner", "scan", code="2000000000046")
            await till.until(lambda: news)
            till.knob("poi", "press", key="red")
            await till.until(lambda: not till.running.scan_gate())
            assert news == [Refused("payment_pending")]
            assert codes(till) == [BENCH]

    asyncio.run(story())


def test_a_scan_on_its_way_when_a_dialog_opens_is_refused_too(shop):
    """S5: the gate is asked once more where the scan arrives."""

    async def story():
        async with shop.open() as till:
            news, scans = [], []
            till.running.on_scanner_news = news.append
            till.running.on_scan = scans.append
            await till.ok("sign_on", operator=1, pin="1111")
            await till.until(lambda: till.knob("scanner", "look")["listened_to"])
            desk = Desk(overlay="cancel")
            till.running.scan_gate = lambda: scan_gate(till.state, desk, till.running.surroundings)
            assert till.running.hub.scanner.gate == ""
            till.knob("scanner", "scan", code=BENCH)
            await till.until(lambda: news)
            assert (news, scans) == ([Refused("question_open")], [])
            till.running.keep_gate()
            assert till.running.hub.scanner.gate == "question_open"

    asyncio.run(story())


def test_a_console_s_scan_is_a_command_and_meets_no_gate(shop):
    async def story():
        async with shop.open("kiosk") as till:
            await till.ok("scan", code=BENCH)
            till.running.hub.scanner.gate = "question_open"
            await till.ok("scan", code="2000000000046")
            assert codes(till) == [BENCH, "2000000000046"]

    asyncio.run(story())


def test_a_calibrated_scanner_is_understood_after_a_restart(bare_shop):
    async def story():
        bare_shop.create("devices.scanner_mode=keyboard")
        async with bare_shop.open() as till:
            news = []
            till.running.on_scanner_news = news.append
            await till.until(lambda: till.knob("scanner", "look")["listened_to"])
            till.knob("scanner", "layout", name="fr")
            till.knob("scanner", "scan", code=CALIBRATION)
            await till.until(lambda: news)
            assert news[0].key == "told.scanner_layout.fr"
            assert till.running.words("fr").text(news[0].key).endswith("(AZERTY).")
        async with bare_shop.open() as till:
            await till.ok("sign_on", operator=1, pin="1111")
            await till.until(lambda: till.knob("scanner", "look")["listened_to"])
            till.knob("scanner", "layout", name="fr")
            till.knob("scanner", "scan", code=BENCH, aim="]E0")
            await till.until(lambda: codes(till) == [BENCH])

    asyncio.run(story())
