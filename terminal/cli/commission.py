"""``reprise commission`` and ``reprise verify-report``: a commissioning without a screen."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from terminal import config as configuration
from terminal.config import Config
from terminal.devices.roles import addresses
from terminal.fiscal.commissioning_report import (
    Believed,
    NotAReport,
    Report,
    SignedReport,
    is_code,
    open_code,
    open_file,
    verified,
)
from terminal.fiscal.regimes import regime_of, trusted_folder
from terminal.fiscal.signing import KeyUnusable, Verifier, is_fingerprint
from terminal.fiscal.trusted import der_of, trusted_keys
from terminal.folder import DataFolder
from terminal.formats import LANGUAGES
from terminal.services.commissioning.record import FOLDER, load, plain
from terminal.services.commissioning.steps import STEPS, StepLine, needed, plan, standing
from terminal.services.commissioning.wording import said_of
from terminal.settings import ConfigError
from terminal.words import Words

MAX_FILE_BYTES = 262_144


def show(options: argparse.Namespace) -> int:
    """Print how every step stands; 1 while something that selling needs has not passed."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    record = load(folder.path / FOLDER)
    lines = tuple(_lines(config, folder))
    missing = [line.step for line in lines if line.needed and not line.settled]
    if options.json:
        steps = [{"step": line.step, "needed": line.needed, **plain(line.result)} for line in lines]
        said = {"steps": steps, "missing": missing, "report": record.file, "code": record.code}
        print(json.dumps(said, ensure_ascii=False, indent=1))
        return 1 if missing else 0
    language = config.terminal.language
    words = Words(language if language in LANGUAGES else "en", timezone=config.shop.timezone)
    for line in lines:
        _print_step(line, words, config.shop.timezone)
    print(record.file or words.text("commission.unsigned"))
    return 1 if missing else 0


def _lines(config: Config, folder: DataFolder) -> Iterator[StepLine]:
    record, given = load(folder.path / FOLDER), addresses(config.devices)
    for step in plan(given, frozenset(), signs=config.fiscal.regime != "plain"):
        address = given.get(STEPS[step], "")
        yield StepLine(
            step,
            STEPS[step],
            needed(step, config.terminal.role, address),
            standing(record.results.get(step), address),
            unit=address,
            simulated=address.startswith("sim:"),
        )


def _print_step(line: StepLine, words: Words, zone: str) -> None:
    said = said_of(line, words)
    needs = f" ({words.text('commission.needed')})" if line.needed else ""
    print(f"{said.state:<16} {said.name}{needs}")
    result = line.result
    when = ""
    if result.at_ms:
        date, time = words.format_date(result.at_ms, zone), words.format_time(result.at_ms, zone)
        when = f"{result.operator}, {date} {time}".strip(", ")
    for part in (said.unit, said.note, when):
        if part:
            print(f"{'':<16} {part}")


# --- verification ---------------------------------------------------------------------------------


def verify(options: argparse.Namespace) -> int:
    """Check a report by its file or its code; 1 when it is not what it claims to be."""
    try:
        signed = _opened(options.report)
        report = verified(signed, _believed(options, signed))
    except (NotAReport, KeyUnusable) as error:
        print(f"reprise: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(signed.text)
    else:
        _print_report(report, signed)
        if not options.key and options.data is None:
            print(f"Signed by key {signed.key_id}: compare it with that of till {report.till}.")
    return 0


def _opened(given: str) -> SignedReport:
    """Return what a file or a code holds. Raises NotAReport or OSError."""
    digits = "".join(given.split())
    if is_code(digits):
        return open_code(digits)
    with Path(given).open("rb") as file:
        text = file.read(MAX_FILE_BYTES).decode("utf-8", "replace")
    digits = "".join(text.split())
    return open_code(digits) if is_code(digits) else open_file(text)


def _believed(options: argparse.Namespace, signed: SignedReport) -> Believed:
    """Return whose signature counts: given keys, a data folder's, else the file's own key."""
    keys: dict[str, tuple[str, Verifier]] = {}
    secret, till = b"", ""
    if options.data is not None:
        folder = DataFolder(options.data)
        config = configuration.load(folder.settings)
        secret, till = folder.key.read_bytes(), config.terminal.till_number
        signer = regime_of(config, folder.keys, secret).signer
        if signer is not None:
            keys[signer.key_id] = (till, Verifier(signer.public_key))
        trusted = trusted_keys(trusted_folder(config, folder.path))
        keys.update({name: (key.till, key.verifier) for name, key in trusted.items()})
    for given in options.key:
        keys.update(_given(given, signed))
    if options.data is None and not options.key and signed.public_key:
        verifier = Verifier(signed.public_key)
        keys[verifier.key_id] = ("", verifier)
    return Believed(keys, secret, till)


def _given(given: str, signed: SignedReport) -> dict[str, tuple[str, Verifier]]:
    """Return the key that a fingerprint or a PEM file names."""
    if Path(given).is_file():
        verifier = Verifier(der_of(Path(given).read_bytes()))
        return {verifier.key_id: ("", verifier)}
    if signed.public_key and is_fingerprint(given, signed.public_key):
        verifier = Verifier(signed.public_key)
        return {verifier.key_id: ("", verifier)}
    if not signed.public_key:
        raise ConfigError(
            "a code does not hold its public key: give the key's PEM file or --data", key="--key"
        )
    return {}


def _print_report(report: Report, signed: SignedReport) -> None:
    facts: dict[str, Any] = {
        "shop": f"{report.shop} {report.site}".strip(),
        "till": f"{report.till} ({report.lane}, {report.role})",
        "release": report.release,
        "machine": report.machine or "-",
        "regime": report.regime,
        "by": f"{report.operator} ({report.operator_id})",
        "at": f"{report.at} (business date {report.date})",
        "journal": f"{report.seq} {report.head}",
        "complete": "yes" if report.complete else "NO",
        "key": signed.key_id or "the terminal's own",
    }
    print("The report is genuine.")
    for name, value in facts.items():
        print(f"{name:<10} {value}")
    for device in report.devices:
        named = f"{device.maker} {device.model} {device.serial} {device.firmware}".split()
        note = "(simulated)" if device.simulated else " ".join(named)
        print(f"device     {device.role}: {device.address} {note}".rstrip())
    for step in report.steps:
        print(f"step       {step.step}: {step.state} {step.code} {step.at}".rstrip())
