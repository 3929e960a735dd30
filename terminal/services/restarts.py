"""What a person is told of runs that ended badly: a restart must not hide that it was one.

One is told by the resumed sale and its notice.  From the third within a quarter of an hour on it is
a fault that stays, and somebody has to call a technician.
"""

from __future__ import annotations

from terminal.appliance.ends import WINDOW_S, End
from terminal.core.events import NoticeRaised
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.services.session import Decision, Session

KIND = "restarted"
TOLD_FROM = 3


async def tell(session: Session, ends: tuple[End, ...]) -> None:
    """Raise the notice, unless the last one has not been read yet."""
    if len(ends) < TOLD_FROM:
        return
    details: dict[str, str | int] = {
        "times": len(ends),
        "minutes": round(WINDOW_S / 60),
        "run_end": ends[-1].result,
    }

    def decided(state: TerminalState, _: Moment) -> Decision:
        if any(notice.kind == KIND for notice in state.notices):
            return ()
        return (NoticeRaised(state.last_notice + 1, KIND, details),)

    await session.record(decided)
