"""The configuration: what is accepted, and how what is not is refused."""

import itertools
import zoneinfo
from pathlib import Path

import pytest

from terminal import config
from terminal.settings import ConfigError, line_of


def write(folder: Path, text: str) -> Path:
    path = folder / config.FILE_NAME
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_gives_the_defaults(tmp_path):
    assert config.load(write(tmp_path, "")) == config.defaults()


def test_what_is_dumped_loads_back_equal_and_every_setting_is_explained(tmp_path):
    changed = config.with_settings(
        config.defaults(),
        {
            "shop.name": 'Chez "Lise" \\ fils',
            "shop.address": "2 rue Haute; 1000 Bruxelles",
            "terminal.role": "kiosk",
            "terminal.languages": "nl, fr",
            "terminal.language": "nl",
            "terminal.shopper_may_void": "no",
            "terminal.cash_rounding_minor": "5",
            "devices.drawer": "",
        },
    )
    assert config.load(write(tmp_path, config.dump(changed))) == changed
    assert changed.shop.address == ("2 rue Haute", "1000 Bruxelles")


def test_every_setting_of_a_dumped_file_is_explained_by_the_line_above_it():
    one_scheme = config.Config(barcodes=config.defaults().barcodes[:1])
    lines = config.dump(one_scheme).splitlines()
    unexplained = [
        line
        for before, line in itertools.pairwise(lines)
        if " = " in line and not line.startswith("#") and not before.startswith("#")
    ]
    assert unexplained == []


def test_no_barcode_scheme_at_all_can_be_dumped_and_loaded(tmp_path):
    bare = config.Config(barcodes=())
    assert config.load(write(tmp_path, config.dump(bare))) == bare


WRONG = [
    # text, key, line, part of the message
    ('[shop]\n\nnmae = "x"\n', "shop.nmae", 3, "shop.name"),
    ("[shops]\n", "shops", 1, "shop"),
    ("shop = 3\n", "shop", 1, "[shop] table"),
    ("[terminal]\nmax_lines = 0\n", "terminal.max_lines", 2, "from 1 to 5000"),
    ("[terminal]\nmax_lines = 10.5\n", "terminal.max_lines", 2, "a whole number"),
    ("[terminal]\nmax_lines = true\n", "terminal.max_lines", 2, "a whole number"),
    ('[terminal]\nshopper_may_void = "yes"\n', "terminal.shopper_may_void", 2, "true or false"),
    ('[terminal]\nrole = "bar"\n', "terminal.role", 2, '"till", "kiosk"'),
    ('[terminal]\ntill_number = "12"\n', "terminal.till_number", 2, "4 digits"),
    ('[terminal]\nlanguages = ["fr", "fr"]\n', "terminal.languages", 2, "different"),
    ('[terminal]\nlanguage = "de"\nlanguages = ["fr"]\n', "terminal.language", 2, "one of"),
    ('[terminal]\nbusiness_day_ends = "24:00"\n', "terminal.business_day_ends", 2, "04:00"),
    ('[shop]\ntimezone = "Europe/Atlantis"\n', "shop.timezone", 2, "Europe/Paris"),
    ('[shop]\ntimezone = "../../etc/passwd"\n', "shop.timezone", 2, "Europe/Paris"),
    ('[shop]\nname = "a\\u0000b"\n', "shop.name", 2, "a text"),
    ('[rights]\ncashier = ["fly"]\n', "rights.cashier", 2, "a list"),
    ('[devices]\npoi = "ftp:x"\n', "devices.poi", 2, "sim:printer"),
    (
        '[devices]\npoi_protocol = "zvt"\npoi = "serial:/dev/ttyS0"\n',
        "devices.poi",
        3,
        "zvt is spoken at sim: or tcp:",
    ),
    (
        '[terminal]\nrole = "kiosk"\n[devices]\npoi_protocol = "manual-poi"\n',
        "devices.poi_protocol",
        4,
        "a kiosk has no one to ask",
    ),
    ("[devices]\npaper_columns = 12\n", "devices.paper_columns", 2, "from 24 to 64"),
    ('[devices]\nprinter_profile = "x"\n', "devices.printer_profile", 2, '"epson-tm-t20iii"'),
    ('[shop]\nlogo = "../logo.png"\n', "shop.logo", 2, "logo.png"),
    ('[devices]\npoi_protocol = "opi"\n', "devices.poi_protocol", 2, '"nexo-local"'),
    ('[poi]\nzvt_password = "12"\n', "poi.zvt_password", 2, "6 digits"),
    ('[poi]\nkey_file = "../poi.toml"\n', "poi.key_file", 2, "without folders"),
    ("[limits]\nkiosk_idle_s = 20\n", "limits.kiosk_idle_warning_s", 1, "longer"),
    ('[[barcodes]]\nprefix = "21"\n[[barcodes]]\nlength = 13\n', "barcodes[1].prefix", 3, "given"),
    (
        '[[barcodes]]\nprefix = "21"\n[[barcodes]]\nprefix = "x"\n',
        "barcodes[1].prefix",
        4,
        "1 to 4 digits",
    ),
    ('[[barcodes]]\nprefix = "2"\nlength = 8\n', "barcodes[0].length", 3, "check digit"),
    ("barcodes = 3\n", "barcodes", 1, "[[barcodes]]"),
    ('[shop]\nname = "x\n', "", 2, "not TOML"),
]


@pytest.mark.parametrize(("text", "key", "line", "message"), WRONG)
def test_a_wrong_setting_names_key_file_and_line(tmp_path, text, key, line, message):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert (caught.value.key, caught.value.line, caught.value.file) == (key, line, path)
    assert message in caught.value.message
    assert str(caught.value).startswith(f"{path}, line {line}: ")


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"#" * (config.MAX_FILE_BYTES + 1)])
def test_a_file_that_is_no_text_or_far_too_large_is_refused(tmp_path, raw):
    path = tmp_path / config.FILE_NAME
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match=r"UTF-8|larger"):
        config.load(path)


def test_a_missing_file_is_said_with_its_path(tmp_path):
    path = tmp_path / config.FILE_NAME
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("shop.nmae", "x"),
        ("nothing", "x"),
        ("terminal.max_lines", "many"),
        ("terminal.shopper_may_void", "perhaps"),
        ("rights.cashier", "price,fly"),
    ],
)
def test_a_wrong_setting_on_the_command_line_names_its_key(key, typed):
    with pytest.raises(ConfigError) as caught:
        config.with_settings(config.defaults(), {key: typed})
    assert caught.value.key == key


def test_the_policy_of_the_core_follows_the_settings():
    changed = config.with_settings(
        config.defaults(),
        {"rights.cashier": "price", "terminal.cash_rounding_minor": "5", "terminal.role": "kiosk"},
    )
    policy = changed.policy()
    assert policy.allows("cashier", "price")
    assert not policy.allows("cashier", "discount")
    assert policy.allows("supervisor", "resolve")
    assert (policy.cash_rounding_minor, policy.role) == (5, "kiosk")


def test_every_default_satisfies_its_own_kind(tmp_path):
    assert config.load(write(tmp_path, config.dump(config.defaults()))) == config.defaults()
    zoneinfo.ZoneInfo(config.defaults().shop.timezone)


def test_a_line_is_found_by_section_key_and_occurrence():
    source = "[a]\nx = 1\n[[b]]\nx = 2\n[[b]]\ny = 3\n x = 4\n"
    assert [line_of(source, "a", "x"), line_of(source, "b", "x", 0)] == [2, 4]
    assert [line_of(source, "b", "x", 1), line_of(source, "b", "z", 1)] == [7, 5]
    assert line_of(source, "c", "x") == 0
