"""Closures handed over: deferred, in their order, and again on demand (CLO-01, CLO-02)."""

from __future__ import annotations

import asyncio
import json

import pytest

from terminal.clock import ManualClock
from terminal.core.events import ClosureExtracted, RecordSigned
from terminal.fiscal.signing import Verifier
from tests.flows.books import books
from tests.flows.power import Cut, switched_on

NOON = 1_795_863_600_000
"""2026-11-28, 12:00 in Paris, a Saturday."""
DAY_MS = 86_400_000
BENCH = "2000000000015"


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "head-office"
    folder.mkdir()
    return folder


@pytest.fixture
def french(bare_shop, out):
    return bare_shop.create("fiscal.regime=france", f"fiscal.extraction_folder={out}").data


async def closed_day(till) -> None:
    await till.ok("sign_on", operator="9", pin="9999")
    await till.ok("scan", code=BENCH)
    await till.ok("pay", tender="cash", amount_minor=20_000)
    await till.printed()
    await till.ok("next")
    await till.ok("close", scope="day", counted={"cash": 15_000}, explanation="")


def files(out) -> dict[str, dict]:
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(out.iterdir())}


def handed_over(till) -> dict[str, int]:
    return dict(till.state.books.extracted)


def test_a_closure_is_handed_over_by_itself_signed_and_whole(french, out):
    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            await closed_day(till)
            await till.until(lambda: handed_over(till) == {"day": 1})

    asyncio.run(play())
    (name, envelope), = files(out).items()  # fmt: skip
    assert name == "closure-3001-day-000001.json"
    assert [envelope[key] for key in ("id", "copy", "repeat")] == ["3001-day-000001", 0, False]
    document = json.loads(envelope["document"])
    assert document["closure"]["total_minor"] == 15_000
    assert document["closure"]["counted"] == [["cash", 15_000]]
    pem = (french / "keys" / "fiscal-key.pem").read_bytes()
    verifier = Verifier(public_key_of(pem))
    assert verifier.key_id == envelope["key_id"]
    assert verifier.verifies(envelope["document"], envelope["signature"])
    assert not verifier.verifies(envelope["document"] + " ", envelope["signature"])
    assert books(french).events["ClosureExtracted"] == 1


def public_key_of(pem: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(pem, None).public_key()
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_what_could_not_be_handed_over_waits_and_goes_in_its_order(french, out):
    """CLO-01: the folder is away for two days; nothing is lost, nothing made in its place."""
    out.rmdir()

    async def away() -> None:
        clock = ManualClock(at_ms=NOON)
        async with switched_on(french, clock=clock) as till:
            await closed_day(till)
            clock.advance(86_400)
            await till.ok("scan", code=BENCH)
            await till.ok("cancel_sale", reason="essai")
            assert await till.refused("extract", scope="day", number=1) == "extraction_failed"
            assert handed_over(till) == {}
        assert not out.exists()

    async def back() -> None:
        out.mkdir()
        async with switched_on(french, clock=ManualClock(at_ms=NOON + 2 * DAY_MS)) as till:
            await till.until(lambda: handed_over(till) == {"day": 2})

    asyncio.run(away())
    asyncio.run(back())
    assert [one["id"] for one in files(out).values()] == ["3001-day-000001", "3001-day-000002"]
    assert books(french).events["ClosureExtracted"] == 2


def test_again_on_demand_is_the_same_document_marked_and_audited(french, out):
    """CLO-02: same identifier, same bytes, a counted copy, and who asked for it."""

    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            await closed_day(till)
            await till.until(lambda: handed_over(till) == {"day": 1})
            for copy in (1, 2):
                answer = await till.ok("extract", scope="day", number=1)
                event = next(e for e in answer.events if isinstance(e, ClosureExtracted))
                assert (event.copy, event.operator_id) == (copy, "9")
                jet = [json.loads(e.content) for e in answer.events if isinstance(e, RecordSigned)]
                assert [(one["code"], one["operator_id"]) for one in jet] == [(110, "9")]
            listed = (await till.ok("closures")).found["closures"]
            assert [one.extractions for one in listed] == [3]

    asyncio.run(play())
    found = files(out)
    assert list(found) == [
        "closure-3001-day-000001-copy-1.json",
        "closure-3001-day-000001-copy-2.json",
        "closure-3001-day-000001.json",
    ]
    assert [one["repeat"] for one in found.values()] == [True, True, False]
    assert len({(one["id"], one["sha256"], one["document"]) for one in found.values()}) == 1


def test_a_cut_between_the_file_and_its_record_hands_over_again_under_the_same_name(
    french, out, tmp_path
):
    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            out.rmdir()
            await closed_day(till)
            image = Cut(tmp_path / "cut").now(till.running)
            out.mkdir()
            await till.ok("extract", scope="day", number=1)
        async with switched_on(image, clock=ManualClock(at_ms=NOON)) as till:
            await till.until(lambda: handed_over(till) == {"day": 1})

    asyncio.run(play())
    assert list(files(out)) == ["closure-3001-day-000001.json"]


def test_what_cannot_be_handed_over_is_said(french, bare_shop, tmp_path):
    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            assert await till.refused("extract", scope="day", number=1) == "not_signed_on"
            await till.ok("sign_on", operator="1", pin="1111")
            assert await till.refused("extract", scope="day", number=1) == "right_required"
            await till.ok("sign_off")
            await till.ok("sign_on", operator="9", pin="9999")
            for scope, number in (("day", 1), ("day", 0), ("week", 1), ("day", -3)):
                refused = await till.refused("extract", scope=scope, number=number)
                assert refused == "no_such_closure"
                refused = await till.refused("reprint_closure", scope=scope, number=number)
                assert refused == "no_such_closure"

    asyncio.run(play())


def test_a_shop_that_wants_no_files_gets_none(bare_shop):
    folder = bare_shop.create("fiscal.regime=france").data

    async def play() -> None:
        async with switched_on(folder, clock=ManualClock(at_ms=NOON)) as till:
            await closed_day(till)
            assert await till.refused("extract", scope="day", number=1) == "no_extraction_folder"

    asyncio.run(play())
    assert "ClosureExtracted" not in books(folder).events


def test_a_report_is_printed_again_as_a_counted_duplicate(french):
    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            await closed_day(till)
            await till.printed()
            for copy in (1, 2):
                await till.ok("reprint_closure", scope="day", number=1)
                await till.printed()
                assert f"*** DUPLICATA {copy} ***" in till.papers()[-1]
                assert "Total des encaissements" in till.papers()[-1]

    asyncio.run(play())


def test_an_explained_difference_stands_on_the_report(french):
    """CLO-03: what was counted, what was expected, and why they differ."""

    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("cash", kind="float", amount_minor=10_000, reason="fonds")
            await till.ok(
                "close", scope="day", counted={"cash": 9800}, explanation="Erreur de rendu"
            )
            await till.printed()
            report = till.papers()[-1]
            assert "-2,00" in report
            assert "Erreur de rendu" in report

    asyncio.run(play())
