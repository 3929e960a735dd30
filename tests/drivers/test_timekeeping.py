"""What a system's files say about its clock, and what they are worth."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Unplugged
from drivers.simulation import UnknownAction
from drivers.timekeeping.base import FRESH_S, Evidence, Judgement, Trust, judge
from drivers.timekeeping.linux import BOOT_ID, RTCS, SYNCHRONIZED, SystemFiles, gather
from drivers.timekeeping.simulator import ClockSimulator

NOW_MS = 1_800_000_000_000
HELD = {"rtc": "rtc0", "rtc_set_clock": True, "rtc_ms": NOW_MS}


@pytest.mark.parametrize(
    ("known", "level", "source"),
    [
        ({"synced_ago_s": 0}, Trust.NTP, "time_server"),
        ({"synced_ago_s": FRESH_S}, Trust.NTP, "time_server"),
        ({"synced_ago_s": FRESH_S + 1}, Trust.GUESS, "no_rtc"),
        ({"synced_ago_s": FRESH_S + 1, **HELD}, Trust.RTC, "rtc"),
        ({"synced_ago_s": -3600}, Trust.GUESS, "no_rtc"),
        ({}, Trust.GUESS, "no_rtc"),
        (HELD, Trust.RTC, "rtc"),
        ({**HELD, "battery_mv": 3000}, Trust.RTC, "rtc"),
        ({**HELD, "battery_mv": 2300}, Trust.RTC, "rtc"),
        ({**HELD, "battery_mv": 1900}, Trust.GUESS, "rtc_battery"),
        ({**HELD, "battery_mv": 0, "synced_ago_s": 60}, Trust.NTP, "time_server"),
        ({**HELD, "rtc_set_clock": False}, Trust.GUESS, "rtc_not_used"),
        ({**HELD, "rtc_ms": None}, Trust.GUESS, "rtc_unreadable"),
        ({**HELD, "rtc_ms": NOW_MS + 299_000}, Trust.RTC, "rtc"),
        ({**HELD, "rtc_ms": NOW_MS - 301_000}, Trust.GUESS, "rtc_differs"),
    ],
)
def test_each_evidence_has_its_worth(known, level, source):
    """T1: the table of levels."""
    assert judge(Evidence("boot", **known), NOW_MS) == Judgement(level, source)


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_raspberry_pi_5_with_a_battery_is_read_from_its_files(tmp_path):
    write(tmp_path, BOOT_ID, "0c14d418-2daa-408d-998e-1d37bcbb5fc7\n")
    write(tmp_path, f"{RTCS}/rtc0/hctosys", "1\n")
    write(tmp_path, f"{RTCS}/rtc0/since_epoch", f"{NOW_MS // 1000}\n")
    write(
        tmp_path,
        "sys/devices/platform/soc@107c000000/soc@107c000000:rpi_rtc/rtc/rtc0/battery_voltage",
        "2987000\n",
    )
    evidence = gather(SystemFiles(tmp_path), NOW_MS)
    assert evidence == Evidence(
        "0c14d418-2daa-408d-998e-1d37bcbb5fc7", None, "rtc0", True, NOW_MS, 2987
    )
    stamp = write(tmp_path, SYNCHRONIZED, "")
    os.utime(stamp, ns=((NOW_MS - 90_000) * 10**6,) * 2)
    assert gather(SystemFiles(tmp_path), NOW_MS).synced_ago_s == 90


def test_the_clock_that_set_the_system_is_taken_where_there_are_two(tmp_path):
    write(tmp_path, f"{RTCS}/rtc0/hctosys", "0")
    write(tmp_path, f"{RTCS}/rtc1/hctosys", "1")
    write(tmp_path, f"{RTCS}/rtc1/battery_voltage", "nonsense")
    evidence = gather(SystemFiles(tmp_path), NOW_MS)
    assert (evidence.rtc, evidence.rtc_ms, evidence.battery_mv) == ("rtc1", None, None)


def test_a_system_that_tells_nothing_is_a_guess(tmp_path):
    evidence = gather(SystemFiles(tmp_path / "none"), NOW_MS)
    assert evidence == Evidence("")
    assert judge(evidence, NOW_MS).level is Trust.GUESS


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_whatever_stands_in_a_file_is_no_crash(tmp_path_factory, epoch, hctosys):
    root = tmp_path_factory.mktemp("root")
    for name, content in (("since_epoch", epoch), ("hctosys", hctosys)):
        write(root, f"{RTCS}/rtc0/{name}", "").write_bytes(content)
    evidence = gather(SystemFiles(root), NOW_MS)
    assert judge(evidence, NOW_MS).level in set(Trust)


@pytest.mark.parametrize(
    ("knob", "parameters", "level"),
    [
        ("ntp", {}, Trust.NTP),
        ("ntp", {"ago_s": FRESH_S + 60}, Trust.GUESS),
        ("rtc", {}, Trust.RTC),
        ("rtc", {"battery_mv": 2900}, Trust.RTC),
        ("rtc", {"battery_mv": 12}, Trust.GUESS),
        ("rtc", {"ahead_s": 3600}, Trust.GUESS),
        ("guess", {}, Trust.GUESS),
    ],
)
def test_the_simulated_machine_has_a_knob_for_each_level(knob, parameters, level):
    clock = ClockSimulator()
    clock.control(knob, **parameters)
    assert judge(gather(clock.told(NOW_MS), NOW_MS), NOW_MS).level is level


def test_a_bench_that_is_made_anew_has_booted(tmp_path):
    boots = [
        gather(ClockSimulator(tmp_path / "clock.jsonl", seed=7).told(NOW_MS), NOW_MS).boot_id
        for _ in range(3)
    ]
    assert len(set(boots)) == 3
    assert all(len(boot) == 36 for boot in boots)


def test_a_clock_has_no_data_line():
    clock = ClockSimulator()
    with pytest.raises(Unplugged):
        clock.connect().open(1)
    with pytest.raises(UnknownAction):
        clock.control("rtc", battery_mv=-1)
