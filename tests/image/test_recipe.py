"""What goes into an image: packages, wheels, units, users, and what may not."""

import json
import re
import subprocess

import pytest

from image import layout, partitions, program, recipe, roots, splash, system
from image.recipe import HERE, PROJECT, TARGETS, BuildError, columns, key_of
from terminal.appliance import places

OVERLAY = HERE / "overlay"
TARGET = TARGETS["arm64"]


# --- packages and wheels --------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS.values(), ids=str)
def test_no_package_compiles_or_lets_anybody_in(target):
    named = set(roots.packages(target))
    unwanted = re.compile(
        r"gcc|g\+\+|make$|.*-dev$|python3-pip|apt$|openssh.*|sudo|curl|wget|gdb|vim"
    )
    assert [name for name in named if unwanted.match(name)] == []
    kernels = {name for name in named if name.startswith("linux-image-")}
    assert len(kernels) == len(target.kernels)
    assert {"systemd", "rauc", "python3"} <= named


def test_every_package_says_why():
    assert all(why for _, _, why in columns(HERE / "packages.txt", 3))
    assert {targets for _, targets, _ in columns(HERE / "packages.txt", 3)} <= {
        *("all", "amd64", "arm64", "arm64-debian", "arm64-rpi")
    }


def test_a_list_with_a_missing_column_is_refused(tmp_path):
    (tmp_path / "list").write_text("systemd | all\n")
    with pytest.raises(BuildError, match="3 columns"):
        columns(tmp_path / "list", 3)


def test_an_image_of_the_boards_maker_says_where_that_is(monkeypatch):
    monkeypatch.delenv(roots.VENDOR_SOURCE, raising=False)
    with pytest.raises(BuildError, match="PI_SOURCE must be the line of apt"):
        roots.vendor_source()
    monkeypatch.setenv(roots.VENDOR_SOURCE, "deb mirror://shop.invalid trixie main")
    assert roots.vendor_source() == "deb mirror://shop.invalid trixie main"


LOCK = """\
# made by a tool
evdev==2.0.0 ; sys_platform == 'linux' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
lgpio==0.2.2 ; platform_machine == 'aarch64' and sys_platform == 'linux' \\
    --hash=sha256:cc
old==1 ; python_full_version < '3.12' \\
    --hash=sha256:dd
"""


def test_the_lock_is_read_for_the_target_and_not_for_the_machine_that_builds():
    everywhere = "evdev==2.0.0 --hash=sha256:aa --hash=sha256:bb"
    assert program.requirements(LOCK, TARGETS["amd64"]) == [everywhere]
    assert program.requirements(LOCK, TARGETS["arm64"]) == [
        everywhere,
        "lgpio==0.2.2 --hash=sha256:cc",
    ]


def test_everything_that_is_installed_is_proven_by_a_hash():
    lines = program.requirements(program.LOCK.read_text(encoding="utf-8"), TARGET)
    assert len(lines) > 20
    assert [
        line for line in lines if not re.search(r"==\S+ --hash=sha256:[0-9a-f]{64}", line)
    ] == []


def test_a_piece_is_made_anew_when_what_goes_in_changes(tmp_path):
    (tmp_path / "one").write_text("a")
    first = key_of("x", tmp_path)
    assert key_of("x", tmp_path) == first
    (tmp_path / "one").chmod(0o755)
    second = key_of("x", tmp_path)
    (tmp_path / "one").write_text("b")
    assert len({first, second, key_of("x", tmp_path)}) == 3


def test_a_program_that_fails_is_told_with_its_last_words():
    with pytest.raises(BuildError, match="no-such-file"):
        recipe.run("cat", "/no-such-file")


# --- the system -----------------------------------------------------------------------------------


def test_what_lasts_is_bound_from_the_data_partition_to_where_the_program_looks():
    bound = {place: kept for kept, place in system.BOUND}
    assert bound[str(places.DATA)] == "/data/reprise"
    assert bound[str(places.UPDATE_DATA)] == "/data/update"
    assert bound["/etc/credstore.encrypted"] == "/data/credstore"
    assert {"/var/lib/systemd", "/var/log/journal", "/var/lib/rauc"} <= bound.keys()


def test_file_systems_are_mounted_as_decided():
    mounts = {
        words[1]: (words[0], words[2], set(words[3].split(",")))
        for line in system.file_systems().splitlines()
        if (words := line.split()) and words[0] != "#"
    }
    safe = {"nosuid", "nodev", "noexec"}
    what, kind, options = mounts["/data"]
    assert (what, kind) == ("PARTLABEL=data", "ext4")
    assert options >= {"noatime", "errors=remount-ro", "nofail", *safe}
    what, kind, options = mounts[str(places.BOOT_SETTINGS)]
    assert (what, kind) == ("PARTLABEL=bootcfg", "vfat")
    assert options >= {"ro", "umask=0077", *safe}
    assert mounts["/var"][:2] == ("tmpfs", "tmpfs")
    assert "/" not in mounts, "the first file system mounts the root, read-only"


def test_users_have_fixed_numbers_because_their_data_outlives_the_image():
    text = (OVERLAY / "usr/lib/sysusers.d/reprise.conf").read_text(encoding="utf-8")
    users = dict(re.findall(r"^u (\S+)\s+(\d+):", text, re.MULTILINE))
    assert users == {"reprise": "900", "reprise-health": "901"}
    assert partitions.DATA_OWNERS["/data/reprise"][0] == int(users["reprise"])


def test_nobody_can_log_in():
    assert {"getty@tty1.service", "serial-getty@.service", "autovt@.service"} <= set(system.MASKED)
    text = (OVERLAY / "usr/lib/sysusers.d/reprise.conf").read_text(encoding="utf-8")
    shells = {line.split()[-1] for line in text.splitlines() if line.startswith("u ")}
    assert shells == {"/usr/sbin/nologin"}


def test_a_way_in_or_a_secret_is_refused(tmp_path):
    (tmp_path / "etc").mkdir()
    shadow = tmp_path / "etc/shadow"
    shadow.write_text("root:*:1:0:99999:7:::\n")
    system.refuse_unwanted(tmp_path)
    shadow.write_text("root::1:0:99999:7:::\n")
    with pytest.raises(BuildError, match="log in as root"):
        system.refuse_unwanted(tmp_path)
    shadow.write_text("root:!*:1:0:99999:7:::\n")
    (tmp_path / "etc/key.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(BuildError, match=r"etc/key\.pem"):
        system.refuse_unwanted(tmp_path)
    (tmp_path / "etc/key.pem").unlink()
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/gcc").touch()
    with pytest.raises(BuildError, match="usr/bin/gcc"):
        system.refuse_unwanted(tmp_path)


def test_the_overlay_holds_no_secret_and_no_mark_is_left_in_it():
    for file in sorted(OVERLAY.rglob("*")):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert "PRIVATE KEY" not in text, file
            assert not re.search(r"@[A-Z_]+@", system.render(text, TARGET)), file


def test_every_unit_that_the_build_enables_can_be_enabled():
    units = system.unit_files()
    assert "terminal.service" in {unit.name for unit in units}
    for unit in units:
        text = unit.read_text(encoding="utf-8")
        assert "[Install]" not in text or "WantedBy=" in text or "RequiredBy=" in text, unit


def test_the_data_partition_is_grown_by_its_type():
    rule = (OVERLAY / "usr/lib/reprise/repart.d/50-data.conf").read_text(encoding="utf-8")
    assert f"Type={layout.DATA_TYPE}" in system.render(rule, TARGET)


# --- the start ------------------------------------------------------------------------------------


def test_the_start_is_silent_and_a_kernel_that_fails_starts_again():
    for target in TARGETS.values():
        words = partitions.command_line(target).split()
        silent = {"quiet", "logo.nologo", "vt.global_cursor_default=0", "ro"}
        assert silent | {"panic=10", "fsck.repair=yes"} <= set(words)
        assert not any(word.startswith(("root=", "rauc.slot=")) for word in words), (
            "slots are alike"
        )


@pytest.mark.parametrize("script", sorted((HERE / "initramfs").rglob("reprise-*")), ids=str)
def test_scripts_of_the_first_file_system_are_sound_and_say_no_prerequisites(script):
    assert script.stat().st_mode & 0o100
    subprocess.run(["sh", "-n", str(script)], check=True)
    said = subprocess.run(["sh", str(script), "prereqs"], check=True, capture_output=True)
    assert said.stdout == b""


@pytest.mark.parametrize(
    ("told", "cmdline", "slot"),
    [
        (2, "quiet", "a"),
        (3, "quiet", "b"),
        (None, "quiet rauc.slot=B ro", "b"),
        (None, "rauc.slot=A", "a"),
        (None, "", "a"),
    ],
)
def test_the_system_belongs_to_the_boot_partition_that_the_firmware_took(
    tmp_path, told, cmdline, slot
):
    for folder in ("proc/device-tree/chosen/bootloader", "run", "conf"):
        (tmp_path / folder).mkdir(parents=True)
    if told:
        place = tmp_path / "proc/device-tree/chosen/bootloader/partition"
        place.write_bytes(told.to_bytes(4, "big"))
    (tmp_path / "proc/cmdline").write_text(cmdline + "\n")
    script = (HERE / "initramfs/scripts/init-premount/reprise-slot").read_text(encoding="utf-8")
    for place in ("/proc/", "/run/", "/conf/"):
        script = script.replace(place, f"{tmp_path}{place}")
    subprocess.run(["sh", "-ec", script], check=True)
    assert (tmp_path / "conf/param.conf").read_text().startswith(f"ROOT=PARTLABEL=system_{slot}\n")
    assert (tmp_path / "run/reprise-slot").read_text() == f"{slot}\n"


@pytest.mark.parametrize(
    ("root", "data", "noted"),
    [
        ("/dev/mmcblk0p4", "/dev/mmcblk0p6", ["mmcblk0"]),  # beside it, another card in a reader
        ("/dev/sda4", "/dev/sda6", ["sda"]),
        ("/dev/mmcblk9p4", "/dev/disk/by-partlabel/data", []),  # nothing is told of such a disk
    ],
)
def test_the_identity_is_that_of_the_card_that_the_root_is_on(tmp_path, root, data, noted):
    for disk, part in (("mmcblk0", "mmcblk0p{}"), ("sda", "sda{}")):
        for number, name in ((4, "system_a"), (6, "data")):
            place = tmp_path / "sys/devices" / disk / part.format(number)
            place.mkdir(parents=True)
            place.joinpath("uevent").write_text(f"PARTN={number}\nPARTNAME={name}\n")
            link = tmp_path / "sys/class/block" / place.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(place)
    for folder in ("proc", "run", "dev", "tools"):
        (tmp_path / folder).mkdir()
    mounts = f"sysfs /sys sysfs rw 0 0\n{root} /root erofs ro 0 0\n"
    (tmp_path / "proc/mounts").write_text(mounts)
    asked = tmp_path / "asked"
    mount = tmp_path / "tools/mount"
    mount.write_text(f'#!/bin/sh\necho "$@" >>{asked}\nexit 1\n')  # there is nothing to mount
    mount.chmod(0o755)
    script = (HERE / "initramfs/scripts/init-bottom/reprise-identity").read_text(encoding="utf-8")
    for place in ("/proc/", "/run/", "/sys/"):
        script = script.replace(place, f"{tmp_path}{place}")
    script = script.replace("tries=50", "tries=0")  # no block device will come
    tools = {"PATH": f"{tmp_path}/tools:/usr/bin:/bin", "rootmnt": "/root"}
    subprocess.run(["sh", "-c", script], env=tools, check=True)
    assert asked.read_text().split()[-2] == data
    assert sorted(path.name for path in (tmp_path / "run").glob("reprise-disk/*")) == noted


def test_the_splash_is_a_strip_of_whole_rows_with_something_on_it():
    for width in splash.WIDTHS:
        drawn = splash.strip(width)
        assert len(drawn) == width * 4 * splash.ROWS
        assert set(drawn[: width * 4]) == {0}, "black at its edge, as the rest of the screen is"
        assert 255 in drawn


# --- file systems ---------------------------------------------------------------------------------


def test_the_release_says_what_an_update_must_be_for(tmp_path):
    for folder in ("etc", "usr/lib", places.RELEASE.parent.relative_to("/")):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "usr/lib/os-release").write_text("ID=debian\n")
    system.settle(tmp_path, TARGET, "2026-01-01T00:00:00Z")
    release = json.loads((tmp_path / places.RELEASE.relative_to("/")).read_text())
    assert release["compatible"] == "reprise-arm64"
    assert release.keys() == {"version", "target", "built_at", "compatible"}
    assert (tmp_path / "etc/machine-id").read_bytes() == b"", "each machine makes its own"


def test_a_list_of_installed_files_names_no_script_of_the_building_machine():
    """Two builds in two folders are the same: a script's hash holds the folder's name."""
    record = "../../bin/pybabel,sha256=sykAE7lY,238\nbabel/core.py,sha256=aa,3\n"
    assert program.without_scripts(record) == "babel/core.py,sha256=aa,3\n"


CATALOGUES = sorted((PROJECT / "terminal" / "locales").rglob("*.po"))


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: "-".join(path.parts[-3::2]))
def test_a_catalogue_says_when_it_was_made(catalogue):
    """Else its compiled form says when it was compiled, and no two images are the same."""
    assert "POT-Creation-Date: 2" in catalogue.read_text(encoding="utf-8").partition("\n\n")[0]
