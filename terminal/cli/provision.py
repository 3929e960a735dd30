"""``reprise provision``: from the technician's file on the FAT partition to a terminal that sells.

On an appliance ``reprise-provision.service`` runs this at every start as root (``--stage apply``),
and ``reprise-provision-card.service`` what is to be written on the card (``--stage card``).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terminal.appliance import places, request_file
from terminal.appliance.card import nothing_new
from terminal.appliance.machine_store import MachineStore
from terminal.appliance.network_files import network_files, network_of
from terminal.appliance.provisioning_settings import Network
from terminal.whole_files import write_volatile

EXIT_WRONG = 1
MAX_REQUEST_BYTES = 65_536
APPLY, WRITE_CARD = "apply", "card"
NOTHING_NEW = {
    "version": 1, "state": "ready", "provisioned": True, "file": "", "problems": [],
    "changes": [], "language": "", "rotation": 0,
}  # fmt: skip
"""What ``ProvisionResult(READY, provisioned=True)`` is in plain; a test compares them."""


def run(options: argparse.Namespace) -> int:
    """Provision this machine; 1 when it cannot sell for want of a file that is right."""
    store = MachineStore(places.under(options.root, places.MACHINE))
    request = places.under(options.root, places.PROVISION_REQUEST)
    if options.stage == APPLY and not request.exists():
        state = _nothing_new(options, store)
        if state is not None:  # nearly every start: no settings, no books, no words are loaded
            _render_network(options.root, network_of(state))
            _leave(options.root, {**NOTHING_NEW, "language": _language(state)})
            return 0
    return _provision(options, request_file.take(request, MAX_REQUEST_BYTES))


def _nothing_new(options: argparse.Namespace, store: MachineStore) -> dict[str, Any] | None:
    try:
        return nothing_new(options.boot, options.data / places.PROVISIONING_FILE, store)
    except OSError:
        return None  # the whole way meets it again, and says so


def _provision(options: argparse.Namespace, request: dict[str, Any] | None) -> int:
    from terminal.services.provision_work import apply, write_card  # noqa: PLC0415 - see above

    code = 0
    machine = places.under(options.root, places.MACHINE)
    if options.stage != WRITE_CARD:
        result, network = apply(options.boot, options.data, machine, request)
        _render_network(options.root, network)
        _leave(options.root, result.plain())
        for line in result.told_at_home():
            print(line, file=sys.stderr)
        code = 0 if result.good else EXIT_WRONG
    if options.stage != APPLY:
        write_card(options.boot, options.data, machine)
        return code
    return 0  # the screen says it, to whoever can mend it


def _leave(root: Path, plain: Mapping[str, Any]) -> None:
    """Leave the result for the screens."""
    write_volatile(places.under(root, places.PROVISION_STATE), json.dumps(plain).encode())


def _language(state: Mapping[str, Any]) -> str:
    return str(state["tables"].get("terminal", {}).get("language", ""))


def _render_network(root: Path, network: tuple[Network, str] | None) -> None:
    """Write what the network services read; without provisioning the image's own files hold."""
    if network is None:
        return
    wanted = {places.under(root, p): made for p, made in network_files(*network).items()}
    for stale in places.under(root, places.NETWORKD).glob("*-reprise*"):
        if stale not in wanted:
            stale.unlink()
    for single in (places.WIFI, places.TIMESYNCD / "reprise.conf"):
        if places.under(root, single) not in wanted:
            places.under(root, single).unlink(missing_ok=True)
    for path, (text, mode) in wanted.items():
        write_volatile(path, text.encode(), mode)
