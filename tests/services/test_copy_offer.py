"""What a stick that nobody of ours wrote says: no line of it stops the screen that looks at it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.devices.media import Machine
from terminal.presenters.restoring import RestoreDesk
from terminal.presenters.setup import SetupDesk, present
from terminal.services.copy_offer import CopyOffer, look
from terminal.services.second_copy import FOLDER
from terminal.store.copy_format import FIRST_SUM
from terminal.words import Words

HEAD = {"kind": "head", "format": "RC1", "till": "3001", "shop": "S", "seq": 0, "hash": "00" * 32}
SETTINGS = {"kind": "file", "name": "reprise.toml", "text": '[shop]\nname = "S"\n'}
STAFF = [{"operator_id": "9", "name": "Lise", "role": "supervisor"}]
PEOPLE = {"kind": "file", "name": "operators.json", "text": json.dumps(STAFF)}
SALE = {
    "kind": "record", "whole": True, "seq": 1, "at_ms": 1_795_863_600_000, "day": "2026-11-28",
    "type": "SaleCompleted", "version": 1, "before": "00" * 32, "hash": "11" * 32,
    "payload": '{"receipt_number":"1","total_minor":250}',
}  # fmt: skip
DEEP = "[" * 100_000


def offered(tmp_path: Path, *bodies: dict[str, object], note: str = "") -> CopyOffer:
    """Return what a stick of these lines offers; each has the sum that it should have."""
    stick = tmp_path / "media" / "stick"
    copy = stick / FOLDER / "copy-001"
    copy.mkdir(parents=True)
    data, before = b"", FIRST_SUM
    for body in bodies:
        text = json.dumps(body)
        before = hashlib.sha256((before + text).encode()).hexdigest()
        data += f"{before} {text}\n".encode()
    (copy / "segment-000001.rc1").write_bytes(data)
    if note:
        (stick / FOLDER / "catalogue").mkdir()
        (stick / FOLDER / "catalogue" / "current.json").write_text(note)
    else:
        (stick / "articles.csv").touch()
    info = tmp_path / "mountinfo"
    info.write_text(f"1 1 8:1 / {stick} rw - vfat /dev/sda1 rw")
    media = Machine(info, tmp_path / "sys", tmp_path / "udev", (str(tmp_path / "media"),))
    found = look(media, tmp_path)
    assert found is not None
    return found


def test_a_stick_as_it_should_be_is_offered(tmp_path):
    assert offered(tmp_path, HEAD, SETTINGS, PEOPLE, SALE).usable


@pytest.mark.parametrize(
    ("place", "key", "value", "problem"),
    [
        (0, "till", ["3001"], "empty"),
        (0, "shop", {}, "empty"),
        (0, "seq", "x", "empty"),
        (1, "name", ["reprise.toml"], "empty"),
        (1, "text", 5, "empty"),
        (1, "text", 'shop = "S"', ""),
        (1, "text", "shop = " + "9" * 5000, ""),
        (1, "text", '[shop]\ntimezone = "Mars/One"', ""),
        (1, "text", '[shop]\ntimezone = "../../etc/passwd"', ""),
        (1, "text", "terminal = 3", ""),
        (2, "text", DEEP, "operators"),
        (2, "text", "5", "operators"),
        (3, "seq", "x", "empty"),
        (3, "seq", 10**30, "empty"),
        (3, "at_ms", "x", "empty"),
        (3, "at_ms", 10**30, "empty"),
        (3, "payload", 5, "empty"),
        (3, "payload", DEEP, ""),
        (3, "payload", '{"receipt_number":"1","total_minor":1e999}', ""),
    ],
)
def test_a_line_that_is_not_as_ours_is_shown_or_left_out(tmp_path, place, key, value, problem):
    bodies = [HEAD, SETTINGS, PEOPLE, SALE]
    bodies[place] = {**bodies[place], key: value}
    offer = offered(tmp_path, *bodies)
    assert offer.problem == problem
    desk = SetupDesk(restore=RestoreDesk(offer), now_ms=1_795_863_700_000)
    words = Words("fr", strict=True)
    assert present(desk, words).ways
    assert present(replace(desk, restore=desk.restore.begun()), words).buttons


@pytest.mark.parametrize(
    "note",
    [DEEP, "5", '{"name":"a.db","bytes":1e999,"sha256":""}', '{"name":"a\\u0000","bytes":1}'],
)
def test_a_catalogue_s_note_that_is_none_is_no_catalogue(tmp_path, note):
    assert offered(tmp_path, HEAD, SETTINGS, PEOPLE, SALE, note=note).problem == "articles"
