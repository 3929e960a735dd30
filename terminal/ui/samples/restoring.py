"""A new machine and a stick with the second copy of a till that is no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from terminal.appliance.restore_state import DONE, FAILED, WORKING, RestoreState
from terminal.presenters.restoring import AGAIN, PIN, RestoreDesk
from terminal.presenters.setup import SetupDesk
from terminal.services.copy_offer import CopyOffer, LastSale
from terminal.services.provision_result import MISSING, ProvisionResult
from terminal.settings import Said

AT_MS = 1_795_878_180_000
OFFER = CopyOffer(
    Path("/run/media/reprisecopy/reprise-copy/copy-001"),
    "REPRISECOPY",
    "3001",
    "Chez Lise",
    48_212,
    AT_MS,
    LastSale("82300100481234", 4_735, AT_MS - 140_000),
    (("9", "Lise"),),
    "Europe/Paris",
    articles=Path("/boot/reprise/articles.csv"),
)
ENDED = RestoreState(
    DONE, permille=1000, seq=48_212, at_ms=AT_MS, skipped=1000, timezone="Europe/Paris"
)
BROKEN = RestoreState(
    FAILED,
    code="broken",
    detail=(
        "record 31,007 is damaged at byte 6125570 of segment-000003.rc1, and others follow it;"
        " the records up to 31006 are sound"
    ),
)


def desks(language: str) -> dict[str, SetupDesk]:
    """Return every state of a restoration by name."""
    ask = RestoreDesk(OFFER, asking=True, typed_in=("9", "48", ""), active=PIN)
    several = replace(OFFER, supervisors=(("9", "Lise"), ("12", "Dominique")))
    found = {
        "restore-found": RestoreDesk(OFFER),
        "restore-no-articles": RestoreDesk(replace(OFFER, articles=None, problem="articles")),
        "restore-unusable": RestoreDesk(replace(OFFER, problem="newer")),
        "restore-ask": ask,
        "restore-ask-who": RestoreDesk(several, asking=True, said=Said("restore.who")),
        "restore-differs": replace(
            ask, typed_in=("9", "4821", ""), active=AGAIN, said=Said("restore.differs")
        ),
        "restore-working": replace(ask, state=RestoreState(WORKING, "reading", 180)),
        "restore-done": replace(ask, state=ENDED),
        "restore-broken": replace(ask, state=BROKEN),
        "restore-gone": replace(ask, state=RestoreState(FAILED, code="gone")),
    }
    return {
        name: SetupDesk(
            ProvisionResult(MISSING), language, restore=desk, now_ms=AT_MS + 3 * 3_600_000
        )
        for name, desk in found.items()
    }
