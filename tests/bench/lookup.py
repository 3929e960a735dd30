"""One article, or all that hold some words, among a million."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from terminal.store.catalogue import Catalogue, words
from tests.bench import shops
from tests.bench.measure import MIB, MS, US, Row, Sizes, median, percentile, seconds

FIND_GOAL_US = 100
SEARCH_GOAL_MS = 10
RESULTS = 24
"""Tiles a screen asks for."""


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure."""
    folder, figures = shops.large_catalogue(sizes.articles)
    among = f"among {sizes.articles:,}"
    chance = random.Random(2)
    with closing(Catalogue.open(folder)) as catalogue:
        codes = [shops.ean(chance.randrange(sizes.articles)) for _ in range(sizes.questions)]
        codes[::10] = [f"9{code[1:]}" for code in codes[::10]]
        found = [seconds(lambda code=code: catalogue.find(code)) for code in codes]
        yield Row(f"look-up {among}, p50", median(found) * US, "us")
        yield Row(f"look-up {among}, p99", percentile(found, 99) * US, "us", FIND_GOAL_US)
        questions = list(_questions(chance, sizes.questions))
        asked = [seconds(lambda q=q: catalogue.search(q, RESULTS)) for q in questions]
    worst = max(zip(asked, questions, strict=True))
    yield Row(f"search {among}, p50", median(asked) * MS, "ms")
    yield Row(f"search {among}, p99", percentile(asked, 99) * MS, "ms", SEARCH_GOAL_MS)
    yield Row(f"search {among}, worst", worst[0] * MS, "ms", note=repr(worst[1]))
    size = sum(path.stat().st_size for path in (folder / "catalogue").glob("*.db"))
    yield Row(f"import {among}", figures["seconds"], "s", note="when the catalogue was made")
    yield Row(f"import {among}, peak memory", figures["mib"], "MiB")
    yield Row(f"catalogue {among}, on disk", size / MIB, "MiB")


def _questions(chance: random.Random, count: int) -> Iterator[str]:
    """Yield what people type: words as they grow, common and rare, two at a time, and nonsense."""
    known = Counter(
        word for a in shops.pieces(shops.shop("words"), 4000) for word in words(a.label)
    )
    common = [word for word, _ in known.most_common(20)]
    every = sorted(known)
    kinds = (
        lambda: chance.choice(common),
        lambda: chance.choice(common)[: chance.randint(1, 3)],
        lambda: f"{chance.choice(common)} {chance.choice(common)}",
        lambda: f"{chance.choice(common)} {chance.choice(every)[: chance.randint(1, 4)]}",
        lambda: chance.choice(every),
        lambda: chance.choice(every)[: chance.randint(1, 6)],
        lambda: f"{chance.choice(every)} {chance.choice(every)}",
        lambda: " ".join(word[:2] for word in chance.sample(every, 3)),
        lambda: shops.ean(chance.randrange(100))[: chance.randint(3, 13)],
        lambda: f"{chance.choice(common)} xqz",
    )
    for n in range(count):
        yield kinds[n % len(kinds)]()
