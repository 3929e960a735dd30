"""One setting changed in the file, and nothing else: comments, order and spelling stay.

The new file is written beside the old one and made durable (``SettingsEdit``); only ``commit`` puts
it in the old one's place, in one step, so that a power cut leaves the one or the other whole.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal import config as configuration
from terminal.settings import ConfigError, spell

_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(#.*)?$")
_VALUE = r"""("(?:[^"\\]|\\.)*"|'[^']*')(?=\s*(?:\#|$))"""


@dataclass(frozen=True, slots=True)
class SettingsEdit:
    """A changed settings file, whole and on the disk, but not yet in its place."""

    path: Path
    beside: Path

    def commit(self) -> None:
        """Put it in the place of the old one. Raises OSError; the old one is whole then."""
        self.beside.replace(self.path)
        descriptor = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def discard(self) -> None:
        """Forget it."""
        self.beside.unlink(missing_ok=True)


def prepare(path: Path, key: str, value: str) -> SettingsEdit:
    """Write the settings with ``key`` (``devices.scanner``) set to ``value`` beside the old file.

    Raises:
        ConfigError: the file cannot be read or changed, or the result could not be used; names the
            file, and what to write there by hand.
    """
    return write_beside(path, key, lambda source: with_value(source, key, value, path))


def write_beside(path: Path, key: str, change: Callable[[str], str]) -> SettingsEdit:
    """Write changed settings beside the old file, and read them back. Raises ConfigError."""
    path = path.resolve()  # a link goes on leading to the file
    changed = change(configuration.read_source(path))
    beside = path.with_name(f"{path.name}.new")
    try:
        mode = path.stat().st_mode
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.write(changed)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", key=key, file=path) from error
    try:
        configuration.load(beside)
    except ConfigError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(error.message, key=error.key, file=path) from error
    return SettingsEdit(path, beside)


def with_value(source: str, key: str, value: str, path: Path | None = None) -> str:
    """Return TOML text with one setting changed. Raises ConfigError when that is not certain.

    Every way to change it is tried until one means exactly what was there, with this one value.
    """
    section, _, name = key.partition(".")
    wanted = _parsed(source, path)
    table = wanted.setdefault(section, {})
    if not isinstance(table, dict):
        raise ConfigError(f"it must be a [{section}] table", key=section, file=path)
    table[name] = value
    for changed in _ways(source, section, name, spell(value)):
        try:
            if tomllib.loads(changed) == wanted:
                return changed
        except tomllib.TOMLDecodeError:
            continue
    raise ConfigError(
        f"cannot be changed by itself: write {name} = {spell(value)} under [{section}]",
        key=key,
        file=path,
    )


def _parsed(source: str, path: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"this is not TOML: {error}", file=path) from error


def _ways(source: str, section: str, name: str, spelt: str) -> Iterator[str]:
    """Yield the text with the value replaced, line by line; then with a line put in."""
    lines = source.splitlines(keepends=True)
    end = "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"
    quoted = rf"""["']?{re.escape(name)}["']?"""
    dotted = rf"""["']?{re.escape(section)}["']?\s*\.\s*"""
    assignment = re.compile(rf"(\s*(?:{dotted})?{quoted}\s*=\s*){_VALUE}")
    for number, line in enumerate(lines):
        found = assignment.match(line)
        if found:
            changed = found[1] + spelt + line[found.end() :]
            yield "".join((*lines[:number], changed, *lines[number + 1 :]))
    written = f"{name} = {spelt}{end}"
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header and header[1] == section:
            whole = line if line.endswith("\n") else line + end
            yield "".join((*lines[:number], whole, written, *lines[number + 1 :]))
    gap = "" if not lines else end if source.endswith("\n") else end + end
    yield f"{source}{gap}[{section}]{end}{written}"
    yield f"{section}.{written}{source}"
