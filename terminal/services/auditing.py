"""The law's auditor as part of a verification of the books."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from terminal import config as configuration
from terminal.fiscal.auditors import LawAuditor
from terminal.fiscal.head import HEAD_FILE
from terminal.fiscal.regimes import head_file, register_of
from terminal.folder import DataFolder
from terminal.settings import ConfigError
from terminal.store.projections import Step
from terminal.store.verify import Audit


def audit_of(auditor: LawAuditor) -> Audit:
    """Let the law's auditor read every step of a verification."""

    def audit(step: Step | None) -> Iterator[tuple[str, str]]:
        if step is None:
            found = auditor.finish()
        else:
            found = auditor.take(step.before, step.event, step.after, step.record)
        return ((finding.code, finding.detail) for finding in found)

    return audit


def auditor_of(data: Path, keys: Collection[str] = ()) -> LawAuditor:
    """Return the auditor of a data folder, which believes ``keys`` alone when there are some.

    When the settings cannot be read, the head record is looked for in its usual place.
    """
    folder = DataFolder(data)
    try:
        config = configuration.load(folder.settings)
    except ConfigError:
        return LawAuditor(data / "keys" / HEAD_FILE, keys=keys)
    register = None
    if config.fiscal.regime == "austria":
        with suppress(ConfigError):
            register = register_of(config, folder.path / "keys")
    return LawAuditor(head_file(config, data), register, keys)
