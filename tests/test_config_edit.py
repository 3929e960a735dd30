"""One setting changed in the file of a shop, and nothing else."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import config as configuration
from terminal import config_edit
from terminal.config_edit import with_value
from terminal.settings import ConfigError

KEY, NEW = "devices.scanner", "serial:/dev/pts/3"


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ('[devices]\nscanner = "sim:scanner"\n', '[devices]\nscanner = "serial:/dev/pts/3"\n'),
        (
            "[devices] # mine\r\n  scanner='x' # the old one\r\npoi = \"y\"\r\n",
            '[devices] # mine\r\n  scanner="serial:/dev/pts/3" # the old one\r\npoi = "y"\r\n',
        ),
        ('[devices]\npoi = "y"\n', '[devices]\nscanner = "serial:/dev/pts/3"\npoi = "y"\n'),
        ('[shop]\nname = "a"', '[shop]\nname = "a"\n\n[devices]\nscanner = "serial:/dev/pts/3"\n'),
        ("", '[devices]\nscanner = "serial:/dev/pts/3"\n'),
        ('devices.scanner = "x"\n', 'devices.scanner = "serial:/dev/pts/3"\n'),
        ('[devices]\n"scanner" = "x"\n', '[devices]\n"scanner" = "serial:/dev/pts/3"\n'),
        (
            '[shop]\nscanner = "not this one"\n[devices]\nscanner = "x"\n',
            '[shop]\nscanner = "not this one"\n[devices]\nscanner = "serial:/dev/pts/3"\n',
        ),
        (
            '[shop]\nname = """\n[devices]\nscanner = "x"\n"""\n[devices]\nscanner = "x"\n',
            (
                '[shop]\nname = """\n[devices]\nscanner = "x"\n"""\n[devices]\n'
                'scanner = "serial:/dev/pts/3"\n'
            ),
        ),
    ],
)
def test_comments_order_and_line_ends_are_kept(source, changed):
    assert with_value(source, KEY, NEW) == changed


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ('devices = { scanner = "x" }\n', 'write scanner = "serial:/dev/pts/3" under [devices]'),
        ('[devices]\nscanner = """\nx"""\n', "cannot be changed by itself"),
        ("devices = 3\n", "must be a [devices] table"),
        ("[devices\n", "this is not TOML"),
    ],
)
def test_what_cannot_be_changed_for_certain_is_refused_in_words(source, why):
    with pytest.raises(ConfigError) as refused:
        with_value(source, KEY, NEW)
    assert why in str(refused.value)


names = st.sampled_from(["scanner", "poi", "name", "other", "devices"])
values = st.one_of(
    st.integers(0, 9).map(str),
    st.sampled_from(['"x"', "'y'", '"a # b"', "[1, 2]", '"""\nscanner = "z"\n"""', "true"]),
)
lines = st.one_of(
    st.builds("{} = {}".format, names, values),
    st.builds("{}.{} = {}".format, names, names, values),
    st.sampled_from(
        ["[devices]", "[shop]", "# scanner = 3", "", "  [devices]  # here", "[[list]]"]
    ),
)


@given(st.lists(lines, max_size=8).map("\n".join), st.text('abc:/"\\é ', max_size=9))
def test_any_file_is_changed_in_one_value_or_refused(source, value):
    try:
        before = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        before = None
    try:
        changed = with_value(source, KEY, value)
    except ConfigError:
        return
    assert before is not None
    before.setdefault("devices", {})["scanner"] = value
    assert tomllib.loads(changed) == before
    left = iter(changed.split("\n"))
    kept = [line for line in source.split("\n") if "scanner" not in line and line]
    assert all(line in left for line in kept), "every other line stands, in its order"


@pytest.fixture
def settings(shop):
    path = shop.data / "reprise.toml"
    path.write_text("# Lise's own remark\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    path.chmod(0o640)
    return path


def test_the_result_loads_and_keeps_the_files_rights(settings):
    before = configuration.load(settings)
    config_edit.prepare(settings, KEY, NEW).commit()
    after = configuration.load(settings)
    assert after == configuration.with_settings(before, {KEY: NEW})
    assert settings.read_text(encoding="utf-8").startswith("# Lise's own remark\n")
    assert settings.stat().st_mode & 0o777 == 0o640
    assert not settings.with_name("reprise.toml.new").exists()


def test_a_power_cut_before_the_rename_leaves_the_old_file(settings):
    old = settings.read_bytes()
    edit = config_edit.prepare(settings, KEY, NEW)
    assert settings.read_bytes() == old  # here the power goes
    edit = config_edit.prepare(settings, KEY, "serial:/dev/pts/4")  # what was left is no obstacle
    edit.discard()
    assert settings.read_bytes() == old
    assert sorted(p.name for p in settings.parent.glob("reprise.toml*")) == ["reprise.toml"]


def test_a_value_that_no_terminal_would_take_is_not_written(settings):
    old = settings.read_bytes()
    with pytest.raises(ConfigError, match="an address like"):
        config_edit.prepare(settings, KEY, "carrier:pigeon")
    assert settings.read_bytes() == old
    assert not settings.with_name("reprise.toml.new").exists()


def test_a_link_goes_on_leading_to_the_file(settings, tmp_path):
    link = tmp_path / "boot.toml"
    link.symlink_to(settings)
    config_edit.prepare(link, KEY, NEW).commit()
    assert link.is_symlink()
    assert configuration.load(settings).devices.scanner == NEW


def test_a_place_that_takes_no_file_is_named(settings):
    (settings.parent / "reprise.toml.new").mkdir()
    with pytest.raises(ConfigError, match=r"reprise.toml.*devices.scanner: cannot be written"):
        config_edit.prepare(settings, KEY, NEW)
