"""The tables of an archive: what signed records say, under the names that NF525 archives use.

Source of the names: CSV archives of published NF525 implementations.  Amounts are cents, rates
hundredths of a percent, weights grams, times milliseconds UTC.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from terminal.core.events import RecordSigned
from terminal.fiscal.chain import take_apart

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who keeps the books: named in every ticket of the archive."""

    name: str
    address: tuple[str, ...]
    registration: tuple[str, ...]
    till: str
    workstation: str
    software: str


def _of(records: Iterable[RecordSigned], *chains: str) -> Iterable[tuple[RecordSigned, Any]]:
    return ((record, json.loads(record.content)) for record in records if record.chain in chains)


def _seal(record: RecordSigned) -> Row:
    """The fields of a signature, which every kind of record has."""
    signed = take_apart(record.canonical)
    return {
        "TAG-SIG": record.signature,
        "ID-KEY": record.key_id,
        "HASH": signed.content_hash if signed else "",
        "ARG": record.canonical,
    }


def _tickets(records: Sequence[RecordSigned], issuer: Issuer) -> list[Row]:
    return [
        {
            "ENC-TIK-NUM": said["receipt_number"],
            "ENC-TIK-CDE": record.sequence,
            "ENC-TIK-TAG-VER": issuer.software,
            "ENC-TIK-SOC-ETS": issuer.name,
            "ENC-TIK-SOC-ADR": " ".join(issuer.address),
            "ENC-TIK-SOC-SIR": " ".join(issuer.registration),
            "ENC-TIK-VEN-NID": said["salesperson_id"],
            "ENC-TIK-OPS-NID": said["operator_id"],
            "ENC-TIK-OPS-NOM": said["operator_name"],
            "ENC-TIK-CAI-NID": issuer.till,
            "ENC-TIK-HOR-GDH": said["completed_at_ms"],
            "ENC-TIK-OPE-TYP": "REMBOURSEMENT" if said["total_minor"] < 0 else "VENTE",
            "ENC-TIK-DOC-TYP": "TICKET",
            "ENC-TIK-LIG-NBR": sum(not line["void"] for line in said["lines"]),
            "ENC-TIK-TOT-MHT": sum(row[1] for row in said["vat"]),
            "ENC-TIK-TOT-TTC": said["total_minor"],
            "ENC-TIK-FAC-TOT-TVA": sum(row[2] for row in said["vat"]),
            "ENC-TIK-REM-MTN": sum(discount["amount_minor"] for discount in said["discounts"]),
            **{f"ENC-TIK-{name}": value for name, value in _seal(record).items()},
        }
        for record, said in _of(records, "TIK")
    ]


def _back(kind: str) -> str:
    return "RETOUR" if kind == "article" else "DEDUCTION"


def _lines(records: Sequence[RecordSigned], issuer: Issuer) -> list[Row]:
    return [
        {
            "ENC-TIK-NUM": said["receipt_number"],
            "ENC-TIK-LIG-NUM": line["n"],
            "ENC-TIK-LIG-PRO-NID": line["code"],
            "ENC-TIK-LIG-PRO-LIB": line["label"],
            "ENC-TIK-LIG-PRO-QTE": line["quantity"],
            "ENC-TIK-LIG-PRO-PDS": line["weight_g"],
            "ENC-TIK-LIG-TAX-TXX": line["vat_rate_bp"],
            "ENC-TIK-LIG-PRO-TTC": line["unit_price_minor"],
            "ENC-TIK-LIG-REM-TOT": line["gross_minor"] - line["net_minor"] + line["foot_minor"],
            "ENC-TIK-LIG-TOT-TTC": line["net_minor"] - line["foot_minor"],
            "ENC-TIK-LIG-OPE-TYP": "ANNULATION" if line["void"] else
            _back(line["kind"]) if line["quantity"] < 0 else "VENTE",
            "ENC-TIK-LIG-CAI-NID": issuer.till,
            "ENC-TIK-LIG-OPS-NID": said["operator_id"],
            "ENC-TIK-LIG-HOR-GDH": said["completed_at_ms"],
        }
        for _, said in _of(records, "TIK")
        for line in said["lines"]
    ]  # fmt: skip


def _vat(records: Sequence[RecordSigned], _: Issuer) -> list[Row]:
    return [
        {
            "ENC-TIK-NUM": said["receipt_number"],
            "ENC-TIK-TVA-TXX": rate,
            "ENC-TIK-TOT-MHT": net,
            "ENC-TIK-TVA-MTN": vat,
            "ENC-TIK-TOT-TTC": gross,
        }
        for _, said in _of(records, "TIK")
        for rate, net, vat, gross in said["vat"]
    ]


def _payments(records: Sequence[RecordSigned], _: Issuer) -> list[Row]:
    return [
        {
            "ENC-TIK-NUM": said["receipt_number"],
            "ENC-TIK-REG-NUM": tender["n"],
            "ENC-TIK-REG-TYP": tender["kind"],
            "ENC-TIK-REG-MTN": tender["amount_minor"],
            "ENC-TIK-REG-ETA": tender["status"],
            "ENC-TIK-REG-REF": tender["number"] or tender["approval_code"],
            "ENC-TIK-REG-HOR-GDH": said["completed_at_ms"],
        }
        for _, said in _of(records, "TIK")
        for tender in said["tenders"]
    ]


def _totals(records: Sequence[RecordSigned], _: Issuer) -> list[Row]:
    return [
        {
            "ENC-GTT-ORI-NUM": said["receipt_number"],
            "ENC-GTT-TTC": said["total_minor"],
            "ENC-GTT-HT": sum(row[1] for row in said["vat"]),
            "ENC-GTT-PER-TTC": said["perpetual_minor"],
            "ENC-GTT-PER-TTC-ABS": said["perpetual_absolute_minor"],
            "ENC-GTT-HOR-GDH": said["at_ms"],
            **{f"ENC-GTT-{name}": value for name, value in _seal(record).items()},
        }
        for record, said in _of(records, "GTT")
    ]


def _periods(records: Sequence[RecordSigned], _: Issuer) -> list[Row]:
    return [
        {
            "ENC-GTP-TYP": record.chain,
            "ENC-GTP-ORI-NUM": said["number"],
            "ENC-GTP-PER": said["period"],
            "ENC-GTP-NBR": said["count"],
            "ENC-GTP-MTN-TVA": "|".join(f"{row[0]:04d}:{row[2]}" for row in said["vat"]),
            "ENC-GTP-TTC": said["total_minor"],
            "ENC-GTP-HT": sum(row[1] for row in said["vat"]),
            "ENC-GTP-PER-TTC": said["perpetual_minor"],
            "ENC-GTP-PER-TTC-ABS": said["perpetual_absolute_minor"],
            "ENC-GTP-HOR-GDH": said["at_ms"],
            **{f"ENC-GTP-{name}": value for name, value in _seal(record).items()},
        }
        for record, said in _of(records, "GTJ", "GTM", "GTA")
    ]


def _duplicates(records: Sequence[RecordSigned], _: Issuer) -> list[Row]:
    return [
        {
            "DUP-NID": said["number"],
            "DUP-ORI-NUM": record.document,
            "DUP-ORI-TYP": said["type"],
            "DUP-PRN-NBR": said["copy"],
            "DUP-OPS-NID": said["operator_id"],
            "DUP-HOR-GDH": said["at_ms"],
            **{f"DUP-{name}": value for name, value in _seal(record).items()},
        }
        for record, said in _of(records, "DUP")
    ]


def _invoices(records: Sequence[RecordSigned], _: Issuer) -> list[Row]:
    return [
        {
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
            "ENC-FAC-HOR-GDH": said["at_ms"],
            **{f"ENC-FAC-{name}": value for name, value in _seal(record).items()},
        }
        for record, said in _of(records, "FAC")
    ]


def _events(records: Sequence[RecordSigned], _: Issuer) -> list[Row]:
    return [
        {
            "JET-NID": said["number"],
            "JET-EVT-NUM": said["code"],
            "JET-OPE-NID": said["operator_id"],
            "JET-GDH": said["at_ms"],
            "JET-INF": said["info"],
            **{f"JET-{name}": value for name, value in _seal(record).items()},
        }
        for record, said in _of(records, "JET")
    ]


TABLES: Mapping[str, Callable[[Sequence[RecordSigned], Issuer], list[Row]]] = MappingProxyType(
    {
        "tickets.csv": _tickets,
        "lignes.csv": _lines,
        "tva.csv": _vat,
        "reglements.csv": _payments,
        "totaux.csv": _totals,
        "periodes.csv": _periods,
        "duplicatas.csv": _duplicates,
        "factures.csv": _invoices,
        "jet.csv": _events,
    }
)
