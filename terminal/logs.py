"""Logging to stderr, where journald picks it up, with card numbers and PINs masked.

Masking is done on the finished text, tracebacks included, so that no caller can forget it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

LEVEL_VARIABLE = "REPRISE_LOG"
"""Environment variable: ``debug``, ``info`` (default), ``warning`` or ``error``."""

PAN_DIGITS = range(12, 20)
"""Lengths of card numbers (ISO/IEC 7812 allows up to 19 digits)."""

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
"""Levels of syslog, which journald reads from a ``<n>`` before the line."""

_DIGIT_GROUPS = re.compile(r"\d+(?:[ \-\u00a0\u202f]\d+)*")
_GROUP = re.compile(r"\d+")
_PIN = re.compile(r"""(\bpin\b["']?\s{0,3}[:=]?\s{0,3}["']?)\d{3,12}(?!\d)""", re.IGNORECASE)


MAX_RECENT = 200
"""Warnings and errors that are kept of a run, for the service screen and the diagnostics."""
OURS = ("terminal", "drivers")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log without what was filled into it.

    A template is a constant of the program: no name, number or address of anybody can be in it.
    """

    at_ms: int
    level: str
    logger: str
    template: str
    error: str = ""
    """Kinds of the exceptions, the outermost first: ``SaleError < OSError``."""
    place: str = ""
    """Where in the program the exception arose: ``printing.py:120``."""


class Recent(logging.Handler):
    """Keeps the newest warnings and errors in memory. Thread-safe, as every handler."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[Entry] = deque(maxlen=MAX_RECENT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what the program itself wrote of a line."""
        ours = record.name.partition(".")[0] in OURS and isinstance(record.msg, str)
        error = record.exc_info[1] if record.exc_info else None
        self._kept.append(
            Entry(
                at_ms=int(record.created * 1000),
                level=record.levelname.lower(),
                logger=record.name[:60],
                template=record.msg[:200] if ours else "",
                error=" < ".join(_kinds(error)),
                place=_place(error),
            )
        )

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is kept, the oldest first."""
        return tuple(self._kept)


def _kinds(error: BaseException | None) -> list[str]:
    found: list[str] = []
    while error is not None and len(found) < 5:
        found.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return found


def _place(error: BaseException | None) -> str:
    trace = error.__traceback__ if error is not None else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


RECENT = Recent()
"""The newest warnings and errors of this run."""


def setup(stream: TextIO | None = None, level: str | None = None) -> None:
    """Send all logging to ``stream`` (stderr), masked, and nothing anywhere else.

    The level comes from ``level`` or the environment; an unknown one means ``info`` and is said.
    """
    target = sys.stderr if stream is None else stream
    wanted = (level or os.environ.get(LEVEL_VARIABLE, "info")).lower()
    handler = logging.StreamHandler(target)
    handler.setFormatter(MaskingFormatter(for_journald="JOURNAL_STREAM" in os.environ))
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.addHandler(RECENT)
    root.setLevel(_LEVELS.get(wanted, logging.INFO))
    if wanted not in _LEVELS:
        logging.getLogger(__name__).warning(
            "%s is %r; it must be one of %s", LEVEL_VARIABLE, wanted, ", ".join(_LEVELS)
        )


class MaskingFormatter(logging.Formatter):
    """Formats a record and masks the result."""

    def __init__(self, *, for_journald: bool = False) -> None:
        """With ``for_journald`` lines carry a priority and no time: journald adds its own."""
        super().__init__(
            "%(levelname)s %(name)s: %(message)s"
            if for_journald
            else "%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        self._for_journald = for_journald

    def format(self, record: logging.LogRecord) -> str:
        """Return the masked text of a record."""
        masked = mask(super().format(record))
        if not self._for_journald:
            return masked
        priority = _PRIORITIES.get(record.levelno, 6)
        return "\n".join(f"<{priority}>{line}" for line in masked.splitlines())


def mask(text: str) -> str:
    """Return text with card numbers shortened to their last four digits, and PINs starred.

    A card number is 12 to 19 digits that pass the Luhn test, in one run or in groups parted by
    single spaces or hyphens.  One other number in ten looks the same and is masked too.
    """
    return _PIN.sub(r"\1****", _DIGIT_GROUPS.sub(_mask_run, text))


def passes_luhn(digits: str) -> bool:
    """Tell whether decimal digits end in a correct check digit (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _mask_run(found: re.Match[str]) -> str:
    """Mask the card numbers within one run of digit groups."""
    run = found[0]
    groups = [(group.start(), group.end()) for group in _GROUP.finditer(run)]
    kept, done, first = [], 0, 0
    while first < len(groups):
        last = _card_ends(run, groups, first)
        if last is None:
            first += 1
            continue
        start, end = groups[first][0], groups[last][1]
        digits = [place for place in range(start, end) if run[place].isdecimal()]
        hidden = set(digits[:-4])
        kept.append(run[done:start])
        kept.extend("*" if place in hidden else run[place] for place in range(start, end))
        done, first = end, last + 1
    return "".join(kept) + run[done:]


def _card_ends(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Return the last group of the longest card number that begins with a group, or None."""
    digits, ends = "", None
    for last in range(first, len(groups)):
        digits += run[slice(*groups[last])]
        if len(digits) >= PAN_DIGITS.stop:
            break
        if len(digits) in PAN_DIGITS and passes_luhn(digits):
            ends = last
    return ends
