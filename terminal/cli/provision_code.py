"""``reprise provision-code``: a technician's settings as codes, to scan at a new terminal."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import segno

from terminal.appliance.card_text import plain_toml
from terminal.appliance.provisioning_code import TooLong, encoded
from terminal.appliance.provisioning_file import FileRefused, Provisioning, check, parse, text_of
from terminal.services.provision_result import problem_line
from terminal.settings import ConfigError
from terminal.words import FALLBACK, Words

EXIT_WRONG = 1
SCALE, QUIET = 6, 4
"""Pixels of a module, and the modules left white around (ISO/IEC 18004, 9.1)."""
PAGE_MM, MARGIN_MM, CODE_MM, STEP_MM = (210.0, 297.0), 20.0, 95.0, 125.0
"""An A4 sheet with two codes, each as large as a handheld scanner likes."""
A_PAGE = 2


def run(options: argparse.Namespace) -> int:
    """Write the codes of a file that a new terminal would take; 1 when it would not."""
    try:
        text = text_of(options.file.read_bytes())
        made = check(text)
    except FileRefused as refused:
        words = Words(FALLBACK)
        for problem in refused.problems:
            print(f"{options.file}: {problem_line(problem, words)}", file=sys.stderr)
        return EXIT_WRONG
    try:
        codes = encoded(plain_toml(parse(text)))  # its comments would fill codes of their own
    except TooLong as error:
        raise ConfigError(f"is too long for codes: {error}", file=options.file) from error
    if options.format == "text":
        _write(options.out, "".join(f"{code}\n" for code in codes).encode())
    elif options.format == "png":
        _pictures(options.out, codes)
    else:
        _write(options.out, sheet(codes, made))
    return 0


def sheet(codes: list[str], made: Provisioning) -> bytes:
    """Return the codes as a PDF to print, with what they are for."""
    # Only now: half a second that no other command has to wait for.
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.lib.utils import ImageReader  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    words = Words(made.config.terminal.language)
    width, height = (side * mm for side in PAGE_MM)
    buffer = io.BytesIO()
    page = Canvas(buffer, pagesize=(width, height), invariant=True)
    title = words.text(
        "provision.sheet.title",
        shop=made.config.shop.name,
        till=made.config.terminal.till_number,
    )
    for index, code in enumerate(codes):
        row = index % A_PAGE
        if row == 0:
            page.setFont("Helvetica-Bold", 14)
            page.drawString(MARGIN_MM * mm, height - MARGIN_MM * mm, title)
            page.setFont("Helvetica", 9)
            for n, line in enumerate(_wrapped(words.text("provision.sheet.note"))):
                page.drawString(MARGIN_MM * mm, height - (MARGIN_MM + 7 + 4.5 * n) * mm, line)
        top = height - (MARGIN_MM + 22 + row * STEP_MM) * mm
        picture = ImageReader(io.BytesIO(_png(code)))
        page.drawImage(picture, MARGIN_MM * mm, top - CODE_MM * mm, CODE_MM * mm, CODE_MM * mm)
        page.setFont("Helvetica-Bold", 11)
        told = words.text("provision.sheet.code", number=str(index + 1), total=str(len(codes)))
        page.drawString((MARGIN_MM + CODE_MM + 8) * mm, top - 12 * mm, told)
        if row == A_PAGE - 1:
            page.showPage()
    page.save()
    return buffer.getvalue()


def _wrapped(text: str, width: int = 95) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _png(code: str) -> bytes:
    buffer = io.BytesIO()
    drawn = segno.make_qr(code, error="m", boost_error=False)
    drawn.save(buffer, kind="png", scale=SCALE, border=QUIET)
    return buffer.getvalue()


def _pictures(out: Path | None, codes: list[str]) -> None:
    if len(codes) == 1:
        _write(out, _png(codes[0]))
        return
    if out is None:
        raise ConfigError(f"name a folder: there are {len(codes)} codes", key="--out")
    out.mkdir(parents=True, exist_ok=True)
    for number, code in enumerate(codes, start=1):
        (out / f"code-{number}.png").write_bytes(_png(code))


def _write(out: Path | None, data: bytes) -> None:
    if out is None:
        sys.stdout.buffer.write(data)
    else:
        out.write_bytes(data)
