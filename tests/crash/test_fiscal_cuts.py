"""NUM-01, CLO-01, CLO-03: signed sales and closures, cut and refused at every write."""

from __future__ import annotations

import apsw
import pytest

from terminal.fiscal.signing import make_key
from tests.crash.explorer import FULL, after_failure, checked, explore, record
from tests.crash.recorder import Failure
from tests.crash.signed_shop import STEPS, SignedShop

BUDGET = None if FULL else 30
STRIDE = 1 if FULL else 61


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> SignedShop:
    key = tmp_path_factory.mktemp("key") / "key.pem"
    make_key(key)
    return SignedShop(key)


def test_a_cut_leaves_books_that_go_on(shop):
    record(shop.play)
    assert len(shop.after) == len(STEPS) + 1
    report = explore(shop.play, shop.check, budget=BUDGET)
    print(report)  # noqa: T201 - the counts are published with -s
    assert [str(violation) for violation in report.violations] == []
    assert report.checked >= min(30, report.distinct)


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize(
    "code",
    [apsw.SQLITE_FULL, apsw.SQLITE_IOERR, apsw.SQLITE_READONLY],
    ids=["disk full", "I/O error", "read-only"],
)
def test_a_disk_that_refuses_leaves_books_that_go_on(shop, code, lasting):
    """The n-th write, truncate or sync fails, for every n."""
    log = record(shop.play)
    refused = 0
    for nth in range(1 + code % STRIDE, log.fallible + 1, STRIDE):
        failed = record(shop.play, failure=Failure(nth, code, lasting))
        refused += failed.begun > 0 and failed.acked < len(STEPS)
        for crash in after_failure(failed):
            assert checked(shop.check, crash) == "", (nth, crash.where)
    print(f"{log.fallible} writes, {refused} runs ended early")  # noqa: T201
    assert lasting or refused == 0, "a fault that passes ends no day"
