"""A day at a till in Austria: its articles, its signature device, and who reads what it signed."""

from __future__ import annotations

import io
import json
from zoneinfo import ZoneInfo

from terminal.core import commands as c
from terminal.core import events as e
from terminal.core.errors import Refused
from terminal.core.evolve import evolve
from terminal.core.items import Article
from terminal.core.state import TerminalState
from terminal.fiscal import dep7, rksv
from terminal.fiscal.auditors import LawAuditor
from terminal.fiscal.austria import AustriaRegime, Register
from terminal.fiscal.base import Finding
from terminal.fiscal.signing import KeyUnusable, PemSigner
from tests.fiscal.rksv_reader import LogReader
from tests.store.story import Story

SECRET = bytes(range(32))
REGISTER = Register(
    "KASSE-1", "U:ATU12345678", bytes(range(32, 64)), ZoneInfo("Europe/Vienna"), rksv.LAW_RATES
)
SHIRT = Article("2000000000053", "Leiberl", "", "Mode", 2400, 2000)
BREAD = Article("9000000000014", "Brot", "", "Lebensmittel", 330, 1000)
PLANT = Article("9000000000021", "Pflanze", "", "Garten", 565, 1300)
STAMP = Article("9000000000038", "Marke", "", "Post", 100, 0)
MILK = Article("9000000000045", "Milch", "", "Lebensmittel", 149, 490)


class Device:
    """A signature device that can be unplugged: the real key behind a switch."""

    def __init__(self, signer: PemSigner) -> None:
        self._signer = signer
        self.backend, self.public_key, self.key_id = "file", signer.public_key, signer.key_id
        self.works = True
        self.asked = 0

    def sign(self, text: str) -> str:
        self.asked += 1
        if not self.works:
            raise KeyUnusable("the card was pulled out")
        return self._signer.sign(text)


class AustrianStory(Story):
    """A story whose events go through the regime, as the session lets them."""

    def record(self, events) -> None:
        moment = self.moment()
        sealed = self.regime.seal(self.state, tuple(events), moment)
        assert not isinstance(sealed, Refused), sealed
        self.take(sealed, moment)

    def take(self, events, moment) -> None:
        for event in events:
            self.state = evolve(self.state, event, moment)
        self.batches.append((tuple(events), moment))

    def sell(self, *articles, back: bool = False) -> None:
        for article in articles:
            reason = "retour" if back else ""
            self.do(c.AddItem(article.code, article, is_return=back, reason=reason))
        total = sum(article.price_minor for article in articles)
        self.do(c.TenderCash(-total if back else total))
        self.do(c.NextCustomer())


def told_with(device, regime=None) -> AustrianStory:
    story = AustrianStory()
    story.regime = regime or AustriaRegime(SECRET, device, REGISTER)
    story.record((e.TerminalStarted("0.2.0", "till", True),))
    story.do(c.SignOn("1", "Resi", "supervisor"))
    return story


def receipts(story) -> list[e.RecordSigned]:
    return [x for events, _ in story.batches for x in events if isinstance(x, e.RecordSigned)]


def kinds(story) -> list[str]:
    return [json.loads(record.content)["kind"] for record in receipts(story)]


def exported(story, first: str = "", last: str = "") -> tuple[str, str]:
    """Return the log and the container of keys."""
    file, passed = io.StringIO(), dep7.Passed()
    events = ((moment.business_date, x) for batch, moment in story.batches for x in batch)
    dep7.write_dep7(dep7.receipts_of(events, first, last, passed), file)
    return file.getvalue(), dep7.key_container(REGISTER, passed.keys)


def read(story, tmp_path) -> LogReader:
    """Let the second reader check all that was signed."""
    dep, container = exported(story)
    return LogReader(container, tmp_path).read(dep)


def audit(story, touch=lambda event: event, register=REGISTER) -> list[Finding]:
    """Read the story as a verification does, each event as ``touch`` left it."""
    auditor, state, found = LawAuditor(register=register), TerminalState(), []
    for events, moment in story.batches:
        for event in map(touch, events):
            after = evolve(state, event, moment)
            found += auditor.take(state, event, after)
            state = after
    return [*found, *auditor.finish()]


def code_of(record: e.RecordSigned) -> rksv.Code:
    return rksv.read_code(record.canonical)


def turnover_of(record: e.RecordSigned) -> int:
    code = code_of(record)
    return rksv.decrypted(code.turnover, code.till, code.number, REGISTER.aes_key)
