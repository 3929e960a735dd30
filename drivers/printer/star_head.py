"""Star line mode on paper (Star Line Mode command specification)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.printer.dots import Dots, from_columns
from drivers.printer.escpos_head import data_of
from drivers.printer.paper import LINE_DOTS, Paper
from drivers.printer.print_head import Area, PrintHead
from drivers.printer.tokens import word

_ALIGN = {0: "left", 1: "center", 2: "right", 48: "left", 49: "center", 50: "right"}
_CODES = ("UPC-E", "UPC-A", "EAN8", "EAN13", "CODE39", "ITF", "CODE128", "CODE93", "CODABAR")
_WIDTHS = {"CODE39": 49, "CODABAR": 49, "ITF": 48}
_BAND_ROWS = 24


class StarHead(PrintHead):
    """A PrintHead that understands Star line mode."""

    def __init__(self, paper: Paper, dots: int, code_pages: Mapping[int, str]) -> None:
        super().__init__(paper, dots, code_pages)
        self._qr_data = b""
        self._pdf_data = b""
        self._rows: list[bytes] = []

    def reset(self) -> None:
        """Go back to the settings of power-on; the unfinished line and page are lost."""
        super().reset()
        self._rows = []

    def _commands(self) -> Mapping[str, Callable[[bytes], None]]:
        return {
            **self._style_commands(),
            "text": self._text,
            "control": self._control,
            "ESC @": lambda _: self.reset(),
            "ESC d": lambda _: self._cut(),
            "ESC a": lambda data: self._feed(_number(data[2]) * self.settings.line_dots),
            "ESC J": lambda data: self._feed(data[2] * 2),
            "ESC I": lambda data: self._feed(data[2]),
            "ESC D": lambda data: self._set("tabs", tuple(data[2:-1])),
            "ESC 0": lambda _: self._set("line_dots", LINE_DOTS - 6),
            "ESC z": lambda _: self._set("line_dots", LINE_DOTS),
            "ESC b": self._linear,
            "ESC k": self._band,
            "ESC X": lambda data: self._put_dots(from_columns(data[4:], 3)),
            "ESC K": lambda data: self._put_dots(from_columns(data[4:], 1).stretched(2, 3)),
            "ESC L": lambda data: self._put_dots(from_columns(data[4:], 1).stretched(1, 3)),
            "ESC 29 S": self._raster,
            "ESC 29 y": self._qr_order,
            "ESC 29 x": self._pdf_order,
            "ESC 29 P": self._page_order,
            "ESC 29 t": self._select_page,
            "ESC 29 a": lambda data: self._set("align", _ALIGN.get(data[3], "left")),
            "ESC 29 A": lambda data: self._move(word(data_of(data), 1) - self.settings.used),
            "ESC 29 R": lambda data: self._move(word(data_of(data), 1)),
            "raster row": lambda data: self._rows.append(data[3:]),
            "ESC * r": self._raster_mode,
            "ESC 12": lambda _: self._page_of_rows(cut=True),
        }

    def _style_commands(self) -> Mapping[str, Callable[[bytes], None]]:
        return {
            "ESC E": lambda _: self._set("bold", True),
            "ESC F": lambda _: self._set("bold", False),
            "ESC G": lambda _: self._set("bold", True),
            "ESC H": lambda _: self._set("bold", False),
            "ESC 4": lambda _: self._set("inverse", True),
            "ESC 5": lambda _: self._set("inverse", False),
            "ESC -": lambda data: self._set("underline", _number(data[2]) == 1),
            "ESC W": lambda data: self._set("width", 1 + min(_number(data[2]), 7)),
            "ESC h": lambda data: self._set("height", 1 + min(_number(data[2]), 7)),
            "ESC i": self._size,
            "ESC M": lambda _: self._set("font", "B"),
            "ESC P": lambda _: self._set("font", "B"),
            "ESC :": lambda _: self._set("font", "A"),
            "ESC 32": lambda data: self._set("gap", min(_number(data[2]), 15)),
            "ESC 30 F": lambda data: self._set("font", "B" if _number(data[3]) else "A"),
            "ESC l": lambda data: self._set("margin", min(data[2] * 12, self._dots - 12)),
            "ESC Q": self._right_margin,
        }

    def _size(self, data: bytes) -> None:
        self.settings.height = 1 + min(_number(data[2]), 7)
        self.settings.width = 1 + min(_number(data[3]), 7)

    def _right_margin(self, data: bytes) -> None:
        room = data[2] * 12 - self.settings.margin
        self._set("room", max(0, room))

    def _control(self, data: bytes) -> None:
        match data:
            case b"\n":
                self._line_feed()
            case b"\t":
                self._tab()
            case b"\x0f":
                self._set("upside_down", True)
            case b"\x12":
                self._set("upside_down", False)
            case b"\x0e":
                self._set("width", 2)
            case b"\x14":
                self._set("width", 1)

    def _select_page(self, data: bytes) -> None:
        self.settings.codec = self._code_pages.get(data[3], "cp437")

    def _linear(self, data: bytes) -> None:
        """ESC b n1 n2 n3 n4 data RS: kind, text below (2 and 4), width, height."""
        number = data[2] - 48 if data[2] >= 48 else data[2]
        if not 0 <= number < len(_CODES):
            return
        name = _CODES[number]
        self.settings.barcode_text = "below" if data[3] in (50, 52, 2, 4) else ""
        self.settings.barcode_width = max(2, min(data[4] - _WIDTHS.get(name, 47), 4))
        self.settings.barcode_height = data[5] or 1
        text = data[6:-1].decode("ascii", "replace")
        self._barcode(name, _code128_text(text) if name == "CODE128" else text)

    # --- pictures ---

    def _band(self, data: bytes) -> None:
        """ESC k: 24 rows within the line."""
        self._put_dots(Dots(8 * word(data_of(data), 0), data[4:]))

    def _raster(self, data: bytes) -> None:
        self._image(Dots(8 * word(data_of(data), 2), data[9:]))

    def _raster_mode(self, data: bytes) -> None:
        match chr(data[3]):
            case "B":
                self._page_of_rows(cut=False)
            case "Y":
                digits = data[4:-1]
                rows = int(digits) if digits.isdigit() else 0
                self._rows += [b""] * min(rows, 4096)
            case "C":
                self._rows = []

    def _page_of_rows(self, *, cut: bool) -> None:
        """Print the rows that came in raster mode."""
        wide = max(map(len, self._rows), default=0)
        if wide:
            self._image(Dots(8 * wide, b"".join(row.ljust(wide, b"\x00") for row in self._rows)))
        self._rows = []
        if cut:
            self._cut()

    # --- two-dimensional codes ---

    def _qr_order(self, data: bytes) -> None:
        """ESC 29 y: S 1 level, S 2 size, D 1 data, P print."""
        match chr(data[3]), data[4:5]:
            case "S", b"1":
                self.settings.qr_level = "LMQH"[data[5] & 3]
            case "S", b"2":
                self.settings.qr_size = max(1, min(data[5], 8))
            case "D", _:
                self._qr_data = data[8:]
            case "P", _ if self._qr_data:
                self._qr(self._qr_data)

    def _pdf_order(self, data: bytes) -> None:
        match chr(data[3]):
            case "D":
                self._pdf_data = data[6:]
            case "P" if self._pdf_data:
                self._symbol("PDF417", self._pdf_data)

    # --- page mode ---

    def _page_order(self, data: bytes) -> None:
        """ESC 29 P: 0 enter, 1 leave, 2 turn, 3 area, 4 row, 6 print, 7 print and leave."""
        match chr(data[3]):
            case "0":
                self._begin_page()
            case "1":
                self._drop_page()
            case "2":
                self._turn(data[4] & 3)
            case "3":
                x, y, width, height = (word(data_of(data), at) for at in (2, 4, 6, 8))
                self._area(Area(x, y, width, height))
            case "4":
                self._down(word(data_of(data), 2))
            case "6":
                self._end_page(leave=False)
            case "7":
                self._end_page(leave=True)


def _number(byte: int) -> int:
    """Star takes 1 and "1" for the same."""
    return byte - 48 if 48 <= byte <= 57 else byte


def _code128_text(text: str) -> str:
    """Star writes % as %0, and control codes as % with a letter."""
    plain, place = "", 0
    while place < len(text):
        if text[place] == "%" and place + 1 < len(text):
            code = text[place + 1]
            plain += "%" if code == "0" else "\x7f" if code == "5" else ""
            place += 2
        else:
            plain += text[place]
            place += 1
    return plain
