"""A key that systemd itself seals and unseals: made by ``reprise make-key``, never on the disk."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from terminal.fiscal.keys import SEAL, SIGNING_KEY, make_signing_key, signer_of
from terminal.fiscal.signing import Verifier

HOST_KEY = (*SEAL, "--with-key=host")
"""This machine may have no TPM; with one, systemd binds to both by itself."""


@pytest.fixture
def sealed(tmp_path) -> Path:
    return tmp_path / "credstore" / SIGNING_KEY


def unsealed(sealed: Path, name: str = SIGNING_KEY) -> subprocess.CompletedProcess[bytes]:
    """Do what systemd does for a service that loads the credential."""
    return subprocess.run(
        ["systemd-creds", "decrypt", f"--name={name}", sealed, "-"],
        check=False, capture_output=True,
    )  # fmt: skip


def test_a_sealed_key_signs_once_systemd_has_unsealed_it(tmp_path, sealed):
    public = make_signing_key("credential", tmp_path, sealed, HOST_KEY)
    assert b"PRIVATE" not in sealed.read_bytes()
    given = tmp_path / "credentials"
    given.mkdir()
    (given / SIGNING_KEY).write_bytes(unsealed(sealed).stdout)
    signer = signer_of("credential", tmp_path, {"CREDENTIALS_DIRECTORY": str(given)})
    assert Verifier(public).verifies("text", signer.sign("text"))


def test_a_sealed_key_that_was_touched_or_renamed_is_not_unsealed(tmp_path, sealed):
    make_signing_key("credential", tmp_path, sealed, HOST_KEY)
    assert unsealed(sealed, "another-name").returncode != 0
    text = bytearray(sealed.read_bytes())
    text[len(text) // 2] ^= 1
    sealed.write_bytes(text)
    assert unsealed(sealed).returncode != 0
