"""Where the signing key lives: in a file, in a credential that systemd unseals, or in a token."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from terminal.fiscal.signing import KeyUnusable, PemSigner, Signer, make_key, new_key
from terminal.fiscal.token import TokenSigner, make_token_key
from terminal.fiscal.token_address import CREDENTIALS, SCHEME, TokenAddress
from terminal.fiscal_settings import CREDENTIAL, FILE

SIGNING_KEY = "fiscal-key.pem"
"""Name of the file in ``keys/``, and of the credential."""
SEAL = ("systemd-creds", "encrypt", f"--name={SIGNING_KEY}")
SEAL_S = 30.0


def signer_of(where: str, keys: Path, environment: Mapping[str, str] = os.environ) -> Signer:
    """Return who signs; a key in a file is made at the first start, the others by ``make-key``.

    Args:
        where: the setting ``fiscal.key``.
        keys: the folder of keys.
        environment: names the credentials of this service.

    Raises:
        KeyUnusable: the key cannot be read or used.
        OSError: a first key cannot be written.
    """
    if where == FILE:
        path = keys / SIGNING_KEY
        if not path.exists():
            make_key(path)
        return PemSigner.read(path)
    if where == CREDENTIAL:
        folder = environment.get(CREDENTIALS, "")
        if not folder:
            raise KeyUnusable(
                f"systemd gave this program no credentials: its service needs "
                f"LoadCredentialEncrypted={SIGNING_KEY}, and the key is made by reprise make-key"
            )
        return PemSigner.read(Path(folder) / SIGNING_KEY, CREDENTIAL)
    return TokenSigner(TokenAddress.parse(where))


def make_signing_key(where: str, keys: Path, sealed: Path, seal: Sequence[str] = SEAL) -> bytes:
    """Make the key of a new terminal where it is to live; return its public half, DER.

    A key is never replaced, and one that is to be sealed is never on a disk unsealed.

    Args:
        where: the setting ``fiscal.key``.
        keys: the folder of keys.
        sealed: file of the sealed credential.
        seal: the program that seals its standard input; the file comes as its last argument.

    Raises:
        KeyUnusable: there is a key already, or it cannot be made there.
        OSError: it cannot be written.
    """
    if where == FILE:
        path = keys / SIGNING_KEY
        if path.exists():
            raise KeyUnusable(f"{path}: there is a key already; it is never replaced")
        make_key(path)
        return PemSigner.read(path).public_key
    if where == CREDENTIAL:
        return _sealed(sealed, seal)
    return make_token_key(TokenAddress.parse(where))


def _sealed(path: Path, seal: Sequence[str]) -> bytes:
    if path.exists():
        raise KeyUnusable(f"{path}: there is a sealed key already; it is never replaced")
    pem = new_key()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            [*seal, "-", str(path)], input=pem, capture_output=True, check=False, timeout=SEAL_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KeyUnusable(f"the key cannot be sealed: {error}") from error
    if done.returncode != 0 or not path.exists():
        said = done.stderr.decode(errors="replace").strip()
        raise KeyUnusable(f"the key cannot be sealed: {seal[0]} says {said!r}")
    path.chmod(0o600)
    return PemSigner.of(pem, CREDENTIAL).public_key


def is_address(where: str) -> bool:
    """Tell whether a key lives in a token."""
    return where.startswith(SCHEME)
