"""The PIN of the technician: opens the machine's settings, never a sale.

Kept like an operator's, keyed with the terminal's own secret, in a file of its own: nobody can sign
on with it.
"""

from __future__ import annotations

from terminal.folder import DataFolder
from terminal.services.operators import Operators, OperatorsError

_WHO = "support"


def set_support_pin(folder: DataFolder, key: bytes, pin: str) -> None:
    """Keep a new support PIN. Raises OSError."""
    support = Operators((), key)
    support.add(_WHO, _WHO, _WHO, pin)
    support.save(folder.keys)


def opens(folder: DataFolder, key: bytes, pin: str) -> bool:
    """Tell whether this is the support PIN, or the PIN of any supervisor; takes a moment."""
    try:
        if Operators.load(folder.keys, key).verify(_WHO, pin):
            return True
    except OperatorsError:
        pass  # none was set: a supervisor decides
    try:
        staff = Operators.load(folder.home, key)
    except OperatorsError:
        return False
    supervisors = [one.operator_id for one in staff.records if one.role == "supervisor"]
    return any(staff.verify(number, pin) for number in supervisors)
