"""Keys of the shop's other tills: written for them, and kept from them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from terminal import config as configuration
from terminal.fiscal.regimes import regime_of, trusted_folder
from terminal.fiscal.signing import KeyUnusable
from terminal.fiscal.trusted import keep, pem_of, trusted_keys
from terminal.folder import DataFolder
from terminal.settings import ConfigError


def run(options: argparse.Namespace) -> int:
    """``reprise trust``: list the trusted keys, write the own one, or trust another till's."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    trusted = trusted_folder(config, folder.path)
    if options.export:
        regime = regime_of(config, folder.path / "keys", folder.key.read_bytes())
        if regime.signer is None:
            raise ConfigError(
                "this terminal signs nothing that another could verify", key="fiscal.regime"
            )
        options.export.write_bytes(pem_of(regime.signer.public_key))
        print(f"{options.export}: till {config.terminal.till_number}, key {regime.signer.key_id}")
        return 0
    if options.file is not None:
        return _trust(options, trusted, config.terminal.till_number)
    for key_id, key in trusted_keys(trusted).items():
        print(f"till {key.till}: {key_id}")
    return 0


def _trust(options: argparse.Namespace, trusted: Path, own: str) -> int:
    if len(options.till) != 4 or not options.till.isdecimal():
        raise ConfigError("it must be the number of the till, 4 digits", key="--till")
    if options.till == own:
        raise ConfigError(f"{own} is this till; its own key is known", key="--till")
    try:
        kept = keep(trusted, options.till, options.file.read_bytes())
    except KeyUnusable as error:
        print(f"reprise: {options.file}: {error}", file=sys.stderr)
        return 1
    print(f"{kept}: receipts of till {options.till} are believed from the next start")
    return 0
