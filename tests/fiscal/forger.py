"""A forger: root, with SQL and all of our code, who lacks nothing but the signing key.

He takes the triggers away and puts them back, recomputes the journal's own hash chain, makes the
derived tables anew, and signs with a key of his own if he likes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terminal.core.books import ChainHead
from terminal.core.evolve import evolve
from terminal.fiscal.chain import content_hash
from terminal.fiscal.head import HEAD_FILE, Heads, write_heads
from terminal.fiscal.signing import PemSigner, extract, make_key
from terminal.journal.errors import JournalError
from terminal.journal.records import GENESIS, canonical_json
from terminal.store.store import DATABASE_NAME, Store
from terminal.store.tables import DERIVED


@dataclass
class Row:
    """A record of the journal that may be written on."""

    at_ms: int
    business_date: str
    type: str
    version: int
    payload: dict[str, Any]
    hash: bytes = b""
    seq: int = 0

    @property
    def chain(self) -> str:
        """The chain of a signed record; empty for other events."""
        return self.payload["chain"] if self.type == "RecordSigned" else ""

    def says(self) -> dict[str, Any]:
        """Return the content of a signed record."""
        return json.loads(self.payload["content"])


@dataclass
class Forger:
    """Reads a journal, lets it be written on, and writes it back."""

    data: Path
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        with closing(self._database()) as database:
            for seq, at_ms, day, type_, version, payload, own in database.execute(
                "SELECT * FROM journal ORDER BY seq"
            ):
                row = Row(at_ms, day, type_, version, json.loads(payload), bytes(own), seq)
                self.rows.append(row)

    def _database(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.data / DATABASE_NAME, isolation_level=None)
        database.execute("PRAGMA synchronous=OFF")
        return database

    def of(self, type_: str, chain: str = "") -> list[int]:
        """Return the places of the records of a type."""
        return [n for n, r in enumerate(self.rows) if r.type == type_ and r.chain == chain]

    def save(self, *, strong: bool = True, sealed: bool = False) -> None:
        """Write the journal back; a strong forger makes chain and tables agree with it.

        ``sealed`` makes the chain agree, and leaves the tables.
        """
        with closing(self._database()) as database:
            triggers = database.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            database.execute("BEGIN")
            for name, _ in triggers:
                database.execute(f"DROP TRIGGER {name}")
            database.execute("DELETE FROM journal")
            for row in self._sealed() if strong or sealed else self._as_they_are():
                database.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            for _, sql in triggers:
                database.execute(sql)
            database.execute("COMMIT")
        if strong:
            self.rebuild()

    def _sealed(self) -> Iterator[tuple[Any, ...]]:
        last = GENESIS
        for seq, r in enumerate(self.rows, start=1):
            payload = json.dumps(
                r.payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            head = f"{seq}\n{r.at_ms}\n{r.business_date}\n{r.type}\n{r.version}\n"
            last = hashlib.sha256(last + (head + payload).encode()).digest()
            yield seq, r.at_ms, r.business_date, r.type, r.version, payload, last

    def _as_they_are(self) -> Iterator[tuple[Any, ...]]:
        for r in self.rows:
            payload = canonical_json(r.payload)
            yield r.seq, r.at_ms, r.business_date, r.type, r.version, payload, r.hash

    def rebuild(self) -> None:
        """Make the derived tables anew; a journal that cannot be folded leaves them."""
        with suppress(JournalError), closing(Store.open(self.data, evolve=evolve)) as store:
            store.rebuild()

    def sql(self, *statements: str) -> None:
        """Carry out statements on the database as it is."""
        with closing(self._database()) as database:
            for statement in statements:
                database.execute(statement)

    def invented_row(self, table: str) -> str:
        """Return what puts a row into a table that has none; empty when it has some."""
        with closing(self._database()) as database:
            if database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]:
                return ""
            columns = database.execute(f"PRAGMA table_info({table})").fetchall()
        values = ["1" if type_ == "INTEGER" else "'x'" for _, _, type_, *_ in columns]
        return f"INSERT INTO {table} VALUES ({', '.join(values)})"

    def forge_snapshot(self, old: str, new: str) -> None:
        """Change the state that a start begins with, and its hash."""
        with closing(self._database()) as database:
            (state,) = database.execute("SELECT state FROM snapshot").fetchone()
            assert old in state
            state = state.replace(old, new)
            digest = hashlib.sha256(state.encode()).digest()
            database.execute("UPDATE snapshot SET state = ?, state_hash = ?", (state, digest))

    # --- a key of his own -------------------------------------------------------------------------

    def another_key(self) -> PemSigner:
        """Make a key that this till never had."""
        path = self.data / "forged.pem"
        if not path.exists():
            make_key(path)
        return PemSigner.read(path)

    def sign_again(self, signer: PemSigner) -> None:
        """Sign every record anew, with every chain, code and content that hangs on it."""
        last: dict[str, str] = {}
        for n, row in enumerate(self.rows):
            if row.type == "SigningKeyAdopted":
                row.payload |= {
                    "key_id": signer.key_id,
                    "public_key": base64.b64encode(signer.public_key).decode(),
                }
            if row.type == "RecordSigned":
                self._sign(row, self.rows[n - 1], last, signer)

    def _sign(self, row: Row, before: Row, last: dict[str, str], signer: PemSigner) -> None:
        said, chain = row.says(), row.chain
        if before.type == "SigningKeyAdopted" and "event" in said:
            said["event"] |= before.payload
            said["info"] = f"key {signer.key_id} file"
        content = canonical_json(said)
        parts = row.payload["canonical"].split(",")
        previous = last.get(chain, "")
        parts[-4:] = [content_hash(content), signer.key_id, "O" if previous else "N", previous]
        signature = signer.sign(",".join(parts))
        row.payload |= {
            "canonical": ",".join(parts), "content": content,
            "signature": signature, "key_id": signer.key_id,
        }  # fmt: skip
        last[chain] = signature
        if chain == "TIK":
            before.payload["token"] = extract(signature)

    def write_heads(self, signer: PemSigner) -> None:
        """Write the head record that these books would have."""
        chains: dict[str, ChainHead] = {}
        for row in self.rows:
            if row.chain:
                head = ChainHead(row.payload["sequence"], row.payload["signature"])
                chains[row.chain] = head
        *_, newest = self._sealed()
        seq, digest = newest[0], newest[-1].hex()
        made = Heads("3001", self.rows[-1].at_ms, signer.key_id, chains, (seq, digest))
        write_heads(self.data / "keys" / HEAD_FILE, made, signer)


def other(value: Any) -> Any:
    """Return another value of the same kind, one that could have been."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("0" if value[-1] != "0" else "1") if value else "x"
        case dict() if value:
            key = next(iter(value))
            return {**value, key: other(value[key])}
        case list() if value:
            return [*value[:-1], other(value[-1])]
        case dict():
            return {"x": 1}
        case _:
            return ["x"]


Forgery = Callable[[Forger], object]
TABLES = tuple(model._meta.table_name for model in DERIVED)
