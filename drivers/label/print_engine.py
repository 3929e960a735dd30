"""What ZPL commands put on a label: fields with their place, font and data, and the counters.

Follows the *ZPL Programming Guide* for the commands that labels of goods are made of; others are
counted by name and change nothing, as on a printer that does not have them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from drivers.label.zpl_reader import Command

MAX_FIELDS = 500
"""Fields of one label that are drawn; a hostile format has more."""
MAX_UNKNOWN = 200
"""Names of unknown commands that are told apart."""
MAX_BATCH = 99_999_999
DEFAULT_WIDTH, DEFAULT_LENGTH = 812, 1218
"""4 by 6 inches at 203 dpi."""
MAX_SIDE = 32_000
_CODE_PAGES = {27: "cp1252", 28: "utf-8", 29: "utf-16-le", 30: "utf-16-be"}
_BARCODES = {"^BE": "ean13", "^B8": "ean8", "^BC": "code128", "^BQ": "qr"}
_FORGIVING = frozenset(["^FX", "^MM", "^PR", "^MD", "^MN", "^MT", "^PM", "^PO", "^JM", "^JZ", "^LS",
                        "^LT", "^SZ", "~SD", "^XB", "^ML", "~TA", "~JS", "^MC"])  # fmt: skip
"""Known, and without effect on what is drawn here: comments, media and speed."""

Element = Mapping[str, Any]
"""``{"kind": "text" | "box" | "barcode" | "qr" | "image", "left": .., "top": .., ...}``."""


@dataclass(slots=True)
class _Field:
    """The field being described, up to its ``^FS``."""

    left: int = 0
    top: int = 0
    baseline: bool = False
    kind: str = "text"
    font: tuple[int, int] | None = None
    bar_height: int | None = None
    readable: bool = True
    magnification: int = 3
    block: tuple[int, int, str] | None = None
    hexadecimal: str = ""
    data: bytes | None = None
    reverse: bool = False


@dataclass(slots=True)
class Engine:
    """The state of a printer's format interpreter. ``finished`` gets (label, copies)."""

    finished: Callable[[Mapping[str, Any], int], None]
    unknown: Counter[str] = dataclasses.field(default_factory=Counter)
    inside: bool = False
    """Between ``^XA`` and ``^XZ``."""
    length: int = DEFAULT_LENGTH
    width: int = DEFAULT_WIDTH
    home: tuple[int, int] = (0, 0)
    code_page: str = "cp850"
    default_font: tuple[int, int] = (9, 5)
    bars: tuple[int, int] = (2, 10)
    """Module width and height."""
    elements: list[Element] = dataclasses.field(default_factory=list)
    field: _Field = dataclasses.field(default_factory=_Field)
    copies: int = 1

    def execute(self, command: Command, delimiter: str = ",") -> None:
        """Carry one command out; nothing in it is ever an error."""
        name = command.name
        act = _ACTS.get(name) or (_font if name[:2] == "^A" else None)
        if act is not None:
            # Parameters out of their range leave things as they are, as on a printer.
            with contextlib.suppress(ValueError, IndexError):
                act(self, command, command.parameters.decode("latin-1").strip().split(delimiter))
        elif name not in _FORGIVING and (len(self.unknown) < MAX_UNKNOWN or name in self.unknown):
            self.unknown[name] += 1

    # --- formats ---

    def begin(self, _command: Command, _values: list[str]) -> None:
        """``^XA``: a format begins; what was not finished before is given up."""
        self.inside, self.elements, self.field, self.copies = True, [], _Field(), 1

    def finish(self, _command: Command, _values: list[str]) -> None:
        """``^XZ``: the label is handed over, with its copies; an empty one is none."""
        if not self.inside:
            return
        self._close_field()
        self.inside = False
        label = {"width": self.width, "length": self.length, "elements": self.elements}
        if self.elements:
            self.finished(label, self.copies)

    def separator(self, _command: Command, _values: list[str]) -> None:
        """``^FS``: what the field holds is on the label."""
        self._close_field()
        self.field = _Field()

    def _close_field(self) -> None:
        found = self.field
        if found.data is None or len(self.elements) >= MAX_FIELDS or not self.inside:
            return
        text = self._decoded(found)
        place = {"left": found.left, "top": found.top, "reverse": found.reverse}
        if found.kind == "text":
            height, width = found.font or self.default_font
            shape = {"height": height, "char_width": width, "baseline": found.baseline}
            block = {} if found.block is None else {"block": list(found.block)}
            self.elements.append({"kind": "text", **place, **shape, **block, "text": text})
        elif found.kind == "qr":
            level, data = _qr_data(text)
            size = {"level": level, "module": found.magnification}
            self.elements.append({"kind": "qr", **place, **size, "data": data})
        else:
            module, high = self.bars
            height = found.bar_height or high
            shape = {"module": module, "height": height, "readable": found.readable}
            self.elements.append(
                {"kind": "barcode", "symbology": found.kind, **place, **shape, "data": text}
            )

    def _decoded(self, found: _Field) -> str:
        data = found.data or b""
        if found.hexadecimal:
            mark = re.escape(found.hexadecimal.encode("latin-1"))
            data = re.sub(
                mark + rb"([0-9A-Fa-f]{2})", lambda pair: bytes.fromhex(pair[1].decode()), data
            )
        return data.decode(self.code_page, "replace").rstrip("\r\n")

    def add(self, element: Element) -> None:
        """Put an element on the label being described."""
        if self.inside and len(self.elements) < MAX_FIELDS:
            self.elements.append(element)

    @property
    def place(self) -> Mapping[str, Any]:
        """Where the present field stands."""
        found = self.field
        return {"left": found.left, "top": found.top, "reverse": found.reverse}


def _origin(engine: Engine, command: Command, values: list[str]) -> None:
    left, top = _whole(values, 0, 0, 0, MAX_SIDE), _whole(values, 1, 0, 0, MAX_SIDE)
    engine.field.left, engine.field.top = left + engine.home[0], top + engine.home[1]
    engine.field.baseline = command.name == "^FT"


def _home(engine: Engine, _command: Command, values: list[str]) -> None:
    engine.home = (_whole(values, 0, 0, 0, MAX_SIDE), _whole(values, 1, 0, 0, MAX_SIDE))


def _font(engine: Engine, command: Command, values: list[str]) -> None:
    """``^A0N,h,w``: the font's name is the second letter, its orientation begins the rest."""
    del command
    height = _whole(values, 1, engine.default_font[0], 1, MAX_SIDE)
    engine.field.font = (height, _whole(values, 2, height, 1, MAX_SIDE))


def _default_font(engine: Engine, _command: Command, values: list[str]) -> None:
    height = _whole(values, 1, 9, 1, MAX_SIDE)
    engine.default_font = (height, _whole(values, 2, height, 1, MAX_SIDE))


def _block(engine: Engine, _command: Command, values: list[str]) -> None:
    justify = (values[3:4] or ["L"])[0].upper() or "L"
    lines = _whole(values, 1, 1, 1, 9999)
    engine.field.block = (_whole(values, 0, 0, 0, MAX_SIDE), lines, justify)


def _barcode(engine: Engine, command: Command, values: list[str]) -> None:
    engine.field.kind = _BARCODES[command.name]
    engine.field.bar_height = _whole(values, 1, engine.bars[1], 1, MAX_SIDE)
    engine.field.readable = (values[2:3] or ["Y"])[0].upper() != "N"


def _qr(engine: Engine, _command: Command, values: list[str]) -> None:
    engine.field.kind = "qr"
    engine.field.magnification = _whole(values, 2, 3, 1, 100)


def _bar_defaults(engine: Engine, _command: Command, values: list[str]) -> None:
    engine.bars = (
        _whole(values, 0, engine.bars[0], 1, 10),
        _whole(values, 2, engine.bars[1], 1, MAX_SIDE),
    )


def _hexadecimal(engine: Engine, command: Command, _values: list[str]) -> None:
    engine.field.hexadecimal = command.parameters[:1].decode("latin-1") or "_"


def _data(engine: Engine, command: Command, _values: list[str]) -> None:
    engine.field.data = command.parameters


def _reverse(engine: Engine, _command: Command, _values: list[str]) -> None:
    engine.field.reverse = True


def _box(engine: Engine, _command: Command, values: list[str]) -> None:
    thick = _whole(values, 2, 1, 1, MAX_SIDE)
    width, height = _whole(values, 0, thick, 1, MAX_SIDE), _whole(values, 1, thick, 1, MAX_SIDE)
    white = (values[3:4] or ["B"])[0].upper() == "W"
    size = {"width": max(width, thick), "height": max(height, thick), "thick": thick}
    engine.add({"kind": "box", **engine.place, **size, "white": white})


def _graphic(engine: Engine, command: Command, values: list[str]) -> None:
    """``^GFA``: hexadecimal rows. Compressed and binary forms are known, and not drawn."""
    rows = command.parameters.decode("latin-1").split(",", 4)
    row_bytes = _whole(values, 3, 0, 1, MAX_SIDE // 8)
    digits = re.sub(r"\s", "", rows[4])
    if rows[0].upper() == "A" and re.fullmatch(r"[0-9A-Fa-f]*", digits):
        engine.add(
            {"kind": "image", **engine.place, "row_bytes": row_bytes, "data": digits.lower()}
        )


def _width(engine: Engine, _command: Command, values: list[str]) -> None:
    engine.width = _whole(values, 0, engine.width, 2, MAX_SIDE)


def _length(engine: Engine, _command: Command, values: list[str]) -> None:
    engine.length = _whole(values, 0, engine.length, 1, MAX_SIDE)


def _quantity(engine: Engine, _command: Command, values: list[str]) -> None:
    engine.copies = _whole(values, 0, 1, 1, MAX_BATCH)


def _encoding(engine: Engine, _command: Command, values: list[str]) -> None:
    engine.code_page = _CODE_PAGES.get(_whole(values, 0, 0, 0, 36), "cp850")


_ACTS: Mapping[str, Callable[[Engine, Command, list[str]], None]] = {
    "^XA": Engine.begin,
    "^XZ": Engine.finish,
    "^FS": Engine.separator,
    "^FO": _origin,
    "^FT": _origin,
    "^LH": _home,
    "^CF": _default_font,
    "^FB": _block,
    "^BE": _barcode,
    "^B8": _barcode,
    "^BC": _barcode,
    "^BQ": _qr,
    "^BY": _bar_defaults,
    "^FH": _hexadecimal,
    "^FD": _data,
    "^FV": _data,
    "^FR": _reverse,
    "^GB": _box,
    "^GF": _graphic,
    "^PW": _width,
    "^LL": _length,
    "^PQ": _quantity,
    "^CI": _encoding,
}


def _whole(values: list[str], place: int, default: int, lowest: int, highest: int) -> int:
    """Return a parameter; the default when it is left out. Raises ValueError out of range."""
    given = values[place].strip() if place < len(values) else ""
    if not given:
        return default
    if not re.fullmatch(r"\d{1,8}", given) or not lowest <= int(given) <= highest:
        raise ValueError(given)
    return int(given)


def _qr_data(text: str) -> tuple[str, str]:
    """Take the error correction level and input mode off: ``MA,data`` (``^FD``, QR Code)."""
    found = re.match(r"([HQML])([AM]),", text)
    if found is None:
        return "m", text
    data = text[found.end() :]
    return found[1].lower(), data[1:] if found[2] == "M" else data
