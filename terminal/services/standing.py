"""A notice that stands as long as what it says is true: raised once, taken back by itself."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.errors import Refused
from terminal.core.events import NoticeAcknowledged
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.services.notices import BY_ITSELF, with_notice
from terminal.services.session import Decision, Session


class Standing:
    """Notices of one watcher, each said at most once a trading day."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said: dict[str, str] = {}

    async def keep(self, kind: str, details: Mapping[str, str | int] | None) -> None:
        """Let a notice stand with ``details``, or, with None, no more.

        One that a person has read comes back on the next trading day when it is still true.
        """
        pending = any(notice.kind == kind for notice in self._session.state.notices)
        if details is None:
            self._said.pop(kind, None)
            if pending:
                await self._session.record(lambda state, _: _over(state, kind))
            return
        today = self._session.moment().business_date
        if pending or self._said.get(kind) == today:
            return
        said = dict(details)

        def raised(state: TerminalState, _: Moment) -> Decision:
            return with_notice(state, (), (kind, said))

        done = await self._session.record(raised)
        if not isinstance(done, Refused):  # else at the next look, when the disk takes it
            self._said[kind] = today


def _over(state: TerminalState, kind: str) -> Decision:
    return tuple(
        NoticeAcknowledged(notice.notice_id, BY_ITSELF)
        for notice in state.notices
        if notice.kind == kind
    )
