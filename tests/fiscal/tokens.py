"""A token in software (SoftHSM2) as the tests need it: set up, pulled out, put back."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from terminal.fiscal.token import make_token_key
from terminal.fiscal.token_address import TokenAddress

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "271828"


@dataclass
class SoftToken:
    """A token that is a folder."""

    home: Path

    @property
    def pin_file(self) -> Path:
        return self.home / "pin"

    @property
    def _tokens(self) -> Path:
        return self.home / "tokens"

    @property
    def setting(self) -> str:
        """Return what ``fiscal.key`` says."""
        source = f"pin-source=file:{self.pin_file}"
        return f"pkcs11:token=REPRISE;object=fiscal?module-path={MODULE}&{source}"

    @property
    def address(self) -> TokenAddress:
        return TokenAddress.parse(self.setting)

    def set_up(self) -> bytes:
        """Make the token, and the key in it; return its public half."""
        self._tokens.mkdir(parents=True)
        (self.home / "softhsm2.conf").write_text(
            f"directories.tokendir = {self._tokens}\nlog.level = ERROR\n"
        )
        os.environ["SOFTHSM2_CONF"] = str(self.home / "softhsm2.conf")
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", "REPRISE", "--pin", PIN,
             "--so-pin", "31415926"],
            check=True, capture_output=True,
        )  # fmt: skip
        self.type_pin(PIN)
        forget_modules()
        return make_token_key(self.address)

    def type_pin(self, pin: str) -> None:
        self.pin_file.touch(mode=0o600)
        self.pin_file.write_text(f"{pin}\n")

    def pull_out(self) -> None:
        self._tokens.rename(self.home / "pulled out")

    def put_back(self) -> None:
        (self.home / "pulled out").rename(self._tokens)


def forget_modules() -> None:
    """Let the token's library look at its settings anew, as in another process."""
    import pkcs11

    library = pkcs11.lib(str(MODULE))
    library.reinitialize()


@pytest.fixture
def soft_token(tmp_path, monkeypatch) -> SoftToken:
    """A token with a key; SoftHSM finds it by the environment."""
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "none"))
    token = SoftToken(tmp_path / "token")
    token.set_up()
    return token
