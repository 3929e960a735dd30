"""How simulated terminals differ from one another, within the specification and beyond it."""

from __future__ import annotations

from dataclasses import dataclass

PRIVATE = ("echo", "own", "none")
DUPLICATA = ("ticket", "reference", "refused")


@dataclass(frozen=True, slots=True)
class Personality:
    """Habits of one terminal; the defaults are what the specification says."""

    red_key_omits_amount: bool = True
    """A cancelled payment is answered without CB (seen on a Desk/5000)."""
    pads_amount: bool = False
    """CB comes back with zeros to its left, 12 characters long."""
    private: str = "echo"
    """CF comes back (``echo``), is the terminal's ``own``, or is left out (``none``)."""
    omits: tuple[str, ...] = ()
    """What approvals leave out of CA, CD, CE and CF."""
    duplicata: str = "ticket"
    """CD=3 gives the last ticket, with CF and CB of the operation (``reference``), or nothing."""
    knows_status: bool = False
    """CD=T is understood."""
    cancels: bool = True
    """CD=2 is understood."""
    reason_of_success: str = ""
    """AF of what was performed: ``01`` where terminals send one, ``09`` is a bug of the field."""

    def __post_init__(self) -> None:
        if self.private not in PRIVATE:
            raise ValueError(f"private {self.private!r} is none of {', '.join(PRIVATE)}")
        if self.duplicata not in DUPLICATA:
            raise ValueError(f"duplicata {self.duplicata!r} is none of {', '.join(DUPLICATA)}")
