"""The faces of the terminal by role."""

from __future__ import annotations

from terminal.ui.catalogue import Face
from terminal.ui.kiosk.face import KIOSK
from terminal.ui.till.face import TILL

FACES = {"kiosk": KIOSK, "till": TILL}


def face(role: str) -> Face:
    """Return the screens of a role (``kiosk`` or ``till``)."""
    return FACES[role]
