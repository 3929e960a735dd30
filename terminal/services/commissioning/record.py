"""The results of a commissioning in a file that is written whole or not at all."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from terminal.services.commissioning.steps import STEPS, Record, Result, StepState
from terminal.whole_files import sync_directory, write_whole

log = logging.getLogger(__name__)

FOLDER = "commissioning"
"""In the data folder: the results, and the reports."""
RECORD = "steps.json"
VERSION = 1
MAX_BYTES = 262_144


def load(folder: Path) -> Record:
    """Return what was recorded; a file that cannot be read is put aside, and nothing was tested."""
    path = folder / RECORD
    try:
        with path.open("rb") as file:
            return _record(json.loads(file.read(MAX_BYTES)))
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("%s cannot be read, every step is to be run again: %s", path, error)
        try:
            path.replace(path.with_suffix(".bad"))
        except OSError as again:
            log.warning("%s cannot be put aside: %s", path, again)
        return Record()


def _record(value: Mapping[str, Any]) -> Record:
    if value["version"] != VERSION:
        raise ValueError(f"version {value['version']} is not known here")
    results = {step: _result(one) for step, one in value["results"].items() if step in STEPS}
    return Record(
        results,
        str(value["report"]),
        str(value["code"]),
        str(value["file"]),
        int(value["reported_ms"]),
    )


def _result(value: Mapping[str, Any]) -> Result:
    known = {name: value[name] for name in _NAMES}
    state = StepState(known["state"])
    if state is StepState.RUNNING:
        raise ValueError("nothing runs in a file")
    return Result(**{**known, "state": state})


_NAMES = tuple(one.name for one in fields(Result))


def save(folder: Path, record: Record) -> None:
    """Write what is known, durable before it returns. Raises OSError."""
    results = {step: plain(one) for step, one in record.results.items()}
    text = json.dumps(
        {
            "version": VERSION,
            "results": results,
            "report": record.report,
            "code": record.code,
            "file": record.file,
            "reported_ms": record.reported_ms,
        },
        ensure_ascii=False,
        indent=1,
    )
    put(folder / RECORD, text.encode())


def plain(result: Result) -> dict[str, Any]:
    """Return a result as plain values."""
    return {**{name: getattr(result, name) for name in _NAMES}, "values": dict(result.values)}


def put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, durable before it returns. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, content, mode=None)
    sync_directory(path.parent.parent)
