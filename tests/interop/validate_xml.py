"""Validate an XML file by a schema: ``python validate_xml.py SCHEMA FILE``; 0, or 1 and why."""

from __future__ import annotations

import sys

from lxml import etree

SHOWN = 20
schema = etree.XMLSchema(etree.parse(sys.argv[1]))
valid = schema.validate(etree.parse(sys.argv[2]))
sys.stdout.writelines(
    f"line {error.line}: {error.message}\n" for error in list(schema.error_log)[:SHOWN]
)
sys.exit(0 if valid else 1)
