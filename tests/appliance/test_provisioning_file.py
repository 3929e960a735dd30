"""The technician's file: how it may be saved, and what is said of each line that is wrong."""

# ruff: noqa: E501 - tables of sentences

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import config
from terminal.appliance import provisioning_settings as machine_settings
from terminal.appliance.card_text import plain_toml, redacted
from terminal.appliance.provisioning_file import (
    MAX_BESIDE_BYTES,
    MAX_CARD_BYTES,
    FileRefused,
    Known,
    Problem,
    check,
    find,
    parse,
    text_of,
    without_secrets,
)
from terminal.barcode_settings import BarcodeScheme
from terminal.services.provision_result import problem_line
from terminal.settings import Kind, Said
from terminal.shop_settings import LANGUAGES
from terminal.words import Words
from tests.appliance.cards import DAY, SECRETS, WHOLE

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "image" / "bootcfg" / "reprise.toml"
STAFF = '[[operators]]\nnumber = "9"\nname = "Lise"\nrole = "supervisor"\npin = "4321"\n'


def problems(text: str, card: Path | None = None, known: Known | None = None) -> list[str]:
    """Return what is said of a file, in English."""
    try:
        check(text, card, known)
    except FileRefused as refused:
        return [problem_line(one, Words("en", strict=True)) for one in refused.problems]
    return []


WRONG = [
    ('[terminal]\nrole = "bar"\n', 'Line 2: terminal.role: \'bar\' cannot be used; write one of: "till", "kiosk".'),
    ("[terminal]\nrolle = 3\n", "Line 2: terminal.rolle: There is no such setting. Did you mean terminal.role"),
    ("[terminall]\n", "Line 1: terminall: There is no such setting. Did you mean terminal?"),
    ("shop = 3\n", "Line 1: shop: It must be a heading in square brackets, alone on its line: shop."),
    ('[shop]\nname = "x\n', "Line 2: This line is not written right."),
    ("[shop]\nname = “Lise”\n", "Line 2: This line is not written right. Pattern: name"),
    ('[shop]\ntimezone = "Mars/Base"\n', "Line 2: shop.timezone: Mars/Base is no time zone known here"),
    ("[terminal]\nmax_lines = 0\n", "Line 2: terminal.max_lines: 0 cannot be used; write a whole number from 1 to 5000."),
    ("[terminal]\ntill_number = 3001\n", "Line 2: terminal.till_number: 3001 cannot be used; write 4 digits in straight quotes."),
    ('[network]\nmode = "static"\n', "Line 2: network.mode: This needs network.address as well."),
    ('[network]\naddress = "10.0.0.2/24"\n', "Line 2: network.address: An address goes with network.mode"),
    ('[network]\nmode = "static"\naddress = "10.0.0.2"\n', "Line 3: network.address: '10.0.0.2' cannot be used; write an address with its network"),
    ('[network]\ngateway = "router"\nmode = "static"\naddress = "10.0.0.2/24"\n', "Line 2: network.gateway: 'router' cannot be used; write an address, like"),
    ('[network]\nmode = "static"\naddress = "10.0.0.0/24"\n', "Line 3: network.address: '10.0.0.0/24' cannot be used; write an address with its network"),
    ('[network]\nmode = "static"\naddress = "10.0.0.2/24"\ngateway = "10.0.1.1"\n', "Line 4: network.gateway: The router has to be in the network of 10.0.0.2/24"),
    ('[network]\nmode = "static"\naddress = "10.0.0.2/24"\ngateway = "10.0.0.2"\n', "Line 4: network.gateway: The router has to be in the network of 10.0.0.2/24"),
    ('[network]\ndns = ["fe80::1%a\\n[Match]"]\n', "Line 2: network.dns: ['fe80::1%a"),
    ('[network]\nwifi_ssid = "b"\nwifi_country = "FR"\n', "Line 2: network.wifi_ssid: This needs network.wifi_psk as well."),
    ('[network]\nwifi_ssid = "b"\nwifi_psk = "12345678"\n', "Line 2: network.wifi_ssid: This needs network.wifi_country as well."),
    ('[network]\nwifi_ssid = "b"\nwifi_psk = "1234"\nwifi_country = "FR"\n', "Line 3: network.wifi_psk: ••• cannot be used; write 8 to 63 characters"),
    ("[network]\nvlan = 4095\n", "Line 2: network.vlan: 4095 cannot be used; write a whole number from 0 to 4094."),
    ('[access]\nsupport_pin = "12"\n', "Line 2: access.support_pin: ••• cannot be used; write 6 to 12 digits"),
    ('[head_office]\nenrolment_token = "0123456789abcdef"\n', "Line 2: head_office.enrolment_token: This needs head_office.url as well."),
    ('[head_office]\nurl = "http://office"\n', "Line 2: head_office.url: 'http://office' cannot be used; write an address that begins with https://."),
    ('[head_office]\nurl = "https://office:99999"\n', "Line 2: head_office.url: 'https://office:99999' cannot be used; write an address that begins"),
    ('[head_office]\nurl = "https://[::1"\n', "Line 2: head_office.url: 'https://[::1' cannot be used"),
    ('[updates]\nurl = "https://[::1"\n', "Line 2: updates.url: 'https://[::1' cannot be used; write an https address"),
    ('[updates]\nurl = "https://up:x"\n', "Line 2: updates.url: 'https://up:x' cannot be used; write an https address"),
    ('[delivery]\nweb_listen = "0.0.0.0:99999"\n', "Line 2: delivery.web_listen: '0.0.0.0:99999' cannot be used; write"),
    ('[delivery]\nweb_listen = "999.0.0.0:8080"\n', "Line 2: delivery.web_listen: '999.0.0.0:8080' cannot be used; write"),
    ('[head_office]\nurl = "https://office"\n', "shop.site: The head office knows this shop by it"),
    ('[catalogue]\nfile = "none.csv"\n', "Line 2: catalogue.file: none.csv is not on the card, beside this file."),
    ('[catalogue]\nfile = "../x.csv"\n', "Line 2: catalogue.file: '../x.csv' cannot be used; write the name of a file"),
    ('[shop]\nlogo = "none.png"\n', "Line 2: shop.logo: none.png is not on the card, beside this file."),
    ('[shop]\nlogo = "photo.png"\n', "Line 2: shop.logo: The file is larger than 1048576 bytes"),
    ("operators = 3\n", "Line 1: operators: There must be at most 50 headings operators"),
    ("a = [" + "[" * 5000 + "\n", "This line is not written right."),
    ("a = " + "9" * 5000 + "\n", "This line is not written right."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[said[:60] for _, said in WRONG])
def test_a_wrong_line_is_named_with_what_is_allowed(tmp_path, text, said):
    whole = text if "operators" in text else text + STAFF
    (tmp_path / "photo.png").write_bytes(bytes(MAX_BESIDE_BYTES + 1))
    found = problems(whole, tmp_path)
    assert [one for one in found if one.startswith(said) or f" {said}" in f" {one}"], found


OPERATORS = [
    ("", "operators: At least one operator must have role"),
    (STAFF.replace("supervisor", "cashier"), "operators: At least one operator must have role"),
    (STAFF.replace('pin = "4321"', ""), "operators[0].pin: The PIN of operator 9 is missing"),
    (STAFF.replace('"4321"', '"12a4"'), "operators[0].pin: ••• cannot be used"),
    (STAFF.replace('"4321"', "4321"), "operators[0].pin: ••• cannot be used"),
    (STAFF + STAFF, "operators[1].number: 9 is given twice."),
    (STAFF.replace('name = "Lise"\n', ""), "operators[0].name: A value is missing."),
    (STAFF.replace("supervisor", "boss"), "operators[0].role: 'boss' cannot be used"),
]


@pytest.mark.parametrize(("text", "said"), OPERATORS)
def test_who_works_here_must_be_said(text, said):
    assert [one for one in problems(text) if said in one], problems(text)


def test_every_wrong_line_is_said_in_the_order_of_the_file():
    text = '[shop]\nnmae = "x"\n[terminal]\nrole = "bar"\nmax_lines = 0\n' + STAFF
    assert [one.partition(":")[0] for one in problems(text)] == ["Line 2", "Line 4", "Line 5"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_wrong_has_words_in_every_language(language, tmp_path):
    words = Words(language, strict=True)
    for text, _ in (*WRONG, *OPERATORS):
        with pytest.raises(FileRefused) as refused:
            check(text, tmp_path)
        assert all(problem_line(one, words) for one in refused.value.problems)


def kinds() -> list[Kind]:
    tables = [*config.TABLES.values(), *machine_settings.TABLES.values()]
    classes = [*tables, machine_settings.OperatorEntry, BarcodeScheme]
    return [one.metadata["kind"] for cls in classes for one in fields(cls)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_every_setting_may_be_has_words_in_every_language(language):
    words = Words(language, strict=True)
    said = [kind.said for kind in kinds()]
    assert all(Said("config.value", {"shown": "x", "allowed": one}).told(words) for one in said)


# --- how a file may be saved ----------------------------------------------------------------------

SAVED = {
    "as it is": lambda text: text.encode(),
    "with a mark of its coding": lambda text: text.encode("utf-8-sig"),
    "on Windows": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "on an old Mac": lambda text: text.replace("\n", "\r").encode(),
    "as Unicode by Notepad": lambda text: text.encode("utf-16"),
}


@pytest.mark.parametrize("save", SAVED.values(), ids=SAVED)
def test_a_file_may_be_saved_by_any_editor(save):
    assert text_of(save(WHOLE)) == WHOLE


@pytest.mark.parametrize(
    "name", ["reprise.toml", "Reprise.TOML", "reprise.toml.txt", "REPRISE.TOML.TXT", "reprise.txt"]
)
def test_a_file_is_found_whatever_it_came_to_be_called(tmp_path, name):
    (tmp_path / "reprise-result.txt").touch()
    (tmp_path / "._reprise.toml").touch()
    (tmp_path / name).touch()
    assert find(tmp_path) == tmp_path / name


def test_two_files_are_refused_by_name(tmp_path):
    for name in ("reprise.toml", "reprise.toml.txt"):
        (tmp_path / name).touch()
    with pytest.raises(FileRefused) as refused:
        find(tmp_path)
    assert "reprise.toml, reprise.toml.txt" in problem_line(refused.value.problems[0], Words("en"))


def test_no_card_at_all_is_no_file(tmp_path):
    assert find(tmp_path / "none") is None


@pytest.mark.parametrize(
    ("raw", "word"), [(b"#" * (MAX_CARD_BYTES + 1), "config.large"), (b"[a]\n\xe9", "config.utf8")]
)
def test_what_is_no_text_or_far_too_large_is_refused(raw, word):
    with pytest.raises(FileRefused) as refused:
        text_of(raw)
    assert refused.value.problems[0].said.key == word


@given(st.binary(max_size=400))
def test_no_bytes_are_too_strange(raw):
    found: tuple[Problem, ...] = ()
    try:
        check(text_of(raw))
    except FileRefused as refused:
        found = refused.problems
    assert all(problem_line(one, Words("de", strict=True)) for one in found)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.data())
def test_no_value_of_any_key_is_too_strange(data):
    """Any value at any key of any table: taken, or refused with words; never an exception."""
    classes = {
        **config.TABLES,
        **machine_settings.TABLES,
        "operators": machine_settings.OperatorEntry,
    }
    name = data.draw(st.sampled_from(sorted(classes)))
    key = data.draw(
        st.sampled_from([one.name for one in fields(classes[name])]) | st.text("ab", max_size=3)
    )
    value = data.draw(VALUES.filter(lambda one: one is not None))
    table = f"[[{name}]]" if name == "operators" else f"[{name}]"
    text = f"{table}\n{toml_key(key)} = {toml(value)}\n"
    for problem in problems(text):
        assert problem


def toml_key(key: str) -> str:
    return key if key.isidentifier() else f'"{key}"'


def toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(toml(one) for one in value if one is not None) + "]"
    return (
        '"' + "".join(f"\\U{ord(c):08x}" for c in str(value) if not 0xD800 <= ord(c) < 0xE000) + '"'
    )


# --- secrets --------------------------------------------------------------------------------------


def test_secrets_leave_and_everything_else_stays():
    left = redacted(WHOLE, DAY)
    assert [one for one in SECRETS if one in left] == []
    assert parse(left) == without_secrets(parse(WHOLE))
    assert "# La caisse de Lise" in left
    assert left.count(f"taken off this card on {DAY}") == 4


STUBBORN = {
    "in one line": 'access = {support_pin = "123456"}\nterminal = {language = "fr"}\n' + STAFF,
    "dotted": 'access.support_pin = "123456"\n' + STAFF,
    "quoted": '["access"]\n"support_pin" = "123456"\n' + STAFF,
    "on several lines": '[access]\nsupport_pin = """\\\n123456"""\n' + STAFF,
    "told in a comment": '[access]\nsupport_pin = "123456" # 123456\n# the PIN is 123456\n' + STAFF,
    "operators in one line": 'operators = [{number="9", name="L", role="supervisor", pin="4321"}]\n',
    "a row without": STAFF.replace('pin = "4321"\n', "") + STAFF.replace('"9"', '"8"'),
}


@pytest.mark.parametrize("text", STUBBORN.values(), ids=STUBBORN)
def test_secrets_leave_however_they_are_written(text):
    left = redacted(text, DAY)
    assert [one for one in ("123456", "4321") if one in left] == []
    assert tomllib.loads(left) == without_secrets(tomllib.loads(text))


def test_a_file_without_secrets_stays_as_it_is():
    text = "# nothing secret\n[shop]\nname = 'x'\n"
    assert redacted(text, DAY) == text


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20))
def test_plain_tables_are_written_and_read_back(name):
    tables = {"shop": {"name": name, "address": ["a", name]}, "barcodes": [{"prefix": "2"}]}
    tables["receipt"] = {"properties": [{"key": "k", "label": name}], "paper": True}
    assert tomllib.loads(plain_toml(tables)) == tables


# --- the example on every card --------------------------------------------------------------------


def test_the_example_wants_one_line_and_no_more(tmp_path):
    text = EXAMPLE.read_text(encoding="utf-8")
    assert problems(text) == [
        "Line 19: operators[0].pin: The PIN of operator 9 is missing: 4 to 12 digits in straight quotes."
    ]
    assert problems(text.replace('pin = ""', 'pin = "4711"'), tmp_path) == []


def test_every_line_of_the_example_can_be_used(tmp_path):
    for name in ("articles.csv", "office.pem", "logo.png"):
        (tmp_path / name).write_text("x")
    text = EXAMPLE.read_text(encoding="utf-8").replace('pin = ""', 'pin = "4711"')
    lines = [
        line[1:] if line.startswith("#") and line[1:2] not in ("", " ") else line
        for line in text.splitlines()
    ]
    assert problems("\n".join(lines), tmp_path) == []
    assert sum(line.startswith("#") and line[1:2] != " " for line in text.splitlines()) > 40


def test_the_example_has_nothing_that_leaves_ascii_to_chance():
    raw = EXAMPLE.read_bytes()
    assert text_of(raw) == raw.decode()
    assert max(len(line) for line in raw.decode().splitlines()) <= 100
