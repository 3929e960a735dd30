"""The head record: what a chain alone cannot show, that its newest records were cut off.

It is a small signed file beside the database, best on another medium, that names the newest record
of every chain, and the newest record of the journal with its hash.  A database that ends before it
was cut off, or restored from an older copy; one whose journal has another hash there was rewritten,
be it in a record that nothing signs.  The file is written behind the records, so it may lag behind
by the last moments, never lead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from terminal.core.books import ChainHead
from terminal.fiscal.base import Finding
from terminal.fiscal.signing import Signer, Verifier
from terminal.journal.records import canonical_json
from terminal.whole_files import write_whole

HEAD_FILE = "fiscal-heads.json"
MAX_HEAD_BYTES = 65_536
FORMAT = "RH1"


@dataclass(frozen=True, slots=True)
class Heads:
    """The newest record of every chain, as it was at a moment."""

    till: str
    at_ms: int
    key_id: str
    chains: Mapping[str, ChainHead]
    journal: tuple[int, str]
    """Number and hash (hexadecimal) of the journal's newest record."""

    def text(self) -> str:
        """Return the text that is signed."""
        return canonical_json(
            {
                "format": FORMAT,
                "till": self.till,
                "at_ms": self.at_ms,
                "key_id": self.key_id,
                "chains": {
                    name: [head.sequence, head.signature] for name, head in self.chains.items()
                },
                "journal": list(self.journal),
            }
        )


def write_heads(path: Path, heads: Heads, signer: Signer) -> None:
    """Sign the heads and put them in place of the file, whole or not at all.

    Raises OSError and KeyUnusable.
    """
    text = heads.text()
    said = {"signed": text, "signature": signer.sign(text)}
    write_whole(path, json.dumps(said).encode(), mode=None)


def read_heads(path: Path) -> tuple[Heads, str] | None:
    """Return the heads of a file and their signature; None when there is no such file.

    Raises:
        ValueError: the file cannot be read as heads.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_HEAD_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from error
    try:
        outer = json.loads(raw)
        said = json.loads(outer["signed"])
        chains = {name: ChainHead(*head) for name, head in said["chains"].items()}
        seq, digest = said["journal"]
        heads = Heads(said["till"], said["at_ms"], said["key_id"], chains, (seq, digest))
        signature = outer["signature"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no head record") from error
    if heads.text() != outer["signed"] or not isinstance(signature, str):
        raise ValueError(f"{path} is no head record")
    return heads, signature


def compare(heads: Heads, chains: Mapping[str, ChainHead], stored_hash: str) -> Iterator[Finding]:
    """Say where the books end before the heads, or go another way at them.

    ``stored_hash`` is the hash of the journal's record that the heads name; empty: there is none.
    """
    for name, head in sorted(heads.chains.items()):
        ours = chains.get(name)
        last = ours.sequence if ours else 0
        if last < head.sequence:
            yield Finding("head", f"{name} ends at {last}; {head.sequence} was signed already")
        elif ours is not None and last == head.sequence and ours.signature != head.signature:
            yield Finding("head", f"{name} {last} is another record than the one signed then")
    if stored_hash != heads.journal[1]:
        yield Finding("head", _of_journal(heads, stored_hash))


def _of_journal(heads: Heads, found: str) -> str:
    seq = heads.journal[0]
    what = "is not as it was when the head record was signed" if found else "is not there any more"
    return f"record {seq} of the journal, or one before it, {what}"


class _Kept:
    """A head record as it was read, and what the journal holds of it."""

    def __init__(self, path: Path, heads: Heads, signature: str) -> None:
        self.path = path
        self.heads = heads
        self._signature = signature
        self._found: dict[str, str] = {}
        self._hash = ""
        self._base: tuple[int, Mapping[str, ChainHead]] = (0, {})
        """What a purge took: older heads cannot be looked up any more."""

    def begin(self, seq: int, digest: bytes, chains: Mapping[str, ChainHead]) -> None:
        self._base = (seq, chains)
        for chain, head in chains.items():
            self.note(chain, head.sequence, head.signature)
        self.passed(seq, digest)

    def note(self, chain: str, sequence: int, signature: str) -> None:
        head = self.heads.chains.get(chain)
        if head is not None and head.sequence == sequence:
            self._found[chain] = signature

    def passed(self, seq: int, digest: bytes) -> None:
        if seq == self.heads.journal[0]:
            self._hash = digest.hex()

    def is_signed(self, keys: Mapping[str, Verifier]) -> bool:
        verifier = keys.get(self.heads.key_id)
        return verifier is not None and verifier.verifies(self.heads.text(), self._signature)

    def contradicted(self) -> Iterator[Finding]:
        base_seq, base = self._base
        for chain, head in sorted(self.heads.chains.items()):
            found = self._found.get(chain)
            gone = chain in base and head.sequence < base[chain].sequence
            if found is None and gone:
                continue
            if found is None:
                yield Finding("head", f"{chain} {head.sequence} was signed, and is not there")
            elif found != head.signature:
                yield Finding("head", f"{chain} {head.sequence} is another record than then")
        if self.heads.journal[0] >= base_seq and self._hash != self.heads.journal[1]:
            yield Finding("head", _of_journal(self.heads, self._hash))


class HeadAuditor:
    """Checks a head record against a whole journal: every head must be found in it.

    Head records that a start put aside, because the books contradicted them, are read too: what
    was missing then is missing still.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: list[_Kept] = []
        self._bad = ""
        self._absent = False
        self._expected = False
        try:
            read = read_heads(path)
        except ValueError as error:
            self._bad = str(error)
        else:
            self._absent = read is None
            if read is not None:
                self._kept.append(_Kept(path, *read))
        for aside in sorted(path.parent.glob(f"{path.stem}.*.json")):
            with suppress(ValueError):
                read = read_heads(aside)
                if read is not None:
                    self._kept.append(_Kept(aside, *read))

    def expect(self) -> None:
        """A till that signs stopped in order, so that a head record must have been written."""
        self._expected = True

    def begin(self, seq: int, digest: bytes, chains: Mapping[str, ChainHead]) -> None:
        """Hear of the base of the journal: its number and hash, and where each chain stood."""
        for kept in self._kept:
            kept.begin(seq, digest, chains)

    def note(self, chain: str, sequence: int, signature: str) -> None:
        """Hear of a signed record."""
        for kept in self._kept:
            kept.note(chain, sequence, signature)

    def passed(self, seq: int, digest: bytes) -> None:
        """Hear of a record of the journal."""
        for kept in self._kept:
            kept.passed(seq, digest)

    def finish(self, keys: Mapping[str, Verifier]) -> Iterator[Finding]:
        """Say what is wrong, with the keys that were adopted."""
        if self._bad:
            yield Finding("head", self._bad)
        if self._absent and self._expected:
            yield Finding("head", f"{self._path} is missing: the newest records may be, too")
        for kept in self._kept:
            if kept.is_signed(keys):
                yield from kept.contradicted()
            elif kept.path == self._path:
                yield Finding("head", f"{self._path} is not signed by a key of this till")
