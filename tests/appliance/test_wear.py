"""What the card takes: counters of the kernel read, put into days, and turned into a life."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.appliance import wear, wear_log
from terminal.appliance.wear import EmmcLife
from terminal.appliance.wear_log import FIRST_DAYS, MAX_DAYS, Day, Reading, WearLog

IO = "rchar: 3\nwchar: 4\nsyscr: 1\nsyscw: 1\nread_bytes: 0\nwrite_bytes: 122880\ncancelled: 0\n"
STAT = "  1834  301  92034  712  9921  8832  1048576  5121  0  3330  5833  0 0 0 0\n"


def test_the_kernels_texts_are_read():
    assert wear.process_written(IO) == 122_880
    assert wear.disk_written(STAT) == 1_048_576 * 512


@pytest.mark.parametrize("text", ["", "write_bytes: x\n", "1 2 3", "a b c d e f g h"])
def test_a_text_that_says_nothing_gives_no_figure(text):
    assert wear.process_written(text) is None
    assert wear.disk_written(text) is None


@pytest.mark.parametrize(
    ("life_time", "pre_eol", "expected"),
    [
        ("0x01 0x01\n", "0x01\n", EmmcLife(10, "normal")),
        ("0x02 0x05\n", "0x02\n", EmmcLife(50, "warning")),
        ("0x0b 0x01\n", "0x03\n", EmmcLife(110, "urgent")),
        ("0x00 0x03\n", "", EmmcLife(30, "")),
        ("0x00 0x00\n", "0x00\n", None),
        ("", "", None),
        ("0xff 0xff\n", "0x01\n", None),
    ],
)
def test_the_registers_of_an_emmc(life_time, pre_eol, expected):
    assert wear.emmc_life(life_time, pre_eol) == expected


@pytest.mark.parametrize(
    ("per_day", "already", "endurance_gb", "days"),
    [
        (65 * 2**20, 0, 24_000, 352_125),  # 300 sales a day on a card of 24 TBW: not its wear
        (10**9, 90 * 10**9, 100, 10),
        (10**9, 200 * 10**9, 100, 0),
        (0, 0, 100, None),
        (10**9, 0, 0, None),
    ],
)
def test_the_days_that_are_left(per_day, already, endurance_gb, days):
    assert wear.days_left(per_day, already, endurance_gb) == days


def test_the_disk_of_a_folder_is_the_whole_one_and_not_its_partition(tmp_path):
    device = tmp_path.stat().st_dev
    import os

    disk = tmp_path / "sys/devices/mmc0/block/mmcblk0"
    partition = disk / "mmcblk0p6"
    partition.mkdir(parents=True)
    (partition / "partition").write_text("6\n")
    (disk / "stat").write_text(STAT)
    nodes = tmp_path / "sys/dev/block"
    nodes.mkdir(parents=True)
    (nodes / f"{os.major(device)}:{os.minor(device)}").symlink_to(partition)
    found = wear.disk_of(tmp_path, tmp_path)
    assert found == disk
    assert wear.read_disk(found) == 1_048_576 * 512


def test_a_machine_without_such_files_does_without(tmp_path):
    assert wear.disk_of(tmp_path, tmp_path) is None
    assert wear.read_disk(None) is None
    assert wear.read_process(tmp_path) is None
    assert wear.read_boot_id(tmp_path) == ""


def reading(day: str, boot: str, disk: int | None, process: int = 0, sales: int = 0) -> Reading:
    return Reading(day, boot, disk, process, sales)


def test_a_restart_of_the_machine_counts_from_its_start_and_one_of_the_program_goes_on():
    log = WearLog()
    for one in (
        reading("2026-11-01", "a", 1000),  # since the machine started: all of it
        reading("2026-11-01", "a", 1500),
        reading("2026-11-02", "b", 200),  # another start: the counter began at nothing
        reading("2026-11-02", "b", None),  # nobody could be asked
        reading("2026-11-02", "b", 260),
    ):
        log = log.with_reading(one)
    assert [(day.day, day.disk_bytes) for day in log.days] == [
        ("2026-11-01", 1500),
        ("2026-11-02", 260),
    ]
    assert log.disk_total == 1760


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 10**9)), max_size=150))
def test_the_diary_is_bounded_and_its_totals_lose_nothing(days):
    log = WearLog()
    for number, written in days:
        log = log.with_reading(reading(f"2026-{number:04d}", "a", None, written, 1))
    assert len(log.days) <= MAX_DAYS
    assert [day.day for day in log.days] == sorted(day.day for day in log.days)
    assert log.process_total == sum(written for _, written in days)


def test_bytes_per_day_leave_out_the_day_that_is_not_over():
    days = (Day("2026-11-01", 10, 100, 2), Day("2026-11-02", 30, 300, 2), Day("2026-11-03", 1, 1))
    log = WearLog(days)
    assert log.per_day() == 200
    assert log.per_sale() == 10
    assert (WearLog().per_day(), WearLog().per_sale()) == (0, 0)


def test_what_is_usual_is_learned_from_the_first_week_and_stays():
    log = WearLog()
    for number in range(1, FIRST_DAYS + 2):
        took = (1000, 2000, 1000 * number, 90_000)
        log = log.with_commits(f"2026-11-{number:02d}", 500, took)
        if number <= FIRST_DAYS:
            assert log.usual_p99_us == 0  # the week is not over
    assert log.usual_p99_us == 4000
    for number in range(10, 30):
        log = log.with_commits(f"2026-11-{number}", 500, (9000, 9000, 99_000, 99_000))
    assert log.usual_p99_us == 4000


def test_a_day_with_few_commits_teaches_nothing():
    log = WearLog()
    for number in range(1, 20):
        log = log.with_commits(f"2026-11-{number:02d}", 5, (1, 1, 1, 1))
    assert log.usual_p99_us == 0


def test_a_restart_does_not_forget_the_worst_of_the_day():
    log = WearLog().with_commits("2026-11-01", 500, (1, 2, 3, 9000))
    assert log.with_commits("2026-11-01", 20, (5, 5, 5, 5)) == log
    longer = log.with_commits("2026-11-01", 600, (2, 2, 2, 50))
    assert (longer.days[0].p50_us, longer.days[0].max_us) == (2, 9000)


def test_the_file_gives_back_what_was_saved_and_a_bad_one_begins_anew(tmp_path):
    path = tmp_path / wear_log.FILE
    log = WearLog().with_reading(reading("2026-11-01", "boot", 7, 8, 9))
    wear_log.save(path, log)
    assert wear_log.load(path) == log
    whole = path.read_bytes()
    damages = (
        b"", whole[:40], whole.replace(b'"version":1', b'"version":2'), b"[]", b"[" * 60_000,
        whole.replace(b'"disk_mark":7', b'"disk_mark":Infinity'),
    )  # fmt: skip
    for damaged in damages:
        path.write_bytes(damaged)
        assert wear_log.load(path) == WearLog()
    assert wear_log.load(tmp_path / "none.json") == WearLog()


def test_a_full_diary_is_a_small_file(tmp_path):
    log = WearLog()
    for number in range(2 * MAX_DAYS):
        log = log.with_reading(reading(f"2026-{number:04d}", "f" * 36, 10**15, 10**13, 10**4))
        log = log.with_commits(f"2026-{number:04d}", 10**5, (10**7, 10**7, 10**7, 10**8))
    path = tmp_path / wear_log.FILE
    wear_log.save(path, log)
    assert path.stat().st_size < wear_log.MAX_BYTES
    assert len(json.loads(path.read_text())["days"]) == MAX_DAYS
    assert wear_log.load(path) == log
