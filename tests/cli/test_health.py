"""``reprise health``: one report for a person or a program, and the service's minute."""

import json
import threading
import zipfile

import pytest

from terminal.appliance.health import Health, Moment, read_report
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.notify import Notifier
from terminal.appliance.readings import Judgement
from terminal.cli.health import Service
from terminal.cli.main import run
from terminal.clock import SystemClock
from terminal.core.limits import LANGUAGES
from tests.appliance.trees import grown, planted

HOT = {"sys/class/thermal/thermal_zone0/temp": "81000"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_tells_a_person_what_is_wrong_and_what_to_do(tmp_path, capsys, language):
    root = grown(tmp_path, **HOT)
    assert run(["health", "--once", "--root", str(root), "--language", language]) == 1
    page = capsys.readouterr().out
    assert "BAD " in page
    assert "81" in page
    assert "EPSON TM-T20III" in page
    assert not {"{", "…"} & set(page)


def test_a_program_gets_the_same_as_json(tmp_path, capsys):
    run(["health", "--json", "--root", str(grown(tmp_path, **HOT))])
    told = json.loads(capsys.readouterr().out)
    readings = {one["name"]: one["judgement"] for one in told["readings"]}
    assert (told["overall"], readings["temperature"]) == ("bad", "bad")


def test_the_service_writes_what_it_sees_and_ends_when_told(tmp_path):
    root = grown(tmp_path / "pi")
    for name in ("run", "state"):
        (tmp_path / name).mkdir()
    service = Service(root, tmp_path / "run", tmp_path / "state", SystemClock())
    service.sample()
    first = read_report(tmp_path / "run" / "health.json")
    assert first.reading("temperature").judgement is Judgement.GOOD
    planted(root, HOT)
    stop = threading.Event()
    stop.set()
    service.serve(Notifier(), stop, 60)
    second = read_report(tmp_path / "run" / "health.json")
    assert second.reading("temperature").judgement is Judgement.BAD
    assert len(json.loads((tmp_path / "run" / "history.json").read_text())) == 2
    assert json.loads((tmp_path / "state" / "last-run.json").read_text())["ended"] is True
    days = json.loads((tmp_path / "state" / "days.json").read_text())
    assert [extremes["celsius"] for extremes in days.values()] == [[51, 81]]


def test_a_service_that_can_write_nowhere_goes_on(tmp_path):
    service = Service(grown(tmp_path), tmp_path / "no", tmp_path / "neither", SystemClock())
    assert service.sample().reading("temperature").judgement is Judgement.GOOD


def test_diagnostics_are_written_without_a_screen_and_never_over_a_file(shop, tmp_path, capsys):
    out = tmp_path / "support.zip"
    assert run(["diagnostics", "--data", str(shop.data), "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as archive:
        assert json.loads(archive.read("health.json"))["readings"]
        assert json.loads(archive.read("devices.json"))
    before = out.read_bytes()
    assert run(["diagnostics", "--data", str(shop.data), "--out", str(out)]) == 1
    assert out.read_bytes() == before
    assert "support.zip" in capsys.readouterr().err


def test_a_dip_between_two_looks_is_seen(tmp_path):
    """Each look at the supply stands for one of the kernel's polls; the dip is over at the next."""
    alarm = "sys/class/hwmon/hwmon1/in0_lcrit_alarm"
    root = grown(tmp_path)
    health = Health(MachineFiles(root))
    told = ["0", "1", "1", "0", "1", "0"]
    for n, value in enumerate(told):
        planted(root, {alarm: value})
        assert health.watch_supply(n) is (value == "1")
    found = health.look(Moment(60_000, 60.0)).reading("under_voltage")
    assert found.finding == "seen"
    assert found.figures == {"times": 2, "last_ms": 4}


class LateWaits:
    """A clock, and a wish to stop that never comes; every wait ends a tenth of a second late."""

    def __init__(self, each_s) -> None:
        self.s, self._each_s = 0.0, each_s

    def monotonic_s(self) -> float:
        return self.s

    def now_ms(self) -> int:
        return round(self.s * 1000)

    def wait(self, seconds: float) -> bool:
        self.s += seconds + 0.1
        self._each_s(self.s)
        return False

    def is_set(self) -> bool:
        return False


def test_no_answer_of_the_driver_is_missed_by_a_service_that_is_late(tmp_path):
    """It stands for two seconds (raspberrypi-hwmon); here every other one is a dip."""
    root = grown(tmp_path / "pi")
    dips = set()

    def answers(now_s: float) -> None:
        answer = int(now_s // 2)
        dips.update({answer} if answer % 2 else ())
        planted(root, {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": str(answer % 2)})

    clock = LateWaits(answers)
    service = Service(root, tmp_path, tmp_path, clock)
    service._wait(clock, 600)
    assert len(dips) == len(range(1, int(clock.s // 2) + 1, 2))
    assert service._health.kept.under_voltage_times == len(dips)
