"""The ``reprise`` command: a table of subcommands, each in the module that carries it out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from terminal import __version__, logs
from terminal.appliance import places
from terminal.cli import appliance_commands
from terminal.cli.command import Command
from terminal.journal.errors import JournalError
from terminal.settings import ConfigError

EXIT_FAULT = 1
SEALED = Path("/etc/credstore.encrypted/fiscal-key.pem")
"""Where systemd looks for a sealed credential of this name (systemd.exec(5))."""
EXIT_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code (0 good, 1 a fault was found, 2 misuse)."""
    options = _parser().parse_args(arguments)
    logs.setup()
    try:
        return COMMANDS[options.command].run(options)
    except (ConfigError, JournalError, OSError) as error:
        print(f"reprise: {error}", file=sys.stderr)
        return EXIT_FAULT
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reprise", description="Point-of-sale terminal.")
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", dest="command"
    )
    for name, command in COMMANDS.items():
        sub = subparsers.add_parser(name, help=command.words, description=command.words)
        if command.shop:
            sub.add_argument("--data", type=Path, required=True, help="the terminal's data folder")
        command.arguments(sub)
    return parser


def _init(parser: argparse.ArgumentParser) -> None:
    _articles(parser)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")


def _articles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--articles", type=Path, required=True, help="CSV file of the catalogue")


def _role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", choices=("till", "kiosk"), default="")
    parser.add_argument(
        "--vitals", type=Path, metavar="FILE", help="say every second how the terminal is"
    )


def _window(parser: argparse.ArgumentParser) -> None:
    _role(parser)
    parser.add_argument("--size", default="", metavar="WIDTHxHEIGHT")
    parser.add_argument("--position", default="", metavar="LEFT,TOP")
    parser.add_argument("--windowed", action="store_true", help="not on the whole screen")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true")


def _doctor(parser: argparse.ArgumentParser) -> None:
    _json(parser)
    parser.add_argument("--trace", default="", metavar="ROLE", help="record one device in FILE")
    parser.add_argument("--seconds", type=int, default=10, metavar="N", help="for so long")
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE")


def _adopt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", metavar="ROLE", help="printer, scanner, scale ...")
    parser.add_argument("address", nargs="?", default="", metavar="ADDRESS")


def _verify(parser: argparse.ArgumentParser) -> None:
    _json(parser)
    _keys(parser)


def _keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="FINGERPRINT",
        help="of a key that may have signed; no other is believed then (may be repeated)",
    )


def _journal(parser: argparse.ArgumentParser) -> None:
    _json(parser)
    parser.add_argument("--after", type=int, default=0, metavar="SEQ")


def _receipt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number")
    forms = ("text", "code", "json", "pdf", "png", "escpos")
    parser.add_argument("--format", choices=forms, default="text")
    parser.add_argument("--gift", action="store_true", help="without prices")
    parser.add_argument("--large", action="store_true", help="for readers with low vision")
    parser.add_argument("--language", default="", help="of the shopper, beside the shop's")


def _properties(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("list", "set", "remove"))
    parser.add_argument("key", nargs="?", default="", help="of the article's attribute: colour")
    parser.add_argument("--label", default="", help="printed before the value")
    parser.add_argument("--form", choices=("text", "amount"), default="text")
    parser.add_argument("--language", default="", help="of the paper; every one when left out")
    parser.add_argument("--site", default="", help="shop.site; every one when left out")
    parser.add_argument("--behind", default="", metavar="KEY", help="stands below this one")


def _invoice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", help="the invoice's, or its receipt's")
    parser.add_argument("--format", choices=("pdf", "xml"), default="pdf")
    parser.add_argument("--copy", type=int, default=0, metavar="N", help="marked as copy N")


def _trust(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="KEY", help="another till's key, PEM")
    parser.add_argument("--till", default="", metavar="NUMBER", help="the till it belongs to")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write this till's own key")


def _label(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", help="as scanned or typed")
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--weight-g", type=int, default=0, help="a label of weighed goods")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw it as PNG instead")


def _archive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("period", help="2026, 2026-11 or 2026-11-28")
    parser.add_argument("--out", type=Path, metavar="DIR", help="archives/ in the data folder")
    parser.add_argument(
        "--copy", type=Path, action="append", default=[], metavar="DIR", help="and read it back"
    )
    parser.add_argument("--usb", action="store_true", help="copy it to the medium plugged in")


def _make_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=SEALED, metavar="FILE", help="the sealed credential"
    )
    parser.add_argument("--once", action="store_true", help="a sealed one, where it is wanted")


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("day-journal", "fec", "saf-t", "poslog"))
    parser.add_argument("period", help="2026, 2026-11 or 2026-11-28")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="or a folder")
    parser.add_argument("--provisional", action="store_true", help="also what is not closed yet")


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", metavar="FILE|CODE")
    parser.add_argument("--data", type=Path, help="believe this terminal's key and those it trusts")
    parser.add_argument(
        "--key", action="append", default=[], metavar="FINGERPRINT|PEM", help="believe this key"
    )
    _json(parser)


def _verify_archive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="+", help="archives, in the order of time")
    _keys(parser)
    parser.add_argument("--store", type=Path, help="the till's store.db, to follow the archives")


def _purge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--before", required=True, metavar="YYYY-MM-DD", help="days before it go")
    parser.add_argument(
        "--from", type=Path, action="append", default=[], metavar="DIR", dest="media",
        help="where the archives are, on another medium; otherwise what is plugged in",
    )  # fmt: skip


def _dep7(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("period", nargs="?", default="", help="2026, 2026-11 or 2026-11-28")
    parser.add_argument("--all", action="store_true", help="from the start receipt on")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--keys", type=Path, metavar="FILE", help="and the keys, the AES key among them"
    )


def _zero_receipt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("control", "month", "year", "end"))


def _receipt_code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number")
    parser.add_argument("--format", choices=("text", "qr", "ocr", "png"), default="text")


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=Path("demo-data"))
    parser.add_argument("--pictures", type=Path, default=Path("demo-pictures"))
    parser.add_argument("--role", choices=("till", "kiosk"), default="till")
    parser.add_argument("--scripted", action="store_true", help="play by itself, leave pictures")


def _boot_slot(parser: argparse.ArgumentParser) -> None:
    whats = ("get-primary", "set-primary", "get-state", "set-state", "get-current")
    parser.add_argument("what", choices=whats)
    parser.add_argument("slot", nargs="?", default="", help="A or B")
    parser.add_argument("state", nargs="?", default="", help="good or bad")
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)


def _update(parser: argparse.ArgumentParser) -> None:
    _json(parser)
    orders = ("run", "settle", "depart", "confirm", "status", "unrehearsed")
    parser.add_argument("order", choices=orders)
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a bundle, with run")
    parser.add_argument("--again", action="store_true", help="also what was refused, or is here")
    parser.add_argument("--older", action="store_true", help="also an older version")
    parser.add_argument("--language", default="en")
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)
    parser.add_argument("--rauc", type=Path, default=None, help=argparse.SUPPRESS)
    # Of the health gate, for machines that are slow by emulation; a shop's are the defaults.
    for figure in ("--limit-s", "--steady-s", "--frame-limit-ms", "--stale-s", "--start-s"):
        parser.add_argument(figure, type=int, default=None, help=argparse.SUPPRESS)


def _rehearse(parser: argparse.ArgumentParser) -> None:
    _json(parser)
    parser.add_argument("--days", type=int, default=14, metavar="N", help="0: all")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="copy the store there first")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write what was found as JSON")


def _calibration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("png", "escpos"), default="png")


def _simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "device",
        choices=("poi", "printer", "scanner", "drawer", "scale", "display", "label", "rfid"),
    )
    parser.add_argument(
        "--protocol", default="simple", help="what a payment terminal or scale speaks"
    )
    parser.add_argument(
        "--personality", default="", help="what a scanner poses as: serial, hidpos or keyboard"
    )
    parser.add_argument(
        "--listen",
        default="tcp:127.0.0.1:0",
        metavar="ADDRESS",
        help="tcp:HOST:PORT, tls:HOST:PORT, or pty:[PATH of a link to the line]",
    )
    parser.add_argument("--memory", type=Path, metavar="DIR", help="what survives without power")
    parser.add_argument(
        "--ledger", type=Path, metavar="FILE", help="what was approved and reversed (with --memory)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--faults", default="", metavar="FILE", help="a fault script, or the name of a sample"
    )
    parser.add_argument("--model", default="", help="which printer; docs/printing.md lists them")
    parser.add_argument("--tokens", action="store_true", help="print each command of a printer")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a printer's paper, PNG and text")
    parser.add_argument(
        "--decode", type=Path, metavar="FILE", help="render what a printer was sent"
    )
    cardholder = parser.add_mutually_exclusive_group()
    cardholder.add_argument("--auto", action="store_true", help="the cardholder acts by himself")
    cardholder.add_argument(
        "--keys", action="store_true", help="present_card and press are awaited"
    )
    parser.add_argument(
        "--outcome", action="append", default=[], help="of the next request; may be repeated"
    )


def _trouble(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", type=Path, default=places.RUN, metavar="DIR", help="its notes")
    parser.add_argument("--books", type=Path, default=places.DATA, metavar="DIR", help="a mount")
    parser.add_argument(
        "--linger", type=int, default=0, metavar="S", help="the machine is at fault"
    )
    parser.add_argument("--stay", action="store_true", help="until there is a terminal again")


BOOKS = "terminal.cli.books"
TROUBLE = "terminal.cli.trouble"
COMMISSION = "terminal.cli.commission"
SIMULATE = "terminal.cli.simulate"
AUSTRIA = "terminal.cli.austria"
COMMANDS = {
    "init": Command("create a shop's data folder", "terminal.cli.init", "create", _init),
    "import": Command(
        "import a new version of the catalogue", "terminal.cli.init", "import_articles", _articles
    ),
    "run": Command("run the window", "terminal.cli.window", "run", _window),
    "console": Command(
        "the same terminal without a window: JSON lines", "terminal.cli.console", "run", _role
    ),
    "verify": Command("check chain, numbers and totals", BOOKS, "verify", _verify),
    "journal": Command("print the journal, a record a line", BOOKS, "journal", _journal),
    "receipt": Command("write a completed sale's receipt", BOOKS, "receipt", _receipt),
    "invoice": Command("write an invoice as Factur-X", "terminal.cli.invoice", "write", _invoice),
    "properties": Command(
        "what the receipt prints under an article", "terminal.cli.properties", "run", _properties
    ),
    "label": Command("print an article's label", "terminal.cli.label", "run", _label),
    "rebuild": Command("make the derived tables anew from the journal", BOOKS, "rebuild"),
    "trust": Command(
        "say whose receipts are believed: keys of other tills", "terminal.cli.trust", "run", _trust
    ),
    "archive": Command("write the archive of a period", "terminal.cli.archive", "write", _archive),
    "purge": Command("take archived years out of the till", "terminal.cli.purge", "run", _purge),
    "compact": Command("give the space of a purge back", "terminal.cli.purge", "compact"),
    "export": Command(
        "write a file for the accounts or the authorities", "terminal.cli.export", "run", _export
    ),
    "verify-archive": Command(
        "check archives without their terminal",
        "terminal.cli.archive",
        "check",
        _verify_archive,
        shop=False,
    ),
    "make-key": Command(
        "make the signing key of a new terminal", "terminal.cli.make_key", "run", _make_key
    ),
    "dep7": Command("Austria: write the data collection log", AUSTRIA, "export", _dep7),
    "zero-receipt": Command("Austria: make a zero receipt", AUSTRIA, "zero_receipt", _zero_receipt),
    "receipt-code": Command(
        "Austria: write a receipt's code again", AUSTRIA, "receipt_code", _receipt_code
    ),
    "doctor": Command(
        "say what is wrong and what to do", "terminal.cli.doctor", "examine", _doctor
    ),
    "adopt": Command("make a device this terminal's own", "terminal.cli.devices", "adopt", _adopt),
    "commission": Command(
        "say which devices were tested, and what is left", COMMISSION, "show", _json
    ),
    "verify-report": Command(
        "check a commissioning report", COMMISSION, "verify", _report, shop=False
    ),
    "calibration": Command(
        "write the code that tells how a keyboard scanner is set",
        "terminal.cli.calibration",
        "run",
        _calibration,
        shop=False,
    ),
    "update": Command("look for a new version", "terminal.cli.update", "run", _update),
    "rehearse": Command(
        "compute what another version wrote again", "terminal.cli.rehearse", "run", _rehearse
    ),
    "boot-slot": Command(
        "answer rauc about the slots", "terminal.cli.boot_slot", "run", _boot_slot, shop=False
    ),
    "open-access": Command(
        "open on this machine what the settings need", "terminal.cli.access", "run"
    ),
    "note-end": Command("note how a run ended (ExecStopPost)", TROUBLE, "note_end", shop=False),
    "trouble": Command(
        "say on a text console why nothing is sold", TROUBLE, "show", _trouble, shop=False
    ),
    "demo": Command("sell on simulated devices", "terminal.cli.demo", "run", _demo, shop=False),
    "simulate": Command(
        "run one simulated device by itself", SIMULATE, "run", _simulate, shop=False
    ),
} | appliance_commands.COMMANDS
