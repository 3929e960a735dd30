"""Where a key lies in a token: the ``pkcs11:`` URI of RFC 7512, as far as a signing key needs it.

    pkcs11:token=REPRISE;object=fiscal?module-path=/usr/lib/...so&pin-source=file:/etc/reprise/pin

The module is the token's own library (tpm2-pkcs11 for a TPM, cryptoauthlib for an ATECC608, OpenSC
for a card).  A PIN is never part of it: it is read from a file that only its owner may read, or
from a credential that systemd unsealed for this process.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from terminal.fiscal.signing import KeyUnusable

SCHEME = "pkcs11:"
PIN_CREDENTIAL = "fiscal-pin"
"""Credential that holds the PIN when the address names no file."""
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what it unsealed for a service (systemd.exec(5))."""
MAX_PIN_BYTES = 256
_PATH = frozenset({"token", "serial", "object", "id"})
_QUERY = frozenset({"module-path", "pin-source"})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class TokenAddress:
    """A key in a token; empty parts match anything."""

    module: str
    token: str = ""
    serial: str = ""
    object: str = ""
    id: bytes = b""
    pin_file: str = ""

    @classmethod
    def parse(cls, text: str) -> TokenAddress:
        """Read an address. Raises ValueError, which says what is wrong with it."""
        path, _, query = text.removeprefix(SCHEME).partition("?")
        given = {**_attributes(path, ";", _PATH), **_attributes(query, "&", _QUERY)}
        module = given.get("module-path", b"").decode()
        if not module.startswith("/"):
            raise ValueError("module-path= must name the token's library, by an absolute path")
        if not given.get("token") and not given.get("serial"):
            raise ValueError("token= or serial= must name the token")
        if not given.get("object") and not given.get("id"):
            raise ValueError("object= or id= must name the key")
        source = given.get("pin-source", b"").decode()
        if source and not source.startswith("file:/"):
            raise ValueError("pin-source= must be file: and an absolute path")
        return cls(
            module=module,
            token=given.get("token", b"").decode(),
            serial=given.get("serial", b"").decode(),
            object=given.get("object", b"").decode(),
            id=given.get("id", b""),
            pin_file=source.removeprefix("file:"),
        )

    def pin(self, environment: Mapping[str, str] = os.environ) -> str:
        """Read the PIN anew: it may have been put right. Raises KeyUnusable."""
        path = self._pin_path(environment)
        try:
            if self.pin_file and path.stat().st_mode & _OTHERS:
                raise KeyUnusable(f"{path}: others may read the PIN; chmod 600 {path}")
            with path.open("rb") as file:
                pin = file.read(MAX_PIN_BYTES).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyUnusable(f"{path}: the token's PIN cannot be read ({error})") from error
        if not pin:
            raise KeyUnusable(f"{path}: there is no PIN in it")
        return pin

    def _pin_path(self, environment: Mapping[str, str]) -> Path:
        if self.pin_file:
            return Path(self.pin_file)
        folder = environment.get(CREDENTIALS, "")
        if not folder:
            raise KeyUnusable(
                "no PIN for the token: name a file with pin-source=file:, or give the service the "
                f"credential {PIN_CREDENTIAL}"
            )
        return Path(folder) / PIN_CREDENTIAL


def _attributes(text: str, separator: str, known: frozenset[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if name == "pin-value":
            raise ValueError("a PIN does not belong in the settings: use pin-source=file:")
        if name not in known or not equals:
            raise ValueError(f"{part!r} is not understood; it may have {', '.join(sorted(known))}")
        if name in found:
            raise ValueError(f"{name}= is there twice")
        found[name] = unquote_to_bytes(value)
    return found
