"""The regime that the settings name, with the keys it signs with."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from terminal.config import Config
from terminal.core.blocks import Block
from terminal.core.state import Sale
from terminal.fiscal import austria_paper, rksv, trusted
from terminal.fiscal.attesting import AttestingRegime
from terminal.fiscal.austria import AustriaRegime, Register
from terminal.fiscal.base import Regime
from terminal.fiscal.france import FranceRegime
from terminal.fiscal.head import HEAD_FILE
from terminal.fiscal.plain import PlainRegime
from terminal.fiscal.practice import PracticeRegime
from terminal.fiscal.signing import KeyUnusable, PemSigner, make_key
from terminal.settings import ConfigError

SIGNING_KEY = "fiscal-key.pem"
TURNOVER_KEY = "turnover.key"
"""Austria: the AES key of the turnover, in base64 as FinanzOnline takes it."""
PAPER: Mapping[str, Callable[[Sale], tuple[Block, ...]]] = MappingProxyType(
    {"austria": austria_paper.blocks}
)
"""Regime -> what its law wants under a receipt."""


def regime_of(config: Config, keys: Path, secret: bytes, *, training: bool = False) -> Regime:
    """Return the regime of a terminal; makes the signing key at the first start.

    Args:
        config: names the regime.
        keys: folder of keys.
        secret: proves slips and short codes.
        training: for the terminal in training: marked records in a chain of their own.

    Raises:
        ConfigError: the signing key cannot be read.
    """
    if config.fiscal.regime == "plain" or (training and config.fiscal.regime != "france"):
        return PlainRegime(secret)
    path, turnover_key = keys / SIGNING_KEY, keys / TURNOVER_KEY
    try:
        if not path.exists():
            make_key(path)
        if config.fiscal.regime == "austria" and not turnover_key.exists():
            _make_turnover_key(turnover_key)
        signer = PemSigner.read(path)
    except (KeyUnusable, OSError) as error:
        raise ConfigError(str(error), key="fiscal.regime") from error
    if config.fiscal.regime == "austria":
        return AustriaRegime(secret, signer, register_of(config, keys))
    regime = PracticeRegime if training else FranceRegime
    return regime(secret, signer, till=config.terminal.till_number, timezone=config.shop.timezone)


def register_of(config: Config, keys: Path) -> Register:
    """Return the till as the Austrian tax office knows it.

    Raises:
        ConfigError: no company is set, or there is no AES key: the first start makes it.
    """
    fiscal = config.fiscal
    if not fiscal.company_id:
        raise ConfigError("Austria names every key by its company", key="fiscal.company_id")
    columns = {}
    for one in fiscal.vat_columns:
        rate, _, column = one.partition(":")
        columns[int(rate.replace(".", ""))] = column
    return Register(
        fiscal.register_id or config.terminal.till_number,
        fiscal.company_id,
        _turnover_key(keys / TURNOVER_KEY),
        ZoneInfo(config.shop.timezone),
        columns,
    )


def _make_turnover_key(path: Path) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(base64.b64encode(secrets.token_bytes(rksv.AES_KEY_BYTES)))


def _turnover_key(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_bytes(), validate=True)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no AES key ({error})", key="fiscal.regime") from error
    if len(key) != rksv.AES_KEY_BYTES:
        raise ConfigError(f"{path}: an AES key of 32 bytes is expected", key="fiscal.regime")
    return key


def paper(config: Config, sale: Sale) -> tuple[Block, ...]:
    """Return what the law wants printed under the receipt of a sale."""
    blocks = PAPER.get(config.fiscal.regime)
    return blocks(sale) if blocks else ()


def head_file(config: Config, data: Path) -> Path:
    """Return where the head record lies: in the folder that is set, or beside the keys."""
    folder = config.fiscal.head_folder
    return (Path(folder) if folder else data / "keys") / HEAD_FILE


def trusted_folder(config: Config, data: Path) -> Path:
    """Return where the public keys of the shop's other tills lie."""
    folder = config.fiscal.trusted
    return Path(folder) if folder else data / "keys" / trusted.FOLDER


def attested(config: Config, keys: Path, secret: bytes, *, training: bool) -> Regime:
    """Return the regime of a terminal whose receipts prove themselves elsewhere.

    What was sold in training proves nothing: it gets no seal that another till would believe.
    Raises ConfigError as ``regime_of`` does.
    """
    regime = regime_of(config, keys, secret, training=training)
    return regime if training else AttestingRegime(regime, secret, config.terminal.till_number)
