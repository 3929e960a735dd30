"""The mechanism of the simulated printer: carries out ESC/POS commands on paper."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.printer.paper import LINE_DOTS, Element, Paper
from drivers.printer.tokens import Token

CODE_PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 19: "cp858", 40: "iso8859-15"}
"""ESC t n of Epson; pages that are not here print as page 0."""
_ALIGN = {0: "left", 1: "center", 2: "right", 48: "left", 49: "center", 50: "right"}
_SYMBOLOGY = {67: "EAN13", 73: "CODE128", 2: "EAN13"}
TAB = 8


@dataclass(slots=True)
class Settings:
    """What ESC @ resets."""

    page: str = "cp437"
    align: str = "left"
    bold: bool = False
    width: int = 1
    height: int = 1
    line_dots: int = LINE_DOTS
    barcode_height: int = 162
    qr_size: int = 3
    qr_level: str = "L"
    qr_data: bytes = b""
    spans: list[dict[str, Any]] = field(default_factory=list)
    used: int = 0


class PrintHead:
    """Turns commands about paper into elements; knows nothing of wires and status."""

    def __init__(self, paper: Paper, columns: int) -> None:
        self._paper = paper
        self._columns = columns
        self.settings = Settings()
        self.printed: list[Element] = []
        """Elements printed since they were last taken away by the printer."""
        self._orders: Mapping[str, Callable[[bytes], None]] = {
            "text": self._text,
            "control": self._control,
            "ESC @": lambda _: self.reset(),
            "ESC !": self._mode,
            "ESC 2": lambda _: self._set("line_dots", LINE_DOTS),
            "ESC 3": lambda data: self._set("line_dots", data[2]),
            "ESC E": lambda data: self._set("bold", bool(data[2] & 1)),
            "ESC G": lambda data: self._set("bold", bool(data[2] & 1)),
            "ESC J": lambda data: self._feed(data[2]),
            "ESC a": lambda data: self._set("align", _ALIGN.get(data[2], "left")),
            "ESC d": lambda data: self._feed(data[2] * self.settings.line_dots),
            "ESC t": lambda data: self._set("page", CODE_PAGES.get(data[2], "cp437")),
            "ESC i": lambda _: self._paper.cut(),
            "ESC m": lambda _: self._paper.cut(),
            "GS !": self._size,
            "GS V": lambda _: self._paper.cut(),
            "GS ( k": self._two_dimensional,
            "GS h": lambda data: self._set("barcode_height", data[2]),
            "GS k": self._barcode,
            "GS v": self._raster,
        }

    def reset(self) -> None:
        """Go back to the settings of power-on; the unfinished line is lost."""
        self.settings = Settings()

    def carry_out(self, token: Token) -> bool:
        """Do what a command says; False when it is none of paper."""
        order = self._orders.get(token.name)
        if order is not None:
            order(token.data)
        return order is not None

    def _set(self, name: str, value: object) -> None:
        setattr(self.settings, name, value)

    def _print(self, element: Element) -> None:
        self._paper.add(element)
        self.printed.append(element)

    def _feed(self, dots: int) -> None:
        self._end_line()
        if dots:
            self._print({"kind": "feed", "dots": dots})

    def _text(self, data: bytes) -> None:
        for character in data.decode(self.settings.page, "replace"):
            if self.settings.used + self.settings.width > self._columns:
                self._end_line()
            self._put(character)

    def _put(self, character: str) -> None:
        now = self.settings
        style = {"bold": now.bold, "width": now.width, "height": now.height}
        if now.spans and {key: now.spans[-1][key] for key in style} == style:
            now.spans[-1]["text"] += character
        else:
            now.spans.append({"text": character, **style})
        now.used += now.width

    def _control(self, data: bytes) -> None:
        if data == b"\n":
            if self.settings.spans:
                self._end_line()
            else:
                self._print({"kind": "feed", "dots": self.settings.line_dots})
        elif data == b"\t":
            self._text(b" " * (TAB - self.settings.used % TAB))

    def _end_line(self) -> None:
        if self.settings.spans:
            spans, self.settings.spans, self.settings.used = self.settings.spans, [], 0
            self._print({"kind": "line", "align": self.settings.align, "spans": spans})

    def _mode(self, data: bytes) -> None:
        self.settings.bold = bool(data[2] & 0x08)
        self.settings.height = 2 if data[2] & 0x10 else 1
        self.settings.width = 2 if data[2] & 0x20 else 1

    def _size(self, data: bytes) -> None:
        self.settings.width = (data[2] >> 4 & 7) + 1
        self.settings.height = (data[2] & 7) + 1

    def _two_dimensional(self, data: bytes) -> None:
        """GS ( k cn fn: only QR codes (cn 49) are drawn."""
        if len(data) < 8 or data[5] != 49:
            return
        function, value = data[6], data[7]
        if function == 67:
            self.settings.qr_size = max(1, min(value, 16))
        elif function == 69:
            self.settings.qr_level = "LMQH"[value & 3]
        elif function == 80:
            self.settings.qr_data = data[8:]
        elif function == 81 and self.settings.qr_data:
            self._end_line()
            self._print(
                {
                    "kind": "qr",
                    "data": self.settings.qr_data.decode("utf-8", "replace"),
                    "size": self.settings.qr_size,
                    "level": self.settings.qr_level,
                    "align": self.settings.align,
                }
            )

    def _barcode(self, data: bytes) -> None:
        payload = data[4:] if data[2] >= 65 else data[3:-1]
        text = payload.decode("ascii", "replace")
        if data[2] == 73:
            text = text.removeprefix("{B").replace("{{", "{")
        self._end_line()
        self._print(
            {
                "kind": "barcode",
                "symbology": _SYMBOLOGY.get(data[2], f"code {data[2]}"),
                "data": text,
                "height": self.settings.barcode_height,
                "align": self.settings.align,
            }
        )

    def _raster(self, data: bytes) -> None:
        self._end_line()
        self._print(
            {
                "kind": "image",
                "row_bytes": int.from_bytes(data[4:6], "little"),
                "rows": int.from_bytes(data[6:8], "little"),
                "data": base64.b64encode(data[8:]).decode("ascii"),
                "align": self.settings.align,
            }
        )
