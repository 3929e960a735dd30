"""Who may sign on: numbers, names, roles and PINs.

A PIN has only ten thousand values or so: from a stolen card a hash alone is guessed in minutes.
  It is therefore keyed with the terminal's own secret before Argon2id (OWASP's minimum: 19 MiB,
2 passes), and wrong tries are counted in the journal, where a power cut does not forget them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from terminal.settings import ConfigError
from terminal.whole_files import write_whole

FILE = "operators.json"
MIN_PIN_LENGTH, MAX_PIN_LENGTH = 4, 12

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class OperatorsError(ConfigError):
    """The operators' file cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class OperatorRecord:
    """One person who may sign on."""

    operator_id: str
    name: str
    role: str
    pin_hash: str
    first_pin: bool = False
    """The PIN was given by somebody else: its owner chooses another at the first sign-on."""


class Operators:
    """The operators of this terminal, by number."""

    def __init__(self, records: Iterable[OperatorRecord], key: bytes) -> None:
        self._records = {record.operator_id: record for record in records}
        self._key = key

    @classmethod
    def load(cls, data_dir: Path, key: bytes) -> Operators:
        """Read the operators' file of a data folder."""
        path = data_dir / FILE
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
            return cls((OperatorRecord(**row) for row in rows), key)
        except (OSError, ValueError, TypeError) as error:
            raise OperatorsError(f"{path}: {error}") from error

    def save(self, data_dir: Path) -> None:
        """Write the operators' file, readable by its owner only."""
        rows = [_row(record) for record in self._records.values()]
        text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
        write_whole(data_dir / FILE, text.encode())

    def find(self, operator_id: str) -> OperatorRecord | None:
        """Return an operator by number."""
        return self._records.get(operator_id)

    def add(
        self, operator_id: str, name: str, role: str, pin: str, *, first_pin: bool = False
    ) -> None:
        """Add or replace an operator; ``first_pin``: somebody else knows it."""
        pin_hash = _HASHER.hash(self._keyed(pin))
        self._records[operator_id] = OperatorRecord(operator_id, name, role, pin_hash, first_pin)

    def with_pin(self, operator_id: str, pin: str) -> Operators:
        """Return the operators with the PIN that somebody has chosen; takes some 20 ms."""
        known = self._records[operator_id]
        changed = Operators(self.records, self._key)
        changed.add(operator_id, known.name, known.role, pin)
        return changed

    @property
    def records(self) -> tuple[OperatorRecord, ...]:
        """Everybody, in the order of the file."""
        return tuple(self._records.values())

    def rename(self, operator_id: str, name: str, role: str) -> None:
        """Change what an operator is called and may do; the PIN stays."""
        known = self._records[operator_id]
        self._records[operator_id] = replace(known, name=name, role=role)

    def remove(self, operator_id: str) -> None:
        """Let somebody sign on no more."""
        self._records.pop(operator_id, None)

    def verify(self, operator_id: str, pin: str) -> bool:
        """Tell whether this is the operator's PIN; takes some 20 ms on purpose."""
        record = self._records.get(operator_id)
        if record is None or len(pin) > MAX_PIN_LENGTH:
            return False
        try:
            return _HASHER.verify(record.pin_hash, self._keyed(pin))
        except (VerificationError, InvalidHashError):
            return False

    def _keyed(self, pin: str) -> str:
        return hmac.digest(self._key, pin.encode(), hashlib.sha256).hex()


def pin_refusal(pin: str, old: str = "") -> str:
    """Return why nobody may choose this PIN, as the code of a refusal; empty when they may."""
    if not (pin.isdecimal() and MIN_PIN_LENGTH <= len(pin) <= MAX_PIN_LENGTH):
        return "pin_length"
    if pin == old:
        return "pin_same"
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return "pin_simple" if steps in ({0}, {1}, {-1}) else ""  # 0000, 1234, 4321


def _row(record: OperatorRecord) -> dict[str, str | bool]:
    """Return a record as the file holds it; what versions before did not know only where true."""
    row = asdict(record)
    return row if record.first_pin else {k: v for k, v in row.items() if k != "first_pin"}
