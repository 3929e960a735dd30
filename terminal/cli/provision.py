"""``reprise provision``: from the technician's file on the FAT partition to a terminal that sells.

On an appliance ``reprise-provision.service`` runs this at every start as root (``--stage apply``),
and ``reprise-provision-card.service`` what is to be written on the card (``--stage card``).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from pathlib import Path

from terminal.appliance import places
from terminal.appliance.network_files import network_files
from terminal.appliance.provisioning_file import Problem
from terminal.appliance.whole_files import write_volatile
from terminal.clock import SystemClock
from terminal.journal.errors import JournalError
from terminal.services.provision_result import FAILED, MISSING, WRONG, ProvisionResult
from terminal.services.provisioning import Provisioner, Request
from terminal.settings import Said
from terminal.words import FALLBACK, Words

log = logging.getLogger(__name__)

EXIT_WRONG = 1
MAX_REQUEST_BYTES = 65_536
APPLY, WRITE_CARD = "apply", "card"


def run(options: argparse.Namespace) -> int:
    """Provision this machine; 1 when it cannot sell for want of a file that is right."""
    clock = SystemClock()
    provisioner = Provisioner(
        options.boot,
        options.data,
        _under(options.root, places.MACHINE),
        clock.business_date(clock.now_ms()),
    )
    code = 0
    if options.stage != WRITE_CARD:
        request = _request(_under(options.root, places.PROVISION_REQUEST))
        try:
            result = provisioner.run(request)
            _render_network(options.root, provisioner)
        except (OSError, JournalError) as error:
            log.exception("not provisioned")
            said = Said("config.other", {"message": str(error)})
            result = ProvisionResult(FAILED, provisioner.provisioned, problems=(Problem(said),))
        path = _under(options.root, places.PROVISION_STATE)
        write_volatile(path, json.dumps(result.plain()).encode())
        _tell(result)
        code = EXIT_WRONG if result.state in (MISSING, WRONG, FAILED) else 0
    if options.stage != APPLY:
        provisioner.write_card()
        return code
    return 0  # the screen says it, to whoever can mend it


def _render_network(root: Path, provisioner: Provisioner) -> None:
    """Write what the network services read; without provisioning the image's own files hold."""
    network = provisioner.network
    if network is None:
        return
    wanted = {_under(root, p): made for p, made in network_files(*network).items()}
    for stale in _under(root, places.NETWORKD).glob("*-reprise*"):
        if stale not in wanted:
            stale.unlink()
    for single in (places.WIFI, places.TIMESYNCD / "reprise.conf"):
        if _under(root, single) not in wanted:
            _under(root, single).unlink(missing_ok=True)
    for path, (text, mode) in wanted.items():
        write_volatile(path, text.encode(), mode)


def _request(path: Path) -> Request | None:
    """Take what the screen asked for; it is asked once, whatever becomes of it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        path.unlink(missing_ok=True)
        return None
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(MAX_REQUEST_BYTES)
    path.unlink(missing_ok=True)
    try:
        plain = json.loads(raw)
        return Request(str(plain["ask"]), tuple(str(code) for code in plain.get("codes", ())))
    except (ValueError, KeyError, TypeError):
        return None


def _under(root: Path, place: Path) -> Path:
    return root / place.relative_to("/")


def _tell(result: ProvisionResult) -> None:
    for line in result.told(Words(result.language or FALLBACK)):
        print(line, file=sys.stderr)
