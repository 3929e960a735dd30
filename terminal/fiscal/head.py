"""The head record: what a chain alone cannot show, that its newest records were cut off.

It is a small signed file beside the database, best on another medium, that names the newest record
of every chain.  A database that ends before it was cut off, or restored from an older copy.  The
file is written behind the records, so it may lag behind by the last moments, never lead.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from terminal.core.books import ChainHead
from terminal.fiscal.base import Finding
from terminal.fiscal.signing import Signer, Verifier
from terminal.journal.records import canonical_json

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
            }
        )


def write_heads(path: Path, heads: Heads, signer: Signer) -> None:
    """Sign the heads and put them in place of the file, whole or not at all.

    Raises OSError and KeyUnusable.
    """
    text = heads.text()
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"signed": text, "signature": signer.sign(text)}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


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
        heads = Heads(said["till"], said["at_ms"], said["key_id"], chains)
        signature = outer["signature"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no head record") from error
    if heads.text() != outer["signed"] or not isinstance(signature, str):
        raise ValueError(f"{path} is no head record")
    return heads, signature


def compare(heads: Heads, chains: Mapping[str, ChainHead]) -> Iterator[Finding]:
    """Say where the books end before the heads, or go another way at them."""
    for name, head in sorted(heads.chains.items()):
        ours = chains.get(name)
        last = ours.sequence if ours else 0
        if last < head.sequence:
            yield Finding("head", f"{name} ends at {last}; {head.sequence} was signed already")
        elif ours is not None and last == head.sequence and ours.signature != head.signature:
            yield Finding("head", f"{name} {last} is another record than the one signed then")


class HeadAuditor:
    """Checks a head record against a whole journal: every head must be found in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[tuple[str, int], str] = {}
        self._from: dict[str, int] = {}
        """Chain -> last record that a purge took: older heads cannot be looked up any more."""
        self._wanted: Heads | None = None
        self._signature = ""
        self._bad = ""
        try:
            read = read_heads(path)
        except ValueError as error:
            self._bad = str(error)
        else:
            if read is not None:
                self._wanted, self._signature = read

    def begin(self, chains: Mapping[str, ChainHead]) -> None:
        """Hear where each chain stood at the base of the journal."""
        for chain, head in chains.items():
            self._from[chain] = head.sequence
            self.note(chain, head.sequence, head.signature)

    def note(self, chain: str, sequence: int, signature: str) -> None:
        """Hear of a signed record."""
        head = self._wanted.chains.get(chain) if self._wanted else None
        if head is not None and head.sequence == sequence:
            self._found[chain, sequence] = signature

    def finish(self, keys: Mapping[str, Verifier]) -> Iterator[Finding]:
        """Say what is wrong, with the keys that were adopted."""
        if self._bad:
            yield Finding("head", self._bad)
        heads = self._wanted
        if heads is None:
            return
        verifier = keys.get(heads.key_id)
        if verifier is None or not verifier.verifies(heads.text(), self._signature):
            yield Finding("head", f"{self._path} is not signed by a key of this till")
        for chain, head in sorted(heads.chains.items()):
            found = self._found.get((chain, head.sequence))
            if found is None and head.sequence < self._from.get(chain, 0):
                continue
            if found is None:
                yield Finding("head", f"{chain} {head.sequence} was signed, and is not there")
            elif found != head.signature:
                yield Finding("head", f"{chain} {head.sequence} is another record than then")
