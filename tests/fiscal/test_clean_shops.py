"""Nothing untouched is ever accused: shops that live at random verify clean, and so do archives.

The session, the writer, the regime and the core are those of the terminal; devices are left out.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.clock import ManualClock
from terminal.core import commands as c
from terminal.core.events import TerminalStarted
from terminal.core.evolve import evolve
from terminal.core.policy import SUPERVISOR, Policy
from terminal.fiscal.archive import ArchiveWriter
from terminal.fiscal.archive_tables import Issuer
from terminal.fiscal.auditors import LawAuditor
from terminal.fiscal.france import FranceRegime
from terminal.fiscal.head import HEAD_FILE
from terminal.fiscal.signing import PemSigner, make_key
from terminal.fiscal.verify_archive import check
from terminal.services.archive_source import period_of, span_of
from terminal.services.auditing import audit_of
from terminal.services.bus import Bus
from terminal.services.heads import HeadKeeper
from terminal.services.session import Session
from terminal.services.writer import Writer
from terminal.store.store import Store
from tests.store.story import BANANAS, FLOUR, RADISH

SHOPS = 300 if os.environ.get("REPRISE_EXPLORE") == "full" else 12
DAY_S = 86_400
ISSUER = Issuer("Épicerie", "3001", "0.2.0", street="1 rue du Port", siret="123 456 789")

lines = st.integers(1, 3)
amounts = st.integers(1, 30_000)
words = st.sampled_from(["geste", "abîmé, sale", "a b", "é|ü;", "x" * 40])
command = st.one_of(
    st.builds(c.SignOn, st.sampled_from(["1", "9"]), st.just("Ann B."), st.just(SUPERVISOR)),
    st.just(c.SignOff()),
    st.builds(c.RejectSignOn, st.sampled_from(["1", "9"])),
    st.sampled_from([FLOUR, RADISH]).map(lambda article: c.AddItem(article.code, article)),
    st.integers(1, 5_000).map(lambda g: c.AddItem(BANANAS.code, BANANAS, weight_g=g)),
    words.map(lambda why: c.AddItem(RADISH.code, RADISH, is_return=True, reason=why)),
    st.builds(c.AddDeposit, st.just("AC-1"), amounts),
    st.builds(c.SetQuantity, lines, st.integers(1, 99)),
    st.builds(c.VoidLine, lines),
    st.builds(c.SetPrice, lines, st.integers(0, 2_000), words),
    st.builds(c.GrantDiscount, st.none() | lines, st.integers(1, 10_000), st.none(), words),
    st.builds(c.GrantDiscount, st.none() | lines, st.none(), st.integers(1, 900), words),
    st.builds(c.SetSalesperson, st.sampled_from(["77", ""])),
    st.builds(c.TenderCheque, st.integers(1, 900), st.just("4711")),
    st.builds(c.TenderCash, st.just(99_999)),
    st.builds(c.TenderCash, st.integers(-3_000, -1)),
    st.builds(c.RemoveTender, st.just(1), words),
    st.builds(c.CancelSale, words),
    st.just(c.ParkSale("plus tard")),
    st.just(c.NextCustomer()),
    st.builds(c.OpenDrawer, words),
    st.builds(c.MoveCash, st.sampled_from(["float", "drop"]), amounts, words),
    st.builds(
        c.ClosePeriod,
        st.sampled_from(["day", "month", "year"]),
        st.sampled_from([(), (("cash", 0),), (("cash", 123), ("cheque", 4))]),
    ),
)
SALE = (c.AddItem(FLOUR.code, FLOUR), c.TenderCash(99_999), c.NextCustomer())
sale = st.just(SALE)
passing = st.integers(0, 40 * DAY_S) | st.integers(0, 5_000)
meddling = st.sampled_from(["duplicate", "start", "new key", "clock back"])
lives = st.lists(
    st.one_of(sale, command.map(lambda one: (one,)), sale, passing, meddling),
    min_size=8,
    max_size=40,
)


class Shop:
    """A till without devices, on a clock that is told what to say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(at_ms=1_795_863_600_000)
        self._keys = 0
        self._writer = Writer(partial(Store.open, folder, evolve=evolve, create=True))
        self._with_a_new_key()

    def _with_a_new_key(self) -> None:
        self._keys += 1
        path = self.folder / f"key-{self._keys}.pem"
        make_key(path)
        self.signer = PemSigner.read(path)
        regime = FranceRegime(bytes(32), self.signer, till="3001", timezone="Europe/Paris")
        self.session = Session(self._writer, self.clock, Policy(), regime, Bus())
        self.heads = HeadKeeper(self.session, self.signer, self.folder / HEAD_FILE, "3001")

    async def live(self, life: list) -> None:
        await self.start()
        await self.session.carry_out(c.SignOn("1", "Camille", SUPERVISOR))
        for step in [SALE, *life]:
            if isinstance(step, int):
                self.clock.advance(step)
            elif isinstance(step, str):
                await self.meddle(step)
            else:
                for one in step:
                    await self.session.carry_out(one)
        await self.session.close()
        await self.heads.write()
        await self._writer.close()

    async def start(self) -> None:
        await self.session.open()
        clean = not self.session.state.running
        await self.session.record(lambda *_: (TerminalStarted("0.2.0", "till", clean),))

    async def meddle(self, what: str) -> None:
        state = self.session.state
        if what == "clock back":
            self.clock.set(self.clock.at_ms - 7_200_000)
        elif what == "duplicate" and state.books.day.last_receipt:
            number = state.books.day.last_receipt
            await self.session.carry_out(
                c.Reprint(number, f"3001-{state.last_ordinal:06d}", 0, "fr")
            )
        elif what == "start":
            await self.start()
        elif what == "new key":
            await self.session.close()
            self._with_a_new_key()
            await self.start()


@settings(max_examples=SHOPS)
@given(lives)
def test_a_shop_that_nobody_touched_is_not_accused(life):
    with TemporaryDirectory() as name:
        shop = Shop(Path(name))
        asyncio.run(shop.live(life))
        with closing(Store.open_read_only(shop.folder, evolve=evolve)) as store:
            verdict = store.verify(audit_of(LawAuditor(shop.folder / HEAD_FILE)))
            assert verdict.problems == ()
            assert verdict.receipts >= 1
            state = store.load()
            period = period_of(state.business_date[:4])
            span = span_of(store, period)
            path, keys = shop.folder / "a.zip", state.signing_keys
            with ArchiveWriter(path, period, ISSUER, shop.signer, keys) as writer:
                writer.add(store.journal.span(span.first - 1, span.last, span.last))
                made = writer.finish()
        assert f"{made.records} records" in check(made.path)
