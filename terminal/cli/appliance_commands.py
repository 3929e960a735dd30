"""The subcommands of the machine around the terminal: its link, its health, its updates."""

from __future__ import annotations

import argparse
from pathlib import Path

from terminal.appliance import places
from terminal.cli.command import Command
from terminal.core.limits import LANGUAGES

SKIPPED = 1000
"""Numbers that a restoration leaves out: more receipts than a till makes between two copies."""
MAX_SKIPPED = 1_000_000
"""Receipt numbers have ten digits: a restoration may leave out many, not most."""


def _sync(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="to the end of the journal, and stop")


def _head_office(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="of the journals")
    parser.add_argument("--listen", default="127.0.0.1:8443", metavar="HOST:PORT")
    parser.add_argument("--certificate", type=Path, required=True, metavar="FILE")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--token", type=Path, required=True, metavar="FILE", help="the word that lets tills in"
    )


def _health(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="print one report and end")
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--root", type=Path, default=Path("/"), metavar="DIR", help="of proc, sys")


def _diagnostics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a ZIP, made anew")


def _provision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--boot", type=Path, required=True, metavar="DIR", help="the FAT partition")
    parser.add_argument(
        "--root", type=Path, default=Path("/"), metavar="DIR", help="of the machine"
    )
    parser.add_argument("--stage", choices=("all", "apply", "card"), default="all")


def _provision_code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="reprise.toml as on the card")
    parser.add_argument("--format", choices=("pdf", "png", "text"), default="pdf")
    parser.add_argument("--out", type=Path, metavar="FILE", help="or a folder for several PNG")


def _second_copy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="copy what there is, then stop")
    parser.add_argument("--adopt", type=Path, metavar="DIR", help="make this stick the till's own")
    parser.add_argument(
        "--state", type=Path, default=places.SECOND_COPY, metavar="FILE", help="says how far it is"
    )


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", type=Path, required=True, metavar="STICK", dest="source")
    parser.add_argument("--copy", default="", metavar="NAME", help="an older copy of the stick")
    parser.add_argument(
        "--pin", action="append", default=[], metavar="NUMBER=PIN", help="of an operator, anew"
    )
    parser.add_argument("--keys", type=Path, metavar="DIR", help="the old till's, where saved")
    parser.add_argument("--articles", type=Path, metavar="FILE", help="CSV file of the catalogue")
    parser.add_argument(
        "--skip",
        type=_numbers,
        default=SKIPPED,
        metavar="N",
        help="numbers left out of every series",
    )
    parser.add_argument(
        "--until", type=int, default=0, metavar="RECORD", help="of a damaged copy: no further"
    )


def _restore_asked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ended", action="store_true", help="say so when it was ended half-way")
    parser.add_argument(
        "--root", type=Path, default=Path("/"), metavar="DIR", help="of the machine"
    )


def _numbers(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MAX_SKIPPED):
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {MAX_SKIPPED}")
    return int(text)


HEAD_OFFICE = "terminal.cli.head_office"

COMMANDS = {
    "provision": Command(
        "take the technician's settings from the card", "terminal.cli.provision", "run", _provision
    ),
    "provision-code": Command(
        "write a technician's settings as codes to scan",
        "terminal.cli.provision_code",
        "run",
        _provision_code,
        shop=False,
    ),
    "sync": Command("carry the journal to the head office", HEAD_OFFICE, "sync", _sync),
    "head-office": Command(
        "keep the journals of many tills", HEAD_OFFICE, "receive", _head_office, shop=False
    ),
    "diagnostics": Command(
        "write what support needs, without personal data",
        "terminal.cli.diagnostics",
        "export",
        _diagnostics,
    ),
    "health": Command(
        "measure the machine: once, or as a service",
        "terminal.cli.health",
        "run",
        _health,
        shop=False,
    ),
    "second-copy": Command(
        "keep a second copy of the journal on a stick",
        "terminal.cli.second_copy",
        "run",
        _second_copy,
    ),
    "restore-asked": Command(
        "restore what the setup screen asked for",
        "terminal.cli.restore_asked",
        "run",
        _restore_asked,
    ),
    "restore": Command(
        "make a data folder from a second copy", "terminal.cli.restore", "run", _restore
    ),
}
