"""Machines without settings, with wrong ones, and with new ones that wait."""

from __future__ import annotations

from terminal.appliance.provisioning_file import FileRefused, check
from terminal.presenters.setup import SetupDesk
from terminal.services.provision_result import MISSING, WAITS, WRONG, ProvisionResult
from terminal.settings import Said
from terminal.ui.samples import restoring

WRONG_FILE = """\
[shop]
name = "Chez Lise"
timezone = "Europe/Pariss"

[terminal]
rolle = "till"
till_number = 3001

[network]
mode = "static"

[[operators]]
number = "9"
name = "Lise"
role = "supervisor"
"""
NOT_TOML = "[shop]\nname = “Chez Lise”\n"
CHANGES = (
    "shop.name: Chez Lise → Chez Lise & fils",
    "terminal.role: till → kiosk",
    "network.wifi_psk: ••• → •••",
)


def refused(text: str) -> ProvisionResult:
    """Return the result of a file that cannot be taken."""
    try:
        check(text)
    except FileRefused as error:
        return ProvisionResult(WRONG, file="reprise.toml", problems=error.problems)
    return ProvisionResult(MISSING)


def desks(language: str) -> dict[str, SetupDesk]:
    """Return every state of the screen by name."""
    waits = ProvisionResult(WAITS, True, "reprise.toml", changes=CHANGES)
    return {
        "setup-missing": SetupDesk(ProvisionResult(MISSING), language),
        "setup-wrong": SetupDesk(refused(WRONG_FILE), language),
        "setup-not-toml": SetupDesk(refused(NOT_TOML), language),
        "setup-codes": SetupDesk(ProvisionResult(MISSING), language, seen=(2, 3)),
        "setup-bad-code": SetupDesk(
            ProvisionResult(MISSING), language, said=Said("config.code.damaged")
        ),
        "setup-pending": SetupDesk(waits, language, pin="1234", left_s=41),
        "setup-wrong-pin": SetupDesk(waits, language, said=Said("setup.wrong_pin")),
        "setup-busy": SetupDesk(refused(WRONG_FILE), language, busy=True),
        **restoring.desks(language),
    }
