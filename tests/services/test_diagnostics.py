"""Diagnostics: what is in them, and that nothing of a person and no secret is."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import zipfile
from pathlib import Path

import pytest

from drivers.flight import FlightRecorder
from drivers.transports.exchange import Way
from terminal.appliance.machine_files import MachineFiles
from terminal.logs import Entry, Recent
from terminal.services.diagnostics import Sources, address, conversation, write
from tests.appliance.trees import planted

SECRETS = ("Zoé Tropnommée", "camille@exemple.fr", "Impasse du Chat", "mot-de-passe", "Bordeaux")


def logged() -> tuple[Entry, ...]:
    """Return what is kept of a log into which names were written."""
    recent = Recent()
    for name in ("terminal.services.post", "other.program"):
        logger = logging.getLogger(name)
        logger.addHandler(recent)
        try:
            Path(SECRETS[1]).read_bytes()
        except OSError:
            logger.exception("letter to %s: %s", SECRETS[1], SECRETS[0])
        logger.error(f"{SECRETS[0]}" if name == "other.program" else "no letters")
        logger.removeHandler(recent)
    return recent.entries


def talkative(root: Path) -> Path:
    """Return a machine whose runtime files hold more than they should."""
    files = {
        "run/reprise/vitals.json": {"fault": SECRETS[0], "ready": True, "x y": SECRETS[1]},
        "run/reprise-update/state.json": {"phase": "ready", "url": f"https://u:{SECRETS[3]}@x/y"},
        "run/reprise-health/history.json": [{"at_ms": 1, "celsius": 50, "who": SECRETS[0]}],
        "var/lib/reprise-health/days.json": {"2026-11-28": {"celsius": [40, 50]}, "x": 1},
    }
    return planted(root, {name: json.dumps(told) for name, told in files.items()})


def texts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_nothing_of_a_person_and_no_secret_of_a_seeded_shop_is_in_the_diagnostics(shop, tmp_path):
    """Names, addresses, PINs and their hashes, keys, card numbers, what was bought: none of it."""
    settings = shop.data / "reprise.toml"
    text = settings.read_text(encoding="utf-8")
    for key, value in {
        "name": "Zoé Tropnommée", "phone": "0612345678", "mail_user": "camille@exemple.fr",
        "cash_operator": "mot-de-passe",
    }.items():  # fmt: skip
        text = _set(text, key, value)
    settings.write_text(text, encoding="utf-8")
    operators = json.loads((shop.data / "operators.json").read_text(encoding="utf-8"))
    number = f"4970{101234567890}"

    async def play() -> Sources:
        async with shop.open() as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("scan", code="2000000001012")
            await till.ok("approve_age")
            await till.ok("pay", tender="cash", amount_minor=1000)
            running = till.running
            for recorder in running.hub.recorders.all.values():
                for said in (*SECRETS, number, operators[0]["pin_hash"]):
                    recorder.note(Way.TO, said.encode())
                    recorder.note(Way.FROM, said.encode())
            return Sources(
                config=running.config, data=running.folder.path, at_ms=1,
                page=running.terminal.adoption.page, recorders=running.hub.recorders.all,
                entries=logged(), files=MachineFiles(talkative(tmp_path)),
            )  # fmt: skip

    sources = asyncio.run(play())
    found = texts(write(sources))
    whole = "\n".join(found.values())
    key = sources.data / "keys" / "terminal.key"
    forbidden = [
        *SECRETS, number, "0612345678", '"1111"', '"9999"', key.read_bytes().hex(),
        *(row["name"] for row in operators), *(row["pin_hash"] for row in operators),
        *sources.config.shop.address, *sources.config.shop.registration,
    ]  # fmt: skip
    assert [one for one in forbidden if one in whole] == []
    assert [line for line in found["log.json"].splitlines() if "letter to %s" in line]
    assert "FileNotFoundError" in found["log.json"]
    assert json.loads(found["update.json"]) == {"phase": "ready", "url": "(a text)"}
    assert json.loads(found["vitals.json"]) == {"fault": "(a text)", "ready": True}
    assert json.loads(found["journal.json"])["types"]["SaleCompleted"] == 1
    assert json.loads(found["settings.json"])["shop.name"] == "(set)"
    assert set(json.loads(found["contents.json"])["sha256"]) == found.keys() - {"contents.json"}


def _set(text: str, key: str, value: str) -> str:
    return re.sub(rf"^#? ?{key} = .*$", f'{key} = "{value}"', text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("tls:admin:secret@10.0.0.8:443?pin=1234", "tls:10.0.0.8:443"),
        ("serial:0403:6001/A50285BI?baud=9600", "serial:0403:6001/A50285BI"),
        ("sim:printer", "sim:printer"),
        ("", ""),
    ],
)
def test_an_address_is_said_without_its_options_and_users(url, said):
    assert address(url) == said


def test_a_conversation_shows_statuses_and_hides_texts():
    recorder = FlightRecorder("printer", iter(range(100)).__next__)
    recorder.note(Way.TO, b"\x1b@Camille 12,00")
    recorder.note(Way.FROM, b"\x16\x00\x00\x00")
    recorder.note(Way.NOTE, b"timeout")
    told = conversation("printer", recorder.pieces()).splitlines()[1:]
    assert told == ["+0.000 > 15 bytes", "+1.000 < 16 00 00 00", "+2.000 * timeout"]
    scale = FlightRecorder("scale", iter(range(100)).__next__)
    scale.note(Way.FROM, b"\x02 842")
    assert conversation("scale", scale.pieces()).splitlines()[1] == "+0.000 < 02 20 38 34 32"


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_conversation_about_cards_shows_no_digits_however_it_is_cut(size):
    """A serial line hands over few bytes at a time; digits are packed two in a byte."""
    said = bytes.fromhex("0401 1290 0517 8812 0603 1594 9019 8406")
    recorder = FlightRecorder("poi", iter(range(100)).__next__, packed=True)
    for at in range(0, len(said), size):
        recorder.note(Way.FROM, said[at : at + size])
    recorder.note(Way.TO, b"\x80\x00\x00")
    recorder.note(Way.TO, b"\x06")
    recorder.note(Way.FROM, b"\x15")
    *told, packet, ack, nak = conversation("poi", recorder.pieces()).splitlines()[1:]
    assert {line.partition(" < ")[2] for line in told} <= {f"{size} bytes", "06"}
    assert [line.split(maxsplit=2)[2] for line in (packet, ack, nak)] == ["3 bytes", "06", "15"]


def test_the_last_trouble_of_a_line_is_kept():
    recorder = FlightRecorder("poi", iter((1.0, 2.0, 5.0)).__next__)
    recorder.note(Way.TO, b"x")
    assert recorder.trouble is None
    recorder.note(Way.NOTE, b"timeout")
    assert recorder.trouble == ("timeout", 2.0)
    assert recorder.ago_s(2.0) == 3.0
