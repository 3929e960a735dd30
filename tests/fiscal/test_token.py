"""A key in a token signs, does not leave it, and is missed in words when it is not there."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pkcs11
import pytest

from terminal.app import build
from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.fiscal.signing import KeyUnusable, Verifier, from_b64url
from terminal.fiscal.token import (
    ABSENT,
    PIN_REFUSED,
    SILENT,
    Hand,
    TokenSigner,
    check_tries,
    make_token_key,
)
from terminal.fiscal.token_address import TokenAddress
from terminal.settings import ConfigError
from tests.conftest import Shop
from tests.fiscal.tokens import MODULE, PIN, SoftToken, soft_token
from tests.flows.books import books
from tests.flows.power import switched_on
from tests.services.money import standing

__all__ = ["soft_token"]

BENCH = "2000000000015"
TEXT = "R1,TIK,3001,…"


def test_what_the_token_signs_is_accepted_by_our_verifier_and_by_openssl(soft_token, tmp_path):
    signer = TokenSigner(soft_token.address)
    signature = signer.sign(TEXT)
    verifier = Verifier(signer.public_key)
    assert verifier.verifies(TEXT, signature)
    assert not verifier.verifies(TEXT + ".", signature)
    assert (signer.key_id, signer.backend) == (verifier.key_id, "pkcs11")
    (tmp_path / "key.der").write_bytes(signer.public_key)
    (tmp_path / "text").write_text(TEXT, "utf-8")
    (tmp_path / "signature").write_bytes(der_of(from_b64url(signature)))
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "key.der", "-keyform", "DER",
         "-signature", "signature", "text"],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "Verified OK\n"


def der_of(raw: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def test_the_key_does_not_leave_the_token(soft_token):
    library = pkcs11.lib(str(MODULE))
    with library.get_token(token_label="REPRISE").open(user_pin=PIN) as session:
        key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label="fiscal")
        assert key[pkcs11.Attribute.NEVER_EXTRACTABLE] is True
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            key[pkcs11.Attribute.VALUE]


def test_a_key_that_may_leave_its_token_is_not_used(soft_token):
    library = pkcs11.lib(str(MODULE))
    curve = pkcs11.util.ec.encode_named_curve_parameters("secp256r1")
    with library.get_token(token_label="REPRISE").open(user_pin=PIN, rw=True) as session:
        session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
        ).generate_keypair(
            store=True,
            label="loose",
            private_template={pkcs11.Attribute.EXTRACTABLE: True},
        )
    loose = TokenAddress.parse(soft_token.setting.replace("object=fiscal", "object=loose"))
    with pytest.raises(KeyUnusable, match="may leave"):
        TokenSigner(loose)


def test_a_key_is_never_made_over_another(soft_token):
    with pytest.raises(KeyUnusable, match="never replaced"):
        make_token_key(soft_token.address)


def test_a_token_that_is_pulled_out_is_missed_and_signs_again_when_it_is_back(soft_token):
    signer = TokenSigner(soft_token.address)
    signer.ready()
    soft_token.pull_out()
    for _ in range(2):
        with pytest.raises(KeyUnusable, match="plugged in") as missed:
            signer.sign(TEXT)
        assert missed.value.code == ABSENT
    soft_token.put_back()
    assert Verifier(signer.public_key).verifies(TEXT, signer.sign(TEXT))


def test_another_token_of_the_same_name_does_not_sign_in_its_place(soft_token, tmp_path):
    signer = TokenSigner(soft_token.address)
    soft_token.pull_out()
    other = SoftToken(tmp_path / "other")
    other.set_up()
    with pytest.raises(KeyUnusable, match="another key"):
        signer.sign(TEXT)


def test_a_wrong_pin_is_tried_once_and_the_right_one_put_in_its_place_works(soft_token):
    signer = TokenSigner(soft_token.address)
    soft_token.pull_out()
    with pytest.raises(KeyUnusable):
        signer.sign(TEXT)
    soft_token.put_back()
    soft_token.type_pin("000000")
    with pytest.raises(KeyUnusable, match="PinIncorrect") as refused:
        signer.sign(TEXT)
    assert refused.value.code == PIN_REFUSED
    with pytest.raises(KeyUnusable, match="not tried again"):
        signer.sign(TEXT)
    soft_token.type_pin(PIN)
    signer.ready()


def test_the_last_try_of_a_pin_is_left_to_a_person():
    flag = pkcs11.TokenFlag
    check_tries(flag.LOGIN_REQUIRED | flag.USER_PIN_COUNT_LOW, flag)
    for last in (flag.USER_PIN_FINAL_TRY, flag.USER_PIN_LOCKED):
        with pytest.raises(KeyUnusable, match="by hand"):
            check_tries(flag.LOGIN_REQUIRED | last, flag)


def test_a_token_that_hangs_holds_nobody_up():
    hand, let_go = Hand(), threading.Event()
    with pytest.raises(KeyUnusable) as silent:
        hand.call(let_go.wait, 0.01)
    assert silent.value.code == SILENT
    ran: list[int] = []
    with pytest.raises(KeyUnusable):
        hand.call(lambda: ran.append(1), 0.01)
    let_go.set()
    assert hand.call(lambda: 7, 5.0) == 7
    assert ran == []


def test_the_loop_and_the_head_record_may_ask_at_once(soft_token):
    signer = TokenSigner(soft_token.address)
    texts = [f"text {n}" for n in range(40)]
    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(signer.sign, texts))
    verifier = Verifier(signer.public_key)
    assert all(map(verifier.verifies, texts, signatures))


# --- where the PIN is read from -------------------------------------------------------------------


def test_a_pin_that_others_may_read_is_not_used(soft_token):
    soft_token.pin_file.chmod(0o640)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        TokenSigner(soft_token.address)


def test_a_pin_may_come_from_a_credential(soft_token, tmp_path, monkeypatch):
    setting = soft_token.setting.partition("&")[0]
    address = TokenAddress.parse(setting)
    with pytest.raises(KeyUnusable, match="fiscal-pin"):
        address.pin({})
    (tmp_path / "fiscal-pin").write_text(PIN)
    assert address.pin({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == PIN


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("pkcs11:token=A;object=b", "module-path"),
        ("pkcs11:token=A;object=b?module-path=x.so", "absolute"),
        ("pkcs11:object=b?module-path=/x.so", "token="),
        ("pkcs11:token=A?module-path=/x.so", "object="),
        ("pkcs11:token=A;object=b?module-path=/x.so&pin-value=1234", "does not belong"),
        ("pkcs11:token=A;object=b?module-path=/x.so&pin-source=|cat", "pin-source"),
        ("pkcs11:token=A;colour=b?module-path=/x.so", "colour=b"),
        ("pkcs11:token=A;token=B;object=b?module-path=/x.so", "twice"),
        ("pkcs11:?", "module-path"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(setting, says):
    with pytest.raises(ValueError, match=says):
        TokenAddress.parse(setting)


def test_an_address_is_read_as_rfc_7512_writes_it():
    address = TokenAddress.parse(
        "pkcs11:serial=0123;object=key%20one;id=%01%FF?module-path=/a%2Fb.so&pin-source=file:/p"
    )
    assert address == TokenAddress("/a/b.so", "", "0123", "key one", b"\x01\xff", "/p")


# --- a whole till ---------------------------------------------------------------------------------


@pytest.fixture
def french(tmp_path, soft_token):
    shop = Shop(tmp_path / "shop")
    return shop.create("fiscal.regime=france", f"fiscal.key={soft_token.setting}").data


def test_a_till_without_its_token_sells_nothing_keeps_the_sale_and_sells_on(french, soft_token):
    """Nothing is written, nobody is charged, and the same sale is completed afterwards."""

    async def play() -> None:
        async with switched_on(french, clock=ManualClock()) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=BENCH)
            soft_token.pull_out()
            await till.ok("scan", code=BENCH)
            before = till.state
            assert await till.refused("pay", tender="cash", amount_minor=50_000) == ABSENT
            assert await till.refused("pay", tender="card", amount_minor=30_000) == ABSENT
            assert till.state == before
            assert till.knob("poi", "ledger")["ledger"] == []
            soft_token.put_back()
            await till.ok("pay", tender="card", amount_minor=30_000)
            assert till.sale["status"] == "completed"
            await till.printed()

    asyncio.run(play())
    assert len(books(french).receipts) == 1
    assert run(["verify", "--data", str(french)]) == 0


@pytest.mark.parametrize("by_ack", [True, False])
def test_a_card_that_is_presented_while_the_token_is_away_is_charged_once_or_not(
    french, soft_token, by_ack
):
    """What cannot be written is not acknowledged; what was charged is asked for until it is."""

    def turn(running) -> None:
        running.hub.bench.control("poi", "commit_by_ack", on=by_ack)
        running.hub.bench.control("poi", "auto", on=False)

    async def play() -> None:
        async with switched_on(french, clock=ManualClock(), before=turn, real_time=True) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=BENCH)
            await till.ok("pay", tender="card", amount_minor=15_000, wait=False)
            await till.until(lambda: till.knob("poi", "look")["stage"] == "card")
            soft_token.pull_out()
            till.knob("poi", "present_card")
            till.knob("poi", "press", key="ok")
            await till.until(lambda: not till.running.terminal.payments._running)
            assert till.sale["status"] == "tendering"
            soft_token.put_back()
            await till.until(lambda: not till.state.attempts)
            if till.sale["status"] == "tendering":
                assert standing(till) == []
                till.knob("poi", "auto", on=True)
                await till.ok("pay", tender="card", amount_minor=15_000)
            assert till.sale["status"] == "completed"
            assert standing(till) == [15_000]
            await till.printed()

    asyncio.run(play())
    assert run(["verify", "--data", str(french)]) == 0


def test_a_copy_of_the_data_folder_cannot_sign_without_the_token(french, soft_token):
    soft_token.pull_out()
    with pytest.raises(ConfigError, match="plugged in") as missed:
        build(french)
    assert missed.value.key == "fiscal.key"
    assert not list((french / "keys").glob("fiscal-key*"))
