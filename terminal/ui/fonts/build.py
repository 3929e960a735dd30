"""Make the fonts that are shipped beside this file; run it again when Inter or Lucide changes.

    python -m terminal.ui.fonts.build --lucide FOLDER

Kivy cannot switch OpenType features on, so the tabular figures of Inter (feature ``tnum``) are made
its ordinary figures, and one static file is cut per weight.  The Open Font Licence reserves the
name Inter for the unmodified design: the result is called Reprise Figures.  ``FOLDER`` is the
``font`` folder of the npm package ``lucide-static`` (``npm pack lucide-static``): its icons are
reduced to those that ``terminal.ui.icons`` names.

Needs the development dependencies ``fonttools`` and ``fontpkg-inter``.
"""

from __future__ import annotations

import argparse
import json
from importlib import resources
from pathlib import Path

from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from terminal.ui.icons import NAMES

HERE = Path(__file__).parent
FAMILY = "Reprise Figures"
WEIGHTS = {"Regular": (400, 16), "Medium": (500, 16), "SemiBold": (600, 20), "Bold": (700, 28)}
"""Style -> (weight, optical size): the heavier, the larger it is set, the tighter it is drawn."""
BLOCKS = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x18F), (0x192, 0x192), (0x1E0, 0x1FF),
    (0x218, 0x21B), (0x2C6, 0x2DD), (0x1E80, 0x1E85), (0x1E9E, 0x1E9E), (0x1EF2, 0x1EF3),
    (0x2002, 0x2030), (0x2032, 0x2033), (0x2039, 0x203A), (0x2044, 0x2044), (0x202F, 0x202F),
    (0x2070, 0x208E), (0x20A0, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122), (0x2190, 0x2193),
    (0x2212, 0x2212), (0x2248, 0x2248), (0x2260, 0x2265), (0x25CF, 0x25CF), (0x2713, 0x2717),
)  # fmt: skip
"""Latin for the languages of the European Union, punctuation, currencies, a few signs."""
FIGURES = "0123456789+\u2212"


def tabular(font: TTFont) -> None:
    """Let the characters of FIGURES show the glyphs that ``tnum`` would choose."""
    gsub = font["GSUB"].table
    record = next(r for r in gsub.FeatureList.FeatureRecord if r.FeatureTag == "tnum")
    swap: dict[str, str] = {}
    for index in record.Feature.LookupListIndex:
        for table in gsub.LookupList.Lookup[index].SubTable:
            swap.update(getattr(table, "ExtSubTable", table).mapping)
    for table in font["cmap"].tables:
        for char in map(ord, FIGURES):
            if table.cmap.get(char) in swap:
                table.cmap[char] = swap[table.cmap[char]]


def text_font(style: str, source: Path) -> TTFont:
    weight, size = WEIGHTS[style]
    font = instantiateVariableFont(
        TTFont(source, recalcTimestamp=False), {"wght": weight, "opsz": size}
    )
    tabular(font)
    options = Options()
    options.layout_features = ["kern", "mark", "ccmp", "locl"]
    options.name_IDs = ["*"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[c for first, last in BLOCKS for c in range(first, last + 1)])
    subsetter.subset(font)
    for record in list(font["name"].names):
        if record.nameID not in {0, 5, 8, 9, 11, 12, 13, 14}:
            font["name"].removeNames(nameID=record.nameID)
    for number, text in {
        1: f"{FAMILY} {style}", 2: "Regular", 3: f"{FAMILY} {style} (Reprise)",
        4: f"{FAMILY} {style}", 6: f"RepriseFigures-{style}", 16: FAMILY, 17: style,
    }.items():  # fmt: skip
        font["name"].setName(text, number, 3, 1, 0x409)
    return font


def fill_advance(font: TTFont) -> None:
    """Give every glyph ink at both ends of its advance, too little to be seen.

    Kivy's text provider draws a text from its first ink on: without this, a narrow icon stands at
    the left of its square.
    """
    glyphs = font.getGlyphSet()
    for name in font.getGlyphOrder():
        advance, _ = font["hmtx"][name]
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(pen)
        for x in (0, advance - 1):
            pen.moveTo((x, 0))
            pen.lineTo((x, 1))
            pen.lineTo((x + 1, 1))
            pen.closePath()
        font["glyf"][name] = pen.glyph()
        font["hmtx"][name] = (advance, 0)


def icon_font(folder: Path) -> TTFont:
    points = json.loads((folder / "codepoints.json").read_text("utf-8"))
    wanted = {name: int(points[name]) for name in NAMES}
    font = TTFont(folder / "lucide.ttf", recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=[]))
    subsetter.populate(unicodes=wanted.values())
    subsetter.subset(font)
    fill_advance(font)
    table = json.dumps({name: chr(code) for name, code in sorted(wanted.items())}, indent=0)
    (HERE / "icons.json").write_text(table + "\n", "utf-8")
    return font


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lucide", type=Path, required=True)
    folder: Path = parser.parse_args().lucide
    source = Path(str(resources.files("fontpkg_inter"))) / "files" / "Inter[opsz,wght].ttf"
    for style in WEIGHTS:
        text_font(style, source).save(HERE / f"RepriseFigures-{style}.ttf")
    icon_font(folder).save(HERE / "Lucide-Reprise.ttf")


if __name__ == "__main__":
    main()
