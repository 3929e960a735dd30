"""Technical events: what has one, under which code, and what changed between two starts."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest

from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.core import events as e
from terminal.core.evolve import evolve
from terminal.core.state import Operator, TerminalState
from terminal.fiscal import jet
from terminal.fiscal.noted import NOTED
from terminal.journal.upcast import decode
from terminal.store.store import Store
from tests.conftest import Shop
from tests.flows.power import switched_on
from tests.store.story import long_day

BEFORE = TerminalState(
    operator=Operator("1", "Camille", "cashier"),
    software="0.1.0",
    noted={
        "shop.name": '"A"',
        "shop.registration": "[]",
        "rights.cashier": "[]",
        "fiscal.key": "x",
    },
)


@pytest.mark.parametrize(
    ("event", "codes"),
    [
        (e.TerminalStarted("0.1.0", "till", True), [jet.START]),
        (e.TerminalStarted("0.2.0", "till", False), [jet.START, jet.SOFTWARE]),
        (e.TerminalStopped(), [jet.STOP]),
        (e.OperatorSignedOn("1", "Camille", "cashier"), [jet.START]),
        (e.OperatorSignedOff("1"), [jet.STOP]),
        (e.SignOnFailed("1"), [jet.SIGN_ON_REFUSED]),
        (e.AuthorityGiven("9", "1", "OpenDrawer"), [jet.RIGHTS]),
        (e.ClockSetBack(1, 2), [jet.INTEGRITY]),
        (e.ClockJumped(1, 2), [jet.INTEGRITY]),
        (e.ClockConfirmed(1, 2, "9"), [jet.CLOCK_CONFIRMED]),
        (e.NoticeRaised(1, "books_cut_off", {"why": "TIK ends"}), [jet.INTEGRITY]),
        (e.NoticeRaised(1, "printer", {}), []),
        (e.DrawerOpened("", "float"), [jet.DRAWER]),
        (e.DrawerOpened("3001-000001", "cash"), []),
        (e.DrawerForced(), [jet.DRAWER]),
        (e.CashMoved("drop", -100, "coffre", "1"), [jet.CASH]),
        (e.SaleCancelled("3001-000001", "parti", "1"), [jet.ABANDONED]),
        (e.PaymentReversed("3001-000001-1"), [jet.RETURN]),
        (e.DeviceAdopted("printer", "sim:printer", "", "", "", "9"), [jet.MAINTENANCE]),
        (e.Maintained("rebuild", "none"), [jet.MAINTENANCE]),
        (e.BooksRestored(9, "00" * 32, 0, "STICK", 1000), [jet.MAINTENANCE]),
        (e.SettingsNoted(dict(BEFORE.noted)), []),
        (e.SettingsNoted({**BEFORE.noted, "shop.name": '"B"'}), [jet.ISSUER]),
        (e.SettingsNoted({**BEFORE.noted, "shop.registration": '["SIRET 1"]'}), [jet.ENTITY]),
        (e.SettingsNoted({**BEFORE.noted, "rights.cashier": '["close"]'}), [jet.RIGHTS]),
        (e.SettingsNoted({**BEFORE.noted, "fiscal.key": "y"}), [jet.SETTING]),
        (e.SettingsNoted({"shop.name": '"A"'}), [jet.SETTING, jet.RIGHTS, jet.ENTITY]),
    ],
)
def test_codes(event, codes):
    assert [entry.code for entry in jet.entries(event, BEFORE)] == codes


def test_whatever_has_a_technical_event_is_looked_at():
    """Events of other types go through at once: none of them may have anything to say."""
    state, asked = TerminalState(), 0
    for events, moment in long_day().batches:
        for event in events:
            if jet.entries(event, state):
                asked += 1
                assert type(event) in jet.TECHNICAL
            state = evolve(state, event, moment)
    assert asked > len(jet.TECHNICAL) // 2


# --- between two starts ---------------------------------------------------------------------------


def start(data: Path) -> None:
    async def play() -> None:
        async with switched_on(data, clock=ManualClock()):
            pass

    asyncio.run(play())


def entries(data: Path) -> list[tuple[int, str]]:
    """Return code and words of every technical event, in order."""
    found = []
    with closing(Store.open_read_only(data, evolve=evolve)) as store:
        for record in store.journal.read():
            event = decode(record)
            if isinstance(event, e.RecordSigned) and event.chain == "JET":
                said = json.loads(event.content)
                found.append((said["code"], said["info"]))
    return found


def set_to(data: Path, **settings: str) -> None:
    """Edit the settings as a technician does, with an editor."""
    path = data / "reprise.toml"
    lines = path.read_text("utf-8").splitlines()
    for name, value in settings.items():
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{name} ="))
        lines[at] = f"{name} = {value}"
    path.write_text("\n".join(lines) + "\n", "utf-8")


def test_who_sells_and_what_the_books_follow_is_compared_at_every_start(tmp_path):
    data = Shop(tmp_path / "shop").create("fiscal.regime=france").data
    start(data)
    start(data)
    before = entries(data)
    assert [code for code, _ in before] == [jet.INITIALISED, jet.START, jet.START]
    set_to(
        data,
        registration='["SIRET 12345678900011"]',
        name='"Chez Lise"',
        business_day_ends='"05:00"',
        cashier='["cash", "close"]',
        kiosk_idle_s="120",
    )
    start(data)
    start(data)
    news = [entry for entry in entries(data)[len(before) :] if entry[0] != jet.START]
    assert [code for code, _ in news] == [jet.RIGHTS, jet.ISSUER, jet.ENTITY, jet.SETTING]
    assert news[1][1] == 'shop.name: "Épicerie Reprise" -> "Chez Lise"'
    assert run(["verify", "--data", str(data)]) == 0


def test_every_noted_setting_is_one_and_none_of_them_is_secret():
    assert len(set(NOTED)) == len(NOTED)
    assert not [name for name in NOTED if "pin" in name.split(".")[1].split("_")]


def test_a_rebuild_is_a_maintenance(tmp_path, capsys):
    data = Shop(tmp_path / "shop").create("fiscal.regime=france").data
    start(data)
    assert run(["rebuild", "--data", str(data)]) == 0
    assert entries(data)[-1] == (jet.MAINTENANCE, "rebuild none")
    assert run(["verify", "--data", str(data)]) == 0
    capsys.readouterr()
    (data / "keys" / "fiscal-key.pem").write_text("nothing")
    assert run(["rebuild", "--data", str(data)]) == 1
    assert "fiscal.key" in capsys.readouterr().err
