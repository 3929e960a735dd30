"""Receipts by e-mail, through a real mail server: taken, put off, refused, away, cut in between."""

from __future__ import annotations

import asyncio
import json
import smtplib
import threading
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.config import defaults, with_settings
from terminal.core.mailing import check_address, masked
from terminal.services import mail, post
from terminal.services.letters import FOLDER, Letter, Letters, NotDelivered
from terminal.services.mail import MailServer, compose, hand_in
from terminal.words import Words
from tests.conftest import Shop
from tests.delivery.post_office import Office, certificate, opened
from tests.flows.power import Cut

TONG = "2000000000084"
ADDRESS = "camille.durand+ticket@exemple.fr"
MAIL = (
    "delivery.choices=email,print,none",
    "delivery.mail_server=127.0.0.1",
    "delivery.mail_security=none",
    "delivery.mail_from=tickets@boutique.fr",
    "delivery.mail_sender=Chez Lise",
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Waits between attempts of a few milliseconds: what is tried is the order, not the clock."""
    monkeypatch.setattr(post, "BACKOFF_MS", (30, 40, 50))


def shop_of(folder: Path, office: Office, *settings: str) -> Shop:
    return Shop(folder).create(*MAIL, f"delivery.mail_port={office.port}", *settings)


async def paid(till) -> str:
    await till.ok("sign_on", operator="1", pin="1111")
    await till.ok("scan", code=TONG)
    await till.ok("pay", tender="cash", amount_minor=500)
    return till.state.sale.receipt_number


def ended(till) -> list[tuple[str, str]]:
    """Return (outcome, reason) of every letter that ended, by the journal."""
    return [(e["outcome"], e["reason"]) for e in events(till, "ReceiptMailEnded")]


def events(till, kind: str) -> list[dict]:
    from terminal.core.evolve import evolve
    from terminal.store.store import Store

    store = Store.open_read_only(till.running.folder.path, evolve=evolve)
    try:
        return [json.loads(r.payload_json) for r in store.journal.read() if r.type == kind]
    finally:
        store.close()


def waiting(till) -> tuple[Letter, ...]:
    return Letters(till.running.folder.path / FOLDER).waiting()


def spool(till) -> list[Path]:
    return sorted((till.running.folder.path / "letters").glob("*"))


async def test_a_receipt_arrives_with_its_pdf_and_the_address_is_erased(tmp_path):
    """RCP-03, RCP-01."""
    with opened(Office()) as office:
        shop = shop_of(tmp_path / "shop", office)
        async with shop.open() as till:
            number = await paid(till)
            await till.ok("mail_receipt", address=ADDRESS)
            await till.ok("next")  # nobody waits for the mail
            await till.until(lambda: ended(till))
            assert ended(till) == [("sent", "")]
            await till.until(lambda: spool(till) == [])
    (letter,) = office.letters
    assert office.recipients == [ADDRESS]
    assert letter["From"] == "Chez Lise <tickets@boutique.fr>"
    assert number[:4] in letter["Subject"]
    body = letter.get_body().get_content()
    assert "l’écran de votre téléphone" in body
    assert "Tong Temax Vert" in body
    (attached,) = letter.iter_attachments()
    assert attached.get_filename() == "ticket.pdf"
    assert attached.get_content().startswith(b"%PDF-")
    everything = b"".join(path.read_bytes() for path in shop.data.rglob("*") if path.is_file())
    assert b"camille" not in everything, "the address is left somewhere"


async def test_the_journal_holds_a_masked_address_and_a_digest(tmp_path, caplog):
    with opened(Office()) as office:
        shop = shop_of(tmp_path / "shop", office)
        async with shop.open() as till:
            await paid(till)
            await till.ok("mail_receipt", address=ADDRESS)
            (queued,) = events(till, "ReceiptMailQueued")
            assert queued["address"] == "c•••@e•••.fr"
            assert len(queued["address_digest"]) == 16
            await till.until(lambda: ended(till))
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("terminal")]
    assert "camille" not in "".join(ours), "the address is in our log"  # the server has its own


@pytest.mark.parametrize(
    ("says", "outcome", "tries"),
    [
        ({"RCPT": ["450 greylisted", "451 later"]}, ("sent", ""), 3),
        ({"DATA": ["452 no room"]}, ("sent", ""), 2),
        ({"RCPT": ["550 no such user"]}, ("failed", "address_refused"), 1),
        ({"DATA": ["554 looks like spam"]}, ("failed", "refused"), 1),
    ],
)
async def test_what_is_put_off_is_tried_again_and_what_is_refused_is_not(
    tmp_path, says, outcome, tries
):
    with opened(Office(says=says)) as office:
        async with shop_of(tmp_path / "shop", office).open() as till:
            number = await paid(till)
            await till.ok("mail_receipt", address=ADDRESS)
            await till.until(lambda: ended(till))
            assert ended(till) == [outcome]
            assert office.tries == tries
            if outcome[0] == "failed":
                await till.until(lambda: till.state.notices)
                (notice,) = till.state.notices
                assert notice.kind == "mail_failed"
                assert notice.details["receipt_number"] == number
                assert "camille" not in str(dict(notice.details))
            await till.until(lambda: spool(till) == [])


async def test_a_dead_server_is_tried_until_the_letter_is_given_up(tmp_path, monkeypatch):
    with opened(Office()) as office:
        shop = shop_of(tmp_path / "shop", office)
    monkeypatch.setattr(post, "HOUR_MS", 2)  # given up after a tenth of a second
    async with shop.open() as till:
        await paid(till)
        await till.ok("mail_receipt", address=ADDRESS)
        await till.until(lambda: ended(till))
        assert ended(till) == [("failed", "server_away")]
        await till.until(lambda: till.state.notices)
        assert [notice.kind for notice in till.state.notices] == ["mail_failed"]


async def test_a_letter_waits_over_a_restart_until_the_server_is_back(tmp_path, monkeypatch):
    office = Office()
    with opened(office):
        shop = shop_of(tmp_path / "shop", office)
    with monkeypatch.context() as patient:
        patient.setattr(post, "BACKOFF_MS", (post.HOUR_MS,))  # one try, and none begun at the stop
        async with shop.open() as till:
            await paid(till)
            await till.ok("mail_receipt", address=ADDRESS)
            await till.until(lambda: [one.reason for one in waiting(till)] == ["server_away"])
    with opened(office, port=office.port):
        async with shop.open() as till:
            await till.until(lambda: ended(till))
            assert ended(till) == [("sent", "")]
    assert len(office.letters) == 1


async def test_a_letter_that_is_being_written_at_a_stop_is_sent_after_it_and_once(
    tmp_path, monkeypatch
):
    """RCP-03: what nobody would see the end of is not begun."""
    written, stopped = threading.Event(), threading.Event()
    composed = mail.compose

    def slowly(*given, **named):
        written.set()
        assert stopped.wait(10)
        return composed(*given, **named)

    with opened(Office()) as office:
        shop = shop_of(tmp_path / "shop", office)
        with monkeypatch.context() as slow:
            slow.setattr(mail, "compose", slowly)
            async with shop.open() as till:
                await paid(till)
                await till.ok("mail_receipt", address=ADDRESS)
                await till.until(written.is_set)
        stopped.set()
        async with shop.open() as till:
            await till.until(lambda: ended(till))
            assert ended(till) == [("sent", "")]
    assert len(office.letters) == 1


async def test_a_cut_between_the_servers_yes_and_our_record_is_said(tmp_path):
    """At least once: the letter goes again under the same Message-ID, and the journal says so."""
    with opened(Office()) as office:
        shop = shop_of(tmp_path / "shop", office)
        async with shop.open() as till:
            await paid(till)
            cut = None

            def then() -> list[str]:
                nonlocal cut
                cut = Cut(tmp_path / "cut").now(till.running)
                return []

            office.says = {"THEN": _Called(then)}
            await till.ok("mail_receipt", address=ADDRESS)
            await till.until(lambda: ended(till))
        assert cut is not None
        async with Shop(cut).open() as till:
            await till.until(lambda: ended(till))
            assert ended(till) == [("sent", "repeated")]
    first, again = office.letters
    assert first["Message-ID"] == again["Message-ID"]


class _Called(list):
    """Answers that are asked for: something happens first."""

    def __init__(self, happens) -> None:
        super().__init__()
        self._happens = happens

    def __bool__(self) -> bool:
        self._happens()
        self._happens = list
        return False


async def test_a_letter_that_was_never_promised_is_erased_and_a_lost_one_is_said(tmp_path):
    """The two halves of a cut between a letter's file and its event, and the other way round."""
    with opened(Office()) as office:
        shop = shop_of(tmp_path / "shop", office)
    async with shop.open() as till:
        number = await paid(till)
        await till.ok("mail_receipt", address=ADDRESS)
    letters = Letters(shop.data / "letters")
    (kept,) = letters.waiting()
    letters.erase(kept.letter)
    letters.keep(Letter("00" * 8, ADDRESS, "3001-000001", number, "fr", 1))
    async with shop.open() as till:
        await till.until(lambda: ended(till))
        assert ended(till) == [("failed", "letter_lost")]
        await till.until(lambda: spool(till) == [])


async def test_a_password_goes_over_tls_and_to_nobody_who_cannot_prove_himself(
    tmp_path, monkeypatch
):
    """RFC 8314; an unknown certificate, a wrong host and a server without TLS get no password."""
    trusted, context = certificate(tmp_path / "tls", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    message = compose(
        with_settings(defaults(), {"delivery.mail_from": "a@b.fr"}),
        Words("en"), Letter("00" * 8, ADDRESS, "s", "82", "en", 1), pdf=b"%PDF-", text="",
    )  # fmt: skip

    def sent(host: str, office: Office, password: str = "geheim") -> str:
        try:
            hand_in(MailServer(host, office.port, "starttls", "lise", password), message)
        except NotDelivered as error:
            return error.reason
        return "sent"

    with opened(Office(), tls=context) as office:
        assert await asyncio.to_thread(sent, "localhost", office) == "sent"
        assert await asyncio.to_thread(sent, "localhost", office, "falsch") == "login_refused"
        assert await asyncio.to_thread(sent, "127.0.0.1", office) == "tls_refused"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path / "other", "localhost")[0]))
        assert await asyncio.to_thread(sent, "localhost", office) == "tls_refused"
    with opened(Office()) as open_office:
        assert await asyncio.to_thread(sent, "localhost", open_office) == "tls_refused"
    assert len(office.letters) == 1
    assert open_office.letters == []


async def test_what_the_shop_does_not_offer_or_nobody_can_reach_is_refused(tmp_path):
    with opened(Office()) as office:
        shop = shop_of(tmp_path / "shop", office)
    async with shop.open() as till:
        assert await till.refused("mail_receipt", address=ADDRESS) == "no_choice_open"
        await paid(till)
        for wrong in ("", "camille", "a@b", "a b@c.fr", "a@c.fr\nBcc: x@y.z", "é@c.fr"):
            assert await till.refused("mail_receipt", address=wrong) == "bad_mail_address"
        for _ in range(5):
            await till.ok("mail_receipt", address=ADDRESS)
        assert await till.refused("mail_receipt", address=ADDRESS) == "too_many_letters"
    plain = Shop(tmp_path / "plain").create()
    async with plain.open() as till:
        await paid(till)
        assert await till.refused("mail_receipt", address=ADDRESS) == "no_mail_here"


# --- properties -----------------------------------------------------------------------------------

TEXTS = st.text(max_size=80)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_of_a_shop_can_add_a_header(name, subject, greeting, shop):
    """Header injection: whatever stands in settings and catalogue, the headers stay ours."""
    config = defaults()
    from dataclasses import replace

    config = replace(
        config,
        shop=replace(config.shop, name=shop),
        delivery=replace(
            config.delivery, mail_from="a@b.fr", mail_sender=name, mail_subject=subject,
            mail_greeting=greeting,
        ),
    )  # fmt: skip
    letter = Letter("00" * 8, ADDRESS, "s", "820300100000000014", "en", 1_790_000_000_000)
    message = compose(config, Words("en"), letter, pdf=b"%PDF-", text="ticket")
    read = message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.SMTP)
    assert {key.lower() for key in read.keys()} == {  # noqa: SIM118 - headers repeat
        "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version",
        "content-type",
    }  # fmt: skip
    assert read["To"] == ADDRESS
    assert len(read.keys()) == 8


@given(st.one_of(TEXTS, st.emails()))
def test_an_address_that_is_taken_holds_nothing_but_an_address(address):
    if check_address(address) is not None:
        return
    assert address.isascii()
    assert not set(address) & set('\r\n \t<>,;:"()[]\\')
    assert smtplib.quoteaddr(address) == f"<{address}>"
    local, _, domain = address.partition("@")
    hidden = masked(address)
    assert domain not in hidden
    assert len(local) < 3 or local not in hidden
