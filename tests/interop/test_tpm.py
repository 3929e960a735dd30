"""A till whose key is in a TPM 2.0: signed by swtpm through tpm2-pkcs11, checked by openssl."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.core.events import RecordSigned
from terminal.core.evolve import evolve
from terminal.fiscal.signing import KeyUnusable, Verifier, from_b64url
from terminal.fiscal.token import ABSENT, PIN_REFUSED, TokenSigner, make_token_key
from terminal.fiscal.token_address import TokenAddress
from terminal.journal.upcast import decode
from terminal.store.store import Store
from tests.conftest import Shop
from tests.flows.power import switched_on

BENCH = "2000000000015"
PIN, SO_PIN = "271828", "314159"
START_S = 10.0


def module() -> Path:
    """Return the library of tpm2-pkcs11, which Debian puts into a folder of the architecture."""
    return next(Path("/usr/lib").glob("*/pkcs11/libtpm2_pkcs11.so"))


@dataclass
class Tpm:
    """A TPM in software, and the files of the token in it."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def setting(self) -> str:
        return (
            f"pkcs11:token=REPRISE;object=fiscal?module-path={module()}"
            f"&pin-source=file:{self.home / 'pin'}"
        )

    def power_on(self) -> None:
        (self.home / "state").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.home / 'state'}",
             "--ctrl", f"type=tcp,port={self.port + 1}", "--server", f"type=tcp,port={self.port}",
             "--flags", "not-need-init,startup-clear"],
        )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        """Wait until it can be asked; a connection that says nothing does it no harm."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port + 1), 0.2).close()
            except OSError:
                assert time.monotonic() < deadline, "swtpm does not start"
            else:
                return

    def power_off(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def flush(self) -> None:
        """Do what the kernel's resource manager does between two programs."""
        for kind in ("-t", "-l", "-s"):
            subprocess.run(["tpm2_flushcontext", kind], check=True)

    def tool(self, *options: str) -> None:
        subprocess.run(["pkcs11-tool", "--module", module(), *options], check=True)
        self.flush()

    def lockout(self, *options: str) -> None:
        subprocess.run(["tpm2_dictionarylockout", *options], check=True)

    def set_up(self) -> None:
        """Make a token as docs/fiscal.md says."""
        (self.home / "store").mkdir()
        pin = self.home / "pin"
        pin.touch(mode=0o600)
        pin.write_text(PIN)
        self.lockout("--setup-parameters", "--max-tries=32", "--recovery-time=600",
                     "--lockout-recovery-time=600")  # fmt: skip
        self.tool("--slot-index=0", "--init-token", "--label=REPRISE", f"--so-pin={SO_PIN}")
        self.tool(
            "--token-label=REPRISE", "--login", "--login-type=so", f"--so-pin={SO_PIN}",
            "--init-pin", f"--pin={PIN}",
        )  # fmt: skip


@pytest.fixture
def tpm(tmp_path, monkeypatch) -> Iterator[Tpm]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    way = f"swtpm:host=127.0.0.1,port={port}"
    monkeypatch.setenv("TPM2_PKCS11_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("TPM2_PKCS11_TCTI", way)
    monkeypatch.setenv("TPM2TOOLS_TCTI", way)
    made = Tpm(tmp_path, port)
    made.power_on()
    try:
        made.set_up()
        pkcs11.lib(str(module())).reinitialize()
        yield made
    finally:
        made.power_off()


def records(data: Path) -> list[RecordSigned]:
    with closing(Store.open_read_only(data, evolve=evolve)) as store:
        events = [decode(record) for record in store.journal.read()]
    return [event for event in events if isinstance(event, RecordSigned)]


def accepted_by_openssl(record: RecordSigned, public_key: bytes, folder: Path) -> bool:
    raw = from_b64url(record.signature)
    halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    (folder / "key.der").write_bytes(public_key)
    (folder / "signed").write_text(record.canonical, "utf-8")
    (folder / "signature.der").write_bytes(encode_dss_signature(*halves))
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "key.der", "-keyform", "DER",
         "-signature", "signature.der", "signed"],
        cwd=folder, check=False, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout == "Verified OK\n"


def test_a_till_sells_with_a_key_in_a_tpm(tpm, tmp_path, capsys):
    """Made once by ``reprise make-key``; without power the sale waits, and goes on afterwards."""
    data = Shop(tmp_path / "shop").create("fiscal.regime=france", f"fiscal.key={tpm.setting}").data
    assert run(["make-key", "--data", str(data)]) == 0
    assert run(["make-key", "--data", str(data)]) == 1

    async def play() -> bytes:
        async with switched_on(data, clock=ManualClock()) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=BENCH)
            tpm.power_off()
            assert await till.refused("pay", tender="cash", amount_minor=15_000) == ABSENT
            tpm.power_on()
            await till.ok("pay", tender="card", amount_minor=15_000)
            assert till.sale["status"] == "completed"
            await till.printed()
            return till.running._regime.signer.public_key

    public_key = asyncio.run(play())
    signed = records(data)
    assert {record.chain for record in signed} == {"JET", "TIK", "GTT"}
    for record in signed:
        assert Verifier(public_key).verifies(record.canonical, record.signature)
        assert accepted_by_openssl(record, public_key, tmp_path)
    assert run(["verify", "--data", str(data)]) == 0
    assert "pkcs11:token=REPRISE" in _doctor(data, capsys)


def _doctor(data: Path, capsys) -> str:
    capsys.readouterr()
    run(["doctor", "--data", str(data)])
    return next(
        line for line in capsys.readouterr().out.splitlines() if line[5:].startswith("signing key")
    )


def test_the_files_of_the_token_are_worth_nothing_at_another_tpm(tpm, tmp_path):
    """What tpm2-pkcs11 keeps on the card is wrapped by this TPM alone."""
    data = Shop(tmp_path / "shop").create("fiscal.regime=france", f"fiscal.key={tpm.setting}").data
    assert in_its_own_process(tpm, "make-key", "--data", str(data)).returncode == 0
    assert "OK   signing key" in in_its_own_process(tpm, "doctor", "--data", str(data)).stdout
    tpm.power_off()
    (tmp_path / "state").rename(tmp_path / "of the other machine")
    tpm.power_on()
    assert "BAD  signing key" in in_its_own_process(tpm, "doctor", "--data", str(data)).stdout


def test_a_tpm_that_power_cuts_have_locked_signs_again_when_it_is_unlocked(tpm):
    """To a TPM a cut is a wrong PIN: what docs/fiscal.md sets up is undone here on purpose."""
    address = TokenAddress.parse(tpm.setting)
    make_token_key(address)
    signer = TokenSigner(address)
    tpm.lockout("--setup-parameters", "--max-tries=1", "--recovery-time=600",
                "--lockout-recovery-time=600")  # fmt: skip
    tpm.power_off()
    tpm.power_on()
    for _ in range(2):
        with pytest.raises(KeyUnusable, match="PinLocked") as locked:
            signer.sign("text")
        assert locked.value.code == PIN_REFUSED
    tpm.lockout("--clear-lockout")
    assert Verifier(signer.public_key).verifies("text", signer.sign("text"))


def in_its_own_process(tpm: Tpm, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "terminal", *arguments],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    tpm.flush()
    return done
