"""Where the signing key lives, that no two tills share one, and what the doctor says of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import sys
from pathlib import Path

import pytest

from terminal.app import build
from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.fiscal.keys import SIGNING_KEY, make_signing_key, signer_of
from terminal.fiscal.signing import KeyUnusable, PemSigner, Verifier, key_id_of
from terminal.settings import ConfigError
from tests.conftest import Shop
from tests.flows.books import books
from tests.flows.power import switched_on

BENCH = "2000000000015"
STANDS_FOR_SYSTEMD = (
    "import pathlib, sys; pathlib.Path(sys.argv[2]).write_bytes(sys.stdin.buffer.read()[::-1])"
)
"""Seals by writing backwards: what matters here is what is never written forwards."""
SEAL = (sys.executable, "-c", STANDS_FOR_SYSTEMD)


def shop(path: Path, *settings: str) -> Path:
    return Shop(path).create("fiscal.regime=france", *settings).data


def sell(data: Path) -> None:
    async def play() -> None:
        async with switched_on(data, clock=ManualClock()) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=BENCH)
            await till.ok("pay", tender="cash", amount_minor=20_000)
            await till.printed()

    asyncio.run(play())


def on_the_page(data: Path, capsys) -> dict[str, str]:
    capsys.readouterr()
    run(["doctor", "--data", str(data), "--json"])
    page = json.loads(capsys.readouterr().out)
    (line,) = [line for line in page if line["part"] == "signing key"]
    return line


def test_two_data_folders_never_have_the_same_key(tmp_path):
    signers = []
    for name in ("one", "two"):
        data = shop(tmp_path / name)
        assert not (data / "keys" / SIGNING_KEY).exists(), "an image would carry it along"
        sell(data)
        signers.append(PemSigner.read(data / "keys" / SIGNING_KEY))
    assert len({signer.public_key for signer in signers}) == 2


def test_a_key_in_a_file_is_read_by_its_owner_alone(tmp_path):
    make_signing_key("file", tmp_path / "keys", tmp_path / "unused")
    mode = stat.S_IMODE((tmp_path / "keys" / SIGNING_KEY).stat().st_mode)
    assert mode == 0o600
    with pytest.raises(KeyUnusable, match="never replaced"):
        make_signing_key("file", tmp_path / "keys", tmp_path / "unused")


def test_a_sealed_key_is_never_on_the_disk_as_it_is(tmp_path):
    sealed = tmp_path / "store" / "fiscal-key.pem"
    public = make_signing_key("credential", tmp_path / "keys", sealed, SEAL)
    whole = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"PRIVATE KEY" not in whole
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    unsealed = tmp_path / "credentials"
    unsealed.mkdir()
    (unsealed / SIGNING_KEY).write_bytes(sealed.read_bytes()[::-1])
    signer = signer_of("credential", tmp_path, {"CREDENTIALS_DIRECTORY": str(unsealed)})
    assert (signer.public_key, signer.backend) == (public, "credential")
    assert Verifier(public).verifies("text", signer.sign("text"))


def test_a_sealed_key_is_never_replaced(tmp_path):
    sealed = tmp_path / "fiscal-key.pem"
    make_signing_key("credential", tmp_path, sealed, SEAL)
    before = sealed.read_bytes()
    with pytest.raises(KeyUnusable, match="never replaced"):
        make_signing_key("credential", tmp_path, sealed, SEAL)
    assert sealed.read_bytes() == before


@pytest.mark.parametrize(
    ("seal", "says"),
    [
        ((sys.executable, "-c", "import sys; sys.exit('no TPM here')"), "no TPM here"),
        (("/nowhere/systemd-creds",), "cannot be sealed"),
        ((sys.executable, "-c", ""), "cannot be sealed"),
    ],
)
def test_a_key_that_cannot_be_sealed_is_not_made(tmp_path, seal, says):
    with pytest.raises(KeyUnusable, match=says):
        make_signing_key("credential", tmp_path, tmp_path / "sealed", seal)
    assert not (tmp_path / "sealed").exists()


@pytest.fixture
def credential(tmp_path, monkeypatch) -> Path:
    """A shop whose key systemd unsealed for it."""
    unsealed = tmp_path / "credentials"
    make_signing_key("file", unsealed, tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(unsealed))
    return shop(tmp_path / "shop", "fiscal.key=credential")


def test_a_till_signs_with_its_credential(credential):
    sell(credential)
    assert run(["verify", "--data", str(credential)]) == 0
    assert not (credential / "keys" / SIGNING_KEY).exists()


def test_a_copy_of_the_data_folder_cannot_sign_elsewhere(credential, tmp_path, monkeypatch):
    """The other machine's systemd has nothing to unseal for it."""
    sell(credential)
    before = books(credential)
    copy = tmp_path / "elsewhere"
    shutil.copytree(credential, copy)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(ConfigError, match="make-key") as missed:
        build(copy)
    assert missed.value.key == "fiscal.key"
    assert books(copy) == before


def test_another_key_than_before_is_said_in_the_journal(credential, tmp_path, monkeypatch):
    sell(credential)
    other = tmp_path / "other"
    make_signing_key("file", other, tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(other))
    sell(credential)
    assert books(credential).events["SigningKeyAdopted"] == 2
    assert run(["verify", "--data", str(credential)]) == 0


def test_a_setting_that_names_no_place_is_refused(tmp_path):
    for wrong in ("tpm", "pkcs11:", "pkcs11: a", "file "):
        with pytest.raises(ConfigError):
            shop(tmp_path / "shop", f"fiscal.key={wrong}")
    data = shop(tmp_path / "shop", "fiscal.key=pkcs11:token=A;object=b?pin-value=1")
    with pytest.raises(ConfigError, match="a PIN does not belong"):
        build(data)


# --- the command and the doctor -------------------------------------------------------------------


def test_make_key_tells_the_fingerprint(tmp_path, capsys):
    data = shop(tmp_path / "shop")
    assert run(["make-key", "--data", str(data)]) == 0
    public = PemSigner.read(data / "keys" / SIGNING_KEY).public_key
    assert key_id_of(public) in capsys.readouterr().out
    assert run(["make-key", "--data", str(data)]) == 1
    assert "never replaced" in capsys.readouterr().err


def test_make_key_of_a_shop_that_signs_nothing_says_so(tmp_path, capsys):
    data = Shop(tmp_path / "shop").create().data
    assert run(["make-key", "--data", str(data)]) == 1
    assert "signs nothing" in capsys.readouterr().err


def test_the_doctor_warns_of_a_key_that_can_be_copied_and_says_since_when_it_signs(
    tmp_path, capsys
):
    data = shop(tmp_path / "shop")
    assert on_the_page(data, capsys)["advice"] == "The first start makes one."
    assert not (data / "keys" / SIGNING_KEY).exists(), "the doctor changes nothing"
    sell(data)
    line = on_the_page(data, capsys)
    key_id = PemSigner.read(data / "keys" / SIGNING_KEY).key_id
    assert (line["level"], line["words"]) == (
        "warn",
        f"{key_id} in a file, signs since 2026-03-02 10:00",
    )
    assert "root" in line["advice"]
    (data / "keys" / SIGNING_KEY).unlink()
    assert on_the_page(data, capsys)["level"] == "bad"


def test_the_doctor_knows_the_key_that_only_the_service_can_unseal(credential, capsys, monkeypatch):
    sell(credential)
    assert on_the_page(credential, capsys)["level"] == "good"
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    line = on_the_page(credential, capsys)
    assert (line["level"], "only the service" in line["words"]) == ("good", True)


def test_the_doctor_says_nothing_of_keys_where_nothing_is_signed(tmp_path, capsys):
    data = Shop(tmp_path / "shop").create().data
    capsys.readouterr()
    run(["doctor", "--data", str(data), "--json"])
    parts = {line["part"] for line in json.loads(capsys.readouterr().out)}
    assert "signing key" not in parts
