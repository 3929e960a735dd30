"""The parts of the bench, in the order in which they run."""

from __future__ import annotations

from importlib import import_module

from tests.devices_bench.report import Part

PARTS = ("printing", "scanning", "plugging", "selling")
"""Modules of this folder; each has ``rows``, and is loaded where it runs."""


def part(name: str) -> Part:
    """Return what a part does."""
    rows: Part = import_module(f"tests.devices_bench.{name}").rows
    return rows
