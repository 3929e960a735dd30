"""The wish to stop a running request, handed from one thread to another, and its answer back."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.payment.base import AbortAnswer


class AbortWish:
    """One running request at most; ``abort`` of a driver is called from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = False
        self._answer: AbortAnswer | None = None

    def clear(self) -> None:
        """Forget what was wished before: a request begins."""
        with self._lock:
            self._wanted, self._answer = False, None

    def wanted(self) -> bool:
        """Tell the thread that runs the request whether somebody wants it stopped."""
        with self._lock:
            return self._wanted

    def answer(self, answer: AbortAnswer) -> None:
        """Pass on what the terminal said; the first answer to a wish counts."""
        with self._lock:
            if self._wanted and self._answer is None:
                self._answer = answer

    def ask(
        self,
        turn: threading.Lock,
        deadline: float,
        slice_s: float,
        now: Callable[[], float],
        idle: Callable[[float], AbortAnswer],
    ) -> AbortAnswer:
        """Wish, and wait for the answer until ``deadline``: TOO_LATE when none came.

        ``turn`` is held by whoever uses the link.  When no request of ours runs, ``idle`` is called
        with the turn held: it may stop one that was begun before this program was (rule R8).
        """
        with self._lock:
            self._wanted, self._answer = True, None
        while now() < deadline:
            mine = turn.acquire(timeout=slice_s)
            try:
                with self._lock:
                    answer = self._answer
                if answer is not None:
                    return answer  # of the request that was running
                if mine:
                    return idle(deadline)
            finally:
                if mine:
                    turn.release()
        return AbortAnswer.TOO_LATE
