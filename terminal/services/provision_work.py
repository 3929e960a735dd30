"""One run of the provisioning, from the outside: what it is given, and that it never just fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terminal.appliance.provisioning_file import Problem
from terminal.appliance.provisioning_settings import Network
from terminal.clock import SystemClock
from terminal.journal.errors import JournalError
from terminal.services.provision_result import FAILED, ProvisionResult
from terminal.services.provisioning import Provisioner, Request
from terminal.settings import Said

log = logging.getLogger(__name__)


def apply(
    card: Path, data: Path, machine: Path, asked: Mapping[str, Any] | None
) -> tuple[ProvisionResult, tuple[Network, str] | None]:
    """Provision; a disk that fails is a result like others, for the screen to show.

    A card that cannot be read is no reason to be without the network that was provisioned.
    """
    provisioner = _provisioner(card, data, machine)
    try:
        result = provisioner.run(_request(asked))
    except (OSError, JournalError) as error:
        log.exception("not provisioned")
        said = Said("config.other", {"message": str(error)})
        result = ProvisionResult(FAILED, provisioner.provisioned, problems=(Problem(said),))
    try:
        return result, provisioner.network
    except OSError:
        log.exception("the network is not known")
        return result, None


def write_card(card: Path, data: Path, machine: Path) -> None:
    """Write on the card what is to be there. Raises OSError."""
    _provisioner(card, data, machine).write_card()


def _provisioner(card: Path, data: Path, machine: Path) -> Provisioner:
    clock = SystemClock()
    return Provisioner(card, data, machine, clock.business_date(clock.now_ms()))


def _request(asked: Mapping[str, Any] | None) -> Request | None:
    """Return what the screen asked for; what means nothing is nothing."""
    codes = (asked or {}).get("codes", [])
    if asked is None or not isinstance(codes, list):
        return None
    return Request(str(asked.get("ask", "")), tuple(str(code) for code in codes))
