"""The public keys of a shop's other tills: whose receipts this one believes.

A folder of files ``<till>-<key id>.pem``, each a SubjectPublicKeyInfo in PEM.  A key speaks for its
own till alone: a till's key cannot make another till's receipts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from terminal.fiscal.signing import KeyUnusable, Verifier

log = logging.getLogger(__name__)

FOLDER = "trusted"
"""In the folder of keys, unless the settings name another."""
MAX_KEYS = 500
"""Far above the tills of one shop; a folder with more holds something else."""
MAX_FILE_BYTES = 4096
_NAME = re.compile(r"(\d{4})-[0-9a-f]{16}\.pem")


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key, and the till it speaks for."""

    till: str
    verifier: Verifier


def trusted_keys(folder: Path) -> Mapping[str, TrustedKey]:
    """Return the keys of a folder by key id; a file that is no key is left out and logged."""
    found: dict[str, TrustedKey] = {}
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".pem")
    except OSError:
        return found
    for path in paths[:MAX_KEYS]:
        name = _NAME.fullmatch(path.name)
        if name is None:
            log.warning("%s is not trusted: its name must be like 3002-0123456789abcdef.pem", path)
            continue
        try:
            verifier = Verifier(der_of(path.read_bytes()[: MAX_FILE_BYTES + 1]))
        except (KeyUnusable, OSError) as error:
            log.warning("%s is not trusted: %s", path, error)
            continue
        found[verifier.key_id] = TrustedKey(name[1], verifier)
    return found


def der_of(pem: bytes) -> bytes:
    """Return the public key of a PEM file as DER. Raises KeyUnusable."""
    if len(pem) > MAX_FILE_BYTES:
        raise KeyUnusable(f"larger than {MAX_FILE_BYTES} bytes")
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(f"no public key ({error})") from error
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def pem_of(der: bytes) -> bytes:
    """Return a public key as PEM."""
    return serialization.load_der_public_key(der).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def keep(folder: Path, till: str, pem: bytes) -> Path:
    """Trust a till's key from now on; returns its file. Raises KeyUnusable."""
    der = der_of(pem)
    path = folder / f"{till}-{Verifier(der).key_id}.pem"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(pem_of(der))
    return path
