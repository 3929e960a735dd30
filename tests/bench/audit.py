"""How fast a journal is verified, and its tables made again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing

from terminal.core.evolve import evolve
from terminal.store.store import Store
from tests.bench import shops
from tests.bench.measure import Row, Sizes, seconds


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure."""
    folder = shops.BUILD / "work" / "audit"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shops.past_sales(sizes.audited), folder)
    with closing(Store.open(folder, evolve=evolve)) as store:
        verdicts = []
        verify_s = seconds(lambda: verdicts.append(store.verify()))
        if not verdicts[0].ok:
            raise RuntimeError(f"the journal is unsound: {verdicts[0].first_bad}")
        rebuild_s = seconds(store.rebuild)
    records = verdicts[0].records
    yield Row("verify", records / verify_s, "records/s", note=f"{records:,} records")
    yield Row("rebuild", records / rebuild_s, "records/s")
