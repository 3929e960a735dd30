"""What articles were seen to weigh in the bags: a file of JSON lines, synced, bounded.

It is no part of the journal: when it is lost, the articles are learned anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from terminal.core.bagging import Band, Lesson, learned_band, with_sample

FILE_NAME = "bagging.jsonl"
MAX_LINES = 200_000
"""Some 8 MB; then the file is written anew with the newest samples of each article."""


class BaggingTable:
    """The learned increments of one terminal."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._samples: dict[str, tuple[int, ...]] = {}
        self._lines = 0
        for lesson in self._read():
            self._note(lesson)
            self._lines += 1

    @property
    def samples(self) -> Mapping[str, tuple[int, ...]]:
        """Return the newest increments by article, in grams."""
        return self._samples

    def band(self, code: str) -> Band:
        """Return what an article may weigh."""
        return learned_band(self._samples.get(code, ()))

    def learn(self, lessons: tuple[Lesson, ...]) -> None:
        """Keep what was seen; returns when it is on the disk."""
        if not lessons:
            return
        for lesson in lessons:
            self._note(lesson)
        self._lines += len(lessons)
        if self._lines > MAX_LINES:
            self._compact()
            return
        with self._path.open("ab") as file:
            file.write(b"".join(_line(one) for one in lessons))
            file.flush()
            os.fsync(file.fileno())

    def _note(self, lesson: Lesson) -> None:
        self._samples[lesson.code] = with_sample(self._samples.get(lesson.code, ()), lesson.grams)

    def _read(self) -> list[Lesson]:
        """Return every line that is whole and makes sense; a cut may have torn the last one."""
        if not self._path.exists():
            return []
        raw = self._path.read_bytes()
        whole = raw.rfind(b"\n") + 1
        if whole != len(raw):
            with self._path.open("r+b") as file:
                file.truncate(whole)
        return [one for one in map(_lesson, raw[:whole].splitlines()) if one is not None]

    def _compact(self) -> None:
        kept = [Lesson(code, grams) for code, all_ in self._samples.items() for grams in all_]
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(b"".join(_line(one) for one in kept))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        self._lines = len(kept)


def _line(lesson: Lesson) -> bytes:
    return json.dumps({"code": lesson.code, "g": lesson.grams}).encode() + b"\n"


def _lesson(line: bytes) -> Lesson | None:
    try:
        plain = json.loads(line)
        code, grams = plain["code"], plain["g"]
    except (ValueError, KeyError, TypeError):
        return None
    return Lesson(code, grams) if type(code) is str and type(grams) is int else None
