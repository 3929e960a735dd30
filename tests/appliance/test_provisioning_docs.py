"""The page about provisioning names every key, as the code has it."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

from terminal import config
from terminal.appliance.provisioning_settings import FIXED_BY_SALES, TABLES, OperatorEntry
from terminal.settings import spell

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "provisioning.md"
MARK = "<!-- made by tests/appliance/test_provisioning_docs.py -->\n"
REWRITE = "REPRISE_WRITE_DOCS"


def table() -> str:
    rows = ["\n| key | | must be | when left out |\n|---|---|---|---|\n"]
    for name, cls in {**TABLES, "operators": OperatorEntry}.items():
        for one in fields(cls):
            key = f"[[{name}]] {one.name}" if cls is OperatorEntry else f"{name}.{one.name}"
            kind = one.metadata["kind"]
            comment = one.metadata["comment"]
            rows.append(f"| `{key}` | {comment} | {kind.allowed} | `{spell(one.default)}` |\n")
    return "".join(rows)


def test_the_page_names_every_key():
    head, mark, made = PAGE.read_text(encoding="utf-8").partition(MARK)
    if os.environ.get(REWRITE):
        made = table()
        PAGE.write_text(head + mark + made, encoding="utf-8")
    assert made == table()


def test_the_page_names_every_table_of_the_terminal_and_what_sales_fix():
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in config.TABLES if f"`[{name}]`" not in page] == []
    assert [key for key in FIXED_BY_SALES if f"`{key}`" not in page.replace("\n", " ")] == []
