"""The regime that the settings name, with the keys it signs with."""

from __future__ import annotations

from pathlib import Path

from terminal.config import Config
from terminal.fiscal import trusted
from terminal.fiscal.base import Regime
from terminal.fiscal.france import FranceRegime
from terminal.fiscal.head import HEAD_FILE
from terminal.fiscal.plain import PlainRegime
from terminal.fiscal.signing import KeyUnusable, PemSigner, make_key
from terminal.settings import ConfigError

SIGNING_KEY = "fiscal-key.pem"


def regime_of(config: Config, keys: Path, secret: bytes) -> Regime:
    """Return the regime of a terminal; makes the signing key at the first start.

    Args:
        config: names the regime.
        keys: folder of keys.
        secret: proves slips and short codes.

    Raises:
        ConfigError: the signing key cannot be read.
    """
    if config.fiscal.regime == "plain":
        return PlainRegime(secret)
    path = keys / SIGNING_KEY
    try:
        if not path.exists():
            make_key(path)
        signer = PemSigner.read(path)
    except (KeyUnusable, OSError) as error:
        raise ConfigError(str(error), key="fiscal.regime") from error
    return FranceRegime(
        secret, signer, till=config.terminal.till_number, timezone=config.shop.timezone
    )


def head_file(config: Config, data: Path) -> Path:
    """Return where the head record lies: in the folder that is set, or beside the keys."""
    folder = config.fiscal.head_folder
    return (Path(folder) if folder else data / "keys") / HEAD_FILE


def trusted_folder(config: Config, data: Path) -> Path:
    """Return where the public keys of the shop's other tills lie."""
    folder = config.fiscal.trusted
    return Path(folder) if folder else data / "keys" / trusted.FOLDER
