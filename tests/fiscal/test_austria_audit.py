"""Tampering with an Austrian till's receipts is found, by the audit and by a second reader."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from terminal.core import commands as c
from terminal.core import events as e
from terminal.core.books import ChainHead
from terminal.fiscal import rksv
from terminal.fiscal.austria import AustriaRegime
from terminal.fiscal.austria_audit import AustriaAuditor
from terminal.fiscal.signing import PemSigner, make_key
from tests.fiscal.austrian_day import (
    BREAD,
    PLANT,
    REGISTER,
    SECRET,
    SHIRT,
    Device,
    audit,
    exported,
    receipts,
    told_with,
)
from tests.fiscal.rksv_reader import LogReader, Rejected

# --- tampering ------------------------------------------------------------------------------------


def _other(value: str) -> str:
    place = len(value) // 2
    return value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]


def _touches() -> dict[str, object]:
    def field(name):
        return lambda r: replace(r, **{name: _other(getattr(r, name))})

    def content(key, value):
        return lambda r: replace(r, content=json.dumps({**json.loads(r.content), key: value}))

    def unsign(record):
        return replace(record, signature=rksv.unsigned(record.canonical))

    return {
        "canonical": field("canonical"),
        "jws": field("signature"),
        "kind": content("kind", "month"),
        "sums": content("sums_minor", [1, 0, 0, 0, 0]),
        "turnover": content("turnover_minor", 1),
        "number": content("number", "1"),
        "no content": lambda r: replace(r, content="{}"),
        "document": lambda r: replace(r, document="1"),
        "unsigned": unsign,
    }


TOUCHES = _touches()


@pytest.mark.parametrize("touched", TOUCHES)
def test_whatever_is_touched_in_a_receipt_is_found_there(story, touched):
    story.sell(SHIRT)
    story.sell(BREAD)
    victim = receipts(story)[1]
    found = audit(story, lambda event: TOUCHES[touched](event) if event == victim else event)
    assert any(one.detail.startswith(f"RKSV {victim.sequence} ") for one in found)


def test_a_start_receipt_without_signature_is_found(story):
    victim = receipts(story)[0]
    touch = TOUCHES["unsigned"]
    found = audit(story, lambda event: touch(event) if event == victim else event)
    assert "signature" in {one.code for one in found}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"vat": ((1000, 2182, 218, 2400),)}, "content"),
        ({"fiscal_code": ""}, "signature"),
        ({"receipt_number": "820300100000000022"}, "missing"),
    ],
)
def test_a_sale_that_was_changed_is_found_at_its_receipt(story, changes, code):
    story.sell(SHIRT)

    def touch(event):
        return replace(event, **changes) if isinstance(event, e.SaleCompleted) else event

    assert code in {one.code for one in audit(story, touch)}


def test_an_amount_that_was_made_smaller_is_found_in_the_turnover(story):
    story.sell(SHIRT)
    story.sell(BREAD)

    def touch(event):
        if isinstance(event, e.SaleCompleted) and event.total_minor == 2400:
            return replace(event, total_minor=100)
        return event

    assert {"content", "perpetual"} <= {one.code for one in audit(story, touch)}


@pytest.mark.parametrize("without", ["sale", "month"])
def test_a_record_that_is_missing_is_found(story, without):
    story.sell(SHIRT)
    story.do(c.ClosePeriod("month"))
    kept = [
        tuple(
            x for x in events
            if not isinstance(x, e.RecordSigned) or json.loads(x.content)["kind"] != without
        )
        for events, _ in story.batches
    ]  # fmt: skip
    story.batches = [
        (events, moment) for events, (_, moment) in zip(kept, story.batches, strict=True)
    ]
    if without == "sale":
        story.batches = story.batches[:-1]
    assert "missing" in {one.code for one in audit(story)}


def test_the_wrong_aes_key_is_found(story):
    story.sell(SHIRT)
    found = audit(story, register=replace(REGISTER, aes_key=bytes(32)))
    assert {one.code for one in found} == {"perpetual"}


# --- the log --------------------------------------------------------------------------------------


def test_the_log_has_the_form_of_the_law(story):
    story.sell(SHIRT)
    dep, container = exported(story)
    groups = json.loads(dep)
    assert list(groups) == ["Belege-Gruppe"]
    (group,) = groups["Belege-Gruppe"]
    assert list(group) == ["Signaturzertifikat", "Zertifizierungsstellen", "Belege-kompakt"]
    assert group["Belege-kompakt"] == [record.signature for record in receipts(story)]
    (key,) = json.loads(container)["certificateOrPublicKeyMap"].values()
    assert key["signatureDeviceType"] == "PUBLIC_KEY"


def test_a_period_of_the_log_is_that_of_its_trading_days(story):
    story.sell(SHIRT)
    story.business_date = "2026-09-22"
    story.sell(BREAD)
    dep, _ = exported(story, "2026-09-22", "2026-09-22")
    (group,) = json.loads(dep)["Belege-Gruppe"]
    assert group["Belege-kompakt"] == [receipts(story)[-1].signature]
    assert json.loads(exported(story, "2027-01-01")[0])["Belege-Gruppe"][0]["Belege-kompakt"] == []


@pytest.fixture(scope="module")
def long_log(signer) -> tuple[list[str], str]:
    story = told_with(Device(signer))
    for article in (SHIRT, BREAD, PLANT):
        story.sell(article)
    dep, container = exported(story)
    return json.loads(dep)["Belege-Gruppe"][0]["Belege-kompakt"], container


@pytest.mark.parametrize(
    ("spoilt", "at"),
    [
        (lambda log: log[:2] + log[3:], "chain"),
        (lambda log: [log[0], log[2], log[1], log[3]], "chain"),
        (lambda log: log[1:], "chain"),
        (lambda log: [*log, log[-1]], "twice"),
        (lambda log: [*log[:3], f"{log[3][:-4]}AAAA"], "signature"),
    ],
    ids=["one removed", "two swapped", "start removed", "one repeated", "another signature"],
)
def test_the_second_reader_rejects_a_log_that_was_touched(long_log, tmp_path, spoilt, at):
    log, container = long_log
    group = {"Signaturzertifikat": "", "Zertifizierungsstellen": [], "Belege-kompakt": spoilt(log)}
    with pytest.raises(Rejected, match=at):
        LogReader(container, tmp_path).read(json.dumps({"Belege-Gruppe": [group]}))


def test_another_key_that_is_not_what_it_says_is_found(story, tmp_path):
    story.sell(SHIRT)
    make_key(tmp_path / "other.pem")
    story.regime = AustriaRegime(SECRET, PemSigner.read(tmp_path / "other.pem"), REGISTER)
    story.sell(BREAD)
    first = story.state.signing_key

    def touch(event, key="AAAA"):
        adopted = isinstance(event, e.SigningKeyAdopted) and event.key_id == first
        return replace(event, public_key=key) if adopted else event

    assert {one.code for one in audit(story, touch)} == {"key"}
    sound = next(
        x.public_key
        for events, _ in story.batches
        for x in events
        if isinstance(x, e.SigningKeyAdopted)
    )
    assert "key" in {one.code for one in audit(story, lambda x: touch(x, sound))}


def test_an_outage_that_nothing_ends_is_found(story, device):
    device.works = False
    story.sell(SHIRT)
    device.works = True
    story.sell(BREAD)
    sound = receipts(story)[-1]
    head = next(r for r in receipts(story) if r.document != sound.document and r.sequence == 2)
    state = replace(story.state, chains={"RKSV": ChainHead(2, head.signature)})
    found = AustriaAuditor({}).take(state, sound, state)
    assert any("ends the outage" in one.detail for one in found)
