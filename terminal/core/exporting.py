"""That data left the terminal: recorded, because the law wants to know (France: JET 110)."""

from __future__ import annotations

import re

from terminal.core import authority
from terminal.core.errors import Refused
from terminal.core.events import DataExported
from terminal.core.law_commands import RecordExport
from terminal.core.policy import Policy
from terminal.core.sale import Decision
from terminal.core.state import TerminalState
from terminal.core.wording import check_key, check_text

MAX_KIND = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def record(state: TerminalState, command: RecordExport, policy: Policy) -> Decision:
    """Record an export that was written beside the running terminal."""
    refused = (
        authority.right(state, policy, "close")
        or check_key(command.kind, MAX_KIND)
        or check_text(command.file)
    )
    if refused is not None:
        return refused
    days = command.first_day, command.last_day
    if not all(map(_DAY.fullmatch, days)) or not _SHA256.fullmatch(command.sha256):
        return Refused("bad_request")
    who = authority.operator_id(state)
    return (DataExported(command.kind, *days, command.file, command.sha256, who),)
