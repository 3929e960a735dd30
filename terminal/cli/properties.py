"""``reprise properties``: what is printed under an article, added or updated record by record."""

from __future__ import annotations

import argparse
from dataclasses import fields

from terminal import config as configuration
from terminal.core.receipt.properties import DEFAULT_PROPERTIES, PropertyRule
from terminal.folder import DataFolder
from terminal.receipt_properties import prepare, with_record, without_record
from terminal.receipt_settings import PROPERTY_KINDS, spelt
from terminal.settings import check


def run(options: argparse.Namespace) -> int:
    """List the records, or set or remove one; a terminal takes them at its next start."""
    path = DataFolder(options.data).settings
    rules = configuration.load(path).receipt.properties or DEFAULT_PROPERTIES
    if options.what != "list":
        rule = _rule(options)
        changed = (
            with_record(rules, rule, behind=options.behind)
            if options.what == "set"
            else without_record(rules, rule)
        )
        prepare(path, changed).commit()
        rules = changed
    for rule in rules:
        print("  ".join(f"{name}={value}" for name, value in spelt(rule).items()))
    return 0


def _rule(options: argparse.Namespace) -> PropertyRule:
    given = {field.name: getattr(options, field.name) for field in fields(PropertyRule)}
    return PropertyRule(
        **{
            name: check(PROPERTY_KINDS[name], value, f"receipt.properties.{name}")
            for name, value in given.items()
        }
    )
