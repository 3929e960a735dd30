"""How far an update gets: every wrong bundle stops in words, and a power cut costs one step."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from terminal.appliance import bundle as bundles
from terminal.appliance import places, plugged, trial, update_record, updating
from terminal.appliance.boot_slot import BootSlots
from terminal.appliance.bundle import Bundle, Rauc, look_at
from terminal.appliance.release import Release, order
from terminal.appliance.update_record import UpdateRecord, UpdateRefused
from terminal.appliance.updating import Updater
from terminal.update_settings import Updates
from tests.appliance.test_boot_slot import machine, start
from tests.appliance.test_update_sources import serving

HERE = Release("0.2.0", "reprise-arm64")
NO_SERVER = Updates()
AGREED = {"ok": True, "fault": "", "differences": []}


def squashed(content: bytes = b"x" * 5000, *, signature: bytes = b"s" * 700) -> bytes:
    """The outer form of a bundle: a squashfs that says its length, and a signature behind it."""
    used = 96 + len(content)
    image = b"hsqs" + bytes(36) + used.to_bytes(8, "little") + bytes(48) + content
    image += bytes(-len(image) % 4096)
    return image + signature + len(signature).to_bytes(8, "big")


# --- what a file is not ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_bundle"),
        (b"%PDF-1.7" + bytes(9000), "not_a_bundle"),
        (squashed()[:3000], "truncated"),
        (squashed()[:-1], "truncated"),
        (squashed()[:-400], "truncated"),
        (squashed(signature=b"")[:-8], "unsigned"),
        (squashed(signature=b""), "truncated"),
    ],
    ids=["empty", "other", "cut", "cut-by-one", "cut-in-signature", "unsigned", "no-signature"],
)
def test_what_is_wrong_with_a_file_is_told_apart(tmp_path, content, code):
    file = tmp_path / "some.raucb"
    file.write_bytes(content)
    with pytest.raises(UpdateRefused) as refused:
        look_at(file)
    assert refused.value.code == code


def test_a_whole_file_is_left_to_rauc(tmp_path):
    file = tmp_path / "some.raucb"
    file.write_bytes(squashed())
    look_at(file)
    with pytest.raises(UpdateRefused) as refused:
        Rauc(tmp_path / "no-rauc").info(file)
    assert refused.value.code == "no_engine"


@pytest.mark.parametrize(
    ("version", "compatible", "asked", "code"),
    [
        ("0.3.0", "reprise-arm64", {}, ""),
        ("0.3.0", "reprise-amd64", {}, "other_product"),
        ("0.1.9", "reprise-arm64", {}, "older"),
        ("0.1.9", "reprise-arm64", {"older": True}, ""),
        ("0.2.0-rc.1", "reprise-arm64", {}, "older"),
        ("0.2.0", "reprise-arm64", {}, "already_here"),
        ("0.2.0", "reprise-arm64", {"again": True}, ""),
        ("0.2.7", "reprise-arm64", {}, "refused_before"),
        ("0.2.7", "reprise-arm64", {"again": True}, ""),
        ("latest", "reprise-arm64", {}, "not_a_bundle"),
    ],
)
def test_which_versions_may_go_in(version, compatible, asked, code):
    bundle = Bundle(Path(), version, compatible)
    options = {"again": False, "older": False, **asked}
    found = ""
    try:
        bundles.check(bundle, HERE, {"0.2.7": "unhealthy"}, **options)
    except UpdateRefused as refused:
        found = refused.code
    assert found == code


def test_versions_are_in_the_order_of_semantic_versioning():
    """From semver.org 2.0.0, section 11."""
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
               "1.0.0", "1.2.0", "1.10.0", "2.0.0"]  # fmt: skip
    assert sorted(("2.0.0", *ordered[:-1]), key=order) == ordered
    assert [order(text) for text in ("", "1.0", "v1.0.0", "1.0.0+x")] == [None] * 4


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("Failed updating slot system.1: Failed to copy data: Input/output error", "damaged"),
        ("Installation error: Failed marking slot system.1 non-bootable", "slot_refused"),
    ],
)
def test_the_reason_of_an_engine_that_fails_is_what_its_service_said(tmp_path, last, code):
    """rauc's command ends with a line that says nothing: seen on a booted image."""
    program = tmp_path / "rauc"
    program.write_text(
        f"#!/bin/sh\necho '100% Installing failed.'\necho 'LastError: {last}'\necho idle\n"
        'echo "Installing \\`$2\\` failed" >&2\nexit 1\n'
    )
    program.chmod(0o755)
    with pytest.raises(UpdateRefused) as refused:
        Rauc(program).install(tmp_path / "some.raucb")
    assert (refused.value.code, refused.value.detail) == (code, last)


# --- the way of one -------------------------------------------------------------------------------


class Till:
    """An appliance on a disk, with an engine that answers as rauc's command does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.slots = machine(root)
        self.put(places.RELEASE, {"version": "0.2.0", "compatible": "reprise-arm64"})
        self.bundle = self.stick("0.3.0")
        self.verdict: dict = AGREED
        self.installs = True

    def at(self, place: Path) -> Path:
        return self.root / place.relative_to("/")

    def put(self, place: Path, said: object) -> None:
        path = self.at(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(said))

    def stick(self, version: str, compatible: str = "reprise-arm64") -> Path:
        path = self.root / "media/sda1/reprise" / f"{version}.raucb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(squashed(f"{version} {compatible} ".encode()))
        return path

    def plug_again(self, *, number: int = 7) -> None:
        """Pull the stick and plug it in: the kernel gives its disk another number."""
        device = (self.root / "media").stat().st_dev
        disk = self.root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
        disk.mkdir(parents=True, exist_ok=True)
        (disk / "diskseq").write_text(f"{number}\n")

    def rauc(self) -> Rauc:
        """An engine of two answers, in rauc's own words (``rauc info``, ``rauc install``)."""
        program = self.root / "rauc"
        # The facts stand at the begin of the content (see squashed).
        program.write_text(
            "#!/bin/sh\n"
            "for last; do :; done\n"
            'case "$*" in\n'
            '*info*) set -- $(dd if="$last" bs=1 skip=96 count=80 2>/dev/null);\n'
            '  printf \'{"version":"%s","compatible":"%s"}\' "$1" "$2";;\n'
            f"install*) exit {0 if self.installs else 1};;\n"
            "esac\n"
        )
        program.chmod(0o755)
        return Rauc(program)

    def rehearses(self, _seconds: float) -> None:
        """Somebody else's service: the new version says what it found."""
        assert self.at(places.UPDATE_RUN / "rehearse-system_b").exists()
        self.put(places.UPDATE_DATA / updating.VERDICT, self.verdict)

    def update(
        self, file: Path | None = None, *, settings: Updates = NO_SERVER, **options
    ) -> UpdateRecord:
        updater = Updater(settings, self.root, self.rauc(), self.rehearses, **options)
        record = updater.run(file)
        if record.step == update_record.WAITING:
            self.slots.set_primary("B")  # what rauc asks for at the end of an installation
        return record

    def record(self) -> UpdateRecord:
        return update_record.load(self.at(places.UPDATE_DATA))

    @property
    def wants_restart(self) -> bool:
        return self.at(places.WANT_RESTART).exists()


@pytest.fixture
def till(tmp_path) -> Till:
    return Till(tmp_path)


def test_a_stick_is_found_checked_installed_rehearsed_and_waits(till):
    record = till.update()
    assert (record.step, record.version, record.source, record.slot) == (
        "waiting", "0.3.0", "usb", "B",
    )  # fmt: skip
    assert till.wants_restart
    assert update_record.shown_at(till.at(places.UPDATE_STATE)) == record
    # What waits is left alone by the next look.
    assert till.update() == record


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda till: till.bundle.write_bytes(till.bundle.read_bytes()[:100]), "truncated"),
        (lambda till: till.bundle.write_bytes(squashed(signature=b"")[:-8]), "unsigned"),
        (lambda till: till.bundle.replace(till.stick("0.3.1", "reprise-amd64")) and till.stick(
            "0.3.1", "reprise-amd64"), "other_product"),
        (lambda till: (till.bundle.unlink(), till.stick("0.1.0")), "older"),
        (lambda till: setattr(till, "installs", False), "damaged"),
        (lambda till: start(till.root, "B"), "on_trial"),
        (lambda till: setattr(till, "verdict", {"ok": False, "fault": "", "differences": [
            {"receipt_number": "82", "what": "vat", "seq": 4}]}), "rehearsal_differs"),
        (lambda till: setattr(till, "verdict", {**AGREED, "fault": "no"}), "rehearsal_failed"),
        (lambda till: setattr(till, "verdict", {"ok": True}), "rehearsal_failed"),
    ],
)  # fmt: skip
def test_what_must_not_take_over_does_not(till, wrong, code):
    wrong(till)
    record = till.update()
    assert (record.step, record.code) == ("refused", code)
    assert not till.wants_restart
    assert (record.version in record.refused) == (
        bool(record.version) and code not in update_record.PASSING
    )


def test_a_version_whose_program_cannot_be_run_is_refused_at_once(till):
    """systemd starts this when the rehearsal fails as a unit."""
    till.rehearses = lambda _: updating.unrehearsed(till.root)
    record = till.update()
    assert (record.step, record.code) == ("refused", "rehearsal_failed")
    assert "could not be run" in record.detail


def test_a_verdict_that_was_given_stays(till):
    till.put(places.UPDATE_DATA / updating.VERDICT, AGREED)
    updating.unrehearsed(till.root)
    assert json.loads(till.at(places.UPDATE_DATA / updating.VERDICT).read_bytes()) == AGREED


def test_what_was_refused_is_not_tried_again_by_itself(till):
    till.verdict = {**AGREED, "fault": "it cannot"}
    assert till.update().code == "rehearsal_failed"
    till.verdict = AGREED
    assert till.update().step == "refused"
    assert till.update(till.bundle, again=True).step == "waiting"


def test_a_stick_that_comes_while_another_is_looked_at_is_looked_at_too(till):
    """systemd starts no second look while one goes on."""

    def rehearses(seconds: float) -> None:
        second = till.stick("0.3.1")
        till.verdict = {**AGREED, "fault": "it cannot"} if till.bundle.exists() else AGREED
        till.rehearses(seconds)
        till.bundle.unlink(missing_ok=True)
        assert second.exists()

    record = Updater(Updates(), till.root, till.rauc(), rehearses).look()
    assert (record.step, record.version) == ("waiting", "0.3.1")
    assert dict(record.refused) == {"0.3.0": "rehearsal_failed"}


def test_a_version_that_did_not_go_well_is_taken_again_from_a_stick_plugged_in_anew(till):
    """Nobody can sign on to the machine: a stick pulled too early bars no version for good."""
    till.installs = False
    assert till.update().code == "damaged"
    till.installs = True
    assert till.update().step == "refused"
    till.plug_again()
    record = till.update()
    assert (record.step, dict(record.refused)) == ("waiting", {})


def test_a_forgotten_stick_is_not_plugged_in_anew_by_a_restart(till):
    till.verdict = {**AGREED, "fault": "it cannot"}
    refused = till.update()
    boot = till.at(Path("/proc/sys/kernel/random/boot_id"))
    boot.parent.mkdir(parents=True, exist_ok=True)
    boot.write_text("another start")
    till.plug_again(number=1)
    till.verdict = AGREED
    assert till.update() == refused
    till.plug_again(number=2)
    assert till.update().step == "waiting"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"boot": "", "files": [[1]]}'])
def test_what_was_looked_at_and_cannot_be_read_was_not(tmp_path, content):
    (tmp_path / plugged.FILE_NAME).write_bytes(content)
    stick = plugged.Plugged("/media/sda1/a.raucb", 1, 2, 3)
    assert plugged.anew((stick,), tmp_path, "this") == {Path("/media/sda1/a.raucb")}


@pytest.mark.parametrize("theirs", ["0.1.0", "0.2.0", "0.2.7"])
def test_a_stick_forgotten_in_the_till_does_not_bar_the_server(till, theirs):
    """An older version, the one that runs, or one that did not go well: told once, and left."""
    till.bundle.unlink()
    till.stick(theirs)
    update_record.save(
        UpdateRecord(refused={"0.2.7": "unhealthy"}),
        till.at(places.UPDATE_DATA),
        till.at(places.UPDATE_STATE),
    )
    seen = plugged.seen_now((till.root / "media/sda1/reprise").iterdir(), till.root)
    plugged.remember(seen, till.at(places.UPDATE_DATA), "")
    offered = squashed(b"0.4.0 reprise-arm64 ")
    entry = {"version": "0.4.0", "channel": "stable", "compatible": "reprise-arm64", "url": "a",
             "size": len(offered), "sha256": hashlib.sha256(offered).hexdigest()}  # fmt: skip
    index = json.dumps({"bundles": [entry]}).encode()
    with serving({"/": index, "/a": offered}) as (url, _):
        record = till.update(settings=Updates(url=f"{url}/"))
    assert (record.step, record.version, record.source) == ("waiting", "0.4.0", "server")


def test_a_download_that_nobody_needs_any_more_is_removed(till):
    till.bundle.unlink()
    whole = till.at(places.UPDATE_DATA) / updating.DOWNLOADS / "0.raucb"
    whole.parent.mkdir(parents=True)
    whole.touch()
    assert till.update().step == "idle"
    assert not whole.exists()


def test_what_is_wrong_with_a_stick_is_told_once_for_each_time_it_is_plugged_in(till):
    till.bundle.unlink()
    till.stick("0.1.0")
    assert till.update().code == "older"
    read = UpdateRecord(step="confirmed", version="0.2.0")
    trial.keep(till.root, read)
    assert till.update() == read
    till.plug_again()
    assert till.update().code == "older"


def test_of_several_versions_on_a_stick_the_newest_is_taken(till):
    till.stick("0.2.9")
    till.stick("0.10.0")
    assert till.update().version == "0.10.0"


def test_a_machine_without_books_takes_nothing_yet(till, tmp_path):
    """Not commissioned: a rehearsal would fail for want of books, and bar the version."""
    books = tmp_path / "store.db"
    assert till.update(books=books) == UpdateRecord()
    books.write_bytes(bytes(100))
    assert till.update(books=books).step == "waiting"


def test_without_room_for_the_rehearsal_no_slot_is_written(till, tmp_path):
    """It says nothing about the version, which is taken once there is room."""
    books = tmp_path / "store.db"
    with books.open("wb") as file:
        file.truncate(1 << 43)  # a hole: larger than any disk
    record = till.update(books=books)
    assert (record.step, record.code, dict(record.refused)) == ("refused", "no_room", {})
    books.write_bytes(b"")
    assert till.update(books=books).step == "waiting"


def test_a_pipe_on_a_stick_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "some.raucb")
    with pytest.raises(UpdateRefused) as refused:
        look_at(tmp_path / "some.raucb")
    assert refused.value.code == "not_a_bundle"


def test_a_stick_left_in_the_till_after_the_update_says_nothing(till):
    till.put(places.RELEASE, {"version": "0.3.0", "compatible": "reprise-arm64"})
    assert till.update() == UpdateRecord()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"step": "flying"}', b'{"step": 3, "refused": []}']
)
def test_a_record_that_cannot_be_read_is_none(tmp_path, content):
    (tmp_path / update_record.FILE_NAME).write_bytes(content)
    assert update_record.load(tmp_path) == UpdateRecord()


def test_the_slots_are_those_of_the_machine(till):
    assert BootSlots(till.root).current() == "A"
