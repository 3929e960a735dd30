"""Pictures of the sample receipts on paper and as PDF, and the texts that the tests compare.

    python -m tests.receipts.gallery --out DIR           paper as PNG, PDF, and PDF as PNG
    python -m tests.receipts.gallery --golden            write tests/receipts/golden anew

Drawing a PDF needs ``pdftoppm`` (Debian: poppler-utils).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from terminal import config
from terminal.services.receipts import Form, ReceiptPrinting
from tests.receipts.sales import SALES, SHOP

GOLDEN = Path(__file__).parent / "golden"
DPI = "130"
FORMS = {
    "": ({}, Form()),
    "-gift": ({}, Form(gift=True)),
    "-large": ({}, Form(large=True)),
    "-beneath": ({"receipt.second_language": "beneath"}, Form(language="en")),
    "-block": ({"receipt.second_language": "block"}, Form(language="de")),
    "-narrow": ({"devices.printer_profile": "generic-58"}, Form()),
}
"""Suffix -> (settings, form); the plain form of every sale, the others of those named below."""
OTHERS = {"-gift": ("239.00",), "-large": ("8.00",), "-beneath": ("150.00", "cards"),
          "-block": ("8.00",), "-narrow": ("450.89", "150.00")}  # fmt: skip


def printing(**settings: str) -> ReceiptPrinting:
    """Return the printing of the samples' shop."""
    return ReceiptPrinting(config.with_settings(config.defaults(), {**SHOP, **settings}))


def cases() -> Iterator[tuple[str, str, ReceiptPrinting, Form]]:
    """Yield every receipt of the gallery: (name, sale, its printing, its form)."""
    for suffix, (settings, form) in FORMS.items():
        for sale in OTHERS.get(suffix, tuple(SALES)):
            yield f"{sale}{suffix}", sale, printing(**settings), form


def copy_of(name: str) -> int:
    """Return which copy is shown: the samples are duplicates."""
    return 1 if name in {"239.00", "150.00", "8.00"} else 0


def write_golden() -> None:
    """Write the texts."""
    GOLDEN.mkdir(exist_ok=True)
    for name, sale, shop, form in cases():
        text = shop.text(SALES[sale](), copy_of(name), form)
        (GOLDEN / f"{name}.txt").write_text(text, "utf-8")


def draw(folder: Path) -> None:
    """Write the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sale, shop, form in cases():
        made, copy = SALES[sale](), copy_of(name)
        (folder / f"{name}-paper.png").write_bytes(shop.picture(made, copy, form))
        file = folder / f"{name}.pdf"
        file.write_bytes(shop.pdf(made, copy, form))
        if program := shutil.which("pdftoppm"):
            target = str(folder / f"{name}-pdf")
            subprocess.run(
                [program, "-r", DPI, "-png", "-singlefile", str(file), target], check=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--golden", action="store_true")
    options = parser.parse_args()
    if options.golden:
        write_golden()
    if options.out:
        draw(options.out)
    if not (options.golden or options.out):
        parser.print_help(sys.stderr)


if __name__ == "__main__":
    main()
