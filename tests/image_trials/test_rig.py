"""What of the image's trials can be tried without the image."""

from __future__ import annotations

import ast
import base64
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.appliance import update_record
from tests.image_trials import agent
from tests.image_trials.board import RESTART_WORD
from tests.image_trials.bundles import CODES
from tests.image_trials.card import boot_partition

AUTOBOOT = "[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n"
SWAPPED = AUTOBOOT.replace("=3", "=x").replace("=2", "=3").replace("=x", "=2")


@pytest.mark.parametrize(
    ("autoboot", "tryboot", "partition"),
    [
        (AUTOBOOT, False, 2),
        (AUTOBOOT, True, 3),
        (SWAPPED, False, 3),
        (SWAPPED, True, 2),
        (AUTOBOOT + "\n" * 400, False, 2),
        ("[all]\nboot_partition=2\n", True, 2),
    ],
)
def test_the_firmware_takes_the_partition_that_autoboot_names(autoboot, tryboot, partition):
    """Padding to a whole sector says nothing; without [tryboot] the flag changes nothing."""
    assert boot_partition(autoboot, tryboot=tryboot) == partition


@pytest.mark.parametrize(
    ("console", "asked"),
    [
        ("[  9.1] reboot: Restarting system with command '0 tryboot'\n", "0 tryboot"),
        ("[  9.1] reboot: Restarting system\n", ""),
        ("[  9.1] reboot: Power down\n", None),
    ],
)
def test_what_a_machine_asks_of_its_firmware_stands_in_its_last_words(console, asked):
    """From the kernel's kernel/reboot.c."""
    found = RESTART_WORD.findall(console)
    assert found == ([] if asked is None else [asked])


def test_every_wrong_bundle_has_a_reason_that_screens_can_say():
    assert set(CODES.values()) <= update_record.CODES


@pytest.mark.parametrize(("architecture", "option"), [("amd64", "-smbios"), ("arm64", "-fw_cfg")])
def test_the_hands_come_from_the_emulator(tmp_path, architecture, option):
    given = agent.arguments(architecture, "ttyS1", tmp_path)
    assert given.count(option) == len(agent.credentials("ttyS1")) == 6
    texts = [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()]
    if architecture == "amd64":
        assert all(text.startswith("io.systemd.credential.binary:") for text in texts)
        texts = [base64.b64decode(text.partition("=")[2]).decode() for text in texts]
    assert sum("ttyS1" in text for text in texts) == 1


def test_the_hands_are_a_program():
    assert ast.parse(agent.PROGRAM).body


def test_the_image_holds_nothing_of_the_hands():
    image = Path(__file__).resolve().parents[2] / "image"
    files = [path for path in image.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    found = [path for path in files if b"trial-agent" in path.read_bytes()]
    assert files
    assert found == []


def test_a_target_that_does_not_exist_is_refused_before_anything_starts():
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("run.py"), "mips"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no target 'mips'" in done.stderr
