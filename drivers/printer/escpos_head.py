"""ESC/POS commands on paper (Epson ESC/POS reference)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.printer.dots import Dots, from_columns
from drivers.printer.escpos_images import StoredImages
from drivers.printer.paper import LINE_DOTS, Paper
from drivers.printer.print_head import Area, PrintHead
from drivers.printer.tokens import word

_ALIGN = {0: "left", 1: "center", 2: "right", 48: "left", 49: "center", 50: "right"}
_SYSTEM_A = ("UPC-A", "UPC-E", "EAN13", "EAN8", "CODE39", "ITF", "CODABAR")
_SYSTEM_B = (
    *_SYSTEM_A, "CODE93", "CODE128", "GS1-128", "GS1 DataBar", "GS1 DataBar Truncated",
    "GS1 DataBar Limited", "GS1 DataBar Expanded", "CODE128",
)  # fmt: skip
_SYMBOLS = {48: "PDF417", 49: "QR", 50: "MaxiCode", 51: "GS1 DataBar 2D", 52: "Composite",
            53: "Aztec", 54: "DataMatrix"}  # fmt: skip
_LINES_PER_INCH_DOTS = 203


class EscposHead(PrintHead):
    """A PrintHead that understands ESC/POS."""

    def __init__(self, paper: Paper, dots: int, code_pages: Mapping[int, str]) -> None:
        self._images = StoredImages(self._image)
        super().__init__(paper, dots, code_pages)
        self._user: dict[int, Dots] = {}
        self._user_on = False
        self.settings.codec = code_pages.get(0, "cp437")

    def reset(self) -> None:
        """Go back to the settings of power-on; the unfinished line and page are lost."""
        super().reset()
        self.settings.codec = self._code_pages.get(0, "cp437")
        self._user.clear()
        self._user_on = False
        self._images.reset()

    def _commands(self) -> Mapping[str, Callable[[bytes], None]]:
        return {
            **self._text_commands(),
            **self._place_commands(),
            "ESC i": lambda _: self._cut(),
            "ESC m": lambda _: self._cut(),
            "GS V": lambda _: self._cut(),
            "GS ( k": self._two_dimensional,
            "GS h": lambda data: self._set("barcode_height", max(1, data[2])),
            "GS w": lambda data: self._set("barcode_width", max(1, min(data[2], 6))),
            "GS H": lambda data: self._set(
                "barcode_text", ("", "above", "below", "both")[data[2] & 3]
            ),
            "GS k": self._linear,
            "GS v": self._raster,
            "ESC *": self._columns,
            "GS *": self._images.download_columns,
            "GS /": lambda data: self._images.print_downloaded(data[2]),
            "FS q": self._images.store_all,
            "FS p": lambda data: self._images.print_numbered(data[2], data[3]),
            "GS ( L": lambda data: self._images.graphics(data[5:]),
            "GS 8 L": lambda data: self._images.graphics(data[7:]),
        }

    def _text_commands(self) -> Mapping[str, Callable[[bytes], None]]:
        return {
            "text": self._text,
            "control": self._control,
            "ESC @": lambda _: self.reset(),
            "ESC !": self._mode,
            "ESC -": lambda data: self._set("underline", data[2] % 48 != 0),
            "ESC E": lambda data: self._set("bold", bool(data[2] & 1)),
            "ESC G": lambda data: self._set("bold", bool(data[2] & 1)),
            "ESC M": lambda data: self._set("font", "B" if data[2] in (1, 49, 2, 50) else "A"),
            "ESC V": lambda data: self._set("turned", data[2] in (1, 2, 49, 50)),
            "ESC {": lambda data: self._set("upside_down", bool(data[2] & 1)),
            "ESC 32": lambda data: self._set("gap", data[2]),
            "ESC t": self._page,
            "ESC &": self._define,
            "ESC %": self._use_defined,
            "ESC ?": self._forget,
            "GS !": self._size,
            "GS B": lambda data: self._set("inverse", bool(data[2] & 1)),
        }

    def _place_commands(self) -> Mapping[str, Callable[[bytes], None]]:
        return {
            "ESC 2": lambda _: self._set("line_dots", LINE_DOTS),
            "ESC 3": lambda data: self._set("line_dots", data[2]),
            "ESC A": lambda data: self._set("line_dots", data[2] * _LINES_PER_INCH_DOTS // 60),
            "ESC +": lambda data: self._set("line_dots", data[2] * _LINES_PER_INCH_DOTS // 360),
            "ESC J": lambda data: self._feed(data[2]),
            "ESC d": lambda data: self._feed(data[2] * self.settings.line_dots),
            "ESC a": self._align,
            "ESC D": lambda data: self._set("tabs", tuple(data[2:-1])),
            "ESC $": lambda data: self._move(word(data_of(data), 0) - self.settings.used),
            "ESC \\": lambda data: self._move(_signed(word(data_of(data), 0))),
            "GS L": lambda data: self._set("margin", min(word(data_of(data), 0), self._dots - 1)),
            "GS W": lambda data: self._set("room", word(data_of(data), 0)),
            "GS $": lambda data: self._down(word(data_of(data), 0)),
            "GS \\": lambda data: self._down(
                (self._areas[-1].at_y if self._areas else 0) + _signed(word(data_of(data), 0))
            ),
            "ESC L": lambda _: self._begin_page(),
            "ESC S": lambda _: self._drop_page(),
            "ESC T": lambda data: self._turn({1: 1, 2: 2, 3: 3}.get(data[2] % 48, 0)),
            "ESC W": self._page_area,
            "ESC 12": lambda _: self._end_page(leave=False),
        }

    # --- text ---

    def _text(self, data: bytes) -> None:
        if not (self._user_on and self._user):
            super()._text(data)
            return
        for byte in data:
            glyph = self._user.get(byte)
            if glyph is None:
                super()._text(bytes((byte,)))
            else:
                self._put_dots(glyph.stretched(self.settings.width, self.settings.height))

    def _control(self, data: bytes) -> None:
        match data:
            case b"\n":
                self._line_feed()
            case b"\t":
                self._tab()
            case b"\r":
                pass  # auto line feed is off
            case b"\x0c":
                self._end_page(leave=True)
            case b"\x18" if self._areas is not None:
                self._areas[-1].items.clear()

    def _align(self, data: bytes) -> None:
        if not self.settings.spans:  # it counts at the beginning of a line only
            self.settings.align = _ALIGN.get(data[2], self.settings.align)

    def _page(self, data: bytes) -> None:
        self.settings.codec = self._code_pages.get(data[2], self._code_pages.get(0, "cp437"))

    def _mode(self, data: bytes) -> None:
        now = self.settings
        now.font = "B" if data[2] & 0x01 else "A"
        now.bold = bool(data[2] & 0x08)
        now.height = 2 if data[2] & 0x10 else 1
        now.width = 2 if data[2] & 0x20 else 1
        now.underline = bool(data[2] & 0x80)

    def _size(self, data: bytes) -> None:
        self.settings.width = (data[2] >> 4 & 7) + 1
        self.settings.height = (data[2] & 7) + 1

    def _define(self, data: bytes) -> None:
        """ESC & y c1 c2: x and then x columns of y bytes for each character."""
        tall, place = data[2], 5
        for code in range(data[3], data[4] + 1):
            wide = data[place]
            columns = data[place + 1 : place + 1 + tall * wide]
            self._user[code] = from_columns(columns, tall)
            place += 1 + tall * wide

    def _forget(self, data: bytes) -> None:
        self._user.pop(data[2], None)

    def _use_defined(self, data: bytes) -> None:
        self._user_on = bool(data[2] & 1)

    def _page_area(self, data: bytes) -> None:
        x, y, width, height = (word(data_of(data), at) for at in (0, 2, 4, 6))
        self._area(Area(x, y, min(width, self._dots - min(x, self._dots)), height))

    # --- codes and pictures ---

    def _linear(self, data: bytes) -> None:
        """GS k: system A (0 to 6, ends with NUL) and system B (65 to 79, counted)."""
        counted = data[2] >= 65
        system: tuple[str, ...] = _SYSTEM_B if counted else _SYSTEM_A
        number = data[2] - 65 if counted else data[2]
        payload = data[4:] if counted else data[3:-1]
        if number >= len(system):
            return
        name = system[number]
        text = _code128_text(payload) if name == "CODE128" else payload.decode("ascii", "replace")
        self._barcode(name, text)

    def _two_dimensional(self, data: bytes) -> None:
        """GS ( k cn fn: 67 size, 69 level, 80 store, 81 print; QR drawn, the others named."""
        if len(data) < 8:
            return
        kind, function, value = data[5], data[6], data[7]
        now = self.settings
        if function == 80:
            now.symbols[kind] = data[8:]
        elif kind == 49 and function == 67:
            now.qr_size = max(1, min(value, 16))
        elif kind == 49 and function == 69:
            now.qr_level = "LMQH"[value & 3]
        elif function == 81 and now.symbols.get(kind):
            if kind == 49:
                self._qr(now.symbols[kind])
            else:
                self._symbol(_SYMBOLS.get(kind, f"code {kind}"), now.symbols[kind])

    def _raster(self, data: bytes) -> None:
        """GS v 0 m: 1 and 3 twice as wide, 2 and 3 twice as high."""
        wide = word(data_of(data), 2)
        rows = data[8 : 8 + wide * word(data_of(data), 4)]
        self._image(Dots(8 * wide, rows), 1 + (data[3] & 1), 1 + (data[3] >> 1 & 1))

    def _columns(self, data: bytes) -> None:
        """ESC * m: within the line; 0 and 1 have eight dots, each three high."""
        tall = 3 if data[2] in (32, 33) else 1
        across = 2 if data[2] in (0, 32) else 1
        dots = from_columns(data[5:], tall)
        self._put_dots(dots.stretched(across, 3 if tall == 1 else 1))


def data_of(data: bytes) -> bytearray:
    """Return the parameters of a command of two letters."""
    return bytearray(data[2:])


def _signed(value: int) -> int:
    return value - 0x10000 if value & 0x8000 else value


def _code128_text(payload: bytes) -> str:
    """Return what a CODE128 of code sets {A, {B and {C says; in C a byte is two digits."""
    text, code_set, place = "", "B", 0
    while place < len(payload):
        byte = payload[place]
        following = payload[place + 1 : place + 2]
        if byte == 0x7B and following:
            place += 2
            if following in (b"A", b"B", b"C"):
                code_set = following.decode("ascii")
            elif following == b"{":
                text += "{"
            continue
        text += f"{byte:02}" if code_set == "C" and byte < 100 else chr(byte)
        place += 1
    return text
