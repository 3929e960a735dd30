"""Plain files that a cut or a full disk meets: every write, sync and change of name is a step.

The operating system's own calls are counted in one folder, and the n-th fails, or is where the
power goes.  What was written and not synced may survive or not, and so may new names.
"""

from __future__ import annotations

import builtins
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest


class PowerCut(BaseException):
    """Nothing runs any more."""


class _File:
    """A file that says what is done to it."""

    def __init__(self, file: Any, path: Path, step: Callable[[str, Path], None]) -> None:
        self._file, self._path, self._step = file, path, step

    def write(self, data: Any) -> int:
        self._step("write", self._path)
        written: int = self._file.write(data)
        self._file.flush()
        return written

    def close(self) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Faults:
    """What happens in a folder; used through ``watched``."""

    def __init__(self, folder: Path, nth: int = 0, code: int = 0) -> None:
        """``nth`` step fails with ``code`` (errno), it and all after it; 0 is a power cut."""
        self.folder = folder
        self.nth, self.code = nth, code
        self.steps = 0
        self.image: dict[Path, bytes] = {}
        """What a process that is killed at the n-th step leaves."""
        self.synced: dict[Path, bytes] = {}
        """What is left of it when the power goes with what was not synced."""
        self._durable: dict[Path, bytes] = {}
        self._dirty: set[Path] = set()

    def step(self, _kind: str, path: Path) -> None:
        if not path.is_relative_to(self.folder):
            return
        self.steps += 1
        if self.nth and self.steps == self.nth:
            self.image = {p: p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}
            self.synced = {
                p: self._durable.get(p, b"") if p in self._dirty else data
                for p, data in self.image.items()
            }
        if self.nth and self.steps >= self.nth:
            if self.code:
                raise OSError(self.code, os.strerror(self.code), str(path))
            raise PowerCut

    @property
    def unsynced(self) -> set[Path]:
        """Files that a power cut now would take away, or half of them."""
        return {path for path in self._dirty if path.exists()}

    def opened(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def open_(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            path = Path(file) if isinstance(file, str | os.PathLike) else None
            if path is None or not set(mode) & set("wax+") or not path.is_relative_to(self.folder):
                return real(file, mode, *args, **options)
            self.step("open", path)
            if path not in self._dirty and path.exists():
                self._durable[path] = path.read_bytes()
            self._dirty.add(path)
            return _File(real(file, mode, *args, **options), path, self.step)

        return open_

    def synced_file(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def fsync(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            self.step("fsync", path)
            if path in self._dirty:
                self._durable[path] = path.read_bytes()
                self._dirty.discard(path)
            real(descriptor)

        return fsync

    def renamed(self, real: Callable[..., None]) -> Callable[..., None]:
        def rename(old: Any, new: Any, **options: Any) -> None:
            self.step("rename", Path(new))
            real(old, new, **options)
            old, new = Path(old), Path(new)
            self._dirty.discard(new)
            if old in self._dirty:
                self._dirty = (self._dirty - {old}) | {new}
                self._durable[new] = self._durable.pop(old, b"")

        return rename


@contextmanager
def watched(faults: Faults) -> Iterator[Faults]:
    """Let a folder's files meet the faults."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(io, "open", faults.opened(io.open))
        patch.setattr(builtins, "open", faults.opened(builtins.open))
        patch.setattr(os, "fsync", faults.synced_file(os.fsync))
        patch.setattr(os, "replace", faults.renamed(os.replace))
        patch.setattr(os, "rename", faults.renamed(os.rename))
        yield faults


def put_back(folder: Path, image: dict[Path, bytes]) -> None:
    """Leave in a folder what a machine finds when it comes back."""
    shutil.rmtree(folder)
    for path, data in image.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder.mkdir(exist_ok=True)
