"""An Austrian till's log, checked by everybody who can: openssl, and the ministry's own verifier.

The verifier (``regkassen-verification-depformat``, Java 17) is nobody's package; name its jar in
``REPRISE_RKSV_VERIFIER`` and it reads the same log.  Its verdict is ``DEP-global.json``.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fiscal.rksv_reader import LogReader, Rejected
from tests.flows.power import switched_on
from tests.flows.process import reprise
from tests.flows.test_austria import austrian, sell

JAR = os.environ.get("REPRISE_RKSV_VERIFIER", "")
SALES = 40
VERIFIER_S = 600

Check = Callable[[Path, Path, Path], bool]


def by_openssl(dep: Path, keys: Path, out: Path) -> bool:
    """Let openssl check every signature and turn every counter back."""
    try:
        LogReader(keys.read_text(), out).read(dep.read_text())
    except Rejected:
        return False
    return True


def by_the_ministry(dep: Path, keys: Path, out: Path) -> bool:
    """Let the verifier read the log; it wants absolute paths."""
    subprocess.run(
        ["java", "-jar", JAR, "-v", "-f", "-i", str(dep), "-c", str(keys), "-o", str(out)],
        timeout=VERIFIER_S,
        check=False,
    )
    verdict = (out / "DEP-global.json").read_text(encoding="utf-8")
    return "PASS" in verdict and "FAIL" not in verdict


CHECKS: list[Check] = [by_openssl, *([by_the_ministry] if JAR else [])]


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> tuple[Path, Path]:
    from tests.conftest import Shop

    folder = tmp_path_factory.mktemp("till")
    data = austrian(Shop(folder / "shop"))

    async def play() -> None:
        async with switched_on(data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            for _ in range(SALES):
                await sell(till)

    asyncio.run(play())
    dep, keys = folder / "dep.json", folder / "keys.json"
    made = reprise("dep7", "--all", "--data", data, "--out", dep, "--keys", keys)
    assert made.returncode == 0, made.stderr
    return dep, keys


def spoilt(log: tuple[Path, Path], folder: Path, change: Callable[[list[str]], list[str]]) -> Path:
    said = json.loads(log[0].read_text())
    group = said["Belege-Gruppe"][0]
    group["Belege-kompakt"] = change(group["Belege-kompakt"])
    file = folder / "spoilt.json"
    file.write_text(json.dumps(said))
    return file


@pytest.mark.parametrize("check", CHECKS)
def test_a_log_as_it_was_written_is_accepted(log, tmp_path, check: Check):
    assert check(*log, tmp_path)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    "change",
    [lambda log: log[:20] + log[21:], lambda log: [*log[:20], log[21], log[20], *log[22:]]],
    ids=["one removed", "two swapped"],
)
def test_a_log_that_was_touched_is_rejected(log, tmp_path, check: Check, change):
    assert not check(spoilt(log, tmp_path, change), log[1], tmp_path)
