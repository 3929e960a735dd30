"""Checks that need files which may not be shipped are collected when their folder is named."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("REPRISE_SCHEMAS") else ["test_export_schemas.py"]
