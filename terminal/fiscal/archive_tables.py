"""The tables of an archive: what signed records say, under the names that NF525 archives use.

Source of the names: CSV archives of published NF525 implementations.  Amounts are cents, rates
hundredths of a percent, weights grams, times local, ``YYYYMMDDhhmmss``.

A cell never becomes a formula of a spreadsheet: a text that begins like one has an apostrophe
before it (OWASP, "CSV Injection").  ``records.jsonl`` has the exact text.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from terminal.core.events import RecordSigned
from terminal.core.money import round_half_away
from terminal.fiscal.chain import local_time, take_apart
from terminal.fiscal.signing import extract

Row = dict[str, Any]
SOFTWARE = "Reprise"
FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""First characters that a spreadsheet may take for a formula, in full width too."""
LABELS = Path(__file__).with_name("libelles.csv")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who keeps the books: named in every ticket of the archive. What is unknown is empty."""

    name: str
    till: str
    software: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    siret: str = ""
    naf: str = ""
    vat_number: str = ""
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))

    def time(self, at_ms: int) -> str:
        """Return a moment as the tables write it."""
        return local_time(at_ms, self.timezone)


def cell(value: Any) -> Any:
    """Return a value as a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str) and value[:1] in FORMULA_STARTS and value:
        return "'" + value
    return value


@cache
def _labels() -> Mapping[tuple[str, str], str]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        return {(row["sorte"], row["code"]): row["libelle"] for row in rows}


def label(kind: str, code: object) -> str:
    """Return what a code of technical events (``jet``) or of tenders (``reglement``) means."""
    return _labels().get((kind, str(code)), "")


def net_of(gross_minor: int, rate_bp: int) -> int:
    """Return an amount without its VAT, rounded half away from zero; for reading only.

    What is due is computed per ticket and rate: the lines' sums may differ from it by cents.
    """
    return round_half_away(gross_minor * 10_000, 10_000 + rate_bp)


def _seal(prefix: str, record: RecordSigned) -> Row:
    """The fields of a signature, which every kind of record has."""
    signed = take_apart(record.canonical)
    return {
        f"{prefix}-ARG": record.canonical,
        f"{prefix}-HASH": signed.content_hash if signed else "",
        f"{prefix}-ID-KEY": record.key_id,
        f"{prefix}-TAG-SIG": record.signature,
    }


def _tickets(record: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    yield {
        "ENC-TIK-NUM": said["receipt_number"],
        "ENC-TIK-CDE": said["sale_id"],
        "ENC-TIK-TAG-VER": issuer.software,
        "ENC-TIK-PRN-NBR": 1,
        "ENC-TIK-SOC-ETS": issuer.name,
        "ENC-TIK-SOC-ID": issuer.name,
        "ENC-TIK-SOC-ADR": issuer.street,
        "ENC-TIK-SOC-CCP": issuer.postcode,
        "ENC-TIK-SOC-VIL": issuer.city,
        "ENC-TIK-SOC-PAY": issuer.country,
        "ENC-TIK-SOC-SIR": issuer.siret,
        "ENC-TIK-SOC-NAF": issuer.naf,
        "ENC-TIK-SOC-TVA": issuer.vat_number,
        "ENC-TIK-VEN-NID": said["salesperson_id"],
        "ENC-TIK-VEN-NOM": "",
        "ENC-TIK-OPS-NID": said["operator_id"],
        "ENC-TIK-OPS-NOM": said["operator_name"],
        "ENC-TIK-CAI-NID": issuer.till,
        "ENC-TIK-HOR-GDH": issuer.time(said["completed_at_ms"]),
        "ENC-OPE-TYP": "REMBOURSEMENT" if said["total_minor"] < 0 else "VENTE",
        "ENC-TIK-DOC-TYP": "TICKET",
        "ENC-TIK-LIG-NBR": sum(not line["void"] for line in said["lines"]),
        "ENC-TIK-TAG-RET": extract(record.signature),
        "ENC-TIK-LOG": SOFTWARE,
        "ENC-TIK-TOT-MHT": sum(row[1] for row in said["vat"]),
        "ENC-TIK-TOT-TTC": said["total_minor"],
        "FAC-TOT-TVA": sum(row[2] for row in said["vat"]),
        "ENC-TIK-REM-MTN": sum(discount["amount_minor"] for discount in said["discounts"]),
        **_seal("ENC-TIK", record),
    }


def _back(kind: str) -> str:
    return "RETOUR" if kind == "article" else "DEDUCTION"


def _lines(_: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    for line in said["lines"]:
        rate, total = line["vat_rate_bp"], line["net_minor"] - line["foot_minor"]
        percents = [
            discount["percent_bp"] for discount in said["discounts"]
            if discount["line"] == line["n"] and discount["percent_bp"]
        ]  # fmt: skip
        yield {
            "ENC-NID": f"{said['receipt_number']}/{line['n']}",
            "ENC-TIK-ORI-NUM": said["receipt_number"],
            "ENC-TIK-LIG-NUM": line["n"],
            "ENC-TIK-LIG-PRO-NID": line["code"],
            "ENC-TIK-LIG-PRO-LIB": line["label"],
            "ENC-TIK-LIG-PRO-QTE": line["quantity"],
            "ENC-TIK-LIG-PRO-PDS": line["weight_g"],
            "ENC-TIK-LIG-TAX-NID": f"{rate:04d}",
            "ENC-TIK-LIG-TAX-TXX": rate,
            "ENC-TIK-LIG-PRO-MTH": net_of(line["unit_price_minor"], rate),
            "ENC-TIK-LIG-PRO-TTC": line["unit_price_minor"],
            "ENC-TIK-LIG-REM-TXX": percents[0] if len(percents) == 1 else "",
            "ENC-TIK-LIG-REM-TOT": line["gross_minor"] - total,
            "ENC-TIK-LIG-TOT-MHT": net_of(total, rate),
            "ENC-TIK-LIG-TOT-TTC": total,
            "ENC-TIK-LIG-OPE-TYP": "ANNULATION" if line["void"] else
            _back(line["kind"]) if line["quantity"] < 0 else "VENTE",
            "ENC-TIK-LIG-CAI-NID": issuer.till,
            "ENC-TIK-LIG-VEN-NID": said["salesperson_id"],
            "ENC-TIK-LIG-OPS-NID": said["operator_id"],
            "ENC-TIK-LIG-HOR-GDH": issuer.time(said["completed_at_ms"]),
        }  # fmt: skip


def _vat(_: RecordSigned, said: Any, _issuer: Issuer) -> Iterator[Row]:
    for rate, net, vat, gross in said["vat"]:
        yield {
            "ENC-NID": f"{said['receipt_number']}/{rate:04d}",
            "ENC-TIK-ORI-NUM": said["receipt_number"],
            "ENC-TIK-TOT-MHT": net,
            "ENC-TIK-TVA-NID": f"{rate:04d}",
            "ENC-TIK-TVA-TXX": rate,
            "ENC-TIK-TVA-MTN": vat,
            "ENC-TIK-TOT-TTC": gross,
        }


def _payments(_: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    for tender in said["tenders"]:
        yield {
            "ENC-NID": f"{said['receipt_number']}/{tender['n']}",
            "ENC-TIK-ORI-NUM": said["receipt_number"],
            "ENC-TIK-REG-TYP": tender["kind"],
            "ENC-TIK-REG-MOD-LIB": label("reglement", tender["kind"]),
            "ENC-TIK-REG-MTN": tender["amount_minor"],
            "ENC-TIK-REG-NUM": tender["number"] or tender["approval_code"],
            "ENC-TIK-REG-ETA": tender["status"],
            "ENC-TIK-REG-USR-NID": said["operator_id"],
            "ENC-TIK-REG-HOR-GDH": issuer.time(said["completed_at_ms"]),
        }


def _sums(prefix: str, record: RecordSigned, said: Any, issuer: Issuer) -> Row:
    """The fields of a grand total, of a receipt or of a period."""

    def by_rate(place: int) -> str:
        return "|".join(f"{row[0]:04d}:{row[place]}" for row in said["vat"])

    return {
        f"{prefix}-MTN-TVA-TTC": by_rate(3),
        f"{prefix}-MTN-TVA-HT": by_rate(1),
        f"{prefix}-MTN-TVA-TAUX": by_rate(2),
        f"{prefix}-TTC": said["total_minor"],
        f"{prefix}-HT": sum(row[1] for row in said["vat"]),
        f"{prefix}-PER-TTC": said["perpetual_minor"],
        f"{prefix}-PER-TTC-ABS": said["perpetual_absolute_minor"],
        f"{prefix}-HOR-GDH": issuer.time(said["at_ms"]),
        **_seal(prefix, record),
    }


def _totals(record: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    yield {
        "ENC-GTT-ORI-NUM": said["receipt_number"],
        **_sums("ENC-GTT", record, said, issuer),
    }


def _periods(record: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    yield {
        "ENC-GTP-TYP": record.chain,
        "ENC-GTP-ORI-NUM": said["number"],
        "ENC-GTP-PER": said["period"],
        "ENC-GTP-NBR": said["count"],
        **_sums("ENC-GTP", record, said, issuer),
    }


def _duplicates(record: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    yield {
        "ENC-DUP-NID": said["number"],
        "ENC-DUP-ORI-NUM": record.document,
        "ENC-DUP-TYP": said["type"],
        "ENC-DUP-PRN-NUM": said["copy"],
        "ENC-DUP-OPS-NID": said["operator_id"],
        "ENC-DUP-HOR-GDH": issuer.time(said["at_ms"]),
        **_seal("ENC-DUP", record),
    }


def _invoices(record: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    yield {
        "ENC-FAC-NUM": said["invoice_number"],
        "ENC-FAC-TYP": "AVOIR" if said["kind"] == "credit_note" else "FACTURE",
        "ENC-FAC-TIK-NUM": said["receipt_number"],
        "ENC-FAC-ORI-NUM": said["corrects"],
        "ENC-FAC-CLI-NOM": said["buyer"]["name"],
        "ENC-FAC-CLI-TVA": said["buyer"].get("vat_id", ""),
        "ENC-FAC-CLI-SIR": said["buyer"].get("siret", ""),
        "ENC-FAC-TOT-MHT": sum(row[1] for row in said["vat"]),
        "ENC-FAC-TOT-TVA": sum(row[2] for row in said["vat"]),
        "ENC-FAC-TOT-TTC": said["total_minor"],
        "ENC-FAC-OPS-NID": said["operator_id"],
        "ENC-FAC-HOR-GDH": issuer.time(said["at_ms"]),
        **_seal("ENC-FAC", record),
    }


def _events(record: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    signed = take_apart(record.canonical)
    yield {
        "JET-NID": said["number"],
        "JET-EVT-NUM": said["code"],
        "JET-EVT-LIB": label("jet", said["code"]),
        "JET-OPE-NID": said["operator_id"],
        "JET-GDH": issuer.time(said["at_ms"]),
        "JET-INF": said["info"],
        "JET-TAG-ID-KEY": record.key_id,
        "JET-TAG-SIG-PRV": signed.previous if signed else "",
        "JET-TAG-SIG": record.signature,
    }


def _archives(record: RecordSigned, said: Any, issuer: Issuer) -> Iterator[Row]:
    signed = take_apart(record.canonical)
    yield {
        "ARC-NUM": record.sequence,
        "ARC-TYP": signed.items[-1] if signed else "",
        "ARC-DOC": record.document,
        "ARC-FIC": said.get("file", ""),
        "ARC-EMP": said.get("sha256", ""),
        "ARC-HOR-GDH": issuer.time(said["at_ms"]),
        **_seal("ARC", record),
    }


@dataclass(frozen=True, slots=True)
class Table:
    """One file: the chains that it is made of, its columns, and the rows of a record."""

    chains: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Callable[[RecordSigned, Any, Issuer], Iterator[Row]]


def _names(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}-{name}" for name in names.split())


_SEAL = "ARG HASH ID-KEY TAG-SIG"
_SUMS = f"MTN-TVA-TTC MTN-TVA-HT MTN-TVA-TAUX TTC HT PER-TTC PER-TTC-ABS HOR-GDH {_SEAL}"
_TICKET = (
    *_names(
        "ENC-TIK",
        "NUM CDE TAG-VER PRN-NBR SOC-ETS SOC-ID SOC-ADR SOC-CCP SOC-VIL SOC-PAY SOC-SIR SOC-NAF"
        " SOC-TVA VEN-NID VEN-NOM OPS-NID OPS-NOM CAI-NID HOR-GDH",
    ),
    "ENC-OPE-TYP",
    *_names(
        "ENC-TIK", "DOC-TYP LIG-NBR TAG-SIG ID-KEY TAG-RET HASH ARG LOG TOT-MHT TOT-TTC"
    ),
    "FAC-TOT-TVA",
    "ENC-TIK-REM-MTN",
)  # fmt: skip
_LINE = (
    "ENC-NID",
    "ENC-TIK-ORI-NUM",
    *_names(
        "ENC-TIK-LIG",
        "NUM PRO-NID PRO-LIB PRO-QTE PRO-PDS TAX-NID TAX-TXX PRO-MTH PRO-TTC REM-TXX REM-TOT"
        " TOT-MHT TOT-TTC OPE-TYP CAI-NID VEN-NID OPS-NID HOR-GDH",
    ),
)
_VAT = ("ENC-NID", *_names("ENC-TIK", "ORI-NUM TOT-MHT TVA-NID TVA-TXX TVA-MTN TOT-TTC"))
_PAYMENT = (
    "ENC-NID",
    "ENC-TIK-ORI-NUM",
    *_names("ENC-TIK-REG", "TYP MOD-LIB MTN NUM ETA USR-NID HOR-GDH"),
)
_INVOICE = _names(
    "ENC-FAC",
    "NUM TYP TIK-NUM ORI-NUM CLI-NOM CLI-TVA CLI-SIR TOT-MHT TOT-TVA TOT-TTC OPS-NID HOR-GDH"
    f" {_SEAL}",
)
_EVENT = _names("JET", "NID EVT-NUM EVT-LIB OPE-NID GDH INF TAG-ID-KEY TAG-SIG-PRV TAG-SIG")

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "tickets.csv": Table(("TIK",), _TICKET, _tickets),
        "lignes.csv": Table(("TIK",), _LINE, _lines),
        "tva.csv": Table(("TIK",), _VAT, _vat),
        "reglements.csv": Table(("TIK",), _PAYMENT, _payments),
        "totaux.csv": Table(("GTT",), _names("ENC-GTT", f"ORI-NUM {_SUMS}"), _totals),
        "periodes.csv": Table(
            ("GTJ", "GTM", "GTA"), _names("ENC-GTP", f"TYP ORI-NUM PER NBR {_SUMS}"), _periods
        ),
        "duplicatas.csv": Table(
            ("DUP",),
            _names("ENC-DUP", f"NID ORI-NUM TYP PRN-NUM OPS-NID HOR-GDH {_SEAL}"),
            _duplicates,
        ),
        "factures.csv": Table(("FAC",), _INVOICE, _invoices),
        "jet.csv": Table(("JET",), _EVENT, _events),
        "archives.csv": Table(
            ("ARC",), _names("ARC", f"NUM TYP DOC FIC EMP HOR-GDH {_SEAL}"), _archives
        ),
    }
)


def by_chain() -> Mapping[str, Sequence[str]]:
    """Return the names of the tables that the records of a chain have rows in."""
    chains: dict[str, list[str]] = {}
    for name, table in TABLES.items():
        for chain in table.chains:
            chains.setdefault(chain, []).append(name)
    return chains
