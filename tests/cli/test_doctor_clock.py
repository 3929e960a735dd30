"""``reprise doctor`` on the clock: what it is worth, its battery, and what to do."""

from __future__ import annotations

import json

import pytest

from drivers.timekeeping.base import Evidence
from terminal.cli.doctor import clock_findings
from tests.flows.process import reprise

NOW_MS = 1_800_000_000_000
RTC = {"rtc": "rtc0", "rtc_set_clock": True, "rtc_ms": NOW_MS}


@pytest.mark.parametrize(
    ("known", "lines"),
    [
        ({"synced_ago_s": 600}, [("good", "set by a time server, 10 minutes ago")]),
        ({}, [("warn", "a guess")]),
        (RTC, [("good", "held by the clock with a battery")]),
        (
            {**RTC, "battery_mv": 2980},
            [
                ("good", "held by the clock with a battery"),
                ("good", "rtc0: battery 2.98 V"),
            ],
        ),
        (
            {**RTC, "battery_mv": 2300},
            [
                ("good", "held by the clock with a battery"),
                ("warn", "rtc0: battery 2.30 V"),
            ],
        ),
        ({**RTC, "battery_mv": 4}, [("warn", "a guess"), ("warn", "rtc0: battery 0.00 V")]),
    ],
)
def test_the_page_says_what_the_clock_is_worth(known, lines):
    found = list(clock_findings(Evidence("boot", **known), NOW_MS))
    assert [(one.level, one.words) for one in found] == lines
    assert all(bool(one.advice) is (one.level == "warn") for one in found)


@pytest.mark.parametrize("clock", ["sim:clock", "system"])
def test_the_page_has_a_line_for_the_clock(bare_shop, clock):
    shop = bare_shop.create(f"devices.clock={clock}")
    done = reprise("doctor", "--data", shop.data, "--json")
    found = [one for one in json.loads(done.stdout) if one["part"] == "clock"]
    assert done.returncode == 0
    assert ("simulated" in found[0]["words"]) is (clock == "sim:clock")
