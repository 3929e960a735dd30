"""``reprise make-key``: make the signing key of a new terminal; one is never replaced.

Every start of an appliance asks whether there is one to make, and hardly any has: so what makes it,
and with it all that signs, is loaded only then.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from terminal import config as configuration
from terminal.config import Config
from terminal.fiscal_settings import CREDENTIAL
from terminal.folder import DataFolder
from terminal.settings import ConfigError


def run(options: argparse.Namespace) -> int:
    """Make the key where the settings say; 0 as well when ``--once`` finds nothing to do."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    if options.once and not _wanted(config, options.out):
        return 0
    if config.fiscal.regime == "plain":
        raise ConfigError("this regime signs nothing: there is no key to make", key="fiscal.regime")
    _make(config, folder, options.out)
    return 0


def _wanted(config: Config, sealed: Path) -> bool:
    """Tell whether there is a key to make before the first start, which makes one in a file."""
    return (
        config.fiscal.regime != "plain" and config.fiscal.key == CREDENTIAL and not sealed.exists()
    )


def _make(config: Config, folder: DataFolder, sealed: Path) -> None:
    from terminal.fiscal.keys import make_signing_key  # noqa: PLC0415 - see above
    from terminal.fiscal.signing import KeyUnusable, key_id_of  # noqa: PLC0415

    try:
        public = make_signing_key(config.fiscal.key, folder.path / "keys", sealed)
    except (KeyUnusable, ValueError) as error:
        raise ConfigError(str(error), key="fiscal.key") from error
    print(f"key {key_id_of(public)}, fingerprint {hashlib.sha256(public).hexdigest()}")
