"""What became of a provisioning: read by the screens, and written on the card in plain words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.appliance.provisioning_file import Problem
from terminal.settings import Said
from terminal.words import FALLBACK, Words

VERSION = 1
MAX_BYTES = 131_072
MISSING, WRONG, WAITS, APPLIED, READY = "missing", "wrong", "pending", "applied", "ready"
FAILED = "failed"
"""The machine could not read or keep its settings."""


@dataclass(frozen=True, slots=True)
class ProvisionResult:
    """Where the provisioning stands."""

    state: str
    """``missing``: no file; ``wrong``: see the problems; ``pending``: changes wait for a PIN;
    ``applied``: now; ``ready``: nothing new."""
    provisioned: bool = False
    """The terminal can sell, whatever became of this file."""
    file: str = ""
    problems: tuple[Problem, ...] = ()
    changes: tuple[str, ...] = ()
    """What would change: ``terminal.role: "till" -> "kiosk"``; without secrets."""
    language: str = ""
    """Of the file, as far as it can be read; empty: not known."""
    rotation: int = 0

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "version": VERSION,
            "state": self.state,
            "provisioned": self.provisioned,
            "file": self.file,
            "problems": [
                {"line": one.line, "key": one.key, "said": _plain(one.said)}
                for one in self.problems
            ],
            "changes": list(self.changes),
            "language": self.language,
            "rotation": self.rotation,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> ProvisionResult:
        """Return what ``plain`` gave. Raises KeyError, TypeError, ValueError."""
        if plain["version"] != VERSION:
            raise ValueError(f"version {plain['version']} is not known here")
        return cls(
            state=str(plain["state"]),
            provisioned=bool(plain["provisioned"]),
            file=str(plain["file"]),
            problems=tuple(
                Problem(_said(one["said"]), str(one["key"]), int(one["line"]))
                for one in plain["problems"]
            ),
            changes=tuple(str(one) for one in plain["changes"]),
            language=str(plain["language"]),
            rotation=int(plain["rotation"]),
        )

    @property
    def good(self) -> bool:
        """Tell whether the terminal has what it needs."""
        return self.state not in (MISSING, WRONG, FAILED)

    def told_at_home(self) -> list[str]:
        """Return it in the language of the file, or in English."""
        return self.told(Words(self.language or FALLBACK))

    def told(self, words: Words) -> list[str]:
        """Return it in lines of plain words."""
        lines = [words.text(f"provision.{self.state}", file=self.file)]
        lines += [problem_line(one, words) for one in self.problems]
        lines += [f"- {change}" for change in self.changes]
        way = f"provision.{self.state}.way"
        return lines + ([words.text(way)] if words.has(way) else [])


def read(path: Path) -> ProvisionResult | None:
    """Return the result that was left for the screens; None when there is none to be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        return ProvisionResult.of(json.loads(raw)) if len(raw) <= MAX_BYTES else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def problem_line(problem: Problem, words: Words) -> str:
    """Return a problem as one line: where, which key, what to write."""
    place = words.text("provision.line", line=str(problem.line)) if problem.line else ""
    return " ".join(
        part for part in (place, f"{problem.key}:" if problem.key else "", problem.said.told(words))
        if part
    )  # fmt: skip


def _plain(said: Said) -> dict[str, Any]:
    values = {
        name: _plain(value) if isinstance(value, Said) else value
        for name, value in said.values.items()
    }
    return {"key": said.key, "values": values}


def _said(plain: Mapping[str, Any]) -> Said:
    values: dict[str, str | Said] = {
        name: _said(value) if isinstance(value, dict) else str(value)
        for name, value in plain["values"].items()
    }
    return Said(str(plain["key"]), values)
