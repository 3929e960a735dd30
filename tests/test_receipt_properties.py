"""What is printed under an article: records added, updated and scoped (RCP-07, RCP-08)."""

import tomllib

import pytest

from terminal import config
from terminal.cli.main import run
from terminal.core.receipt.properties import DEFAULT_PROPERTIES, PropertyRule, in_scope
from terminal.receipt_properties import with_record, with_records, without_record
from terminal.settings import ConfigError

SIZE, COLOUR = PropertyRule("size"), PropertyRule("colour", "Couleur", language="fr")

SETTINGS = """# our shop
[receipt]
points = false

# the size first
[[receipt.properties]]
key = "size"

[[receipt.properties]]
key = "colour"
label = "Couleur"
language = "fr"

# last
[shop]
name = "Chez Lise" # hers
"""


def load(tmp_path, text):
    path = tmp_path / "reprise.toml"
    path.write_text(text, "utf-8")
    return config.load(path)


def test_records_are_read_in_their_order(tmp_path):
    loaded = load(tmp_path, SETTINGS)
    assert loaded.receipt.properties == (SIZE, COLOUR)
    assert not loaded.receipt.points
    assert load(tmp_path, config.dump(loaded)) == loaded


@pytest.mark.parametrize(
    "wrong",
    [
        'properties = "size"',
        "properties = [1]",
        'properties = [{label = "x"}]',
        'properties = [{key = "size", colour = "x"}]',
        'properties = [{key = "size", form = "big"}]',
        'properties = [{key = "size"}, {key = "size", label = "again"}]',
        'properties = [{key = ""}]',
    ],
)
def test_a_wrong_record_is_refused_with_its_line(tmp_path, wrong):
    with pytest.raises(ConfigError, match=r"line 2.*receipt\.properties"):
        load(tmp_path, f"[receipt]\n{wrong}\n")


def test_a_record_is_added_or_takes_the_place_of_the_same(tmp_path):
    rules = (SIZE, COLOUR)
    weight = PropertyRule("deposit", "Consigne", "amount")
    assert with_record(rules, weight) == (SIZE, COLOUR, weight)
    assert with_record(rules, weight, behind="size") == (SIZE, weight, COLOUR)
    again = PropertyRule("size", "Taille")
    assert with_record(rules, again) == (again, COLOUR)
    assert with_record(rules, again, behind="colour") == (COLOUR, again)
    german = PropertyRule("size", "Größe", language="de")
    assert with_record(rules, german) == (SIZE, COLOUR, german)
    assert without_record(rules, SIZE) == (COLOUR,)
    for wrong in (
        lambda: without_record(rules, german),
        lambda: with_record(rules, german, behind="x"),
    ):
        with pytest.raises(ConfigError):
            wrong()


def test_everything_else_in_the_file_stays():
    changed = with_records(SETTINGS, (COLOUR,))
    assert tomllib.loads(changed)["receipt"] == {
        "points": False,
        "properties": [{"key": "colour", "label": "Couleur", "language": "fr"}],
    }
    assert tomllib.loads(changed)["shop"] == {"name": "Chez Lise"}
    for comment in ("# our shop", "# the size first", "# last", "# hers"):
        assert comment in changed
    assert tomllib.loads(with_records(SETTINGS, ()))["receipt"] == {"points": False}
    assert tomllib.loads(with_records("", (SIZE,)))["receipt"]["properties"] == [{"key": "size"}]


def test_a_record_holds_for_its_language_and_site():
    rules = (
        PropertyRule("size", "Taille", language="fr"), PropertyRule("size", "Size", language="en"),
        PropertyRule("colour", site="12"),
    )  # fmt: skip
    assert in_scope(rules, language="en", site="12") == rules[1:]
    assert in_scope(rules, language="fr", site="7") == rules[:1]


def test_the_command_adds_updates_lists_and_removes(shop, capsys):
    data = ["--data", str(shop.data)]
    assert run(["properties", "set", "origin", *data, "--label", "Origine", "--behind", "eco"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == ["key=eco", "key=origin  label=Origine", "key=colour", "key=size"]
    assert run(["properties", "set", "origin", *data, "--label", "Provenance"]) == 0
    assert run(["properties", "remove", "size", *data]) == 0
    capsys.readouterr()
    assert run(["properties", "list", *data]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == ["key=eco", "key=origin  label=Provenance", "key=colour"]
    assert run(["properties", "set", "1", *data]) == 1
    assert "receipt.properties.key" in capsys.readouterr().err
    assert DEFAULT_PROPERTIES[0].key == "eco"
