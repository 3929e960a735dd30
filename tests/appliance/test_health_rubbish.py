"""Rubbish in any file of the machine, or in what the service keeps, harms nothing."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.appliance.health import Health, Moment, Report, read_report, report_of
from terminal.appliance.health_memory import LATCHES, Memory
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.readings import reading_of
from tests.appliance.trees import BOOT, NOW_MS, PI, grown


def look(root) -> Report:
    return Health(MachineFiles(root)).look(Moment(NOW_MS, 1000.0))


SMALL = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [b"", b"\n", b"-1", b"9" * 400, b"0x", b"\xff\xfe", b"[" * 5000, b"{}", b"1 2"]
    ),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.dictionaries(st.sampled_from(sorted(PI)), SMALL, max_size=12))
def test_rubbish_in_any_file_is_never_an_exception(tmp_path_factory, content):
    root = grown(tmp_path_factory.mktemp("rubbish"), **content)
    report = look(root)
    assert report_of(json.loads(json.dumps(report.plain()))).readings == report.readings


@settings(max_examples=80, deadline=None)
@given(
    told=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["version", "boot_id", "at_ms", "readings", "usb", "name", "group", "judgement",
                 "finding", "figures", "x"]
            ),
            inner, max_size=6,
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_a_report_of_anything_is_a_report_or_none(told):
    found = report_of(told)
    assert found is None or isinstance(found.plain(), dict)
    assert reading_of(told) is None or isinstance(reading_of(told).plain(), dict)


@pytest.mark.parametrize("content", [b"", b"\x00", b"[1]", b'{"version": 2}', b"{" * 9000])
def test_a_report_that_cannot_be_read_is_none(tmp_path, content):
    (tmp_path / "health.json").write_bytes(content)
    assert read_report(tmp_path / "health.json") is None
    assert read_report(tmp_path / "nothing.json") is None


def test_latches_that_are_rubbish_are_forgotten(tmp_path):
    (tmp_path / LATCHES).write_text(json.dumps({"boot_id": BOOT, "under_voltage_times": "many"}))
    assert Memory(tmp_path, tmp_path, BOOT).kept.under_voltage_times == 0
