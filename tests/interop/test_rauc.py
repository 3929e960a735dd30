"""Real bundles, made and judged by rauc itself, with the configuration that the image ships."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from image import bundle as making
from image import update_keys
from image.recipe import TARGETS
from terminal.appliance.bundle import Rauc
from terminal.appliance.update_record import UpdateRefused

TARGET = TARGETS["arm64"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> update_keys.Keys:
    return update_keys.keys(tmp_path_factory.mktemp("ours") / "keys")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """What a build leaves behind, small."""
    folder = tmp_path_factory.mktemp("built")
    content = random.Random(1)
    (folder / making.SYSTEM).write_bytes(content.randbytes(300_000))
    (folder / making.BOOT).write_bytes(content.randbytes(60_000))
    return folder


@pytest.fixture(scope="module")
def good(built, keys) -> Path:
    return making.make(TARGET, built, keys, "0.3.0")


@pytest.fixture(scope="module")
def rauc(tmp_path_factory, keys) -> Rauc:
    """rauc as the image has it; only the place of the keyring is another."""
    folder = tmp_path_factory.mktemp("etc")
    config = folder / "system.conf"
    config.write_text(making.configuration(TARGET, keys.authority))
    return Rauc(Path(shutil.which("rauc") or "/usr/bin/rauc"), config)


def refusal(rauc: Rauc, file: Path) -> str:
    with pytest.raises(UpdateRefused) as refused:
        rauc.info(file)
    return refused.value.code


def test_a_bundle_of_ours_says_what_it_is(rauc, good):
    found = rauc.info(good)
    assert (found.version, found.compatible) == ("0.3.0", "reprise-arm64")


def test_a_bundle_that_somebody_else_signed_is_refused(rauc, built, tmp_path):
    theirs = update_keys.keys(tmp_path / "theirs")
    copy = Path(shutil.copytree(built, tmp_path / "built"))
    assert refusal(rauc, making.make(TARGET, copy, theirs, "0.3.0")) == "unsigned"


@pytest.mark.parametrize("kept", [0.0001, 0.1, 0.5, 0.9, 0.999])
def test_a_bundle_that_was_cut_is_refused(rauc, good, tmp_path, kept):
    cut = tmp_path / "cut.raucb"
    whole = good.read_bytes()
    cut.write_bytes(whole[: int(len(whole) * kept)])
    assert refusal(rauc, cut) in ("truncated", "not_a_bundle")


def test_no_changed_byte_of_the_signature_makes_a_bundle_say_something_else(rauc, good, tmp_path):
    """At random places; the blocks before are proven by their hash tree while they are written.

    A few bits of a signature's wrapping mean nothing to whoever checks it: then it is the same.
    """
    said = rauc.info(good)
    whole = good.read_bytes()
    length = int.from_bytes(whole[-8:], "big")
    seeded, changed = random.Random(7), tmp_path / "changed.raucb"
    for _ in range(40):
        place = seeded.randrange(len(whole) - 8 - length, len(whole))
        other = bytearray(whole)
        other[place] ^= 1 << seeded.randrange(8)
        changed.write_bytes(other)
        try:
            found = rauc.info(changed)
        except UpdateRefused as refused:
            assert refused.code in ("unsigned", "truncated", "not_a_bundle"), place  # noqa: PT017
        else:
            assert (found.version, found.compatible) == (said.version, said.compatible), place


def test_the_authority_goes_into_an_image_and_no_key_does(keys, tmp_path):
    place = update_keys.put_in(tmp_path, keys.authority.parent)
    assert place.read_text() == keys.authority.read_text()
    assert "PRIVATE" not in place.read_text()
