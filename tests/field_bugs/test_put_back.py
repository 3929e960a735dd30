"""Every bug of the field is put back in turn: the test that names it must fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.field_bugs.index import BUGS, COUNT
from tests.field_bugs.putting_back import TOLD

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Run the named tests with their bugs; returns how each ended."""
    told = tmp_path_factory.mktemp("put_back") / "ended.json"
    plugin = ("-p", "tests.field_bugs.putting_back", "-p", "no:cacheprovider")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, "--tb=no", *(bug.test for bug in BUGS)],
        cwd=ROOT,
        env={**os.environ, TOLD: str(told)},
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    return json.loads(told.read_text())


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.number}-{bug.put_back.__name__}")
def test_with_the_bug_put_back_its_test_fails(ended, bug):
    assert ended[bug.test] == "failed", f"bug {bug.number} is back and nobody noticed: {bug.what}"


def test_every_bug_has_its_test_and_no_two_share_one():
    assert sorted({bug.number for bug in BUGS}) == list(range(1, COUNT + 1))
    assert len({bug.test for bug in BUGS}) == len(BUGS)
