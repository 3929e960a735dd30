"""A new version rehearses the books of the old one, and a cent that changed is found."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.cli import main
from tests.fiscal import some_days

ROOT = Path(__file__).parents[2]
PACKAGES = ("terminal", "drivers")


@pytest.fixture(scope="session")
def sold(tmp_path_factory) -> Path:
    """A French shop over the turn of a year, with everything that is signed."""
    return some_days.make(tmp_path_factory.mktemp("days"))


@pytest.fixture
def data(sold: Path, tmp_path: Path) -> Path:
    """A copy of it to do wrong to."""
    return Path(shutil.copytree(sold, tmp_path / "shop"))


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Path:
    """The program's own source, to build other versions from."""
    folder = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return folder


def build(source: Path, to: Path, *changed: str) -> Path:
    """Make another version of the program: the same but for one line of (file, old, new)."""
    file, old, new = changed
    for package in PACKAGES:
        shutil.copytree(source / package, to / package, copy_function=os.link)
    path = to / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} has {text.count(old)} times {old}"
    path.unlink()  # a link to the source
    path.write_text(text.replace(old, new), encoding="utf-8")
    return to


def rehearsed(data: Path, *options: str, program: Path = ROOT) -> dict:
    """Let a version rehearse, as the update does: a process of its own, from its own folder."""
    command = [sys.executable, "-m", "terminal", "rehearse", "--data", str(data), "--json"]
    done = subprocess.run(
        [*command, *options], cwd=program, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] == (done.returncode == 0)
    return said


def contents(folder: Path) -> dict[str, str]:
    """What is in a folder; SQLite's log comes and goes with whoever reads beside a terminal."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("store.db-")
    }


def test_the_same_version_finds_every_figure_the_same_and_touches_nothing(data, tmp_path):
    before = contents(data)
    said = rehearsed(data, "--days", "0", "--scratch", str(tmp_path / "scratch"))
    assert said["ok"], said
    assert (said["receipts"], said["fault"], said["differences"]) == (8, "", [])
    assert contents(data) == before
    assert list((tmp_path / "scratch").iterdir()) == []


def test_only_the_sales_of_the_days_asked_for_are_computed_again(data):
    assert rehearsed(data, "--days", "1")["receipts"] == 2


_DOWN = (
    "terminal/core/basket.py",
    "net = round_half_away(gross_minor * 10_000, 10_000 + rate_bp)",
    "net = gross_minor * 10_000 // (10_000 + rate_bp)",
)
_LESS = (
    "terminal/core/basket.py",
    "return line.unit_price_minor * line.quantity",
    "return line.unit_price_minor * line.quantity - (line.quantity > 2)",
)
_DIGIT = (
    "terminal/core/numbering.py",
    "return -(3 * odd + even) % 10",
    "return (3 * odd + even) % 10",
)


@pytest.mark.parametrize(
    ("what", "changed"),
    [("vat", _DOWN), ("total", _LESS), ("number", _DIGIT)],
    ids=["vat-rounded-down", "a-cent-less-from-three-on", "another-check-digit"],
)
def test_a_version_that_computes_otherwise_refuses_itself(data, source, what, changed):
    program = build(source, data.parent / "program", *changed)
    said = rehearsed(data, "--days", "0", program=program)
    assert not said["ok"]
    found = [one for one in said["differences"] if one["what"] == what]
    assert found, said["differences"]
    assert all(one["receipt_number"] for one in found)


def test_a_version_that_signs_something_else_refuses_itself(data, source, tmp_path):
    file = "terminal/fiscal/content.py"
    old, new = '"ordinal": sale.ordinal,', '"ordinal": str(sale.ordinal),'
    program = build(source, tmp_path / "program", file, old, new)
    said = rehearsed(data, program=program)
    assert {one["what"] for one in said["differences"]} == {"content"}


_THIRD = "WHERE receipt_sequence = 3"
_UNDONE = """UPDATE sales SET document =
    replace(document, '"status":"completed"', '"status":"open"') WHERE receipt_sequence = 3"""
_LOST = "DELETE FROM vat_totals WHERE sale_id = (SELECT sale_id FROM sales " + _THIRD + ")"
_FUTURE = """UPDATE sales SET document =
    replace(document, '{"sale_id"', '{"future":1,"sale_id"')"""


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        (f"UPDATE sales SET total_minor = total_minor + 1 {_THIRD}", "sales.total_minor"),
        (_UNDONE, "sales.document.status"),
        (_LOST, "vat_totals"),
    ],
    ids=["total", "document", "row"],
)
def test_what_the_old_version_derived_otherwise_is_told_by_receipt(data, capsys, sql, what):
    with sqlite3.connect(data / "store.db") as database:
        database.execute(sql)
        (number,) = database.execute(
            "SELECT receipt_number FROM sales WHERE receipt_sequence = 3"
        ).fetchone()
    assert main.run(["rehearse", "--data", str(data)]) == 1
    assert f"receipt {number}: {what}" in capsys.readouterr().out


def test_what_only_one_version_knows_is_no_difference(data):
    """A new version may derive more, or less, than the old one."""
    with sqlite3.connect(data / "store.db") as database:
        database.execute("ALTER TABLE sales ADD COLUMN future TEXT")
        database.execute("ALTER TABLE sales DROP COLUMN currency")
        database.execute(_FUTURE)
        database.execute("DROP TABLE coupons")
    assert main.run(["rehearse", "--data", str(data)]) == 0


def test_books_of_a_newer_form_are_refused_in_words(data, capsys):
    with sqlite3.connect(data / "store.db") as database:
        database.execute("PRAGMA user_version=9801")
    assert main.run(["rehearse", "--data", str(data), "--json"]) == 1
    assert "newer" in json.loads(capsys.readouterr().out)["fault"]


def test_a_setting_that_the_new_version_does_not_take_is_named(data, capsys):
    settings = data / "reprise.toml"
    settings.write_text(settings.read_text() + "\n[future]\nkey = 1\n")
    assert main.run(["rehearse", "--data", str(data), "--json"]) == 1
    assert "future" in json.loads(capsys.readouterr().out)["fault"]


def test_the_verdict_is_left_as_a_file_for_the_update(data, tmp_path):
    out = tmp_path / "verdict.json"
    assert main.run(["rehearse", "--data", str(data), "--out", str(out)]) == 0
    assert json.loads(out.read_text())["ok"]
