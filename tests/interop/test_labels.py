"""Our labels drawn by somebody else's ZPL renderer and by our own simulator, read by zbar.

Needs Node with the npm registry (zpl-renderer-js), and ``zbarimg`` (Debian: zbar-tools).
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from drivers.label.base import QR, Barcode, Label, Text
from drivers.label.layouts import ShelfWords, WeighedWords, shelf_label, weighed_label
from drivers.label.simulator import LabelSimulator
from drivers.label.zpl import encode
from drivers.label.zpl_printer import ZplPrinter

HERE = Path(__file__).parent
BUILD = Path("build/interop")
NPM_S, RENDER_S = 300, 120
HOSTILE = "Crème ^XZ~JA œuf _5E"
LABELS = {
    "shelf": (
        shelf_label(
            ShelfWords(HOSTILE, "Lise", "12,95 €", "4,33 €/kg", "3270190128724", "28/07/2026")
        ),
        {"EAN-13:3270190128724"},
    ),
    "short": (
        shelf_label(ShelfWords("Thé", "", "2,10 €", "", "96385074", "28/07/2026")),
        {"EAN-8:96385074"},
    ),
    "own code": (
        shelf_label(ShelfWords("Sac", "", "0,20 €", "", "SAC-0011", "28/07/2026")),
        {"CODE-128:SAC-0011"},
    ),
    "escaped code": (
        shelf_label(ShelfWords("Sac", "", "0,20 €", "", "SAC>^~1", "28/07/2026")),
        {"CODE-128:SAC>^~1"},
    ),
    "weighed": (
        weighed_label(
            WeighedWords("Tomates", "Poids", "0,842 kg", "Prix/kg", "3,20 €/kg", "À payer",
                         "2,69 €", "2112345008424", "28/07/2026")
        ),
        {"EAN-13:2112345008424"},
    ),
    "qr": (
        Label(
            456,
            320,
            (
                Text(12, 10, 32, HOSTILE),
                Barcode(230, 200, 60, "ean13", "4006381333931"),
                QR(20, 70, "https://shop.example/^FS~JR_41?a=1", 6),
            ),
        ),
        {"EAN-13:4006381333931", "QR-Code:https://shop.example/^FS~JR_41?a=1"},
    ),
}  # fmt: skip

OURS_ALONE = {"short", "escaped code"}
"""The other renderer has no ``^B8``, and loses the end of some Code 128 fields with ``>``."""


def read_codes(picture: Path) -> set[str]:
    """Return what zbar reads on a picture, enlarged and with a margin as a camera would see it."""
    from PIL import Image, ImageOps

    with Image.open(picture) as image:
        # Somebody else's picture may be transparent where the label is white.
        shown = Image.new("RGB", image.size, "white")
        shown.paste(image, (0, 0), image if image.mode == "RGBA" else None)
        framed = ImageOps.expand(shown, 40, "white").resize(
            (2 * (image.width + 80), 2 * (image.height + 80)), Image.Resampling.NEAREST
        )
    enlarged = picture.with_suffix(".large.png")
    framed.save(enlarged)
    assert shutil.which("zbarimg"), "zbarimg is missing: install Debian's zbar-tools"
    read = subprocess.run(
        ["zbarimg", "--quiet", "-Sean8.enable", "-Sean13.enable", str(enlarged)],
        capture_output=True,
        text=True,
        timeout=RENDER_S,
        check=False,
    )
    return set(read.stdout.split())


@pytest.fixture(scope="module")
def theirs(tmp_path_factory) -> dict[str, Path]:
    """Pictures of all labels by the other renderer."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "render_labels.js"):
        shutil.copy(HERE / name, BUILD / name)
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
    subprocess.run(install, cwd=BUILD, check=True, timeout=NPM_S)
    folder = tmp_path_factory.mktemp("labels")
    pictures, arguments = {}, []
    for number, (name, (label, _)) in enumerate(LABELS.items()):
        path = folder / f"{number}.zpl"
        path.write_bytes(encode(label))
        pictures[name] = folder / f"{number}.zpl.png"
        arguments.append(f"{path}:{label.width / 8}:{label.height / 8}")
    subprocess.run(
        ["node", "render_labels.js", *arguments], cwd=BUILD, check=True, timeout=RENDER_S
    )
    return pictures


@pytest.mark.parametrize("name", LABELS.keys() - OURS_ALONE)
def test_codes_are_read_from_another_renderers_picture(theirs, name):
    assert read_codes(theirs[name]) == LABELS[name][1]


@pytest.mark.parametrize("name", LABELS)
def test_codes_are_read_from_our_simulators_picture(tmp_path, name):
    label, codes = LABELS[name]
    printer = LabelSimulator()
    ZplPrinter(printer.connect()).print_labels(label, 1, 5)
    printer.control("picture", path=str(tmp_path / "label.png"))
    assert read_codes(tmp_path / "label.png") == codes
