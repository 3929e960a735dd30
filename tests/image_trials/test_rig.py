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


COMMAND_LINE_MOST = 2048 - 512
"""Of the kernel of arm64, less room for the image's own words."""


@pytest.mark.parametrize(("architecture", "option"), [("amd64", "-smbios"), ("arm64", "-fw_cfg")])
def test_the_hands_come_from_the_emulator(tmp_path, architecture, option):
    """Each part of them by one of two ways, and none of them by both."""
    given = agent.arguments(architecture, "ttyS1", tmp_path)
    words = agent.words(architecture, "ttyS1")
    parts = [word.partition("=")[2].partition(":") for word in words.split()]
    by_line = {name: base64.b64decode(coded).decode() for name, _, coded in parts}
    by_file = {}
    for file in tmp_path.iterdir():
        text = file.read_text(encoding="utf-8")
        if architecture == "amd64":
            head, _, coded = text.partition("=")
            assert head == f"io.systemd.credential.binary:{file.stem}"
            text = base64.b64decode(coded).decode()
        by_file[file.stem] = text
    assert given.count(option) == len(by_file)
    assert not set(by_file) & set(by_line)
    assert {**by_file, **by_line} == agent.credentials("ttyS1")
    assert len(words) <= COMMAND_LINE_MOST
    names = [value for value in given if value.startswith("name=")]
    assert all(len(name.partition(",")[0]) <= 55 + len("name=") for name in names)


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
