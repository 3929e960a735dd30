"""The tables of an archive: every field and value, and nothing that a spreadsheet carries out."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.config import Config, with_settings
from terminal.fiscal import jet
from terminal.fiscal.archive_tables import label
from terminal.fiscal.signing import extract
from terminal.services.archive_source import issuer_of
from tests.conftest import ARTICLES, Shop
from tests.fiscal.years import NOON, a_day, table
from tests.flows.power import switched_on


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    data = a_day(tmp_path_factory.mktemp("books") / "shop")
    assert run(["archive", "2026-11", "--data", str(data)]) == 0
    (path,) = (data / "archives").glob("*.zip")
    return path


TICKET = """NUM CDE TAG-VER PRN-NBR SOC-ETS SOC-ID SOC-ADR SOC-CCP SOC-VIL SOC-PAY SOC-SIR SOC-NAF
    SOC-TVA VEN-NID VEN-NOM OPS-NID OPS-NOM CAI-NID HOR-GDH DOC-TYP LIG-NBR TAG-SIG ID-KEY TAG-RET
    HASH ARG LOG TOT-MHT TOT-TTC REM-MTN"""
LINE = """NUM PRO-NID PRO-LIB PRO-QTE TAX-NID TAX-TXX PRO-MTH PRO-TTC REM-TXX REM-TOT TOT-MHT
    TOT-TTC OPE-TYP CAI-NID VEN-NID OPS-NID HOR-GDH"""
TOTALS = """ORI-NUM MTN-TVA-TTC MTN-TVA-HT MTN-TVA-TAUX TTC HT PER-TTC PER-TTC-ABS HOR-GDH ARG HASH
    ID-KEY TAG-SIG"""
FIELDS = {
    "tickets.csv": ("ENC-TIK", TICKET),
    "lignes.csv": ("ENC-TIK-LIG", LINE),
    "tva.csv": ("ENC-TIK", "TOT-MHT TVA-NID TVA-TXX TVA-MTN"),
    "reglements.csv": ("ENC-TIK-REG", "TYP MOD-LIB MTN NUM USR-NID HOR-GDH"),
    "totaux.csv": ("ENC-GTT", TOTALS),
    "periodes.csv": ("ENC-GTP", TOTALS),
    "jet.csv": ("JET", "NID EVT-NUM EVT-LIB OPE-NID GDH INF TAG-ID-KEY TAG-SIG-PRV TAG-SIG"),
}
"""The names that published NF525 archives use, file by file."""
EMPTY = {
    *("ENC-TIK-SOC-SIR", "ENC-TIK-SOC-NAF", "ENC-TIK-SOC-TVA", "ENC-TIK-VEN-NID"),
    *("ENC-TIK-VEN-NOM", "ENC-TIK-LIG-VEN-NID", "ENC-TIK-LIG-REM-TXX", "ENC-TIK-REG-NUM"),
    *("JET-OPE-NID", "JET-TAG-SIG-PRV"),
}
"""Empty in this shop: it has no registration lines, no salespeople, no discounts."""


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_that_published_archives_have_is_there_with_its_value(archive, name):
    prefix, fields = FIELDS[name]
    wanted = {f"{prefix}-{field}" for field in fields.split()}
    if name == "tickets.csv":
        wanted |= {"ENC-OPE-TYP", "FAC-TOT-TVA"}
    rows = table(archive, name)
    assert wanted <= set(rows[0])
    empty = {field for field in wanted if any(not row[field] for row in rows)}
    assert empty <= EMPTY


def test_the_values_are_those_of_the_receipt(archive):
    ticket = table(archive, "tickets.csv")[1]
    assert ticket["ENC-TIK-HOR-GDH"] == "20261128120000", "local time"
    assert (ticket["ENC-TIK-SOC-CCP"], ticket["ENC-TIK-SOC-VIL"]) == ("75001", "Paris")
    printed, signature = (
        ticket[f"ENC-TIK-TAG-{name}"].removeprefix("'") for name in ("RET", "SIG")
    )
    assert printed == extract(signature)
    assert int(ticket["ENC-TIK-TOT-MHT"]) + int(ticket["FAC-TOT-TVA"]) == 15_250
    line = table(archive, "lignes.csv")[1]
    assert (line["ENC-TIK-LIG-PRO-TTC"], line["ENC-TIK-LIG-PRO-MTH"]) == ("250", "237")
    assert table(archive, "totaux.csv")[1]["ENC-GTT-MTN-TVA-TTC"] == "0550:250|2000:15000"
    assert table(archive, "reglements.csv")[0]["ENC-TIK-REG-MOD-LIB"] == "Espèces"
    first, second, *_ = table(archive, "jet.csv")
    assert first["JET-EVT-LIB"] == "Initialisation du journal des événements"
    assert second["JET-TAG-SIG-PRV"] == first["JET-TAG-SIG"]


def test_every_technical_event_has_a_label():
    codes = [value for value in vars(jet).values() if isinstance(value, int)]
    assert len(codes) > 15
    assert all(label("jet", code) for code in codes)


def test_an_issuer_is_found_in_the_registration_lines():
    config = with_settings(
        Config(),
        {
            "shop.address": "Zone Nord;12 rue du Port;44000 Nantes",
            "shop.registration": "SIRET 732 829 320 00074;TVA FR 40 732829320;APE 47.11B",
        },
    )
    issuer = issuer_of(config)
    assert (issuer.siret, issuer.vat_number, issuer.naf) == (
        "73282932000074", "FR40732829320", "47.11B",
    )  # fmt: skip
    assert (issuer.street, issuer.postcode, issuer.city) == (
        "Zone Nord 12 rue du Port", "44000", "Nantes",
    )  # fmt: skip


# --- spreadsheets ---------------------------------------------------------------------------------

FORMULAS = ("=1+1", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x";"y")', "\uff1d1+1")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """An archive of a shop whose articles are named like formulas."""
    data = tmp_path_factory.mktemp("hostile") / "shop"
    codes = [f"50{n:02d}" for n in range(len(FORMULAS))]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(ARTICLES.splitlines()[0].split(","))
    for code, formula in zip(codes, FORMULAS, strict=True):
        writer.writerow([code, formula, "", "=Rayon;1", 250, "5.50", "piece", "", ""])
    Shop(data).create("fiscal.regime=france", articles=text.getvalue())

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            for code in codes:
                await till.ok("scan", code=code)
            await till.ok("pay", tender="cash", amount_minor=50_000)
            await till.printed()

    asyncio.run(play())
    assert run(["archive", "2026-11", "--data", str(data)]) == 0
    (path,) = (data / "archives").glob("*.zip")
    return path


def test_no_cell_is_a_formula_and_the_signed_text_is_exact(hostile):
    labels = [row["ENC-TIK-LIG-PRO-LIB"] for row in table(hostile, "lignes.csv")]
    assert labels == [f"'{formula}" for formula in FORMULAS]
    with zipfile.ZipFile(hostile) as files:
        for name in files.namelist():
            if name.endswith(".csv"):
                rows = csv.reader(io.StringIO(files.read(name).decode("utf-8-sig")), delimiter=";")
                cells = [cell for row in rows for cell in row if not cell.lstrip("-").isdigit()]
                assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r\uff1d")], name
        signed = files.read("records.jsonl").decode()
    ticket = next(row for row in map(json.loads, signed.splitlines()) if row["chain"] == "TIK")
    assert [line["label"] for line in json.loads(ticket["content"])["lines"]] == list(FORMULAS)


def test_a_table_says_its_encoding_and_has_its_head_even_without_rows(archive, hostile):
    with zipfile.ZipFile(hostile) as files:
        empty = files.read("duplicatas.csv")
        assert "UTF-8" in files.read("LISEZMOI.txt").decode()
    assert empty.startswith(b"\xef\xbb\xbfENC-DUP-NID;")
    assert empty.count(b"\r\n") == 1
