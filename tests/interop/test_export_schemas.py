"""The XML files by the schemas of those who defined them, which may not be shipped with us.

``REPRISE_SCHEMAS`` names a folder that holds them; docs/exports.md says where they come from.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from terminal.cli.main import run
from terminal.clock import ManualClock
from tests.cli.test_export import NOON, SETTINGS, trade
from tests.conftest import Shop
from tests.flows.power import switched_on

HOME = Path("build/interop/lxml")
SCHEMAS = Path(os.environ["REPRISE_SCHEMAS"])
VALIDATOR = Path(__file__).with_name("validate_xml.py")
INSTALL_S, VALIDATE_S = 300, 60
VERSION = "6.1.3"


@pytest.fixture(scope="module")
def python() -> Path:
    """Return the interpreter of an environment that has lxml."""
    python = HOME / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True, timeout=INSTALL_S)
    install = [python, "-m", "pip", "install", "--quiet", f"lxml=={VERSION}"]
    subprocess.run(install, check=True, timeout=INSTALL_S)
    return python


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    data = Shop(tmp_path_factory.mktemp("schemas") / "shop").create(*SETTINGS).data

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await trade(till, close=True)

    asyncio.run(play())
    return data


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("saf-t", "Norwegian_SAF-T_Cash_Register_Schema_v_1.00.xsd"),
        ("poslog", "POSLogV6.0.0.xsd"),
    ],
)
def test_a_file_is_valid(python, data, tmp_path, kind, schema):
    assert (SCHEMAS / schema).is_file(), f"{SCHEMAS} has no {schema}: see docs/exports.md"
    out = tmp_path / "out.xml"
    command = ["export", kind, "2026-11-28", "--data", str(data), "--out", str(out)]
    assert run(command) == 0
    done = subprocess.run(
        [python, VALIDATOR, SCHEMAS / schema, out],
        check=False, capture_output=True, text=True, timeout=VALIDATE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
