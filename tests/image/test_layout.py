"""The card: partitions that the firmware, the updater and the system agree on."""

import re

import pytest

from image import layout, partitions
from image.layout import ALIGN, IMAGE_LIMIT, PARTITIONS, TABLE_TAIL


def test_partitions_begin_on_blocks_that_flash_erases_and_do_not_overlap():
    at = layout.offsets()
    end = 0
    for part in PARTITIONS:
        assert at[part.label] % ALIGN == 0
        assert at[part.label] >= max(end, ALIGN)
        end = at[part.label] + part.size
    assert layout.image_size() == end + TABLE_TAIL


def test_the_whole_image_stays_below_its_limit():
    assert layout.image_size() <= IMAGE_LIMIT == 1_500_000_000


def test_an_image_above_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(layout, "IMAGE_LIMIT", layout.image_size() - 1)
    with pytest.raises(layout.BuildError, match="allowed"):
        layout.image_size()


def test_the_firmware_knows_the_boot_partitions_by_number():
    """bootcfg is the first, where autoboot.txt is looked for; 2 and 3 are what that names."""
    assert [part.label for part in PARTITIONS[:3]] == ["bootcfg", "boot_a", "boot_b"]
    assert PARTITIONS[-1].label == "data", "only the last one can grow"


def test_only_the_data_partition_has_the_type_that_grows():
    assert [part.label for part in PARTITIONS if part.type == layout.DATA_TYPE] == ["data"]


def test_slots_are_alike():
    for kind in ("boot", "system"):
        one, other = layout.partition(f"{kind}_a"), layout.partition(f"{kind}_b")
        assert (one.size, one.type) == (other.size, other.type)
        assert one.guid != other.guid


def test_the_table_says_what_the_layout_says():
    rows = re.findall(r'start=(\d+), size=(\d+), .*name="(\w+)"', layout.table())
    at = layout.offsets()
    assert [(int(start) * 512, int(size) * 512, label) for start, size, label in rows] == [
        (at[part.label], part.size, part.label) for part in PARTITIONS
    ]


@pytest.mark.parametrize(("slot", "ordinary", "tried"), [("A", 2, 3), ("B", 3, 2)])
def test_autoboot_is_one_sector_that_names_both_slots(slot, ordinary, tried):
    text = partitions.autoboot(slot)
    assert len(text.encode("ascii")) == 512
    everyday, _, trial = text.partition("[tryboot]")
    assert "tryboot_a_b=1" in everyday
    assert f"boot_partition={ordinary}\n" in everyday
    assert f"boot_partition={tried}\n" in trial


def test_a_file_system_that_does_not_fit_is_refused(tmp_path):
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(layout.partition("system_a").size + 1)
    with pytest.raises(layout.BuildError, match="system_a takes"):
        partitions.check_fits(large, "system_a")
