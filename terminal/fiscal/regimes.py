"""The regime that the settings name, with the keys it signs with."""

from __future__ import annotations

from pathlib import Path

from terminal.config import Config
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.fiscal import clock_rule
from terminal.fiscal.base import Regime
from terminal.fiscal.france import FranceRegime
from terminal.fiscal.head import HEAD_FILE
from terminal.fiscal.keys import signer_of
from terminal.fiscal.noted import noted
from terminal.fiscal.plain import PlainRegime
from terminal.fiscal.signing import KeyUnusable
from terminal.settings import ConfigError


def regime_of(config: Config, keys: Path, secret: bytes) -> Regime:
    """Return the regime of a terminal; makes a signing key that is a file at the first start.

    Args:
        config: names the regime, and where its key lives.
        keys: folder of keys.
        secret: proves slips and short codes.

    Raises:
        ConfigError: the signing key cannot be used.
    """
    if config.fiscal.regime == "plain":
        return PlainRegime(secret)
    try:
        signer = signer_of(config.fiscal.key, keys)
    except (KeyUnusable, OSError, ValueError) as error:
        raise ConfigError(str(error), key="fiscal.key") from error
    return FranceRegime(
        secret, signer, till=config.terminal.till_number, timezone=config.shop.timezone
    )


def head_file(config: Config, data: Path) -> Path:
    """Return where the head record lies: in the folder that is set, or beside the keys."""
    folder = config.fiscal.head_folder
    return (Path(folder) if folder else data / "keys") / HEAD_FILE


def noted_of(regime: Regime, config: Config) -> dict[str, str]:
    """Return the settings whose change is a technical event; none where nothing is signed."""
    return noted(config) if regime.signer is not None else {}


def stopped_by_clock(regime: Regime, state: TerminalState, moment: Moment) -> bool:
    """Tell whether the law refuses to begin a payment because the clock is behind the books."""
    return isinstance(regime, FranceRegime) and clock_rule.is_stopped(state, moment)
