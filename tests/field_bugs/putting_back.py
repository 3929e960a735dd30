"""A plugin of pytest: every test runs with its bug put back, and how it ended is written down."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.field_bugs.index import BUGS

TOLD = "REPRISE_BUGS_TOLD"
"""Names the file for what happened: a test's name, and how its call ended."""
_MUTANTS = {bug.test: bug.put_back for bug in BUGS}
_ended: dict[str, str] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test's body, and nothing else, with its bug."""
    with pytest.MonkeyPatch.context() as patch:
        _MUTANTS[item.nodeid](patch)
        yield


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember how the body ended, or that it was never reached."""
    if report.when == "call" or report.failed:
        _ended[report.nodeid] = report.outcome if report.when == "call" else report.when


def pytest_sessionfinish() -> None:
    """Write down how every test ended."""
    Path(os.environ[TOLD]).write_text(json.dumps(_ended))
