"""The post: letters taken at the counter, handed in one after another, off the sale's path.

A letter is handed in at least once.  A crash between the server's yes and our record of it cannot
be told from one before: it is then sent again under the same Message-ID, and the journal says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from email.message import EmailMessage
from functools import partial
from typing import TypeVar

from terminal.clock import Clock
from terminal.core.errors import Refused
from terminal.core.events import Event, ReceiptMailEnded
from terminal.core.mailing import check_address, masked
from terminal.core.policy import Moment
from terminal.core.receipt_commands import QueueLetter
from terminal.core.state import Operator, Sale, TerminalState
from terminal.services.letters import Letter, Letters, NotDelivered
from terminal.services.notices import with_notice
from terminal.services.requests import MailReceipt
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.letters import LetterStatus, letters

log = logging.getLogger(__name__)
Result = TypeVar("Result")

BACKOFF_MS = (60_000, 300_000, 900_000, 3_600_000)
"""Waits between attempts; the last one goes on until the letter is given up."""
LOOK_S = 60.0
"""Longest sleep: a clock that was set shows within a minute."""
HOUR_MS = 3_600_000
LETTER_BYTES = 8
DIGEST_CHARACTERS = 16
FAILED = "mail_failed"
"""Notice: a receipt could not be sent, and will not be."""


@dataclass(frozen=True, slots=True)
class Way:
    """How letters are made and handed in; both block, and run on the post's own thread."""

    write: Callable[[Letter, Sale], EmailMessage]
    hand_in: Callable[[EmailMessage], None]


class Post:
    """Takes receipts for the mail and sees them off."""

    def __init__(
        self,
        session: Session,
        writer: Writer,
        clock: Clock,
        folder: Letters,
        way: Way | None,
        *,
        key: bytes,
        give_up_h: int,
    ) -> None:
        """``way`` is None where the shop sends no mail; ``key`` makes the digests of addresses."""
        self._session = session
        self._writer = writer
        self._clock = clock
        self._letters = folder
        self._way = way
        self._key = key
        self._give_up_ms = give_up_h * HOUR_MS
        self._wake = asyncio.Event()
        self._counter = asyncio.Lock()
        """Held while a letter has its file and not yet its event."""
        self._promised: set[str] = set()
        """Letters that the journal knows: no other is sent."""
        self._thread = ThreadPoolExecutor(1, "post")
        self._closed = threading.Event()

    # --- at the counter ---------------------------------------------------------------------------

    async def take(self, request: MailReceipt, by: Operator | None = None) -> Decision:
        """Queue the receipt on the screen for an address."""
        sale, address = self._session.state.sale, request.address.strip()
        refused = None if self._way else Refused("no_mail_here")
        refused = refused or check_address(address)
        if refused is not None or sale is None:
            return refused or Refused("no_choice_open")
        letter = Letter(
            letter=secrets.token_hex(LETTER_BYTES),
            address=address,
            sale_id=sale.sale_id,
            receipt_number=sale.receipt_number,
            language=sale.language,
            queued_ms=self._clock.now_ms(),
        )
        async with self._counter:
            return await self._keep(letter, request.printed, by)

    async def _keep(self, letter: Letter, printed: bool, by: Operator | None) -> Decision:
        try:
            if await self._on_thread(self._letters.is_full):
                return Refused("too_many_letters_wait")
            await self._on_thread(lambda: self._letters.keep(letter))
        except OSError as error:
            log.error("a letter cannot be kept: %s", error.strerror)  # noqa: TRY400
            return Refused("letter_not_kept")
        address = letter.address
        command = QueueLetter(letter.letter, masked(address), self._digest(address), printed)
        decided = await self._session.carry_out(command, by)
        if isinstance(decided, Refused):
            await self._on_thread(lambda: self._letters.erase(letter.letter))
            return decided
        self._promised.add(letter.letter)
        self._wake.set()
        return decided

    def _digest(self, address: str) -> str:
        text = f"mail|{address.casefold()}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:DIGEST_CHARACTERS]

    # --- in the background ------------------------------------------------------------------------

    async def run(self) -> None:
        """Settle what a stop left, then hand letters in for ever."""
        async with self._counter:
            await self._settle()
        while self._way is not None:
            kept = await self._on_thread(self._letters.waiting)
            waiting = [one for one in kept if one.letter in self._promised]
            now = self._clock.now_ms()
            due = [one for one in waiting if not now < one.next_ms <= now + BACKOFF_MS[-1]]
            if due:
                # The least tried first: a letter that fails in a new way holds no other back.
                await self._send(min(due, key=lambda one: one.tried), self._way)
                continue
            await self._sleep(min((one.next_ms - now for one in waiting), default=None))

    def close(self) -> None:
        """Let go of the thread; a letter that is being handed in ends by its own deadline.

        One that is still being written waits for the next start: nobody would see how it ended.
        """
        self._closed.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _sleep(self, wait_ms: int | None) -> None:
        seconds = None if wait_ms is None else min(LOOK_S, wait_ms / 1000)
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _settle(self) -> None:
        """Compare the files with the journal: neither may know a letter that the other does not."""
        waiting = {one.letter: one for one in await self._on_thread(self._letters.waiting)}
        queued = {one.letter: one for one in await self._writer.ask(letters)}
        self._promised = set(queued)
        for letter in waiting.values():
            if letter.letter not in queued:
                await self._on_thread(partial(self._letters.erase, letter.letter))
            elif letter.sending:
                again = replace(letter, sending=False, repeated=True)
                await self._on_thread(partial(self._letters.keep, again))
        for status in queued.values():
            if status.letter not in waiting:
                await self._failed(status, 0, "letter_lost")

    async def _send(self, letter: Letter, way: Way) -> None:
        sale = await self._writer.ask(lambda store: store.sale(letter.receipt_number))
        if sale is None:
            await self._end(letter, "receipt_gone")
            return
        if letter.tried and self._clock.now_ms() - letter.queued_ms > self._give_up_ms:
            await self._end(letter, letter.reason or "not_written")
            return
        begun = replace(letter, tried=letter.tried + 1)

        def work() -> None:
            self._letters.keep(begun)  # counted first: a letter that ends us is the last in line
            message = way.write(begun, sale)
            if self._closed.is_set():
                raise NotDelivered("not_written")
            self._letters.keep(replace(begun, sending=True))
            way.hand_in(message)

        try:
            await self._on_thread(work)
        except NotDelivered as error:
            log.warning("letter %s: %s", letter.letter, error.reason)
            await self._not_delivered(begun, error)
        else:
            await self._end(begun, "")

    async def _not_delivered(self, letter: Letter, error: NotDelivered) -> None:
        now = self._clock.now_ms()
        wait_ms = BACKOFF_MS[min(letter.tried, len(BACKOFF_MS)) - 1]
        if error.final or now + wait_ms - letter.queued_ms > self._give_up_ms:
            await self._end(letter, error.reason)
            return
        later = replace(letter, sending=False, next_ms=now + wait_ms, reason=error.reason)
        await self._on_thread(lambda: self._letters.keep(later))

    async def _end(self, letter: Letter, failure: str) -> None:
        """Record how a letter ended; only then is the address erased.

        While the disk takes no record nothing else is sent: it would be forgotten, and sent again.
        """
        while isinstance(await self._recorded(letter, failure), Refused):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
        self._promised.discard(letter.letter)
        await self._on_thread(lambda: self._letters.erase(letter.letter))

    async def _recorded(self, letter: Letter, failure: str) -> Decision:
        if failure:
            status = LetterStatus(letter.letter, letter.receipt_number, masked(letter.address))
            return await self._failed(status, letter.tried, failure)
        reason = "repeated" if letter.repeated else ""
        event = ReceiptMailEnded(letter.letter, "sent", letter.tried, reason)
        return await self._session.record(lambda _state, _: (event,))

    async def _failed(self, status: LetterStatus, attempts: int, reason: str) -> Decision:
        event = ReceiptMailEnded(status.letter, "failed", attempts, reason)
        details = {
            "receipt_number": status.receipt_number,
            "address": status.address,
            "mail_reason": reason,
        }

        def decide(state: TerminalState, _moment: Moment) -> tuple[Event, ...]:
            return with_notice(state, (event,), (FAILED, details))

        return await self._session.record(decide)

    async def _on_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
